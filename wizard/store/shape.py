"""The shape of the answers, read off the dataclasses in wizard/model/answers.py."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, Literal

Kind = Literal["noun", "list", "map", "words", "whole", "text", "claim", "whole-or-text"]


@dataclass(frozen=True, slots=True)
class Shape:
    """kind: what YAML may hold here. noun: the dataclass. item: the shape of list items and map values.

    words: the allowed ones.
    """

    kind: Kind
    noun: type[Any] | None = None
    item: Shape | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a noun."""

    name: str
    shape: Shape
    is_required: bool


_known: dict[type[Any], tuple[Part, ...]] = {}


def parts_of(noun: type[Any]) -> tuple[Part, ...]:
    """The fields of a dataclass in their order."""
    if noun not in _known:
        _known[noun] = _read_parts(noun)
    return _known[noun]


def _read_parts(noun: type[Any]) -> tuple[Part, ...]:
    hints = typing.get_type_hints(noun)
    return tuple(
        Part(
            item.name,
            _shape(hints[item.name]),
            item.default is MISSING and item.default_factory is MISSING,
        )
        for item in fields(noun)
    )


def _shape(hint: Any) -> Shape:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _either(tuple(argument for argument in arguments if argument is not type(None)))
    if origin is Literal:
        return Shape("words", words=arguments)
    if origin is tuple:
        return Shape("list", item=_shape(arguments[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Shape("map", item=_shape(arguments[1]))
    if is_dataclass(hint):
        return Shape("noun", noun=typing.cast("type[Any]", hint))
    return Shape(_SCALARS[hint])


def _either(arguments: tuple[Any, ...]) -> Shape:
    return Shape("whole-or-text") if set(arguments) == {int, str} else _shape(arguments[0])


_SCALARS: dict[Any, Kind] = {int: "whole", str: "text", bool: "claim"}
