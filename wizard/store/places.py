"""Where sessions live."""

from __future__ import annotations

import os
from collections.abc import Mapping

ROOTS_PLACE = "/var/lib/cometchat-wizard"
NAME = "cometchat-wizard"


def default_directory(environ: Mapping[str, str], uid: int) -> str:
    """Without --session: COMETCHAT_WIZARD_SESSION, else root's place or the user's state directory."""
    named = environ.get("COMETCHAT_WIZARD_SESSION")
    if named:
        return os.path.abspath(named)
    return ROOTS_PLACE if uid == 0 else _users_place(environ, uid)


def candidates(environ: Mapping[str, str], uid: int) -> tuple[str, ...]:
    """Where an unfinished session may be, the default place first; root under sudo: also its user's."""
    places = [default_directory(environ, uid), _users_place(environ, uid), ROOTS_PLACE]
    sudo_uid = environ.get("SUDO_UID", "")
    if uid == 0 and sudo_uid.isascii() and sudo_uid.isdigit():
        home = _home(int(sudo_uid))
        if home:
            places.insert(1, os.path.join(home, ".local", "state", NAME))
    return tuple(dict.fromkeys(places))


def _users_place(environ: Mapping[str, str], uid: int) -> str:
    state = environ.get("XDG_STATE_HOME", "")
    if not state.startswith("/"):
        home = environ.get("HOME", "")
        state = os.path.join(home if home.startswith("/") else _home(uid) or "/", ".local", "state")
    return os.path.join(state, NAME)


def _home(uid: int) -> str | None:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_dir
    except KeyError:
        return None
