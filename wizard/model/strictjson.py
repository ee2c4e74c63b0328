"""JSON that we wrote ourselves, read back within bounds: what a record never holds is refused, not computed with."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

# Sizes, counts and limits of the kernel have 20 digits at most (2**64 - 1).
_DIGITS = 20
# What we write is a dozen levels deep; what walks through it later goes by recursion.
_DEEPEST = 64
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def read_json(content: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Raises ValueError for anything else, and for what no record of ours holds: NaN and infinity (1e400 too), whole
    numbers of more than 20 digits, NUL in a text (no path or argument may hold it), more than 64 levels.
    """
    text = content.decode("utf-8")
    if "\\u0000" in text and _NUL.search(text):
        raise ValueError("a text in it holds a NUL")
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise _too_deep() from None
    # Without so many brackets there can't be so many levels; most records are spared the walk by that.
    if text.count("[") + text.count("{") > _DEEPEST and _is_deep(value):
        raise _too_deep()
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        if not inner:
            return False
        level = inner
    return True


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS + 1:
        raise ValueError("a whole number in it is too long")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits) if len(digits) <= 64 else float("inf")
    if value - value != 0:  # infinity
        raise ValueError("a number in it is too large")
    return value


def _refuse(_name: str) -> NoReturn:
    raise ValueError("NaN and infinity are no JSON")


def _too_deep() -> ValueError:
    return ValueError("it is nested too deeply")


# One for all: making it costs as much as reading a journal's line.
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_int=_whole, parse_float=_fraction)
