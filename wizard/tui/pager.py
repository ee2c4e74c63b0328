"""Which lines of a log stand on the screen. Long lines are wrapped, so that the whole of them can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rich.cells import cell_len

if TYPE_CHECKING:
    from wizard.workflow.log import Line


class Log(Protocol):
    """What is read; see wizard.apply.log.LogFile."""

    def size(self) -> int: ...
    def after(self, start: int, count: int) -> Sequence[Line]: ...
    def before(self, end: int, count: int) -> Sequence[Line]: ...
    def holding(self, offset: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """One row: `text` is a part of the line that starts at byte `line`, from its character `at` on."""

    line: Line
    at: int
    text: str

    @property
    def goes_on(self) -> bool:
        """True where the row goes on a line from above."""
        return self.at > 0 or self.line.is_rest


class Pager:
    """A window of `height` rows of `width` cells on a log; only what stands in it is read."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.width, self.height = 80, 24
        self.start = 0  # of the first line in the window
        self.skip = 0  # rows of that line above the window

    def rows(self) -> list[Shown]:
        """What stands in the window."""
        return self._from(self.start)[self.skip : self.skip + self.height]

    def resize(self, width: int, height: int) -> None:
        """Another size; the first line stays where it is."""
        self.width, self.height = max(1, width), max(1, height)
        self.skip = 0

    def scroll(self, count: int) -> None:
        """So many rows down, or up where negative; stops at both ends."""
        if count > 0:
            rows = self._from(self.start, self.height + count)[self.skip :]
            if len(rows) < self.height + count:
                self.to_end()
            else:
                self._put_first(rows[count])
            return
        missing = -count - self.skip
        if missing <= 0:
            self.skip += count
            return
        rows = self._wrapped(self.log.before(self.start, missing))
        if rows:
            self._put_first(rows[max(0, len(rows) - missing)])
        else:
            self.skip = 0

    def to_start(self) -> None:
        """The first row."""
        self.start = self.skip = 0

    def to_end(self) -> None:
        """The last rows."""
        rows = self._wrapped(self.log.before(self.log.size(), self.height))[-self.height :]
        self.start = self.skip = 0
        if rows:
            self._put_first(rows[0])

    def show(self, offset: int) -> int:
        """Bring the line that holds this byte into the window, as little as that takes; where it starts."""
        start = self.log.holding(offset)
        rows = self.rows()
        if not any(row.line.start == start for row in rows):
            self.start, self.skip = start, 0
            self.scroll(-(self.height // 3))
            if len(self.rows()) < self.height:
                self.to_end()
        return start

    def is_at_end(self) -> bool:
        """True while the last row stands in the window."""
        rows = self.rows()
        return not rows or rows[-1].line.end >= self.log.size()

    def _from(self, start: int, count: int = 0) -> list[Shown]:
        return self._wrapped(self.log.after(start, (count or self.height) + self.skip))

    def _put_first(self, row: Shown) -> None:
        self.start = row.line.start
        self.skip = [shown.at for shown in self._wrapped([row.line])].index(row.at)

    def _wrapped(self, lines: Sequence[Line]) -> list[Shown]:
        return [Shown(line, at, text) for line in lines for at, text in pieces(line.text, self.width)]


def pieces(text: str, width: int) -> list[tuple[int, str]]:
    """The text in parts of at most `width` cells, each with the place of its first character."""
    if not text:
        return [(0, "")]
    if text.isascii():
        return [(at, text[at : at + width]) for at in range(0, len(text), width)]
    found: list[tuple[int, str]] = []
    start = cells = 0
    for at, character in enumerate(text):
        wide = cell_len(character)
        if cells + wide > width and at > start:
            found.append((start, text[start:at]))
            start, cells = at, 0
        cells += wide
    return [*found, (start, text[start:])]
