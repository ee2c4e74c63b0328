"""Undo on the screen: what can be taken back, one step or all, the exact commands, yes or no."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container
from textual.widget import Widget

from wizard.model.failure import Failure
from wizard.model.plan import Plan
from wizard.tui.asking import as_root, start_if_wanted
from wizard.tui.commands import plan_rows
from wizard.tui.dialogs import Dialog, TextDialog, problem_lines
from wizard.tui.looking import in_background
from wizard.tui.page import Page
from wizard.tui.tables import cut
from wizard.tui.widgets.push import Push
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import wrapped
from wizard.workflow import act

if TYPE_CHECKING:
    from wizard.tui.app import WizardApp

ALL = "all"


class UndoDialog(Dialog):
    """The steps that can be undone, the latest first. Dismisses with a step's id as `apply` names it, or `all`."""

    DEFAULT_CSS: ClassVar[str] = ""

    def __init__(self, plan: Plan) -> None:
        super().__init__("Undo: what this wizard changed on this host")
        self.plan = plan

    def compose_sheet(self) -> Iterable[Widget]:
        """What is to be read first, the steps, the button for all of them."""
        yield Rows(self._rows(), id="undone")
        with Container(classes="buttons"):
            count = len(self.plan.steps())
            yield Push("Undo this step" if count == 1 else f"Undo all {count} steps", id=ALL)
            yield Push("Close", id="close")

    def on_mount(self) -> None:
        """Where nothing happens by a second Enter."""
        self.query_one("#undone").focus()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """One step alone."""
        self.dismiss(event.key)

    def _rows(self) -> list[Row]:
        width = self.app.size.width - 8
        words = "Enter on a step shows its commands and undoes it alone; nothing is done before you say so."
        rows = [row(line, "dim") for line in wrapped(words, width)]
        rows += [row(line) for note in self.plan.notes for line in wrapped(note, width)]
        rows.append(row(""))
        for step in self.plan.steps():
            name = act.undone_step(step.id)
            rows.append(row(cut(f"{step.title.removeprefix('Undo: ')}  ({name})", width), key=name))
        return rows


def ask_undo(app: WizardApp) -> None:
    """Show what can be undone; a live run is followed instead."""
    running = act.live_run(app.setup.session)
    if running is not None:
        app.follow_run(running)
        return
    _planned(app, (), lambda plan: _show(app, plan))


def _show(app: WizardApp, plan: Plan) -> None:
    if not plan.steps():
        rows = [row("Nothing of this session is left to be undone.", "bold"), row("")]
        rows += [row(line) for note in plan.notes for line in wrapped(note, app.size.width - 8)]
        app.push_screen(TextDialog("Undo", rows))
        return
    app.push_screen(UndoDialog(plan), lambda chosen: _chosen(app, plan, chosen))


def _chosen(app: WizardApp, plan: Plan, chosen: str | None) -> None:
    if chosen == ALL:
        _confirm(app, plan)
    elif chosen is not None:
        _planned(app, (chosen,), lambda alone: _confirm(app, alone))


def _confirm(app: WizardApp, plan: Plan) -> None:
    rows = plan_rows(plan, app.size.width - 6)
    count = len(plan.steps())
    buttons: tuple[tuple[str, str], ...] = (
        ("yes", "Undo this step now" if count == 1 else f"Undo these {count} steps now"),
    )
    if not plan.steps():
        buttons = ()
    elif not act.is_root():
        rows, buttons = as_root(rows, app.size.width - 7)
    dialog = TextDialog("Undo: these commands will be run", rows, buttons=buttons, is_careful=True)
    failed = "The undo could not be started"
    app.push_screen(dialog, lambda answer: start_if_wanted(app, plan, answer, failed))


def _planned(app: WizardApp, step_ids: tuple[str, ...], use: Callable[[Plan], None]) -> None:
    """Plan in a thread: the package manager is asked, which takes a second. The page may have been left by then."""
    page = app.screen
    if isinstance(page, Page):
        page.say("Working out what can be taken back...")

    def come(plan: Plan) -> None:
        if app.screen is page:
            if isinstance(page, Page):
                page.say("")
            use(plan)

    def refused(failure: Failure) -> None:
        if app.screen is page:
            app.push_screen(TextDialog("Undo", problem_lines(failure)))

    def work() -> None:
        try:
            app.call_later(come, act.undo_plan(app.setup.session, step_ids))
        except Failure as failure:
            app.call_later(refused, failure)

    in_background(app, work)
