"""Packages in an undo: which may go, and with which commands."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from wizard.apply.packages import CannotRecord, Manager, Unfinished, host_manager, package_states
from wizard.apply.units import unit_is_there
from wizard.machine.outcome import Machine
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Command
from wizard.planning.packages import finish, remove, remove_exactly, unpack_again

# Asks for those of the packages that others need: manager, packages.
Needed = Callable[[str, Sequence[str]], frozenset[str]]
_DPKG_UPDATES = "/var/lib/dpkg/updates"

# Each rehearsal names what is in the way of the one before; a chain of dependencies is no longer than this.
_ROUNDS = 40
_REHEARSAL_SECONDS = 120
_DPKG_REFUSES = re.compile(r"dpkg: error processing package (\S+) \(--remove\)")
_RPM_REFUSES = re.compile(r"\s*(\S+|\(.*\))(?: [<>=]+ \S+)? is needed by \(installed\) \S+")


@dataclass(frozen=True, slots=True)
class Packages:
    """What an undo must know of a host. installed: name to version. is_cut_off: dpkg ended in the middle of its work,
    and apt-get refuses everything until that is finished. has_unit: whether a unit of systemd is there. unfinished:
    packages that dpkg has not finished, those that it was cut off at while it unpacked them among them.
    """

    installed: Mapping[str, str]
    needed: Needed
    is_cut_off: bool = False
    has_unit: Callable[[str], bool] = lambda _name: True
    unfinished: Mapping[str, Unfinished] = field(default_factory=dict)


def ask_host() -> Packages:
    """This host's packages. Raises Failure where the package manager does not tell them."""
    from wizard.machine.local import LocalMachine

    machine = LocalMachine()
    try:
        states = package_states(machine, host_manager())
    except CannotRecord as reason:
        raise Failure(
            str(reason),
            why="Without that list undo could not tell what is still there.",
            next_step="Mend the package manager, then undo again.",
            code=ExitCode.STEP_FAILED,
        ) from reason
    return Packages(
        states.installed,
        lambda manager, names: needed_elsewhere(machine, manager, names),
        _is_cut_off(),
        lambda name: unit_is_there(machine, name),
        states.unfinished,
    )


def _is_cut_off() -> bool:
    try:
        return host_manager() == "apt" and bool(os.listdir(_DPKG_UPDATES))
    except OSError:
        return False


def rehearsal(manager: str, packages: Sequence[str]) -> Command:
    """Fails where something else needs one of these packages; changes nothing.

    dpkg refuses one that it was cut off at for another reason, which must not be taken for that one.
    """
    argv = (
        ("dpkg", "--no-act", "--force-remove-reinstreq", "--remove")
        if manager == "apt"
        else ("rpm", "--erase", "--test")
    )
    return Command((*argv, *packages), root=False, timeout_seconds=_REHEARSAL_SECONDS)


def removal(
    manager: Manager,
    packages: tuple[str, ...],
    *,
    is_cut_off: bool = False,
    unfinished: Mapping[str, Unfinished] | None = None,
) -> tuple[Command, ...]:
    """Remove these packages and no other, never purging. () without packages. is_cut_off: finish dpkg's work first.

    Rehearsed first: apt-get and dnf would take along what needs one of them, and that is the operator's. unfinished:
    what dpkg has not finished on this host. While there is any, apt-get refuses to remove, so dpkg does it: what was
    cut off while being unpacked is unpacked whole where that can be (its files go by its list, and a cut leaves
    none), removed in any case, and at the end dpkg finishes what others left.
    """
    if not packages:
        return ()
    if manager != "apt" or not unfinished:
        pending = finish(())[:1] if is_cut_off else ()
        return *pending, rehearsal(manager, packages), remove(manager, packages)
    again = [
        command
        for name in packages
        if name in unfinished and unfinished[name].is_broken and unfinished[name].version
        for command in unpack_again(name, unfinished[name].version, unfinished[name].architecture)
    ]
    return (
        *again,
        rehearsal(manager, packages),
        remove_exactly(manager, packages, also_broken=True),
        *finish(())[:1],
    )


def needed_elsewhere(machine: Machine, manager: str, packages: Sequence[str]) -> frozenset[str]:
    """Those of `packages` that can't be removed together with all the others, as the package manager itself says.

    Where it gives no reason that can be read, nothing is named: the rehearsal before the removal refuses then.
    """
    left = list(packages)
    for _ in range(_ROUNDS if left else 0):
        lines: list[str] = []
        if machine.run(rehearsal(manager, left), lines.append).is_done():
            break
        refused = _refused_by_dpkg(lines, left) if manager == "apt" else _refused_by_rpm(machine, lines, left)
        if not refused:
            return frozenset()
        left = [name for name in left if name not in refused]
        if not left:
            break
    return frozenset(packages) - frozenset(left)


def _refused_by_dpkg(lines: Sequence[str], packages: Sequence[str]) -> set[str]:
    said = {found.group(1) for line in lines if (found := _DPKG_REFUSES.match(line))}
    plain = {name.partition(":")[0] for name in said}
    return {name for name in packages if name in said or (":" not in name and name in plain)}


def _refused_by_rpm(machine: Machine, lines: Sequence[str], packages: Sequence[str]) -> set[str]:
    """rpm names what is needed, not who brings it."""
    needs = {found.group(1) for line in lines if (found := _RPM_REFUSES.match(line))}
    providers: list[str] = []
    for need in sorted(needs):
        argv = ("rpm", "-q", "--qf", "%{NAME}.%{ARCH}\\n", "--whatprovides", need)
        machine.run(Command(argv, root=False, timeout_seconds=60), providers.append)
    return set(packages) & {line.strip() for line in providers}
