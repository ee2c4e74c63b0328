"""Following a run: the screen only reads the journal. Whatever happens to it, the work goes on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from wizard.model.failure import Failure
from wizard.model.session import RunRecord
from wizard.tui import glyphs
from wizard.tui.dialogs import ReasonDialog
from wizard.tui.stages import row_in_view, stage_rows
from wizard.tui.tables import cut
from wizard.tui.widgets.push import Push
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import clock, wrapped
from wizard.workflow import act, parting
from wizard.workflow.progress import Onlooker, Progress

if TYPE_CHECKING:
    from wizard.apply.runs import Ending
    from wizard.tui.app import WizardApp

_POLL_SECONDS = 0.5
_TAIL_LINES = 5
_MOST_LINES = 9
_BAR = 24
_ENDS = {"done": (glyphs.OK, "ansi_green"), "reboot-needed": (glyphs.WARNING, "ansi_yellow")}
_REBOOT = "Leave the wizard when it suits you, reboot (sudo systemctl reboot), log in and start it again: it goes on."


class RunScreen(ModalScreen[str | None]):
    """Stages and steps with their state and time, a bar, the end of the output, and how it ended.

    was_over: the run is looked at again long after its end; nothing follows from that. Dismisses with `retry` or
    None. Raises Failure 7 where the run's plan can't be read.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+b", "close", "Back", show=False),
        Binding("l,L", "log", "Full log", show=False),
        *(
            Binding(key, f"scroll_steps('{action}', {direction})", action, show=False)
            for key, action, direction in (
                ("up", "move", -1),
                ("down", "move", 1),
                ("pageup", "page", -1),
                ("pagedown", "page", 1),
                ("home", "edge", -1),
                ("end", "edge", 1),
            )
        ),
    ]
    DEFAULT_CSS = """
    RunScreen { background: ansi_default; }
    RunScreen #sheet { height: 1fr; padding: 1 2 0 2; layout: vertical; }
    RunScreen #steps { height: 1fr; }
    RunScreen #tail { height: auto; margin: 1 0; }
    """

    def __init__(self, run: RunRecord, *, was_over: bool = False) -> None:
        super().__init__()
        self.run = run
        self.onlooker = Onlooker(run)
        self.progress: Progress = self.onlooker.look()
        self.was_over = was_over
        self.is_over = False
        self._row_in_view: int | None = None

    def compose(self) -> ComposeResult:
        """The sheet; every part is filled by the first poll."""
        yield Static(" Undoing" if self.progress.is_undo else " Installing", id="title", markup=False)
        with Container(id="sheet"):
            yield Static("", id="bar", markup=False, classes="head")
            yield Rows(id="steps", is_menu=False)
            yield Rows([row("")] * _TAIL_LINES, id="tail", is_menu=False)
            with Container(classes="buttons"):
                yield from self._buttons()
        yield Static("", id="message", markup=False)
        yield Static(" L full log   Esc back (the work goes on)   Ctrl+Q leave", id="keys", markup=False)

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
        for name in ("#steps", "#tail"):
            self.query_one(name).can_focus = False
        self.query_one("#tail").styles.max_height = _MOST_LINES
        self.query_one("#close").focus()
        if act.is_stopping(self.run):
            self._say_it_stops()
        self._poll()
        self.set_interval(_POLL_SECONDS, self._poll)

    def _poll(self) -> None:
        if self.is_over:
            return
        ending = act.ending(self.run)  # asked before the journal is read: then that holds its last line
        self.is_over = ending.state != "running"
        self.progress = self.onlooker.look(is_over=self.is_over)
        steps = self.query_one("#steps", Rows)
        steps.show(stage_rows(self.progress, self._width))
        in_view = row_in_view(self.progress)
        if in_view is not None and in_view != self._row_in_view:
            self._row_in_view = in_view
            steps.reveal(in_view)
        self.query_one("#bar", Static).update(self._bar())
        if self.is_over:
            self._end(ending)
        else:
            lines = [cut(line, self._width) for line in act.tail(self.run, _TAIL_LINES)]
            lines += [""] * (_TAIL_LINES - len(lines))  # the lines above stay where they are
            self.query_one("#tail", Rows).show([row(line, "dim") for line in lines])

    @property
    def _width(self) -> int:
        return self.app.size.width - 6

    def _bar(self) -> Content:
        total = len(self.progress.steps)
        bar = glyphs.bar(self.progress.done / max(1, total), _BAR)
        words = f"{' ' * (_BAR - len(bar))} {self.progress.done} of {total} steps"
        room = self._width - _BAR - len(words.lstrip()) - 1
        return Content.assemble((bar, glyphs.BAR_STYLE), f"{words}{clock(self.progress.seconds).rjust(room)}")

    def _end(self, ending: Ending) -> None:
        is_good = ending.state in ("done", "reboot-needed")
        self.query_one("#stop").display = False
        can_retry = not is_good and not self.progress.is_undo
        self.query_one("#retry").display = can_retry
        self.query_one("#skip").display = can_retry and self.progress.failed is not None
        self.query_one("#retry", Push).rename("Retry" if self.progress.failed is not None else "Go on")
        tail = self.query_one("#tail", Rows)
        tail.show(self._how_it_ended(ending))
        tail.can_focus = len(tail.rows) > _MOST_LINES  # then the arrow keys reach the rest
        likely = "#close" if is_good or self.was_over or self.progress.is_undo else "#retry"
        self.query_one(likely).focus()
        self.query_one("#message", Static).update("")
        self.query_one("#keys", Static).update(" L full log   Esc back   Ctrl+Q leave")
        well, badly = (
            ("Undone", "Undoing stopped") if self.progress.is_undo else ("Installed", "Installing stopped")
        )
        reboot = ", and a reboot is needed" if ending.state == "reboot-needed" else ""
        self.query_one("#title", Static).update(f" {well if is_good else badly}{reboot}")
        if not self.was_over:
            cast("WizardApp", self.app).look_anew()

    def _how_it_ended(self, ending: Ending) -> list[Row]:
        mark, style = _ENDS.get(ending.state, (glyphs.BLOCKER, "bold ansi_red"))
        text = f"{ending.message} {_REBOOT}" if ending.state == "reboot-needed" else ending.message
        lines = wrapped(text, self._width - 2)
        return [row(f"{mark if not number else ' '} {line}", style) for number, line in enumerate(lines)]

    def on_push_pushed(self, event: Push.Pushed) -> None:
        """Stop, log, and what to do after a failure."""
        name = event.push.id or ""
        if name == "stop":
            self._ask_to_stop()
        elif name == "log":
            self.action_log()
        elif name == "skip":
            self._skip()
        else:
            self.dismiss(None if name == "close" else name)

    def action_close(self) -> None:
        """Back to the page; the work goes on."""
        self.dismiss(None)

    def action_scroll_steps(self, action: str, direction: int) -> None:
        """The steps scroll wherever the focus is."""
        getattr(self.query_one("#steps", Rows), f"action_{action}")(direction)

    def action_log(self) -> None:
        """The whole log."""
        cast("WizardApp", self.app).show_log(self.run)

    def _ask_to_stop(self) -> None:
        try:
            act.request_stop(self.run)
        except Failure as failure:
            self.query_one("#message", Static).update(f" {failure.seen} {failure.next_step}")
            return
        self._say_it_stops()

    def _say_it_stops(self) -> None:
        self.query_one("#stop").display = False
        self.query_one("#close").focus()
        self.query_one("#message", Static).update(f" {parting.STOPS}")

    def _skip(self) -> None:
        failed = self.progress.failed
        if failed is None:
            self.dismiss(None)
            return
        dialog = ReasonDialog(
            f"Skip {failed.id}",
            [row(failed.title, "bold"), row("The rest of the plan is done without it.")],
            words="Skip and go on",
            purpose="why it is not needed; it goes into the config",
        )
        self.app.push_screen(dialog, lambda reason: self._skipped(failed.id, reason))

    def _skipped(self, step: str, reason: str | None) -> None:
        if reason:
            cast("WizardApp", self.app).setup.skip(step, reason)
            self.dismiss("retry")
