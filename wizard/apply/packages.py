"""Which packages are installed, as dpkg or rpm says, and what changed between two such lists."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
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
    "apt": (
        "dpkg-query",
        "-W",
        "-f=${db:Status-Status} ${binary:Package} ${Version} ${db:Status-Eflag} ${Architecture}\\n",
    ),
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


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A package at which dpkg was cut off. is_broken: while it unpacked it (reinst-required); dpkg then neither sets it
    up nor removes it, and apt refuses everything until it is installed once more.
    """

    version: str
    architecture: str
    is_broken: bool


@dataclass(frozen=True, slots=True)
class PackageStates:
    """installed: name to version of everything that is there. unfinished: what of it dpkg has not finished."""

    installed: Mapping[str, str]
    unfinished: Mapping[str, Unfinished]


def installed_packages(machine: Machine, manager: Manager) -> dict[str, str]:
    """Name to version of everything that is there. Raises CannotRecord where the package manager does not say."""
    return dict(package_states(machine, manager).installed)


def package_states(machine: Machine, manager: Manager) -> PackageStates:
    """Everything that is there, and how. Raises CannotRecord where the package manager does not say."""
    lines: list[str] = []
    outcome = machine.run(Command(_LISTS[manager], root=False, timeout_seconds=120), lines.append)
    if not outcome.is_done():
        why = outcome.problem or f"`{_LISTS[manager][0]}` ended with exit code {outcome.exit_code}"
        raise CannotRecord(f"The installed packages can't be listed ({why.rstrip('.')}).")
    installed: dict[str, str] = {}
    unfinished: dict[str, Unfinished] = {}
    for words in (line.split(" ") for line in lines):
        if len(words) not in (3, 5) or words[0] not in _THERE or words[1].startswith("gpg-pubkey"):
            continue
        state, name, version, flag, architecture = (*words, "", "")[:5]
        installed[name] = version
        if state != "installed" or flag == "reinstreq":
            unfinished[name] = Unfinished(version, architecture, flag == "reinstreq")
    return PackageStates(installed, unfinished)


def unfinished_words(unfinished: Mapping[str, Unfinished]) -> str:
    """What dpkg left unfinished and what to type about it, in sentences; "" for nothing."""
    if not unfinished:
        return ""
    broken = [name for name, state in unfinished.items() if state.is_broken]
    again = f", then `sudo apt-get install --reinstall {' '.join(broken)}`" if broken else ""
    gone = (
        " Where no repository has one of them any more and nothing needs it: `sudo dpkg --remove"
        f" --force-remove-reinstreq {broken[0]}`."
        if broken
        else ""
    )
    names = ", ".join(list(unfinished)[:6]) + (
        f" and {len(unfinished) - 6} more" if len(unfinished) > 6 else ""
    )
    return (
        f"dpkg was cut off at {names} and has not finished; until it is, apt may refuse every installation. "
        f"`sudo dpkg --configure -a`{again} finishes it.{gone}"
    )


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
