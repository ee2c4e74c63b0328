"""Whose session it is: where sessions live, who holds one, and taking it over or along."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wizard.model.failure import Failure
from wizard.model.session import Holder, SessionState

if TYPE_CHECKING:
    from wizard.store.session import Lock as Lock  # noqa: PLC0414 - front ends name it


def default_session(environ: Mapping[str, str]) -> str:
    """The session's directory where none was named."""
    from wizard.store.places import default_directory

    return default_directory(environ, os.geteuid())


def other_sessions(environ: Mapping[str, str], session: str) -> tuple[str, ...]:
    """Other usual places that hold a session of this user's which was begun and not exported yet."""
    from wizard.store.places import candidates

    found = []
    for directory in candidates(environ, os.geteuid()):
        state = None if directory == session else _begun(directory, environ)
        if state is not None and state.changed_at and state.exported_changed_at != state.changed_at:
            found.append(directory)
    return tuple(found)


def _begun(directory: str, environ: Mapping[str, str]) -> SessionState | None:
    """The session there, None without one; root under sudo looks into its user's place as into a stranger's."""
    from wizard.model.failure import Failure
    from wizard.store.adopt import look
    from wizard.workflow.keep import load

    owner = environ.get("SUDO_UID", "")
    if os.geteuid() == 0 and owner.isascii() and owner.isdigit() and owner != "0":
        seen = look(directory, int(owner))
        if seen is not None:
            return seen
    if not os.access(os.path.join(directory, "session.json"), os.R_OK):
        return None
    try:
        return load(directory)
    except Failure:
        return None


def refuse_foreign(session: str) -> None:
    """Raise Failure 7 where the session's directory is a link, or somebody else could change what is in it."""
    from wizard.store.session import refuse_foreign as refuse
    from wizard.store.trouble import unusable

    try:
        refuse(session)
    except OSError as error:
        raise unusable(error, session, reading=True) from None


def moved_to(session: str) -> str | None:
    """Where the session that was in this directory went on as root ('': not known); None where it did not."""
    from wizard.store.moved import moved_to as moved

    try:
        return moved(session)
    except OSError:
        return None  # whoever needs the session says what is wrong with its directory


def named_place(session: str) -> tuple[str, ...]:
    """`--session` and the place where root finds the session that was here, () where it is root's usual one."""
    from wizard.store.places import ROOTS_PLACE

    place = moved_to(session)
    return ("--session", place) if place and place != ROOTS_PLACE else ()


def went_on_as_root(place: str) -> str:
    """That it did, as the start of a sentence."""
    from wizard.store.moved import seen_moved

    return seen_moved(place)


def as_root(place: str, words: tuple[str, ...]) -> str:
    """The command line, as typed by this user, that does `words` to the session that went on in `place`."""
    from wizard.store.moved import root_command

    return root_command(place, words)


def acquire(session: str, environ: Mapping[str, str]) -> Lock:
    """Hold the session until the lock is released. Raises Held (a Failure 7) or Failure 7."""
    from wizard.store.session import Lock

    return Lock.acquire(session, this_holder(environ))


def is_held(failure: Failure) -> bool:
    """True where the failure is that another process holds the session."""
    from wizard.store.session import Held

    return isinstance(failure, Held)


def take_over(session: str) -> None:
    """Ask the holder to save and leave, wait until it has. Raises Failure 7."""
    from wizard.store.session import take_over as take

    take(session)


def this_holder(environ: Mapping[str, str]) -> Holder:
    """This process as the holder of a session. Source of the peer: SSH_CONNECTION, as far as it is there."""
    from wizard.workflow.keep import now

    return Holder(
        pid=os.getpid(),
        user=environ.get("SUDO_USER") or _user_name(),
        terminal=_terminal(),
        client=environ.get("SSH_CONNECTION", "").partition(" ")[0],
        since=now(),
    )


def _user_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _terminal() -> str:
    for stream in (sys.stdin, sys.stderr):
        try:
            return os.ttyname(stream.fileno()).removeprefix("/dev/")
        except (OSError, ValueError, AttributeError):
            continue
    return ""


def adopt(source: str, session: str, environ: Mapping[str, str]) -> SessionState:
    """Take the session of the user who became root through sudo along to `session`. Raises Failure 7 or 2.

    What came along; its notice says where that is older than what was answered last.
    """
    from wizard.store.adopt import adopt as adopt_session

    owner = environ.get("SUDO_UID", "")
    if os.geteuid() != 0 or not (owner.isascii() and owner.isdigit()):
        raise Failure("Only root, through sudo, can take a session along.", next_step="Leave --adopt out.")
    from wizard.workflow.keep import load
    from wizard.workflow.machines import refused

    there = load(session)
    if there.is_other_machine:
        raise refused(there)  # its runs would be taken for what was done here
    return adopt_session(source, session, int(owner))
