"""The wizard's app: opens pages, looks at the host in the background, saves, and leaves in good order."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from wizard.model.answers import Answers
from wizard.model.origin import ExitCode
from wizard.model.session import RunRecord
from wizard.tui.drawing import DrawnApp
from wizard.tui.driver import TerminalDriver
from wizard.tui.looking import Looked, Looker, LookFailed, Outside, PartSeen
from wizard.tui.page import Page
from wizard.tui.setup import PAGES, Setup
from wizard.workflow.look import outside

if TYPE_CHECKING:
    from wizard.machine.reading import Reader

SAVE_DELAY_SECONDS = 0.2
LEFTOVER_SECONDS = 2.0


class WizardApp(DrawnApp):
    """One wizard on one session. Exits with an ExitCode."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "leave", "Save and leave", show=False, priority=True),
    ]

    def __init__(
        self,
        setup: Setup,
        first_page: str = "welcome",
        *,
        reader: Reader | None = None,
        look_outside: Callable[[Answers], Outside] = outside,
    ) -> None:
        """reader and look_outside: what is looked at; this host, openssl and the resolver unless a test says else."""
        super().__init__(driver_class=TerminalDriver, ansi_color=True)
        self.looker = Looker(self, reader, look_outside)
        self.setup = setup
        self.first_page = first_page
        self.parts: dict[str, object] = {}
        self.is_looking = False
        self.looks_once_more = False
        self.wants_retry = False
        # What a killed run left at work, in words; "" where nothing is.
        self.leftover = ""
        self.after: str | None = None
        self.crash: Exception | None = None
        setup.on_change = self._changed

    def on_mount(self) -> None:
        """Show the first page; look at the host once it stands."""
        self.theme = "ansi-dark"
        self.push_screen(make_page(self.first_page))
        self.call_after_refresh(self.look)
        self.call_after_refresh(self._show_live_run)

    def _show_live_run(self) -> None:
        """A run of an earlier start that still goes on is followed at once."""
        if os.path.isdir(os.path.join(self.setup.session, "runs")):
            from wizard.workflow import act

            run = act.live_run(self.setup.session)
            if run is not None:
                self.follow_run(run)
            else:
                self.watch_leftover()

    def watch_leftover(self) -> None:
        """A command that a run of an earlier start left at work changes the host: look again once it has ended."""
        from wizard.workflow.resume import leftover

        left = leftover(self.setup.session)
        before, self.leftover = self.leftover, "" if left is None else f"{left}."
        if self.leftover:
            self.set_timer(LEFTOVER_SECONDS, self.watch_leftover)
        if self.leftover != before:
            self._tell_page(lambda page: page.knows_more())
        if before and not self.leftover:
            self.look_anew()

    def open_page(self, name: str) -> None:
        """Go to a page; what was answered so far is on disk before it shows."""
        self.setup.take_typed()
        self.setup.go_to(name)
        saved = self.setup.flush()
        page = make_page(name)
        self.switch_screen(page)
        if not saved and self.setup.save_failure is not None:
            failure = self.setup.save_failure
            self.call_after_refresh(self._warn, f"{failure.seen} {failure.next_step}")
        if self.setup.wants_look:
            self.look()
        elif self.setup.wants_outside:
            self.look_outside()

    def look(self, *, is_ours: bool = False) -> None:
        """Survey in the background; parts are shown as they come in. is_ours: what changed was done by a run."""
        if not self.is_looking:
            self.is_looking = True
            self.parts = {}
            self.looker.look(self.setup.answers, is_ours=is_ours)

    def look_anew(self) -> None:
        """After a run: a survey that is on its way may have seen the host as it was before."""
        self.looks_once_more = self.is_looking
        self.look(is_ours=True)

    def look_outside(self) -> None:
        """Certificate and names only."""
        if self.setup.survey is not None and not self.is_looking:
            self.is_looking = True
            self.looker.look_outside(self.setup.answers, self.setup.survey)

    def end_by(self, error: Exception) -> None:
        """A bug in a thread ends the app like one in the loop."""
        self._handle_exception(error)

    def on_part_seen(self, message: PartSeen) -> None:
        """Keep the part for the page that shows it."""
        self.parts[message.name] = message.noun
        self._tell_page(lambda page: page.part_seen())

    def on_looked(self, message: Looked) -> None:
        """The one place that takes a survey in; what was answered meanwhile is looked at next."""
        self.is_looking = False
        self.setup.since = message.since
        self.setup.look_done(message.survey, message.answers)
        self._tell_page(lambda page: page.say(""))
        self._tell_page(lambda page: page.knows_more())
        if self.setup.wants_look or self.looks_once_more:
            is_ours, self.looks_once_more = self.looks_once_more, False
            self.look(is_ours=is_ours)
        elif self.setup.wants_outside:
            self.look_outside()
        if self.wants_retry:
            self._retry()

    def on_look_failed(self, message: LookFailed) -> None:
        """Say why there are no facts."""
        self.is_looking = self.wants_retry = False
        self._warn(message.failure.seen)

    def _handle_exception(self, error: Exception) -> None:
        """A bug: end the app and hand the error to whoever started it, who logs it and says where."""
        self.crash = self.crash or error
        self.setup.save_cut_off()
        if not self.is_headless:
            self._return_code = int(ExitCode.UNEXPECTED)
            self._close_messages_no_wait()
            return
        super()._handle_exception(error)

    def leave_soon(self, after: str) -> None:
        """Leave, asked from another thread."""
        self.call_later(self.leave, ExitCode.DONE, after)

    def action_leave(self) -> None:
        """Save and leave; ask first what becomes of a run that is at work."""
        if os.path.isdir(os.path.join(self.setup.session, "runs")):
            from wizard.tui.leaving import ask_to_leave

            ask_to_leave(self)
        else:
            self.leave(ExitCode.DONE)

    def leave(self, code: int, after: str | None = None) -> None:
        """Save and leave; `after` tells run_wizard what to do outside of the UI."""
        self.setup.take_typed()
        if not self.setup.flush() and after is None and self.setup.save_failure is not None:
            self._warn(f"{self.setup.save_failure.seen} {self.setup.save_failure.next_step}")
            self.setup.is_dirty = False  # a second Ctrl+Q leaves all the same
            return
        self.after = after
        self.exit(int(code))

    def confirm_run(self, step_ids: tuple[str, ...]) -> None:
        """Show the exact commands once more and ask; then start the runner and follow it."""
        from wizard.tui.asking import confirm_run

        confirm_run(self, step_ids)

    def follow_run(self, run: RunRecord, *, was_over: bool = False) -> None:
        """The screen that follows a run, or looks at one that was over before."""
        from wizard.tui.asking import follow_run

        follow_run(self, run, self.run_left, was_over=was_over)

    def show_log(self, run: RunRecord | None = None) -> None:
        """The whole log of a run; of the last one where none is named."""
        from wizard.tui.asking import show_log

        show_log(self, run)

    def run_left(self, answer: str | None) -> None:
        """Back from the screen of a run: `retry` asks for what is left."""
        if not self.leftover:
            self.watch_leftover()
        self._tell_page(lambda page: page.knows_more())
        if answer == "retry":
            self._retry()

    def _retry(self) -> None:
        """What is left is known once the host was looked at after the run; until then the answer waits."""
        self.wants_retry = self.is_looking
        if self.is_looking:
            self._tell_page(lambda page: page.say("Looking at what is left to do..."))
        elif self.setup.plan is not None and isinstance(self.screen, Page):
            self.confirm_run(tuple(step.id for step in self.setup.plan.steps()))

    def _changed(self) -> None:
        if self.is_running:
            self.set_timer(SAVE_DELAY_SECONDS, self._save_soon)

    def _save_soon(self) -> None:
        if not self.setup.flush() and self.setup.save_failure is not None:
            self._warn(f"{self.setup.save_failure.seen} {self.setup.save_failure.next_step}")

    def _warn(self, words: str) -> None:
        self._tell_page(lambda page: page.say(words, "warning"))

    def _tell_page(self, news: Callable[[Page], None]) -> None:
        """News for the page that shows, also under a dialog; one still being composed has no widgets to show it in.

        While the app is taken down pages lose theirs one by one: nobody is there to be told.
        """
        page = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, Page)), None)
        if page is None or not self.is_running:
            return
        if page.is_mounted:
            news(page)
        else:
            self.call_after_refresh(self._tell_page, news)


def make_page(name: str) -> Screen[None]:
    """The page of that name; imported when it is opened, so that the first one is quick."""
    from importlib import import_module

    if name not in PAGES:
        name = PAGES[0]
    page: type[Page] = import_module(f"wizard.tui.pages.{name}").PAGE
    return page()
