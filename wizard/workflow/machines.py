"""A session belongs to a machine: copied to another one, its answers may come along, what its runs did does not."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Literal

from wizard.model.failure import Failure
from wizard.model.machine import MachineMark
from wizard.model.origin import ExitCode
from wizard.model.session import RunRecord, SessionState

Word = Literal["same", "new"]


def runs_here(session: str) -> tuple[RunRecord, ...]:
    """The session's runs that were done on this machine, newest first; () for a session of another one."""
    from wizard.apply.runs import all_runs, machine_of
    from wizard.machine.identity import this_machine
    from wizard.store.machine import marks_of

    found = all_runs(session)
    if not found:
        return ()
    mark, was = marks_of(session)
    here = this_machine()
    if mark.is_other(here):
        return ()
    ours = (here, *was)
    return tuple(run for run in found if _is_one_of(machine_of(run.directory), ours))


def last_run(session: str) -> RunRecord | None:
    """The newest of them."""
    found = runs_here(session)
    return found[0] if found else None


def is_elsewhere(session: str) -> bool:
    """True where the session was made on another machine."""
    from wizard.machine.identity import this_machine
    from wizard.store.machine import marks_of

    return marks_of(session)[0].is_other(this_machine())


def settle(session: str, state: SessionState, word: Word) -> SessionState:
    """What the operator says of a session of another machine, kept from now on. Hold the session's lock.

    same: it is this machine under a new id, so all counts as before. new: the answers are this machine's from now on;
    runs that were not done here are put aside, with their logs. Raises Failure 7.
    """
    from wizard.machine.identity import this_machine
    from wizard.store.session import save

    here = this_machine()
    if word == "same":
        settled = replace(state, machine=here, machine_was=(*state.machine_was, state.machine))
    else:
        _put_runs_aside(session, here)
        settled = SessionState(
            answers=state.answers,
            changed_at=state.changed_at,
            page=state.page,
            seen_pages=state.seen_pages,
            machine=here,
        )
    settled = replace(settled, notice="", is_recovered=False, is_other_machine=False)
    save(session, settled)
    return settled


def refused(state: SessionState) -> Failure:
    """Nothing is done by itself with a session of another machine, and nobody is asked."""
    return Failure(
        state.notice or "This session was made on another machine.",
        why="What its runs changed was changed there: undone here, it would take away what others put here.",
        next_step="Say what it is: `--machine new` takes its answers over to this machine and puts its runs aside; "
        "`--machine same`, where this is that machine under a new machine-id or with new hardware, or a copy of its "
        "disk, with all that its runs did on it.",
        code=ExitCode.SESSION_UNUSABLE,
    )


def _is_one_of(mark: MachineMark, ours: tuple[MachineMark, ...]) -> bool:
    return any(not mark.is_other(known) for known in ours)


def _put_runs_aside(session: str, here: MachineMark) -> None:
    from wizard.apply.runs import put_aside
    from wizard.store.trouble import unusable

    try:
        put_aside(session, here)
        seen = os.path.join(session, "seen.json")
        if os.path.lexists(seen):
            os.unlink(seen)
    except OSError as error:
        raise unusable(error, session) from None
