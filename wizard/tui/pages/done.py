"""Done: write the config, and say what comes next and what was changed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Container
from textual.widget import Widget

from wizard.model.failure import Failure
from wizard.model.formats import shell
from wizard.tui import glyphs
from wizard.tui.dialogs import TextDialog, problem_lines
from wizard.tui.form import FieldLabel
from wizard.tui.page import Page
from wizard.tui.widgets.field import Field
from wizard.tui.widgets.push import Push
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import wrapped
from wizard.workflow import act, decide, keep


class DonePage(Page):
    """The export, the next commands, the changes."""

    page = "done"
    keys = "Enter write"
    help_text: ClassVar[str] = """\
The export directory holds deployment.yaml (the config),
answers.yaml (the same setup again, unattended), checks.json,
SUMMARY.md for people, and the rendered settings of every
service. There is no secret in any of them.

Unattended on another host:
  cometchat-wizard apply --answers answers.yaml --yes

What was changed on this host stands below. Undo... shows what
can be taken back, one step or all, before anything is done; the
same without a screen: cometchat-wizard undo --all"""
    DEFAULT_CSS = """
    DonePage .form { grid-size: 2; grid-columns: 16 1fr; }
    """

    def compose_body(self) -> Iterable[Widget]:
        """Where to, and what is there now."""
        with Container(classes="form"):
            yield FieldLabel("Write to", "directory")
            yield Field(self.setup.state.exported_to or keep.default_export(), id="directory")
        yield Rows(self._rows(), id="list", is_menu=False)
        undo = Push("Undo...", id="undo")
        undo.display = bool(act.changes(self.setup.session))
        yield from self.buttons(Push("Write the config", id="write"), Push("Leave", id="leave"), undo)

    def on_mount(self) -> None:
        """The likely next thing."""
        is_written = self.setup.state.exported_to and not self.setup.is_export_stale()
        self.query_one("#leave" if is_written else "#write").focus()

    def knows_more(self) -> None:
        """Something changed."""
        super().knows_more()
        self.query_one("#list", Rows).show(self._rows())
        self.query_one("#undo").display = bool(act.changes(self.setup.session))

    def submitted(self, name: str) -> None:
        """Enter in the directory field writes."""
        self._write()

    def pushed(self, name: str) -> None:
        """Write, leave, or undo."""
        if name == "write":
            self._write()
        elif name == "leave":
            self.wizard.action_leave()
        elif name == "undo":
            from wizard.tui.undoing import ask_undo

            ask_undo(self.wizard)

    def _write(self) -> None:
        directory = os.path.abspath(
            os.path.expanduser(self.query_one("#directory", Field).value.strip() or ".")
        )
        if self.setup.survey is None:
            self.say("Still looking at this host; a moment.")
            return
        open_ones = decide.export_blockers(self.setup.findings)
        beyond = any(item.id == "beyond-swarm" for item in open_ones)
        if open_ones and not beyond:
            names = ", ".join(sorted({item.id for item in open_ones}))
            self.say(f"Not written. In the way: {names}. Deal with them on the Review page.", "blocker")
            return
        if keep.missing(self.setup.answers):
            self.say("Not written: the monthly users are missing. Give them on the Usage page.", "blocker")
            return
        self._export(directory, beyond)

    def _export(self, directory: str, beyond: bool) -> None:
        setup = self.setup
        if setup.survey is None:
            return
        setup.flush()
        try:
            if beyond:
                keep.export_sales_sheet(directory, setup.state, setup.survey, setup.findings)
            else:
                setup.state, _paths = keep.export(setup.session, directory, setup.state, setup.survey)
        except Failure as failure:
            self.app.push_screen(TextDialog("The config could not be written", problem_lines(failure)))
            return
        self.knows_more()
        if beyond:
            self.say("Beyond the Swarm range: only the sheet for the talk with sales was written.", "warning")
        else:
            self.say(f"{glyphs.OK} Written to {directory}")
        self.query_one("#leave").focus()

    def _rows(self) -> list[Row]:
        width = self.text_width - 2
        state = self.setup.state
        rows: list[Row] = [row("")]
        if state.exported_to:
            words = "out of date: something changed since" if self.setup.is_export_stale() else "up to date"
            rows += [
                row(f"Config: {words}", "bold"),
                *(row(line) for line in wrapped(state.exported_to, width)),
                row(""),
            ]
            rows += _next_commands(state.exported_to, width)
        changes = act.changes(self.setup.session)
        rows += [row("Changed on this host", "bold")]
        rows += [row(line) for text in changes for line in wrapped(text, width)] or [row("Nothing.", "dim")]
        if changes:
            rows += [row("Undo... takes it back, one step or all.", "dim")]
        return rows


def _next_commands(directory: str, width: int) -> list[Row]:
    """What the operator types next; the whole list is in SUMMARY.md."""
    lines = (
        shell.words(("less", f"{directory}/SUMMARY.md")),
        shell.words(("cat", f"{directory}/swarm/commands.txt")),
        shell.words(("cometchat-wizard", "validate", f"{directory}/deployment.yaml")),
    )
    rows = [row("Next", "bold")]
    return [*rows, *(row(f"  {part}") for line in lines for part in wrapped(line, width - 2)), row("")]


PAGE = DonePage
