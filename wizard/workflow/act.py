"""apply, attach and undo: start the runner, follow its journal."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from wizard.model.answers import Answers
from wizard.model.event import Event
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan, Step
from wizard.model.session import RunRecord
from wizard.workflow import keep
from wizard.workflow.resume import keep_look, leftover, still_at_work
from wizard.workflow.root import own_command

if TYPE_CHECKING:
    from wizard.apply.ending import Ending

# A runner that has said its last word is gone within milliseconds.
_GOES_SECONDS = 5.0
_POLL_SECONDS = 0.02
# A start script may return before Docker's daemon answers (`service docker start` does).
DAEMON_SECONDS = 20.0
_DAEMON_POLL_SECONDS = 1.0


def start(session: str, plan: Plan) -> RunRecord:
    """Start the runner on a plan, detached from this terminal.

    Raises Failure 7 where one is still running, or a command that an earlier one left at work.
    """
    from wizard.apply.runs import create_run, launch

    running = _still_going_on(session)
    if running is not None:
        raise Failure(
            f"A run is still going on (started {running.started_at}, process {running.pid}).",
            why="Two runs at once would fight for the package manager.",
            next_step="Follow it with `cometchat-wizard attach`.",
            code=ExitCode.SESSION_UNUSABLE,
        )
    left = leftover(session)
    if left is not None:
        raise still_at_work(left)
    run = create_run(session, plan)
    return launch(run, own_command(["--session", session, "run-plan", run.directory]))


def _still_going_on(session: str) -> RunRecord | None:
    """The run that is at work. One that has ended is waited for until its process is gone: it locks out the next."""
    deadline = time.monotonic() + _GOES_SECONDS
    while True:
        run = current_run(session)
        if run is None or run.pid is None:
            return None
        if ending(run).state == "running" or time.monotonic() > deadline:
            return run
        time.sleep(_POLL_SECONDS)


def current_run(session: str) -> RunRecord | None:
    """The last run, with its pid while it lives; None where there was none."""
    from wizard.apply.runs import last_run

    return last_run(session)


def ending(run: RunRecord) -> Ending:
    """How a run stands or ended, with the exit code that its runner gave."""
    from wizard.apply.ending import ending as how

    return how(run)


def plan_of(run: RunRecord) -> Plan:
    """The plan that a run does. Raises Failure 7."""
    from wizard.apply.runs import load_plan

    return load_plan(run.directory)


def events(run: RunRecord) -> tuple[Event, ...]:
    """What a run has said so far."""
    from wizard.apply.journal import read_events

    return read_events(run.journal)


def tail(run: RunRecord, lines: int) -> tuple[str, ...]:
    """The last lines of a run's output, safe to show."""
    from wizard.apply.journal import tail_log

    return tail_log(run.log, lines)


def follow(run: RunRecord, meanwhile: Callable[[], None] = lambda: None) -> Iterator[Event]:
    """Every event of a run from its start, then as they come; ends with the run, or when its process is gone.

    meanwhile: called before every event and several times a second while none comes; what it raises ends the view.
    """
    from wizard.apply.journal import follow as follow_journal

    return follow_journal(run, meanwhile=meanwhile)


def run_plan(session: str, directory: str) -> ExitCode:
    """The runner's own process: do the plan that lies in `directory`."""
    from wizard.apply.runner import run
    from wizard.apply.runs import load_plan
    from wizard.machine.local import LocalMachine

    answers = keep.load(session).answers
    return run(load_plan(directory), directory, LocalMachine(), verifier(answers, session))


def verifier(answers: Answers, session: str | None = None) -> Callable[[Step], str | None]:
    """Look again after a step: what it should have settled and has not, in words; None when it is true.

    session: where the look is kept, so that what the run changed is no news to the next visit.
    """

    def still_wrong(step: Step) -> str | None:
        left = seen(step)
        deadline = time.monotonic() + (DAEMON_SECONDS if "docker-stopped/" in step.settles else 0)
        while left and time.monotonic() < deadline:
            time.sleep(_DAEMON_POLL_SECONDS)
            left = seen(step)
        return left

    def seen(step: Step) -> str | None:
        if not step.settles:
            return None
        from wizard.model.survey import Survey
        from wizard.workflow.decide import check
        from wizard.workflow.look import survey_host

        host = survey_host(answers)
        if session is not None:
            keep_look(session, host, is_ours=True)
        findings = check(answers, Survey((host,)))
        open_keys = {
            f"{finding.id}/{finding.subject}": finding.seen
            for finding in findings
            if finding.accepted is None
        }
        left = [open_keys[key] for key in step.settles if key in open_keys]
        return " ".join(left) or None

    return still_wrong


def undo_plan(session: str, step_ids: tuple[str, ...] = ()) -> Plan:
    """What would undo the runs of this session: all of them, or the named steps."""
    from wizard.apply.runs import all_runs
    from wizard.apply.undo import undo_plan as plan_undo

    return plan_undo([run.directory for run in all_runs(session)], step_ids)


def changes(session: str) -> tuple[str, ...]:
    """What the runs of this session changed on this host, in sentences."""
    from wizard.apply.changes import changes as list_changes
    from wizard.apply.runs import all_runs

    return list_changes([run.directory for run in all_runs(session)])


def request_stop(run: RunRecord) -> None:
    """Ask the runner to stop after the step it is at."""
    from wizard.apply.runs import request_stop as ask

    ask(run)


def is_root() -> bool:
    """True where changing the host is possible without more ado."""
    return os.geteuid() == 0
