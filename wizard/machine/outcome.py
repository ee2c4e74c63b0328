"""What a machine is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from wizard.model.plan import Command, MergeFile, WriteFile

OnLine = Callable[[str], None]
OnStart = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one action ended.

    exit_code: the program's (negative: the signal that ended it), 0 for a written file, None if nothing ran.
    problem: a sentence where the action could not be done at all or was cut off, "" otherwise.
    stopped: it was ended because somebody asked for it. seconds: wall time, without waiting for locks.
    """

    exit_code: int | None
    timed_out: bool = False
    seconds: float = 0.0
    problem: str = ""
    stopped: bool = False

    def is_done(self, ok_codes: tuple[int, ...] = (0,)) -> bool:
        """True where the action ran to its end with an exit code that counts as done."""
        return not self.problem and not self.timed_out and not self.stopped and self.exit_code in ok_codes


class Machine(Protocol):
    """Something that does actions: this host, or later another one over SSH."""

    def run(
        self,
        command: Command,
        on_line: OnLine,
        on_idle: Callable[[], None] | None = None,
        on_start: OnStart | None = None,
    ) -> Outcome:
        """Run a command to its end. on_line gets each line, on_idle is called while there is none.

        on_start gets the process id before the program begins; what it raises keeps it from beginning.
        """

    def write(self, file: WriteFile | MergeFile) -> Outcome:
        """Write a file atomically, or set keys in one that others use, too."""

    def stop(self) -> None:
        """End what runs now, or else refuse what comes next. May be called from a signal handler."""
