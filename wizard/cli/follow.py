"""Following a run: its events as lines, its end as an exit code. `attach` is this and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from wizard.cli.environment import Environment
from wizard.cli.leaving import SentAway, last_words
from wizard.cli.nextstep import next_step
from wizard.cli.options import Arguments
from wizard.model.event import Event
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan
from wizard.model.session import RunRecord
from wizard.workflow import act, hold, parting

_REFRESH_SECONDS = 0.5


class Progress:
    """What is shown of a run: one line a step, and on a terminal a line that moves."""

    def __init__(self, environment: Environment, *, as_json: bool) -> None:
        self._environment = environment
        self._as_json = as_json
        self._moves = (
            not as_json and environment.can_ask and environment.environ.get("TERM", "dumb") != "dumb"
        )
        self._started_at = ""
        self._last_line = ""
        self._drawn_at = 0.0
        self._is_drawn = False

    def take(self, event: Event) -> None:
        """Show one event."""
        if self._as_json:
            from wizard.cli.document import say_line
            from wizard.model.plain import plain

            say_line(self._environment, plain(event))
        elif event.event == "step-started":
            self._started_at, self._last_line = event.at, ""
            self._draw(event, now=True)
        elif event.event == "step-output":
            self._last_line = event.message
            self._draw(event, now=False)
        elif event.event == "step-finished":
            self._wipe()
            self._environment.say(self._finished_line(event))
            self._environment.flush()

    def end(self) -> None:
        """Leave the terminal's line clean."""
        self._wipe()

    def _finished_line(self, event: Event) -> str:
        if event.status == "skipped":
            return f"skipped  {event.step}  {event.message}"
        seconds = _seconds_between(self._started_at, event.at)
        has_told = event.status == "failed" or event.message != "Done."
        text = event.message if has_told else self._last_line or event.message
        return f"{event.status or 'done':<7}  {event.step}  {seconds}  {text}".rstrip()

    def _draw(self, event: Event, *, now: bool) -> None:
        if not self._moves or (not now and time.monotonic() - self._drawn_at < _REFRESH_SECONDS):
            return
        line = f"{event.step}  {_seconds_between(self._started_at, event.at)}  {self._last_line}"
        self._environment.redraw(line[: self._environment.width - 1])
        self._drawn_at, self._is_drawn = time.monotonic(), True

    def _wipe(self) -> None:
        if self._is_drawn:
            self._environment.redraw()
            self._is_drawn = False


def run(arguments: Arguments, environment: Environment) -> int:
    """`attach`: follow the running or the last run; 2 where there is none, 7 where the session went on as root."""
    from wizard.cli.machines import settle_machine
    from wizard.cli.privilege import refuse_moved
    from wizard.cli.sessions import session_directory

    session = session_directory(arguments, environment.environ)
    hold.refuse_foreign(session)
    refuse_moved(session, arguments)
    settle_machine(session, arguments, environment)
    record = act.current_run(session)
    if record is None:
        raise Failure("This session has no run to follow.", next_step="`cometchat-wizard apply` starts one.")

    def until_unread() -> None:
        # A view that nobody reads is of no use. What applies or undoes goes on to the end, for its exit code.
        if environment.is_unread and act.live_run(session) is not None:
            raise KeyboardInterrupt

    return follow_run(record, environment, as_json=arguments.has("json"), meanwhile=until_unread)


def start_run(session: str, plan: Plan, environment: Environment) -> RunRecord | None:
    """The run. None where Ctrl-C came while it was starting: it goes on, and how to come back is said.

    Raises SentAway, with that said.
    """
    try:
        return act.start(session, plan)
    except act.Detached as detached:
        with last_words():
            environment.tell(f"\n{parting.goes_on(detached.run)}")
        if isinstance(detached.__cause__, SentAway):
            detached.__cause__.is_told = True
            raise detached.__cause__ from None
        return None


def follow_run(
    record: RunRecord,
    environment: Environment,
    *,
    as_json: bool,
    meanwhile: Callable[[], None] = lambda: None,
) -> int:
    """Show a run until it ends. Ctrl-C leaves the view alone: the work goes on in its own process.

    meanwhile: called several times a second; what it raises ends the view. Raises SentAway, with that said.
    """
    progress = Progress(environment, as_json=as_json)
    try:
        if not as_json:
            environment.tell(f"Run of {record.started_at}. Its log: {record.log}")
        for event in act.follow(record, meanwhile):
            progress.take(event)
    except KeyboardInterrupt as end:
        with last_words():
            progress.end()
            environment.tell(f"\n{parting.goes_on(record)}")
        if isinstance(end, SentAway):
            end.is_told = True
            raise
        return int(ExitCode.INTERRUPTED)
    finally:
        progress.end()
    return _how_it_ended(record, environment)


def waited_for_leftover(session: str, environment: Environment) -> bool:
    """Wait until no command of an earlier run is at work. False where the operator went away from it (Ctrl-C).

    Raises Failure 7 where it goes on for too long.
    """
    from wizard.workflow.resume import wait_for_leftover

    try:
        wait_for_leftover(session, environment.environ, environment.tell)
    except KeyboardInterrupt as end:
        with last_words():
            environment.tell(
                "\nIt goes on; nothing was begun beside it. `cometchat-wizard status` says when it is done."
            )
        if isinstance(end, SentAway):
            end.is_told = True
            raise
        return False
    return True


def _how_it_ended(record: RunRecord, environment: Environment) -> int:
    ending = act.ending(record)
    environment.tell(ending.message or {"done": "Done."}.get(ending.state, f"The run is {ending.state}."))
    if ending.state == "failed":
        for line in act.tail(record, 5):
            environment.tell(f"  {line}")
    words = next_step(ending.state, is_undo=act.is_undo(record))
    if words:
        environment.tell(words)
    if ending.state != "done":
        environment.tell(f"The whole log: {record.log}")
    return int(ExitCode.STEP_FAILED if ending.code is None else ending.code)


def _seconds_between(start: str, end: str) -> str:
    try:
        began, ended = (datetime.fromisoformat(at.replace("Z", "+00:00")) for at in (start, end))
    except ValueError:
        return ""
    return f"{max(0, round((ended - began).total_seconds()))} s"
