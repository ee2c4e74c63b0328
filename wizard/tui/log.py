"""The whole log of a run: scrolled, searched, followed while it grows, written to a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantFocus
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from wizard.model.session import RunRecord
from wizard.tui.form import FieldLabel, mark_label
from wizard.tui.logcopy import WriteDialog
from wizard.tui.tables import cut
from wizard.tui.widgets.field import Field
from wizard.tui.widgets.logtext import LogText
from wizard.tui.words import amount
from wizard.workflow import log as logs

# Twenty new rows cost ten times what a tail of five does: once a second is under 2 KB/s.
_POLL_SECONDS = 1.0
# A search takes no longer than this before keys and the screen have their turn.
_TURN_SECONDS = 0.05
_KEYS = " / search  n next  N previous  Home  End  W to a file  Esc back  Ctrl+Q leave"
_SEARCH_KEYS = " Enter search, from the first row on   Esc back to the log"


class LogScreen(ModalScreen[None]):
    """Opens at the end and follows it; any other move stops following, End takes it up again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+b,q", "close", "Back", show=False),
        Binding("slash", "search", "Search", show=False),
        Binding("n", "again(True)", "Next", show=False),
        Binding("N", "again(False)", "Previous", show=False),
        Binding("w,W", "write", "Write to file", show=False),
        Binding("down,enter", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "edge(-1)", "Start", show=False),
        Binding("end,G", "edge(1)", "End", show=False),
    ]
    DEFAULT_CSS = """
    LogScreen { background: ansi_default; }
    LogScreen #path { text-style: dim; padding: 0 2; }
    LogScreen #search { grid-size: 2; grid-columns: 11 1fr; display: none; padding: 0 1 0 0; }
    """

    def __init__(self, run: RunRecord) -> None:
        super().__init__()
        self.run = run
        self.log_file = logs.open_log(run)
        self.words = ""
        self._search: Iterator[logs.Found | None] | None = None

    def compose(self) -> ComposeResult:
        """Title, path, log, a line to search in or a message, keys."""
        yield Static("", id="title", markup=False)
        yield Static(self.run.log, id="path", markup=False)
        yield LogText(self.log_file, id="log")
        with Container(id="search", classes="form"):
            yield FieldLabel("Search", "words")
            yield Field("", id="words")
        yield Static("", id="message", markup=False)
        yield Static(_KEYS, id="keys", markup=False)

    @property
    def text(self) -> LogText:
        """The window."""
        return self.query_one("#log", LogText)

    def on_mount(self) -> None:
        """At the end, where the reason of a failure is."""
        self.text.focus()
        self.call_after_refresh(self._poll)
        self.set_interval(_POLL_SECONDS, self._poll)

    def _poll(self) -> None:
        self.text.look()
        self._show_place()

    def _show_place(self) -> None:
        size = self.log_file.size()
        rows = self.text.pager.rows()
        percent = 100 * rows[-1].line.end // size if rows and size else 100
        place = "follows the end," if self.text.follows else f"{percent} % of"
        title = f" Log of {self.run.started_at[:16].replace('T', ' ')} UTC"
        room = self.app.size.width - len(title) - 1
        self.query_one("#title", Static).update(f"{title}{f'{place} {amount(size)}'.rjust(room)} ")
        if self.log_file.problem:
            self.say(f"The log can't be read: {self.log_file.problem}.")

    def say(self, words: str) -> None:
        """A line for the operator; "" clears it."""
        self.query_one("#message", Static).update(f" {cut(words, self.app.size.width - 2)}" if words else "")

    def action_close(self) -> None:
        """Back; out of the search first."""
        if self.query_one("#search").display:
            self._open_search(is_open=False)
        else:
            self.dismiss(None)

    def action_move(self, count: int) -> None:
        """So many rows."""
        self._moved(lambda: self.text.pager.scroll(count))

    def action_page(self, direction: int) -> None:
        """A screenful but one row."""
        self._moved(lambda: self.text.pager.scroll(direction * max(1, self.text.size.height - 1)))

    def action_edge(self, direction: int) -> None:
        """The start, or the end and what comes there."""
        self._moved(self.text.pager.to_start if direction < 0 else self.text.pager.to_end)
        self.text.follows = direction > 0
        self._poll()

    def _moved(self, move: Callable[[], object]) -> None:
        self.text.follows = False
        move()
        self._poll()

    def action_search(self) -> None:
        """A line to type what is looked for."""
        self._open_search(is_open=True)
        self.query_one("#words", Field).value = self.words
        self.query_one("#words").focus()

    def _open_search(self, *, is_open: bool) -> None:
        self.query_one("#search").display = is_open
        self.query_one("#message").display = not is_open
        self.query_one("#keys", Static).update(_SEARCH_KEYS if is_open else _KEYS)
        if not is_open:
            self.text.focus()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Mark the label of the focused field."""
        mark_label(self, event.widget, is_focused=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Look from the first row on; nothing typed takes the marks away."""
        event.stop()
        self.words = event.value
        self._open_search(is_open=False)
        self.text.mark(self.words, None)
        self.say("")
        if self.words:
            self._look_for(self.text.pager.start, forward=True)

    def action_again(self, forward: bool) -> None:
        """The next place, or the one before."""
        if not self.words:
            self.action_search()
            return
        here = self.text.here
        # The log may have gone, or may have become shorter.
        line = None if here is None else next(iter(self.log_file.after(here, 1)), None)
        if line is None:
            self.text.mark(self.words, None)
            self._look_for(min(self.text.pager.start, self.log_file.size()), forward=forward)
        else:
            self._look_for(line.end if forward else line.start, forward=forward)

    def _look_for(self, start: int, *, forward: bool) -> None:
        self._search = self.log_file.find(self.words, start, forward=forward)
        self._go_on(self._search, forward)

    def _go_on(self, search: Iterator[logs.Found | None], forward: bool) -> None:
        """Search for a moment, then let others have their turn."""
        if search is not self._search:
            return
        until = monotonic() + _TURN_SECONDS
        for found in search:
            if found is not None:
                self._arrive(found, forward)
                return
            if monotonic() > until:
                self.say("Searching...")
                self.set_timer(0.01, lambda: self._go_on(search, forward))
                return
        self.say(f"Not found: {self.words}")

    def _arrive(self, found: logs.Found, forward: bool) -> None:
        before = self.text.here
        self.text.follows = False
        self.text.mark(self.words, self.text.pager.show(found.offset))
        self._poll()
        if self.text.here == before:
            self.say("This is the only line with it.")
        elif found.is_around:
            ends = ("end", "start") if forward else ("start", "end")
            self.say(f"Not found up to the {ends[0]}: went on from the {ends[1]}.")
        else:
            self.say("")

    def action_write(self) -> None:
        """Ask for a file to write the log to."""
        self.app.push_screen(WriteDialog(self.run), self._written)

    def _written(self, words: str | None) -> None:
        if words:
            self.say(words)
