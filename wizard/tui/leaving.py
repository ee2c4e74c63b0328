"""Leaving while a run is at work: leave it running, stop it after its step, or stay."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.session import RunRecord
from wizard.tui.dialogs import Dialog, TextDialog, problem_lines
from wizard.tui.widgets.push import Push
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import clock, wrapped
from wizard.workflow import act, parting
from wizard.workflow.progress import Onlooker, Progress

if TYPE_CHECKING:
    from wizard.tui.app import WizardApp

_POLL_SECONDS = 1.0
_LATER = "What is done stays done; installing again goes on from there."
_UNDO_LATER = "What was taken back stays so; undoing again goes on from there."


class LeaveDialog(Dialog):
    """What happens to the run; dismisses with `leave`, `stop` or None for staying.

    Shows how the run stands while it asks. A run that ends meanwhile is said, and nothing is left to stop.
    """

    keys = "Esc stay   Ctrl+Q once more: leave it running"

    def __init__(self, run: RunRecord, session: str) -> None:
        super().__init__("Leave while the work goes on?")
        self.run = run
        self.session = session
        self.onlooker: Onlooker | None = None
        self.progress = Progress((), 0)
        self.is_stopping = act.is_stopping(run)
        self.is_over = False
        # A run without a readable plan goes on all the same.
        with suppress(Failure):
            self.onlooker = Onlooker(run)
            self.progress = self.onlooker.look()

    def compose_sheet(self) -> Iterable[Widget]:
        """Where the run stands, what each answer means, the answers."""
        yield Rows(self._rows(), id="text", is_menu=False)
        with Container(classes="buttons"):
            yield Push("Leave it running", id="leave")
            if not self.is_stopping:
                yield Push("Stop after this step", id="stop")
            yield Push("Stay", id="close")

    def on_mount(self) -> None:
        """The work is meant to be done: leaving it running is the likely answer."""
        self.query_one("#leave").focus()
        self.set_interval(_POLL_SECONDS, self._poll)

    def _poll(self) -> None:
        if self.is_over:
            return
        self.is_over = act.live_run(self.session) is None
        if self.onlooker is not None:
            self.progress = self.onlooker.look(is_over=self.is_over)
        if self.is_over:
            self._end()
        self.query_one("#text", Rows).show(self._rows())

    def _end(self) -> None:
        self.query_one("#title", Static).update(" The work has ended meanwhile. Leave?")
        self.query_one("#keys", Static).update(" Esc stay   Ctrl+Q leave")
        self.query_one("#leave", Push).rename("Leave")
        for button in self.query("#stop"):
            if button.has_focus:
                self.query_one("#leave").focus()
            button.remove()

    def _rows(self) -> list[Row]:
        return self._rows_of_the_end() if self.is_over else self._rows_of_the_work()

    def _rows_of_the_end(self) -> list[Row]:
        ended = act.ending(self.run)
        return [
            *([*done, row("")] if (done := self._steps_done()) else []),
            *self._text(ended.message),
            row(""),
            *self._text("Stay to see how it ended; it is shown at the next start as well."),
        ]

    def _rows_of_the_work(self) -> list[Row]:
        running = self.progress.running
        rows = (
            self._text(f"At work: {running.title} ({clock(running.seconds or 0)} so far).") if running else []
        )
        rows += self._steps_done()
        if self.is_stopping:
            rows += [*_gap(rows), *self._text(parting.STOPS)]
        rows += [
            *_gap(rows),
            row("Leave it running", "bold"),
            *self._text("The work goes on without this terminal, also when the line drops."),
            *self._text(f"To come back: {parting.come_back(self.session)}."),
        ]
        if not self.is_stopping:
            rows += [
                row(""),
                row("Stop after this step", "bold"),
                *self._text(f"{parting.STOPS} {_UNDO_LATER if self.progress.is_undo else _LATER}"),
            ]
        return rows

    def _steps_done(self) -> list[Row]:
        count = len(self.progress.steps)
        return self._text(f"{self.progress.done} of {count} steps are done.") if count else []

    def _text(self, words: str, style: str = "") -> list[Row]:
        return [row(line, style) for line in wrapped(words, self.app.size.width - 6)]


def _gap(before: list[Row]) -> list[Row]:
    return [row("")] if before else []


def ask_to_leave(app: WizardApp) -> None:
    """Leave; while a run is at work only after a question. Asked for twice, or too small to show it: it runs on."""
    run = act.live_run(app.setup.session)
    if run is None or app.is_too_small() or isinstance(app.screen, LeaveDialog):
        app.leave(ExitCode.DONE)
        return
    app.push_screen(LeaveDialog(run, app.setup.session), lambda answer: _answered(app, run, answer))


def _answered(app: WizardApp, run: RunRecord, answer: str | None) -> None:
    if answer is None:
        return
    if answer == "stop":
        try:
            act.request_stop(run)
        except Failure as failure:
            app.push_screen(TextDialog("The work could not be stopped", problem_lines(failure)))
            return
    app.leave(ExitCode.DONE)
