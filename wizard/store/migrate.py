"""session.json of an earlier version, brought up to this one step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.session import SESSION_VERSION


def migrate(data: dict[str, Any]) -> dict[str, Any]:
    """The same session in this version's shape.

    Failure, code 7, if a newer version wrote it; ValueError if no version did.
    """
    version = data.get("version", 0)
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise ValueError("version")
    if version > SESSION_VERSION:
        raise Failure(
            "This session is from a newer version of cometchat-wizard.",
            why="Reading it with this one could lose answers.",
            next_step="Update cometchat-wizard (run its install.sh), or start anew with --session DIR.",
            code=ExitCode.SESSION_UNUSABLE,
        )
    while version < SESSION_VERSION:
        data = _STEPS[version](data)
        version = data["version"]
    return data


def _from_0(data: dict[str, Any]) -> dict[str, Any]:
    """Before the first release: no version, and `saved_at` for what is `changed_at` now."""
    moved = {key: value for key, value in data.items() if key != "saved_at"}
    return {**moved, "version": 1, "changed_at": data.get("changed_at", data.get("saved_at", ""))}


_STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {0: _from_0}
