"""Nouns to plain dicts and back to text that is safe to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

# JSON keys that are no Python names; everything else is the field's own name.
_RENAMED = {"net_tools": "net-tools", "compose_v1": "compose-v1"}


def renamed(name: str) -> str:
    """The JSON key of a field."""
    return _RENAMED.get(name, name)


def plain(value: Any) -> Any:
    """A noun as dicts, lists and scalars, field names as keys, in field order."""
    if is_dataclass(value):
        return {renamed(item.name): plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def shown(text: str, limit: int = 500) -> str:
    """Hostile text made safe to show: control, bidirectional and surrogate characters as `?`, cut at `limit`."""
    safe = "".join(
        character if character.isprintable() or character == " " else " " if character in "\t\n\r" else "?"
        for character in text
    )
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def sentences(*parts: str) -> str:
    """Sentences one after the other; those of programs may end without a full stop, and get one but for the last."""
    kept = [part.strip(" :") for part in parts if part.strip(" :")]
    last = len(kept) - 1
    return " ".join(
        part if part[-1] in ".!?…" or number == last else f"{part}." for number, part in enumerate(kept)
    )


def without_userinfo(address: str) -> str:
    """A proxy's address whose user and password read `***`: `http://***@proxy:3128`. A token may stand as either.

    Anything without them comes back as it is.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "", address
    _userinfo, at, tail = rest.rpartition("@")
    return f"{scheme}{separator}***@{tail}" if at else address
