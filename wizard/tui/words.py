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


def clock(seconds: int) -> str:
    """`0:07`, `12:30`, `1:02:03`."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def amount(count: int) -> str:
    """Bytes as `812 B`, `24 kB`, `12.4 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
