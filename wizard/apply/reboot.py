"""What of a session's runs only a reboot makes true, and whether there has been one since."""

from __future__ import annotations

import os
from collections.abc import Sequence

from wizard.apply.planfile import UNDO
from wizard.apply.runfile import RunFile, Waiting, read_run_file
from wizard.machine.marks import boot_id, start_ticks
from wizard.machine.outcome import Machine
from wizard.machine.restarting import RESTARTING_COMMAND, parse_restarting
from wizard.model.plan import Command, Step

SYSTEM = "system"


def is_this_boot(found: RunFile) -> bool:
    """False where this host has surely been booted since the run began.

    A container's boot has no id of its own everywhere: there a new process 1 tells it.
    """
    if found.process is None:
        return True
    here, init = boot_id(), start_ticks(1)
    if here and found.process.boot_id and here != found.process.boot_id:
        return False
    return init is None or found.init_ticks is None or init == found.init_ticks


def waiting_for_reboot(run_directories: Sequence[str]) -> tuple[Waiting, ...]:
    """What these runs (newest first) did since the last boot and only the next one makes true, in their order.

    What was undone before it became true waits for nothing.
    """
    first: dict[str, str] = {}
    last: dict[str, Waiting] = {}
    for directory in reversed(run_directories):
        found = read_run_file(directory)
        if found is None or not is_this_boot(found):
            continue
        for item in found.waiting:
            name = item.step.removeprefix(UNDO)
            first.setdefault(name, item.step)
            last[name] = item
    # Done and undone, or undone and done again, is what it was at the boot; twice the same is once.
    return tuple(item for name, item in last.items() if item.step == first[name])


def installs_with_dnf(steps: tuple[Step, ...]) -> bool:
    """True where dnf is at work in one of these steps: its packages may ask for a reboot by its own program."""
    return any(
        isinstance(action, Command) and action.waits_for == "dnf"
        for step in steps
        for action in step.commands
    )


class SystemReboot:
    """Whether packages that a run installs make the system ask for a reboot: it did not ask before.

    file: where Debian and Ubuntu say so. asks: whether to ask the RHEL family's program too (it takes a second).
    """

    def __init__(self, machine: Machine, file: str, *, asks: bool) -> None:
        self._machine = machine
        self._file = file
        self._asks = asks
        self._had = self._is_wanted()

    def has_come(self) -> bool:
        """True where it asks now and did not before."""
        return not self._had and self._is_wanted()

    def _is_wanted(self) -> bool:
        return os.path.exists(self._file) or (self._asks and self._is_said())

    def _is_said(self) -> bool:
        lines: list[str] = []
        outcome = self._machine.run(Command(RESTARTING_COMMAND, root=False, timeout_seconds=60), lines.append)
        return not outcome.problem and parse_restarting(outcome.exit_code, "\n".join(lines)) is True
