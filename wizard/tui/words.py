"""Text in lines."""

from __future__ import annotations

import textwrap


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells; long words are broken, nothing is cut off."""
    return [
        line
        for part in text.splitlines() or [""]
        for line in textwrap.wrap(part, max(20, width), break_long_words=True) or [""]
    ]
