"""Root, or a user with sudo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from wizard.machine.readoutcome import Outcome
from wizard.model.facts import PrivilegeFacts
from wizard.model.plain import shown

# `true` and not `-v`: -v asks for a password wherever any one of the user's rules would, though ALL needs
# none.
SUDO_COMMAND = ("sudo", "-n", "true")


def parse_privilege(
    user: Mapping[str, Any] | None, sudo: Outcome | None, wizard: str | None = None
) -> PrivilegeFacts:
    """sudo is not asked as root. wizard: how root's own is typed, None where that was not looked at."""
    known = user or {}
    name = known.get("name")
    return PrivilegeFacts(
        is_root=known.get("euid") == 0,
        user=shown(str(name), 100) if name else None,
        sudo=parse_sudo(sudo),
        **({} if wizard is None else {"wizard": wizard}),
    )


def parse_sudo(outcome: Outcome | None) -> Literal["passwordless", "password"] | None:
    """None where sudo is missing or says that this user may not."""
    if outcome is None or outcome.state != "done":
        return None
    if outcome.exit_code == 0:
        return "passwordless"
    refused = (
        "not in the sudoers",
        "may not run sudo",
        "not allowed",
        "effective uid is not 0",
        "must be setuid",
    )
    return None if any(words in outcome.stderr for words in refused) else "password"
