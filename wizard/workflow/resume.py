"""Coming back to a host: what an earlier run left at work there, and what changed since the last look."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wizard.model.answers import Answers
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.since import Since
from wizard.workflow.machines import is_elsewhere

if TYPE_CHECKING:
    from wizard.apply.ending import Leftover
    from wizard.model.facts import HostFacts
    from wizard.store.seen import Seen

_POLL_SECONDS = 0.5
_REMIND_SECONDS = 60.0


def leftover(session: str) -> Leftover | None:
    """The command of the last run that goes on although its runner is gone (killed); None where there is none."""
    from wizard.apply.ending import ending
    from wizard.workflow.machines import last_run

    run = last_run(session)
    return None if run is None else ending(run).leftover


def wait_for_leftover(session: str, environ: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Wait until no command of an earlier run is at work, and say so; at most as long as for a package manager.

    Raises Failure 7 where it goes on for longer.
    """
    from wizard.machine.locks import limit_seconds

    limit = limit_seconds(dict(environ))
    started = time.monotonic()
    deadline, said_at = started + limit, float("-inf")
    left = leftover(session)
    while left is not None:
        now = time.monotonic()
        if now >= deadline:
            raise still_at_work(left)
        if now - said_at >= _REMIND_SECONDS:
            tell(
                f"{left}. Waiting for it, at most {max(1, round(deadline - now))} s; Ctrl-C leaves it alone."
            )
            said_at = now
        time.sleep(min(_POLL_SECONDS, max(0.0, deadline - now)))
        left = leftover(session)
        if left is None:
            tell("It has finished. Looking at what is left to do.")


def still_at_work(left: Leftover) -> Failure:
    """Why nothing can be begun now."""
    return Failure(
        f"{left}.",
        why="A second command beside it could undo or break what it does.",
        next_step=f"Wait until it has finished (`ps -fp {left.pid}` shows it), or end it with `kill {left.pid}`; then "
        "apply again.",
        code=ExitCode.SESSION_UNUSABLE,
    )


def changed_since(session: str, answers: Answers, host: HostFacts) -> Since | None:
    """What this look at the host shows to have changed since the visit before; None where nothing of weight did."""
    from wizard.store.seen import with_look

    seen = _seen_here(session)
    return None if seen is None else _since(with_look(seen, host).before, host, answers)


def keep_look(session: str, host: HostFacts, *, is_ours: bool = False) -> None:
    """Keep this look for the next visit. is_ours: what changed was done by a run, and is no news.

    Does nothing where the session is not on disk yet, or can't be written.
    """
    from wizard.store.seen import Seen, keep_seen, read_seen, with_look

    if is_elsewhere(session):
        return
    keep_seen(session, Seen(host, host) if is_ours else with_look(read_seen(session), host))


def last_change(session: str, answers: Answers) -> Since | None:
    """The same from what was kept, without looking."""
    seen = _seen_here(session)
    return None if seen is None else _since(seen.before, seen.host, answers)


def _seen_here(session: str) -> Seen | None:
    """The look of the visit before; None also where that was on another machine."""
    from wizard.store.seen import read_seen

    seen = read_seen(session)
    return None if seen is None or is_elsewhere(session) else seen


def _since(before: HostFacts, host: HostFacts, answers: Answers) -> Since | None:
    from wizard.checks.since import changed_since as compare

    clauses = compare(before, host)
    if not clauses:
        return None
    if answers == Answers():
        return Since(before.read_at, clauses)
    try:
        then, now = _in_the_way(answers, before), _in_the_way(answers, host)
    except Failure:
        # The usage does not add up yet: whether the answers hold is not the question.
        return Since(before.read_at, clauses)
    came = tuple(name for name in now if name not in then)
    return Since(before.read_at, clauses, came, tuple(name for name in then if name not in now))


def _in_the_way(answers: Answers, host: HostFacts) -> tuple[str, ...]:
    """Blockers that neither the plan nor the operator's word settles."""
    from wizard.model.survey import Survey
    from wizard.workflow.decide import check, plan_blockers

    found = plan_blockers(check(answers, Survey((host,))), applying=False)
    return tuple(dict.fromkeys(f"{item.id} ({item.subject})" if item.subject else item.id for item in found))
