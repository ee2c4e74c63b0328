"""Plain data (from JSON that we wrote ourselves) back to nouns."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

from wizard.model.plain import plain, renamed

Noun = TypeVar("Noun")


def rebuild(kind: type[Noun], data: Any) -> Noun:
    """The noun that `plain` made `data` from. Unknown keys are dropped, missing ones take their default.

    Raises ValueError where the data cannot be of that kind (with the field's name, never its value).
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"{kind.__name__}: a mapping was expected")
    hints = _hints(kind)  # type: ignore[arg-type]
    given: dict[str, Any] = {}
    for item in fields(kind):  # type: ignore[arg-type]
        key = renamed(item.name)
        if key in data:
            given[item.name] = _value(hints[item.name], data[key], item.name)
        elif item.default is MISSING and item.default_factory is MISSING:
            raise ValueError(f"{kind.__name__}: {item.name} is missing")
    return kind(**given)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    """Worked out once: a journal has a line every half second."""
    return typing.get_type_hints(kind)


def rebuild_exactly(kind: type[Noun], data: Any) -> Noun:
    """`rebuild`, but a key that the noun does not know is a ValueError: what it means may matter."""
    noun = rebuild(kind, data)
    if _has_unknown(data, plain(noun)):
        raise ValueError(f"{kind.__name__}: there is more in it than is known here")
    return noun


def _has_unknown(data: Any, known: Any) -> bool:
    """True where data has a key that the noun made of it has not."""
    if isinstance(data, Mapping):
        return not isinstance(known, Mapping) or any(
            key not in known or _has_unknown(value, known[key]) for key, value in data.items()
        )
    if isinstance(data, list):
        return not isinstance(known, list) or any(map(_has_unknown, data, known))
    return False


def _value(hint: Any, value: Any, name: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _one_of(arguments, value, name)
    if origin is typing.Literal:
        return _literal(arguments, value, name)
    if origin is tuple:
        return _tuple(arguments, value, name)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments, value, name)
    if is_dataclass(hint) and isinstance(hint, type):
        return rebuild(hint, value)
    return _scalar(hint, value, name)


def _one_of(kinds: tuple[Any, ...], value: Any, name: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    for kind in kinds:
        if kind is type(None):
            continue
        try:
            return _value(kind, value, name)
        except ValueError:
            continue
    raise ValueError(f"{name}: none of its kinds fits")


def _literal(allowed: tuple[Any, ...], value: Any, name: str) -> Any:
    if value not in allowed:
        raise ValueError(f"{name}: not one of the allowed words")
    return value


def _tuple(arguments: tuple[Any, ...], value: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{name}: a list was expected")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_value(arguments[0], item, name) for item in value)
    if len(arguments) != len(value):
        raise ValueError(f"{name}: {len(arguments)} values were expected")
    return tuple(_value(kind, item, name) for kind, item in zip(arguments, value, strict=True))


def _mapping(arguments: tuple[Any, ...], value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{name}: a mapping was expected")
    return {str(key): _value(arguments[1], item, name) for key, item in value.items()}


def _scalar(hint: Any, value: Any, name: str) -> Any:
    if hint in (Any, object):
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise ValueError(f"{name}: {getattr(hint, '__name__', 'another kind')} was expected")
    return value
