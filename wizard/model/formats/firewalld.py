"""firewalld's rich rules, a language of their own that is passed as one argument."""

from __future__ import annotations

import re

from wizard.model.formats.text import CannotHold

_VALUE = re.compile(r"[A-Za-z0-9.:/-]+")


def attribute(name: str, value: object) -> str:
    """`name="value"`. Raises CannotHold for what could end the quotes: the language has no way to escape them."""
    text = str(value)
    if not (_VALUE.fullmatch(name) and _VALUE.fullmatch(text)):
        raise CannotHold("a rich rule of firewalld can't hold this value")
    return f'{name}="{text}"'
