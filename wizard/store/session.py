"""The session on disk: session.json, 0600 in a directory of 0700, whole at every moment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace

from wizard.machine.files import (
    UnsafePath,
    ensure_private_directory,
    read_record,
    write_atomic,
)
from wizard.machine.identity import this_machine
from wizard.machine.private import refuse_foreign_directory
from wizard.model.answers import Answers
from wizard.model.failure import Failure
from wizard.model.plain import plain, shown, without_logins
from wizard.model.rebuild import rebuild
from wizard.model.session import Holder, SessionState
from wizard.model.strictjson import read_json
from wizard.store.answers import answers_plain, parse_answers
from wizard.store.damaged import kept_aside, put_aside, seen_in_place, seen_missing, what_counts
from wizard.store.lock import Held, Lock, holder_of, take_over
from wizard.store.machine import judged
from wizard.store.migrate import migrate
from wizard.store.moved import FILE as MOVED
from wizard.store.moved import moved_to, root_command, seen_moved
from wizard.store.places import candidates, default_directory
from wizard.store.trouble import unusable

__all__ = [
    "Held",
    "Holder",
    "Lock",
    "candidates",
    "default_directory",
    "holder_of",
    "load",
    "save",
    "session_text",
    "take_over",
]

LIMIT_BYTES = 8 << 20
FILE, BACKUP = "session.json", "session.json.bak"
# How it was read is no part of the session.
_UNSAVED = ("notice", "is_recovered", "is_other_machine")
OURS = (FILE, BACKUP, MOVED, "lock", "runs")


def load(directory: str) -> SessionState:
    """The session's state; an empty one where there is none. Changes nothing.

    In place of a damaged session.json the last good copy is used if there is one: `notice` says so, to every reader
    until the next save keeps the damaged file aside. Failure, code 7: not ours, not readable, or from a newer version.
    """
    try:
        refuse_foreign(directory)
        content = _content(os.path.join(directory, FILE))
        if content is None:
            return judged(_without_file(directory))
        state = parse_session(content)
    except OSError as error:
        raise unusable(error, directory, reading=True) from None
    return judged(_from_copy(directory, seen_in_place(FILE)) if state is None else state)


def save(directory: str, state: SessionState) -> None:
    """Write the state, atomically; the state before stays as session.json.bak. Failure, code 7.

    A damaged session.json is no state before: it is kept aside, and the copy stays. A session that does not say on
    which machine it was made says so from now on.
    """
    path = os.path.join(directory, FILE)
    try:
        ensure_private_directory(directory, OURS)
        _refuse_links(directory)
        if _is_damaged(path):
            put_aside(path)
        _keep_backup(directory)
        write_atomic(path, session_text(replace(state, machine=state.machine.filled(this_machine()))))
        if os.path.lexists(os.path.join(directory, MOVED)):
            os.unlink(os.path.join(directory, MOVED))
    except OSError as error:
        raise unusable(error, directory) from None


def session_text(state: SessionState) -> str:
    """What session.json holds: JSON with the answers as they were given."""
    told = plain(replace(state, answers=Answers()))
    data = {key: value for key, value in told.items() if key not in _UNSAVED}
    data["answers"] = answers_plain(state.answers)
    return json.dumps({"version": data.pop("version"), **data}, indent=1) + "\n"


def parse_session(content: bytes) -> SessionState | None:
    """The state in a session.json, None if it is damaged. Failure, code 7, if it is from a newer version."""
    try:
        data = read_json(content)
        if not isinstance(data, dict):
            return None
        data = migrate(data)
        given = data.pop("answers", {})
        if not isinstance(given, Mapping):
            return None
        state = rebuild(SessionState, {key: value for key, value in data.items() if key not in _UNSAVED})
    except ValueError:
        return None
    answers, problems = parse_answers(given)
    lost = ", ".join(problem.path for problem in problems if _is_lost(problem.path, answers))
    notice = (
        f"Some saved answers are no longer taken and have to be given again: {shown(lost)}." if lost else ""
    )
    return replace(state, answers=answers, notice=notice, survey=without_logins(state.survey))


def refuse_foreign(directory: str) -> None:
    """Raise OSError if an existing session directory is not ours alone; nothing where it is missing."""
    try:
        refuse_foreign_directory(directory)
    except FileNotFoundError:
        return


def _content(path: str) -> bytes | None:
    try:
        return read_record(path, LIMIT_BYTES)
    except FileNotFoundError:
        return None


def _is_damaged(path: str) -> bool:
    try:
        content = _content(path)
        return content is not None and parse_session(content) is None
    except (OSError, Failure):
        return False  # something else is wrong with it, and is told where it is met


def _without_file(directory: str) -> SessionState:
    place = moved_to(directory)
    if place is not None:
        return SessionState(notice=f"{seen_moved(place)}: `{root_command(place)}` goes on with it.")
    aside = kept_aside(os.path.join(directory, FILE))
    if aside is None and not os.path.lexists(os.path.join(directory, BACKUP)):
        return SessionState()
    return _from_copy(directory, seen_missing(FILE, aside))


def _from_copy(directory: str, seen: str) -> SessionState:
    try:
        backup = _content(os.path.join(directory, BACKUP))
    except OSError as error:
        raise unusable(error, directory, reading=True) from None
    return recovered(None if backup is None else parse_session(backup), seen)


def recovered(copy: SessionState | None, seen: str) -> SessionState:
    """The copy of the save before, or an empty state, with the notice that tells it. seen: of session.json."""
    notice = what_counts(seen, has_copy=copy is not None)
    state = copy or SessionState()
    return replace(state, notice=f"{notice} {state.notice}".strip(), is_recovered=True)


def _keep_backup(directory: str) -> None:
    """session.json as session.json.bak, without a moment at which neither is there."""
    current, backup = os.path.join(directory, FILE), os.path.join(directory, BACKUP)
    temporary = os.path.join(directory, f".{BACKUP}.{os.getpid()}.{os.urandom(5).hex()}.tmp")
    try:
        os.link(current, temporary, follow_symlinks=False)
    except FileNotFoundError:
        return
    except OSError:
        # Some file systems have no hard links.
        write_atomic(backup, read_record(current, LIMIT_BYTES))
        return
    os.rename(temporary, backup)


def _refuse_links(directory: str) -> None:
    for name in (FILE, BACKUP):
        try:
            found = os.lstat(os.path.join(directory, name))
        except FileNotFoundError:
            continue
        if os.path.islink(os.path.join(directory, name)):
            raise UnsafePath(f"{name} in it is a symbolic link", directory)
        if found.st_uid != os.geteuid():
            raise UnsafePath(f"{name} in it belongs to another user (uid {found.st_uid})", directory)


def _is_lost(path: str, answers: Answers) -> bool:
    """False for answers that were kept although they don't fit together (shown at their fields)."""
    if path == "usage.pcc":
        return answers.usage.pcc is None
    return not (path.startswith("nodes[") and path.endswith((".name", ".address")) and answers.nodes)
