"""Whether the package manager is whole once an undo has ended. An installation is looked at after each step."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.apply.packages import (
    CannotRecord,
    Unfinished,
    host_manager,
    package_states,
    unfinished_words,
)
from wizard.apply.planfile import undoes
from wizard.machine.outcome import Machine
from wizard.model.plan import Plan


class Soundness:
    """What of the packages an undo leaves unfinished, against how it found them. Looks at nothing for other plans."""

    def __init__(self, plan: Plan, machine: Machine) -> None:
        self._machine = machine
        self._is_asked = undoes(plan) and any("packages" in step.records for step in plan.steps())
        self._before = self._unfinished()

    def problem(self) -> str:
        """What is unfinished and was not before, and what to type about it, in sentences; "" for nothing."""
        new = {name: state for name, state in self._unfinished().items() if name not in self._before}
        return f"All steps are done, but {unfinished_words(new)}" if new else ""

    def _unfinished(self) -> Mapping[str, Unfinished]:
        if not self._is_asked:
            return {}
        try:
            return package_states(self._machine, host_manager()).unfinished
        except CannotRecord:
            return {}  # The steps ask the same before they begin, and end with the reason.


def unfinished_here() -> str:
    """What dpkg has not finished on this host, and what to type about it; "" for nothing, or where it does not say."""
    from wizard.machine.local import LocalMachine

    try:
        return unfinished_words(package_states(LocalMachine(), host_manager()).unfinished)
    except CannotRecord:
        return ""
