"""Before anything is changed: what stands in the way, the exact commands, yes or no; then the run and its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan
from wizard.model.session import RunRecord
from wizard.tui.commands import plan_rows
from wizard.tui.dialogs import TextDialog, problem_lines
from wizard.tui.page import Page
from wizard.tui.widgets.rows import Row, row
from wizard.tui.words import wrapped
from wizard.workflow import act, decide
from wizard.workflow.resume import leftover, still_at_work
from wizard.workflow.root import refusal

if TYPE_CHECKING:
    from wizard.tui.app import WizardApp


def confirm_run(app: WizardApp, step_ids: tuple[str, ...]) -> None:
    """Ask before steps are done; a live run is followed instead, open blockers are named instead."""
    setup = app.setup
    running = act.live_run(setup.session)
    if running is not None:
        app.follow_run(running)
        return
    left = leftover(setup.session)
    if left is not None:
        if not app.leftover:
            app.watch_leftover()
        app.push_screen(TextDialog("Something is still at work", problem_lines(still_at_work(left))))
        return
    if setup.survey is None or not step_ids:
        _say(
            app,
            "Nothing to do here." if setup.survey is not None else "Still looking at this host; a moment.",
        )
        return
    blockers = [
        item for item in decide.plan_blockers(setup.findings, applying=True) if item.id != "privilege-missing"
    ]
    width = app.size.width - 6
    if blockers:
        words = "These stand in the way. Mend them and press F5, or accept those that may be accepted: "
        words += "press Enter on their row on This host, Software or Review, and give a reason."
        rows = [*(row(line, "bold") for line in wrapped(words, width)), row("")]
        for finding in blockers:
            rows += [row(line) for line in wrapped(f"{finding.id}: {finding.seen}", width)]
        app.push_screen(TextDialog("Blocked", rows))
        return
    plan = decide.plan(setup.answers, setup.survey, step_ids)
    rows = plan_rows(plan, width)
    buttons: tuple[tuple[str, str], ...]
    if act.is_root():
        buttons = (("yes", _do_words(len(plan.steps()))),)
    else:
        rows, buttons = as_root(rows, width - 1)
    # Where something is removed, a second Enter must not do it by accident.
    is_careful = bool(plan.removes)
    dialog = TextDialog("These commands will be run", rows, buttons=buttons, is_careful=is_careful)
    app.push_screen(dialog, lambda answer: start_if_wanted(app, plan, answer, "The run could not be started"))


def as_root(rows: list[Row], width: int) -> tuple[list[Row], tuple[tuple[str, str], ...]]:
    """What is to be run, headed by what sudo will ask for, and the button; none where root runs nothing from here."""
    why = refusal()
    words = why or "Changing this host needs root. sudo asks for your password on the terminal, once."
    headed = [*(row(line, "bold") for line in wrapped(words, width)), row(""), *rows]
    return headed, (() if why else (("sudo", "Go on as root"),))


def start_if_wanted(app: WizardApp, plan: Plan, answer: str | None, failed: str) -> None:
    """Start a plan that was shown, or go on as root; failed: the title where it can't be started."""
    if answer == "sudo":
        app.leave(ExitCode.DONE, after="sudo")
    elif answer == "yes":
        app.setup.flush()
        try:
            run = act.start(app.setup.session, plan)
        except Failure as failure:
            app.push_screen(TextDialog(failed, problem_lines(failure)))
            return
        app.follow_run(run)


def follow_run(app: WizardApp, run: RunRecord, left: Callable[[str | None], None], *, was_over: bool) -> None:
    """Open the run's screen; left: what to do with its answer."""
    from wizard.tui.runs import RunScreen

    try:
        screen = RunScreen(run, was_over=was_over)
    except Failure as failure:
        app.push_screen(TextDialog("The run can't be shown", problem_lines(failure)))
        return
    app.push_screen(screen, left)


def show_log(app: WizardApp, run: RunRecord | None) -> None:
    """Open the log of a run; of the last one where none is named."""
    shown = run or act.current_run(app.setup.session)
    if shown is None:
        _say(app, "Nothing was installed by this wizard yet: there is no log.")
        return
    from wizard.tui.log import LogScreen

    app.push_screen(LogScreen(shown))


def _do_words(count: int) -> str:
    return "Do this step now" if count == 1 else f"Do these {count} steps now"


def _say(app: WizardApp, words: str) -> None:
    if isinstance(app.screen, Page):
        app.screen.say(words)
