"""Changing the host needs root."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wizard.checks.make import blocker
from wizard.model.facts import HostFacts
from wizard.model.finding import Finding


def check_privilege(host: HostFacts) -> Iterator[Finding]:
    """privilege-missing: blocks apply alone."""
    privilege = host.privilege
    if privilege.is_root:
        return
    user = privilege.user or "another user than root"
    if privilege.sudo is None:
        seen = f"The wizard runs as {user}, and sudo is not there or not for this user."
        fix = "Ask an administrator to run it as root, or hand on the plan: cometchat-wizard plan"
    else:
        asks = ", which asks for a password" if privilege.sudo == "password" else ""
        seen = f"The wizard runs as {user}, with sudo{asks}."
        how = "the wizard offers it when it is time"
        if "install.sh" in privilege.wizard:
            how = "this sets root's own wizard up first, since root runs none that others can change"
        fix = f"Apply as root: sudo cometchat-wizard apply ({how})."
    finding = blocker(
        "privilege-missing",
        seen=seen,
        why="Installing packages and changing services needs root. All up to the plan and the answers "
        "works without.",
        fix=fix,
        source="rule: what changes the host runs as root",
        node=host.name,
        acceptable=False,
    )
    yield replace(finding, apply_only=True)
