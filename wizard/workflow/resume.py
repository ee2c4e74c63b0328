"""Coming back to a host: what an earlier run left at work there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode

if TYPE_CHECKING:
    from wizard.apply.ending import Leftover

_POLL_SECONDS = 0.5
_REMIND_SECONDS = 60.0


def leftover(session: str) -> Leftover | None:
    """The command of the last run that goes on although its runner is gone (killed); None where there is none."""
    from wizard.apply.ending import ending
    from wizard.apply.runs import last_run

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
