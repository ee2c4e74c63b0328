"""apply, attach and undo: start the runner, follow its journal."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from wizard.model.event import Event
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan
from wizard.model.session import RunRecord
from wizard.workflow import keep
from wizard.workflow.resume import leftover, still_at_work
from wizard.workflow.root import own_command

if TYPE_CHECKING:
    from wizard.apply.ending import Ending
    from wizard.apply.journal import Reader

# A runner that has said its last word is gone within milliseconds.
_GOES_SECONDS = 5.0
_POLL_SECONDS = 0.02


class Detached(KeyboardInterrupt):
    """Ctrl-C while the runner was starting: it goes on without whoever started it. run: which one."""

    def __init__(self, run: RunRecord) -> None:
        super().__init__()
        self.run = run


def start(session: str, plan: Plan) -> RunRecord:
    """Start the runner on a plan, detached from this terminal.

    Raises Failure 7 where one is still running, or a command that an earlier one left at work; 2 where the wait for a
    lock is no number; Detached for Ctrl-C once the runner is on its way.
    """
    from wizard.apply.runs import create_run, launch
    from wizard.machine.locks import limit_seconds

    # The runner needs it, and could say what is wrong with it in its log alone.
    limit_seconds(os.environ)
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
    try:
        return launch(run, own_command(["--session", session, "run-plan", run.directory]))
    except KeyboardInterrupt as interrupt:
        raise Detached(run) from interrupt


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


def live_run(session: str) -> RunRecord | None:
    """The run that is at work now; None where there is none. Looks at a few small files."""
    if not os.path.isdir(os.path.join(session, "runs")):
        return None
    run = current_run(session)
    return run if run is not None and run.pid is not None and ending(run).state == "running" else None


def current_run(session: str) -> RunRecord | None:
    """The last run, with its pid while it lives; None where there was none."""
    from wizard.workflow.machines import last_run

    return last_run(session)


def ending(run: RunRecord) -> Ending:
    """How a run stands or ended, with the exit code that its runner gave."""
    from wizard.apply.ending import ending as how

    return how(run)


def waiting_for_reboot(session: str) -> tuple[str, ...]:
    """What the runs of this session did and only a reboot makes true, in sentences; () after one."""
    from wizard.apply.reboot import waiting_for_reboot as waiting
    from wizard.workflow.machines import runs_here

    return tuple(dict.fromkeys(item.why for item in waiting([run.directory for run in runs_here(session)])))


def was_rebooted(session: str) -> bool:
    """True where the last run asked for a reboot and there has been one."""
    from wizard.apply.ending import REBOOTED

    run = current_run(session)
    return run is not None and ending(run).message == REBOOTED


def is_undo(run: RunRecord) -> bool:
    """True where the run undoes: `undo` goes on with it, and `apply` would do the opposite."""
    from wizard.apply.planfile import is_undo as undoes

    return undoes(run.directory)


def plan_of(run: RunRecord) -> Plan:
    """The plan that a run does. Raises Failure 7."""
    from wizard.apply.runs import load_plan

    return load_plan(run.directory)


def reader(run: RunRecord) -> Reader:
    """Takes in what a run has said: `more()` gives the events since the last call, the first time all of them."""
    from wizard.apply.journal import Reader

    return Reader(run.journal)


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
    from wizard.workflow.verify import verifier

    answers = keep.load(session).answers
    plan = load_plan(directory)
    last = plan.steps()[-1].id if plan.steps() else None
    return run(plan, directory, LocalMachine(), verifier(answers, session, last))


def undo_plan(session: str, step_ids: tuple[str, ...] = ()) -> Plan:
    """What would undo the runs of this session: all of them, or the named steps."""
    from wizard.apply.undo import undo_plan as plan_undo
    from wizard.workflow.machines import runs_here

    try:
        state = keep.load(session)
        # Answers that can't be read allow nothing, and older ones not what the last may have taken back.
        may_restart = state.answers.software.restart_docker is True and not state.is_recovered
    except Failure:
        may_restart = False
    allowed = frozenset({"docker-idle"} if may_restart else ())
    return plan_undo([run.directory for run in runs_here(session)], step_ids, allowed=allowed)


def unfinished_packages() -> str:
    """What dpkg has not finished on this host, and what to type about it, in sentences; "" for nothing."""
    from wizard.apply.soundness import unfinished_here

    return unfinished_here()


def undone_step(step_id: str) -> str:
    """The id of the step that a step of an undo takes back."""
    from wizard.apply.planfile import UNDO

    return step_id.removeprefix(UNDO)


def changes(session: str) -> tuple[str, ...]:
    """What the runs of this session changed on this host, in sentences."""
    from wizard.apply.changes import changes as list_changes
    from wizard.workflow.machines import runs_here

    return list_changes([run.directory for run in runs_here(session)])


def request_stop(run: RunRecord) -> None:
    """Ask the runner to stop after the step it is at."""
    from wizard.apply.runs import request_stop as ask

    ask(run)


def is_stopping(run: RunRecord) -> bool:
    """True where the runner was asked to stop after the step it is at."""
    from wizard.apply.runs import stop_is_wanted

    return stop_is_wanted(run.directory)


def is_root() -> bool:
    """True where changing the host is possible without more ado."""
    return os.geteuid() == 0
