"""Which session a command is about, and whose answers count."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.model.answers import Answers
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.session import SessionState
from wizard.workflow import hold, keep


def session_directory(arguments: Arguments, environ: Mapping[str, str]) -> str:
    """--session, else COMETCHAT_WIZARD_SESSION, else this user's default; absolute."""
    named = arguments.value("session")
    return os.path.abspath(named) if named else hold.default_session(environ)


def imported_answers(arguments: Arguments) -> Answers | None:
    """What --answers names, None without it. Raises Failure 2 with every problem."""
    path = arguments.value("answers")
    if path is None:
        return None
    from wizard.workflow.ask import read_answers

    return read_answers(path)


def current_state(arguments: Arguments, environment: Environment) -> SessionState:
    """The session, with the file of --answers in place of its answers. Reads only.

    A session made up from a file alone has the file's time as its last change.
    """
    imported = imported_answers(arguments)
    if imported is not None:
        return replace(SessionState(), answers=imported, changed_at=_file_time(arguments.values["answers"]))
    return told_state(session_directory(arguments, environment.environ), environment)


def told_state(session: str, environment: Environment) -> SessionState:
    """The session as it is on disk; how it was read is told to people where that was unusual. Raises Failure 7."""
    state = keep.load(session)
    if state.notice:
        environment.tell(state.notice)
    return state


def tell_notice(session: str, environment: Environment) -> None:
    """The same for a command that goes on without the answers: a session that can't be read is no matter to it."""
    try:
        told_state(session, environment)
    except Failure:
        return


def refuse_recovered(state: SessionState, arguments: Arguments, instead: str) -> None:
    """Nothing is done by itself on answers that are older than those given last. Raises Failure 7.

    instead: what to do once they were looked at, a sentence.
    """
    if not state.is_recovered:
        return
    from wizard.cli.retyped import retyped

    look = retyped(arguments, "answers", about=("session",))
    raise Failure(
        "The answers given last can't be read, and nobody is asked whether these older ones will do.",
        why="What was answered, skipped or accepted last would not count.",
        next_step=f"Look at what is left with `{look}`. {instead} Or open the wizard and answer again what is missing.",
        code=ExitCode.SESSION_UNUSABLE,
    )


def current_answers(arguments: Arguments, environment: Environment) -> Answers:
    """The answers that count for a command that only reads."""
    return current_state(arguments, environment).answers


def _file_time(path: str) -> str:
    """A file's last change, UTC ISO 8601; '' where it can't be told (a pipe)."""
    from datetime import datetime, timezone

    try:
        changed = os.stat(path).st_mtime
    except OSError:
        return ""
    return datetime.fromtimestamp(changed, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
