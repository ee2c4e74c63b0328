"""Welcome: a new setup, going on where it stopped, or starting from an answers file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from wizard.model.answers import Answers
from wizard.model.failure import Failure
from wizard.model.session import RunRecord
from wizard.tui.form import FieldLabel
from wizard.tui.page import Page
from wizard.tui.setup import PAGES, TITLES
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import wrapped

_WORDS = """\
This wizard prepares this server for CometChat on-premise:
size, software, ports, domain. At the end it writes the
deployment config. Nothing is changed on this host before
you have seen the exact commands and said yes."""


class WelcomePage(Page):
    """What this is, and where to start."""

    page = "welcome"
    keys = "Enter choose"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("l,L", "log", "Log of the last run", show=False)]
    help_text: ClassVar[str] = """\
Start here. A setup that was begun is kept: choose to go on.
An answers file (YAML) fills in every page at once; you can
still walk through them and change anything."""
    DEFAULT_CSS = """
    WelcomePage .form { grid-size: 2; grid-columns: 16 1fr; }
    """

    def compose_body(self) -> Iterable[Widget]:
        """Words, then a menu."""
        yield Static(_WORDS, id="words", markup=False)
        yield Rows(self._menu(), id="menu")

    def on_mount(self) -> None:
        """The likely answer has the focus."""
        self.query_one("#menu", Rows).focus()

    def knows_more(self) -> None:
        """What is told below the menu may have changed."""
        super().knows_more()
        self.query_one("#menu", Rows).show(self._menu())

    def _menu(self) -> list[Row]:
        state = self.setup.state
        rows = [row("")]
        has_old = state.answers != Answers()
        if state.changed_at:
            page = TITLES[self._place()]
            rows += [
                row(
                    f"Go on at: {page} (changed {state.changed_at[:16].replace('T', ' ')} UTC)",
                    "bold",
                    "go-on",
                ),
                row("Start a new one (the old answers are kept aside)", key="new"),
            ]
        else:
            rows.append(row("Start", "bold", "start"))
        if self._last_run() is not None:
            rows.append(row("Look at the last run and its log", key="run"))
        rows += [
            row(
                f"Start from an answers file{' (the old ones are kept aside)' if has_old else ''}", key="file"
            ),
            row("Leave", key="leave"),
            row(""),
            row(f"Session: {self.setup.session}", "dim"),
        ]
        return rows + [row(line) for text in self._told() for line in wrapped(text, self.text_width - 3)]

    def _place(self) -> str:
        """The page to go on at; Usage where a session names none, or this one."""
        page = self.setup.state.page
        return page if page in PAGES[1:] else "usage"

    def _told(self) -> Iterable[str]:
        """How the session was read, where that was unusual, what changed on this host, how the last run stands."""
        if self.setup.state.notice:
            yield self.setup.state.notice
        if self.setup.since is not None:
            yield self.setup.since.sentence()
        run = self._last_run()
        if run is not None:
            from wizard.workflow import act

            ending = act.ending(run)
            words = f"{'still going on.' if ending.state == 'running' else ''} {ending.message}".strip()
            if ending.state == "reboot-needed":
                words += " Reboot when it suits you (sudo systemctl reboot), then start this again."
            yield f"Last run, started {run.started_at[:16].replace('T', ' ')} UTC: {words}"

    def _last_run(self) -> RunRecord | None:
        if not os.path.isdir(os.path.join(self.setup.session, "runs")):
            return None
        from wizard.workflow import act

        return act.current_run(self.setup.session)

    async def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Do what was chosen."""
        if event.key == "go-on":
            self.wizard.open_page(self._place())
        elif event.key == "new":
            self._begin(self.setup.start_new)
        elif event.key == "file":
            await self._ask_for_file()
        elif event.key == "run":
            self._show_last_run()
        elif event.key == "leave":
            self.wizard.action_leave()
        else:
            self.wizard.open_page("usage")

    def action_log(self) -> None:
        """What was said when something was installed last."""
        self.wizard.show_log()

    def _show_last_run(self) -> None:
        from wizard.workflow import act

        run = self._last_run()
        if run is not None:
            self.wizard.follow_run(run, was_over=act.ending(run).state != "running")

    def _begin(self, change: Callable[[], None]) -> None:
        """Change all answers at once and go to the first page; stay where the old ones can't be kept."""
        try:
            change()
        except Failure as failure:
            self.say(f"{failure.seen} {failure.next_step}", "warning")
            return
        self.wizard.open_page("usage")

    async def _ask_for_file(self) -> None:
        from wizard.tui.widgets.field import Field

        if self.query("#file"):
            self.query_one("#file").focus()
            return
        form = Container(
            FieldLabel("Answers file", "file"),
            Field("", id="file", placeholder="/path/to/answers.yaml"),
            classes="form",
            id="file-form",
        )
        await self.query_one("#body").mount(form)
        self.query_one("#file").focus()

    def submitted(self, name: str) -> None:
        """Read the file that was named."""
        from wizard.tui.dialogs import TextDialog, problem_lines
        from wizard.tui.widgets.field import Field
        from wizard.workflow.ask import read_answers

        try:
            answers = read_answers(self.query_one("#file", Field).value.strip())
        except Failure as failure:
            self.app.push_screen(TextDialog("The answers file can't be used", problem_lines(failure)))
            return
        self._begin(lambda: self.setup.replace_answers(answers))


PAGE = WelcomePage
