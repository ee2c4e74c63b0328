"""A session of another machine: the operator says what it is, or nothing is done with it."""

from __future__ import annotations

from typing import cast

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.session import SessionState
from wizard.workflow import hold, keep, machines

_QUESTION = """\
  new    another machine: the answers come along, its runs are put aside
  same   that machine under a new machine-id or with new hardware, or a copy of its disk: all counts as before
"""


def settle_machine(session: str, arguments: Arguments, environment: Environment) -> None:
    """Where the session was made on another machine: settled by --machine, or by what a person types.

    Raises Failure 7 where nobody says what it is.
    """
    if not machines.is_elsewhere(session):
        return
    state = keep.load(session)
    word = arguments.value("machine")
    if word is None and environment.can_ask and not arguments.has("yes"):
        word = _asked(state, environment)
    if word is None:
        raise machines.refused(state)
    with hold.acquire(session, environment.environ):
        machines.settle(session, keep.load(session), cast("machines.Word", word))


def _asked(state: SessionState, environment: Environment) -> str:
    environment.tell(state.notice)
    environment.tell(_QUESTION)
    while True:
        environment.tell("What is this? (new, same; Enter leaves it alone): ", end="")
        word = (environment.read_line() or "").strip().lower()
        if word in ("new", "same"):
            return word
        if not word:
            raise Failure(
                "Left alone: nothing was changed, here and in the session.",
                next_step="Start again once you know, or begin a session of this machine's own with --session DIR.",
                code=ExitCode.SESSION_UNUSABLE,
            )
