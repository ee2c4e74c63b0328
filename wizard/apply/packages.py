"""Which packages are installed, as dpkg or rpm says, and what changed between two such lists."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import Literal

from wizard.machine.outcome import Machine
from wizard.model.plan import Command, Step

Manager = Literal["apt", "dnf"]

# What lies on the disk, set up or not: an installation that failed half-way is there to be undone, and a removal that
# was cut off is there to be ended.
_THERE = frozenset(
    {"installed", "unpacked", "half-configured", "half-installed", "triggers-awaited", "triggers-pending"}
)

_LISTS: dict[Manager, tuple[str, ...]] = {
    "apt": ("dpkg-query", "-W", "-f=${db:Status-Status} ${binary:Package} ${Version}\\n"),
    "dnf": ("rpm", "-qa", "--qf", "installed %{NAME}.%{ARCH} %{VERSION}-%{RELEASE}\\n"),
}


class CannotRecord(Exception):
    """What a step would replace can't be noted, so it must not begin; the text says why, as a sentence."""


def manager_of(step: Step) -> Manager:
    """The package manager that a step uses, as its commands say, else the one of this host."""
    for action in step.commands:
        if isinstance(action, Command) and action.waits_for is not None:
            return action.waits_for
    return host_manager()


def host_manager() -> Manager:
    """apt where it and its database are there, else dnf (whose systems can have a dpkg as a tool)."""
    has_apt = shutil.which("apt-get") is not None and os.path.exists("/var/lib/dpkg/status")
    return "apt" if has_apt else "dnf"


def installed_packages(machine: Machine, manager: Manager) -> dict[str, str]:
    """Name to version of everything that is there. Raises CannotRecord where the package manager does not say."""
    lines: list[str] = []
    outcome = machine.run(Command(_LISTS[manager], root=False, timeout_seconds=120), lines.append)
    if not outcome.is_done():
        why = outcome.problem or f"`{_LISTS[manager][0]}` ended with exit code {outcome.exit_code}"
        raise CannotRecord(f"The installed packages can't be listed ({why.rstrip('.')}).")
    words = [line.split(" ") for line in lines]
    return {
        word[1]: word[2]
        for word in words
        if len(word) == 3 and word[0] in _THERE and not word[1].startswith("gpg-pubkey")
    }


def package_changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """installed and removed (name to version), changed (name to [old, new])."""
    return {
        "installed": {name: after[name] for name in sorted(after.keys() - before.keys())},
        "removed": {name: before[name] for name in sorted(before.keys() - after.keys())},
        "changed": {
            name: [before[name], after[name]]
            for name in sorted(before.keys() & after.keys())
            if before[name] != after[name]
        },
    }
