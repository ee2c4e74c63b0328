"""Version numbers as distributions write them, compared."""

from __future__ import annotations

import re

# An epoch (`5:`) is Debian's own counting and says nothing about the release. Bounded: the text is hostile.
_NUMBERS = re.compile(r"(?:[0-9]{1,9}:)?([0-9]{1,9}(?:\.[0-9]{1,9}){0,7})")


def version_numbers(text: str | None) -> tuple[int, ...] | None:
    """The leading release numbers: `5:27.1-1~ubuntu` is (27, 1), `v2.24.0` (2, 24), `1.1.1f` (1, 1, 1).

    Zeros at the end are dropped, so that 24 and 24.0.0 are equal. None where there is no number.
    """
    found = _NUMBERS.search(text or "")
    if found is None:
        return None
    numbers = [int(part) for part in found.group(1).split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def at_least(text: str | None, minimum: str) -> bool | None:
    """Whether a version is the minimum or newer; None where the version can't be told."""
    have, want = version_numbers(text), version_numbers(minimum)
    if have is None or want is None:
        return None
    return have >= want
