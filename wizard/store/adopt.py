"""Root takes over a user's session. Everything in that user's directory is treated as hostile."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace

from wizard.machine.files import UnsafePath, ensure_private_directory, read_in, write_in
from wizard.machine.identity import this_machine
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import shown
from wizard.model.session import SessionState
from wizard.store.damaged import seen_missing, stamp
from wizard.store.machine import marks_of
from wizard.store.moved import FILE as MOVED
from wizard.store.session import BACKUP, FILE, LIMIT_BYTES, OURS, parse_session, recovered, save
from wizard.store.trouble import unusable


def adopt(source_directory: str, target_directory: str, owner_uid: int) -> SessionState:
    """Move the session of `owner_uid` to a directory of our own and return it.

    A session already in the target is kept aside. The source is marked as moved and not offered again.
    Only answers and the page come along: what was surveyed or exported as somebody else is looked at again. Its
    `notice` tells where the source was damaged and the copy of the save before it came along; it is not saved.
    Failure, code 7: nothing usable there, or not that user's.
    """
    try:
        source_fd = _opened(source_directory, owner_uid)
        try:
            state = _trusted_part(_read(source_fd, owner_uid))
            if state is None:
                raise _nothing_usable(source_directory)
            ensure_private_directory(target_directory, OURS)
            # The runs there are of a machine that may have had other names.
            state = replace(state, machine_was=marks_of(target_directory)[1])
            _keep_target(target_directory)
            save(target_directory, state)
            _mark_moved(source_fd, target_directory)
        finally:
            os.close(source_fd)
    except OSError as error:
        raise unusable(error, source_directory) from None
    return state


def look(directory: str, owner_uid: int) -> SessionState | None:
    """The session of `owner_uid` in a directory, for an offer to go on; None: none there, or none to be used.

    Changes nothing and raises nothing.
    """
    try:
        directory_fd = _opened(directory, owner_uid)
    except OSError:
        return None
    try:
        return _read(directory_fd, owner_uid)
    except (OSError, Failure):
        return None
    finally:
        os.close(directory_fd)


def _opened(directory: str, owner_uid: int) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    directory_fd = os.open(directory, flags)
    owner = os.fstat(directory_fd).st_uid
    if owner != owner_uid:
        os.close(directory_fd)
        raise UnsafePath(f"it belongs to another user (uid {owner})", directory)
    return directory_fd


def _read(directory_fd: int, owner_uid: int) -> SessionState | None:
    seen = seen_missing(FILE, None)
    for name in (FILE, BACKUP):
        try:
            content = read_in(directory_fd, name, LIMIT_BYTES, owner_uid=owner_uid)
        except FileNotFoundError:
            if _is_moved(directory_fd):
                return None
            continue
        state = parse_session(content)
        if state is not None:
            return state if name == FILE else recovered(state, seen)
        seen = f"{FILE} was damaged."
    return None


def _is_moved(directory_fd: int) -> bool:
    try:
        os.stat(MOVED, dir_fd=directory_fd, follow_symlinks=False)
    except OSError:
        return False
    return True


def _trusted_part(state: SessionState | None) -> SessionState | None:
    if state is None:
        return None
    pages = tuple(page for page in state.seen_pages if _is_word(page))
    return replace(
        state,
        changed_at=shown(state.changed_at, 40),
        page=state.page if state.page and _is_word(state.page) else None,
        seen_pages=pages,
        survey=None,
        exported_to=None,
        exported_at=None,
        exported_changed_at=None,
        exported_run=None,
        machine=this_machine(),
        machine_was=(),
    )


def _is_word(text: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_-]{0,40}", text) is not None


def _keep_target(directory: str) -> None:
    name = os.path.join(directory, FILE)
    if os.path.lexists(name):
        os.rename(name, f"{name}.before-{stamp()}")


def _mark_moved(source_fd: int, target_directory: str) -> None:
    """Best effort: the session is safe in its new place already, the mark only spares an offer."""
    found = os.fstat(source_fd)
    text = json.dumps({"moved_to": os.path.abspath(target_directory), "at": stamp()}) + "\n"
    try:
        write_in(source_fd, MOVED, text, 0o600, owner=(found.st_uid, found.st_gid))
        os.rename(FILE, f"{FILE}.moved", src_dir_fd=source_fd, dst_dir_fd=source_fd)
    except OSError:
        return


def _nothing_usable(directory: str) -> Failure:
    return Failure(
        f"There is no session in {shown(directory)} that can be taken over.",
        next_step="Start a new session, or give the answers as a file with --answers FILE.",
        code=ExitCode.SESSION_UNUSABLE,
    )
