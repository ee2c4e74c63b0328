"""Markdown, as GitHub and most others show it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wizard.model.formats.text import Line, Quoted, line, whole_line
from wizard.model.plain import shown

_SPECIAL = re.compile(r"([\\`*_\[\]<>|&~$])")
# At the start of an item these would make a heading or a list of it.
_AT_START = re.compile(r"([#+=-]|[0-9]+(?=[.)]))")
_LIMIT = 2000


class Marked(Quoted):
    """Text that is safe within a line of Markdown."""

    __slots__ = ()


NOTHING = Marked("")


def text(plain: str) -> Marked:
    """Text that shows as it is: nothing of it is markup, a link, HTML or the end of a table's cell."""
    return Marked(_SPECIAL.sub(r"\\\1", shown(plain, _LIMIT)))


def item(plain: str) -> Marked:
    """The same at the start of a list's item, where a few more characters mean something."""
    safe = text(plain.strip())
    start = _AT_START.match(safe)
    if start is None:
        return safe
    # A number makes a list by the full stop behind it, which can be escaped; a digit can't.
    at = start.end() if start[0].isdigit() else 0
    return Marked(f"{safe[:at]}\\{safe[at:]}")


def code(plain: str) -> Marked:
    """An inline code span; a backtick inside would end it and becomes an apostrophe."""
    return Marked("`" + shown(plain, _LIMIT).replace("`", "'").replace("|", "\\|") + "`")


def span(template: str, *values: Quoted | int) -> Marked:
    """A part of a line from parts. The template is a constant, as for `line`."""
    return Marked(line(template, *values))


def joined(parts: Sequence[Marked]) -> Marked:
    """Parts one after the other, parted by commas."""
    return Marked(", ".join(part for part in parts if _is_marked(part)))


def heading(level: int, plain: str) -> Line:
    """`## plain`."""
    return whole_line("#" * level + f" {text(plain)}")


def table(head: tuple[str, ...], rows: Sequence[tuple[Marked, ...]]) -> list[Line]:
    """A table; cells are marked already, the head is not."""
    return [
        _row(tuple(map(text, head))),
        whole_line("|" + "---|" * len(head)),
        *map(_row, rows),
    ]


def block(*commands: Line) -> list[Line]:
    """A fenced block of shell commands, none of which can end the fence."""
    return [line("```sh"), *(item for item in commands if _is_line(item)), line("```")]


def _row(cells: tuple[Marked, ...]) -> Line:
    return whole_line("| " + " | ".join(cell for cell in cells if _is_marked(cell)) + " |")


def _is_marked(part: object) -> bool:
    if type(part) is not Marked:
        raise TypeError("what goes into Markdown is marked first")
    return True


def _is_line(item: object) -> bool:
    if type(item) is not Line or item.startswith("```"):
        raise TypeError("a block of commands holds lines that the shell's format has made")
    return True
