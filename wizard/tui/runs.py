"""Following a run: the screen only reads the journal. Whatever happens to it, the work goes on."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from wizard.model.event import Event
from wizard.model.failure import Failure
from wizard.model.session import RunRecord
from wizard.tui import glyphs
from wizard.tui.dialogs import ReasonDialog, TextDialog
from wizard.tui.tables import cut
from wizard.tui.widgets.push import Push
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import wrapped
from wizard.workflow import act

if TYPE_CHECKING:
    from wizard.tui.app import WizardApp

_POLL_SECONDS = 0.5
_TAIL_LINES = 5
_WORDS = {"done": "done", "failed": "failed", "skipped": "not run"}
_MARK = {"done": glyphs.OK, "failed": glyphs.BLOCKER, "skipped": glyphs.OPEN}
_STYLE = {"done": "ansi_green", "failed": "bold ansi_red", "skipped": "dim"}
_ENDS = {
    "done": (glyphs.OK, "ansi_green", "Installed"),
    "reboot-needed": (glyphs.WARNING, "ansi_yellow", "Installed, and a reboot is needed"),
}
_REBOOT = "Leave the wizard when it suits you, reboot (sudo systemctl reboot), log in and start it again: it goes on."


class RunScreen(ModalScreen[str | None]):
    """Steps with their state, a bar, the end of the output. Dismisses with `retry`, `skip` or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+b", "close", "Back", show=False)]
    DEFAULT_CSS = """
    RunScreen { background: ansi_default; }
    RunScreen #sheet { height: 1fr; padding: 1 2 0 2; layout: vertical; }
    RunScreen #steps { height: 1fr; }
    RunScreen #tail { height: 5; margin: 1 0; }
    """

    def __init__(self, run: RunRecord) -> None:
        super().__init__()
        self.run = run
        self.titles = {step.id: step.title for step in act.plan_of(run).steps()}
        self.events: tuple[Event, ...] = ()
        self.is_over = False

    def compose(self) -> ComposeResult:
        """The sheet; every part is filled by the first poll."""
        yield Static(" Installing", id="title", markup=False)
        with Container(id="sheet"):
            yield Static("", id="bar", markup=False, classes="head")
            yield Rows(id="steps", is_menu=False)
            yield Rows(id="tail", is_menu=False)
            with Container(classes="buttons"):
                yield from self._buttons()
        yield Static("", id="message", markup=False)
        yield Static(
            " Esc back (the work goes on)   Ctrl+Q save and leave (the work goes on)", id="keys", markup=False
        )

    def _buttons(self) -> Iterable[Widget]:
        for name, words in (
            ("stop", "Stop after this step"),
            ("retry", "Retry"),
            ("skip", "Skip this step..."),
        ):
            button = Push(words, id=name)
            button.display = name == "stop"
            yield button
        yield Push("Full log", id="log")
        yield Push("Close", id="close")

    def on_mount(self) -> None:
        """Read now and then every half second: a tail of five lines costs 2 KB/s, a line at a time 170."""
        self.query_one("#tail").can_focus = False
        self.query_one("#close").focus()
        self._poll()
        self.set_interval(_POLL_SECONDS, self._poll)

    def _poll(self) -> None:
        if self.is_over:
            return
        run = act.ending(self.run).state == "running"
        self.events = act.events(self.run)
        self.query_one("#steps", Rows).show(self._step_rows())
        lines = act.tail(self.run, _TAIL_LINES)
        self.query_one("#tail", Rows).show([row(cut(line, self.app.size.width - 6), "dim") for line in lines])
        self.query_one("#bar", Static).update(self._bar())
        if not run:
            self._end()

    def _bar(self) -> Content:
        finished = {event.step for event in self.events if event.event == "step-finished"}
        total = max(1, len(self.titles))
        started = datetime.strptime(self.run.started_at[:19], "%Y-%m-%dT%H:%M:%S").replace(
            tzinfo=timezone.utc
        )
        seconds = max(0, int(time.time() - started.timestamp()))
        bar = glyphs.bar(len(finished) / total, 24)
        words = f"{len(finished)} of {total} steps   {seconds // 60}:{seconds % 60:02d}"
        return Content.assemble((bar, glyphs.BAR_STYLE), f"{' ' * (24 - len(bar))} {words}")

    def _step_rows(self) -> list[Row]:
        ended = {event.step: event for event in self.events if event.event == "step-finished"}
        begun = {event.step for event in self.events if event.event == "step-started"}
        rows: list[Row] = []
        for step_id, title in self.titles.items():
            event = ended.get(step_id)
            if event is not None and event.status is not None:
                rows.append(
                    row(f"{_MARK[event.status]} {title}  {_WORDS[event.status]}", _STYLE[event.status])
                )
            elif step_id in begun:
                rows.append(row(f"{glyphs.HERE} {title}  ...", "bold"))
            else:
                rows.append(row(f"{glyphs.OPEN} {title}", "dim"))
        return rows

    def _end(self) -> None:
        self.is_over = True
        ending = act.ending(self.run)
        is_good = ending.state in ("done", "reboot-needed")
        self.query_one("#stop").display = False
        for name in ("retry", "skip"):
            self.query_one(f"#{name}").display = not is_good
        mark, style, title = _ENDS.get(ending.state, (glyphs.BLOCKER, "bold ansi_red", "Installing stopped"))
        text = f"{ending.message} {_REBOOT}" if ending.state == "reboot-needed" else ending.message
        lines = wrapped(text, self.app.size.width - 8)
        rows = (
            self._step_rows()
            + [row("")]
            + [row(f"{mark if not n else ' '} {line}", style) for n, line in enumerate(lines)]
        )
        self.query_one("#steps", Rows).show([*rows, row(f"  Full log: {self.run.log}", "dim")])
        self.query_one("#steps", Rows).action_edge(1)
        self.query_one("#close" if is_good else "#retry").focus()
        self.query_one("#keys", Static).update(" Esc back   Ctrl+Q save and leave")
        self.query_one("#title", Static).update(f" {title}")
        cast("WizardApp", self.app).look_anew()

    def on_push_pushed(self, event: Push.Pushed) -> None:
        """Stop, log, and what to do after a failure."""
        name = event.push.id or ""
        if name == "stop":
            self._ask_to_stop()
        elif name == "log":
            lines = act.tail(self.run, 400)
            self.app.push_screen(TextDialog(f"The end of {self.run.log}", "\n".join(lines)))
        elif name == "skip":
            self._skip()
        else:
            self.dismiss(None if name == "close" else name)

    def action_close(self) -> None:
        """Back to the page; the work goes on."""
        self.dismiss(None)

    def _ask_to_stop(self) -> None:
        try:
            act.request_stop(self.run)
        except Failure as failure:
            self.query_one("#message", Static).update(f" {failure.seen} {failure.next_step}")
            return
        self.query_one("#message", Static).update(" It stops once the step it is at is finished.")

    def _skip(self) -> None:
        failed = next(
            (event.step for event in reversed(self.events) if event.status == "failed" and event.step), None
        )
        if failed is None:
            self.dismiss(None)
            return
        dialog = ReasonDialog(
            f"Skip {failed}",
            [row(self.titles.get(failed, failed), "bold"), row("The rest of the plan is done without it.")],
            words="Skip and go on",
            purpose="why it is not needed; it goes into the config",
        )
        self.app.push_screen(dialog, lambda reason: self._skipped(failed, reason))

    def _skipped(self, step: str, reason: str | None) -> None:
        if reason:
            cast("WizardApp", self.app).setup.skip(step, reason)
            self.dismiss("retry")
