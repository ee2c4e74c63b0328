"""Which session a command is about, and whose answers count."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.model.answers import Answers
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
    state = keep.load(session_directory(arguments, environment.environ))
    if state.notice:
        environment.tell(state.notice)
    return state


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
