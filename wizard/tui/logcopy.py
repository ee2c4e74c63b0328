"""Writing a run's log to a file that the operator names: the mouse is off over SSH, and a log is long."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input, Static

from wizard.model.failure import Failure
from wizard.model.session import RunRecord
from wizard.tui.dialogs import Dialog
from wizard.tui.form import FieldLabel
from wizard.tui.widgets.field import Field
from wizard.tui.widgets.push import Push
from wizard.tui.widgets.rows import Rows, row
from wizard.tui.words import amount, wrapped
from wizard.workflow import log as logs

_ABOUT = "All of it as it is now. Passwords of addresses were masked before they came into the log."


class WriteDialog(Dialog):
    """Where a copy goes; dismisses with what was written, in a sentence."""

    DEFAULT_CSS = """
    WriteDialog .form { grid-size: 2; grid-columns: 11 1fr; margin: 1 0; }
    WriteDialog #text { height: auto; }
    WriteDialog #space { height: 1fr; }
    """

    def __init__(self, run: RunRecord) -> None:
        super().__init__("Write the log to a file")
        self.run = run

    def compose_sheet(self) -> Iterable[Widget]:
        """What is written, where to, yes or no."""
        yield Rows([row(line) for line in wrapped(_ABOUT, self.app.size.width - 6)], id="text", is_menu=False)
        with Container(classes="form"):
            yield FieldLabel("Write to", "copy")
            yield Field(logs.suggested_path(self.run), id="copy", max_length=4000)
        with Container(classes="buttons"):
            yield Push("Write", id="write")
            replace = Push("Replace it", id="replace")
            replace.display = False
            yield replace
            yield Push("Close", id="close")
        yield Static("", id="space")

    def on_mount(self) -> None:
        """Enter writes it there."""
        self.query_one("#text").can_focus = False
        self.query_one("#copy").focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another path: what stands in the way of the one before is no matter now."""
        if event.input.is_mounted:
            self.query_one("#replace").display = False
            self.query_one("#message", Static).update("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter writes."""
        event.stop()
        self._write(replace=False)

    def pushed(self, name: str) -> None:
        """Write, replace what is there, or not."""
        if name == "close":
            self.dismiss(None)
        else:
            self._write(replace=name == "replace")

    def _write(self, *, replace: bool) -> None:
        try:
            path, size = logs.write_copy(self.run, self.query_one("#copy", Field).value, replace=replace)
        except Failure as failure:
            self.query_one("#replace").display = isinstance(failure, logs.FileIsThere)
            words = wrapped(f"{failure.seen} {failure.next_step}", self.app.size.width - 3)
            self.query_one("#message", Static).update("\n".join(f" {line}" for line in words))
            return
        self.dismiss(f"Written: {path} ({amount(size)}, for you alone to read)")
