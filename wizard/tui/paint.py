"""Frames to the fewest bytes: only cells that differ from what the terminal already shows are sent.

Textual sends whole regions, several times over while a page settles (9 KB for a first page that needs 1.5). Over a bad
line that is seconds. This keeps the last frame and sends the difference, whatever Textual thought was dirty.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Cell = tuple[str, str]  # a character ('' behind a wide one) and its SGR codes
BLANK: Cell = (" ", "")
_GAP = 5  # unchanged cells that cost no more to send again than to jump over


class Painter:
    """What the terminal shows, and the way from there to the next frame."""

    def __init__(self) -> None:
        self._lines: list[list[Cell]] = []
        self._segments: list[list[Segment]] = []
        self._size = (0, 0)

    def forget(self) -> None:
        """Draw everything at the next frame: the terminal's content is no longer known."""
        self._size = (0, 0)

    def paint(self, strips: Sequence[Strip], width: int, colors: ColorSystem | None) -> str:
        """The sequences that turn what the terminal shows into these lines; '' where nothing differs."""
        out: list[str] = []
        if (width, len(strips)) != self._size:
            self._size = (width, len(strips))
            self._lines = [[BLANK] * width for _ in strips]
            self._segments = [[] for _ in strips]
            out.append("\x1b[m\x1b[2J")
        for y, strip in enumerate(strips):
            segments = strip._segments
            if segments == self._segments[y]:
                continue
            line = cells(segments, width, colors)
            out.append(difference(self._lines[y], line, y))
            self._lines[y], self._segments[y] = line, segments
        return "".join(out)


def cells(segments: Sequence[Segment], width: int, colors: ColorSystem | None) -> list[Cell]:
    """One line as exactly `width` cells."""
    line: list[Cell] = []
    for text, style, _control in segments:
        codes = sgr(style, colors) if style is not None else ""
        blank = _blank_codes(codes)
        if not text.isprintable():
            # What no widget should have let through moves no cursor and sets no title here.
            text = "".join(filter(str.isprintable, text))
        if text.isascii():
            line.extend((" ", blank) if character == " " else (character, codes) for character in text)
            continue
        for character in text:
            wide = cell_len(character)
            if wide == 0 and line:
                line[-1] = (line[-1][0] + character, line[-1][1])
            elif wide:
                line.append((character, codes) if character != " " else (" ", blank))
                line.extend([("", codes)] * (wide - 1))
    del line[width:]
    line.extend([BLANK] * (width - len(line)))
    return line


def difference(before: list[Cell], after: list[Cell], y: int) -> str:
    """Sequences that turn one line into another."""
    width = len(after)
    end = width
    while end and after[end - 1] == BLANK:
        end -= 1
    changed = [x for x in range(width) if before[x] != after[x]]
    if not changed:
        return ""
    out: list[str] = []
    codes = ""
    for start, stop in _runs([x for x in changed if x < end], after):
        out.append(f"\x1b[{y + 1};{start + 1}H")
        for character, wanted in after[start:stop]:
            # A blank looks the same in bold, dim or another colour: words of one style need no switch between them.
            if wanted != codes and not (character == " " and _blank_codes(codes) == wanted):
                out.append(_switch(codes, wanted))
                codes = wanted
            out.append(character)
    if codes:
        out.append("\x1b[m")
    if changed[-1] >= end:
        out.append(f"\x1b[{y + 1};{end + 1}H\x1b[K")
    return "".join(out)


def _switch(codes: str, wanted: str) -> str:
    """From one style to another; a plain one needs no reset first."""
    if not wanted:
        return "\x1b[m"
    return f"\x1b[0;{wanted}m" if codes else f"\x1b[{wanted}m"


def _runs(changed: list[int], after: list[Cell]) -> list[tuple[int, int]]:
    """Changed cells joined into runs; a run never starts or ends inside a wide character."""
    runs: list[tuple[int, int]] = []
    for x in changed:
        start, stop = x, x + 1
        while start and after[start][0] == "":
            start -= 1
        while stop < len(after) and after[stop][0] == "":
            stop += 1
        if runs and start <= runs[-1][1] + _GAP:
            runs[-1] = (runs[-1][0], max(stop, runs[-1][1]))
        else:
            runs.append((start, stop))
    return runs


@lru_cache(maxsize=512)
def sgr(style: Style, colors: ColorSystem | None) -> str:
    """SGR codes of a style without the terminal's own defaults, which a reset gives for nothing."""
    codes = Strip.render_ansi(style, colors or ColorSystem.STANDARD)
    return ";".join(code for code in codes.split(";") if code not in ("", "39", "49")) if codes else ""


@lru_cache(maxsize=512)
def _blank_codes(codes: str) -> str:
    """Codes that show on a blank (background, reverse, underline, strike); the rest is dropped: equal blanks."""
    parts = codes.split(";")
    # 38;5;n and 38;2;r;g;b carry numbers that only look like other codes; reverse shows the text's own colour.
    if "38" in parts or "48" in parts or "7" in parts:
        return codes
    return ";".join(
        code
        for code in parts
        if code in ("4", "9", "21") or (code.isdigit() and (40 <= int(code) <= 47 or 100 <= int(code) <= 107))
    )
