"""Recorded hosts: data only, one JSON file each; see README.md in this directory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wizard.machine.reading import RecordedReader

DIRECTORY = Path(__file__).parent
# What lists of a host and of the one that it is like are joined; everything else is merged by key, None removing one.
_JOINED = ("source", "constructed")


def names() -> list[str]:
    """The names of all recorded hosts."""
    return sorted(path.stem for path in DIRECTORY.glob("*.json"))


def recording(name: str) -> dict[str, Any]:
    """One host's recording, merged over the one it is `like`."""
    own: dict[str, Any] = json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8"))
    base = own.pop("like", None)
    return own if base is None else _merged(recording(base), own)


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        if key in _JOINED:
            merged[key] = [*base.get(key, []), *value]
        elif isinstance(value, dict):
            part = {**base.get(key, {}), **value}
            merged[key] = {name: item for name, item in part.items() if item is not None}
        else:
            merged[key] = value
    return merged


def load(name: str) -> RecordedReader:
    """A reader that replays this host."""
    return RecordedReader(recording(name))
