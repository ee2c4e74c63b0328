"""A session.json that can't be read as one: kept aside by the next save, and told until then."""

from __future__ import annotations

import os

from wizard.model.plain import shown

_MARK = ".damaged-"


def put_aside(path: str) -> None:
    """Rename a damaged file to session.json.damaged-TIME, so that a save can take its place. Raises OSError."""
    os.rename(path, f"{path}{_MARK}{stamp()}")


def kept_aside(path: str) -> str | None:
    """The name of the latest damaged file that was put aside; None where there is none, or it can't be told."""
    directory, name = os.path.split(path)
    try:
        found = os.listdir(directory)
    except OSError:
        return None
    return max((other for other in found if other.startswith(name + _MARK)), default=None)


def stamp() -> str:
    """Now, UTC, for a file's name."""
    from datetime import datetime, timezone

    return datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%fZ")


def seen_in_place(name: str) -> str:
    """What is seen of a session.json that is damaged and still there."""
    return f"{name} was damaged; the next save keeps it as {name}{_MARK}TIME."


def seen_missing(name: str, aside: str | None) -> str:
    """What is seen where session.json is not there. aside: the name of a damaged one."""
    if aside is None:
        return f"{name} was missing."
    return f"{name} was damaged and is kept as {shown(aside)}."


def what_counts(seen: str, *, has_copy: bool) -> str:
    """The notice: what was seen, and whose answers count now."""
    if has_copy:
        return f"{seen} The copy of the save before it is used: look over the last answers."
    return f"{seen} There is no earlier copy that can be read: the answers have to be given again."
