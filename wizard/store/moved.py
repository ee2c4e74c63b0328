"""A user's session that went on as root: what its old place says of that, and the command that reaches it now."""

from __future__ import annotations

import json
import os

from wizard.machine.files import read_small
from wizard.model.formats import shell
from wizard.model.plain import shown
from wizard.store.places import ROOTS_PLACE

FILE = "moved.json"
_SESSION = "session.json"
_LIMIT_BYTES = 1 << 16


def moved_to(directory: str) -> str | None:
    """Where the session that was in `directory` went on as root, '' where that can't be told; None where it did not.

    A session that was begun there since counts. Raises OSError.
    """
    if os.path.lexists(os.path.join(directory, _SESSION)):
        return None
    try:
        content = read_small(os.path.join(directory, FILE), _LIMIT_BYTES, owner_uid=os.geteuid())
    except FileNotFoundError:
        return None
    try:
        place = json.loads(content)["moved_to"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return place if isinstance(place, str) else ""


def seen_moved(place: str) -> str:
    """What is seen of such a session, a sentence without its end."""
    return "The session that was here went on as root" + (f", in {shown(place)}" if place else "")


def root_command(place: str, words: tuple[str, ...] = ()) -> str:
    """The command for root's session in `place`, as it is typed; the place is named where it is not the usual one."""
    named = ("--session", place) if place not in ("", ROOTS_PLACE) else ()
    return shell.words(("sudo", "cometchat-wizard", *named, *words))
