"""What the runner tells: everything to the log, a measured part of it to the journal."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from wizard.apply.journal import append, event, now
from wizard.apply.said import Said
from wizard.model.event import EventStatus
from wizard.model.plan import Step

# A journal line is flushed to disk and sent over somebody's slow connection: two a second show that it moves.
OUTPUT_SECONDS = 0.5


class Narrator:
    """Writes journal and log of one run. lost: why a line could not be kept, "" while all is well.

    left: what an undo had to leave, a sentence each. mask: takes passwords out of a text. said: what the command itself
    said so far, passwords masked. doubts: what earlier commands could not do although they ended well.
    """

    def __init__(self, journal: str, log: str, mask: Callable[[str], str]) -> None:
        self.lost = ""
        self.doubts = ""
        self.left: list[str] = []
        self._journal = journal
        self.mask = mask
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        self._step: Step | None = None
        self._waiting: str | None = None
        self._told_at = float("-inf")
        self.said = Said()

    def close(self) -> None:
        """Close the log."""
        os.close(self._log)

    def run_started(self, message: str) -> None:
        """Raises OSError where it can't be kept."""
        self.log(f"{now()} {message}")
        append(self._journal, event("run-started", self.mask(message)))

    def step_started(self, step: Step) -> None:
        """Raises OSError where it can't be kept: then the step must not start."""
        self._step = step
        self.log(f"{now()} {step.id}: {step.title}")
        append(self._journal, event("step-started", step.title, step=step.id, node=step.node))

    def step_finished(self, step: Step, status: EventStatus, message: str) -> None:
        """Raises OSError where it can't be kept."""
        self.tell_waiting()
        safe = self.mask(message)
        append(self._journal, event("step-finished", safe, step=step.id, node=step.node, status=status))
        self._step = None
        self.log(f"{now()} {step.id} {status}: {safe}")

    def run_finished(self, status: EventStatus, message: str) -> None:
        """Raises OSError where it can't be kept."""
        safe = self.mask(message)
        append(self._journal, event("run-finished", safe, status=status))
        self.log(f"{now()} {safe}")

    def command_started(self, words: str) -> None:
        """A command line as it is run; what it says afterwards counts as its own."""
        self.said = Said()
        self.output(f"$ {words}", is_ours=True)

    def output(self, line: str, *, is_ours: bool = False) -> None:
        """One line of a running program. Never raises: a full disk must not end apt half-way."""
        safe = self.mask(line)
        if not is_ours:
            self.said.take(safe)
        try:
            self.log(safe)
        except OSError as error:
            self._lose(error)
        self._waiting = safe
        self.tell_in_time()

    def tell_in_time(self) -> None:
        """Put the waiting line into the journal unless the last one has only just been put there."""
        if self._waiting is not None and time.monotonic() - self._told_at >= OUTPUT_SECONDS:
            self.tell_waiting()

    def tell_waiting(self) -> None:
        """Put the waiting line into the journal now."""
        line, self._waiting = self._waiting, None
        if line is None or self._step is None:
            return
        self._told_at = time.monotonic()
        try:
            append(self._journal, event("step-output", line, step=self._step.id, node=self._step.node))
        except OSError as error:
            self._lose(error)

    def log(self, line: str) -> None:
        """One line to the log. Raises OSError."""
        data = line.encode("utf-8", "replace") + b"\n"
        while data:
            data = data[os.write(self._log, data) :]

    def _lose(self, error: OSError) -> None:
        self.lost = self.lost or (error.strerror or "input/output error")
