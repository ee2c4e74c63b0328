"""Rows of a log with a mark where a line goes on, and what was searched for in reverse."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from wizard.tui import glyphs
from wizard.tui.pager import Log, Pager, Shown

_GUTTER = 2
_REVERSE, _DIM, _BOLD = Style(reverse=True), Style(dim=True), Style(bold=True)


class LogText(Widget, can_focus=True):
    """A window on a log. words: what is marked, "" for nothing. here: where the line starts that was found."""

    DEFAULT_CSS = """
    LogText { height: 1fr; width: 1fr; }
    """

    def __init__(self, log: Log, *, id: str) -> None:
        super().__init__(id=id)
        self.pager = Pager(log)
        self.words = ""
        self.here: int | None = None
        self.follows = True
        self._rows: list[Shown] = []

    def look(self) -> None:
        """Take in what the window shows now."""
        if self.follows:
            self.pager.to_end()
        rows = self.pager.rows()
        if rows != self._rows:
            self._rows = rows
            self.refresh()

    def mark(self, words: str, here: int | None) -> None:
        """Mark these words, and the line that starts at `here`."""
        self.words, self.here = words, here
        self.refresh()

    def on_resize(self) -> None:
        """Wrap anew."""
        self.pager.resize(self.size.width - _GUTTER, self.size.height)
        self._rows = []
        self.look()

    def render_line(self, y: int) -> Strip:
        """One row."""
        if y >= len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        row, base = self._rows[y], self.rich_style
        is_here = row.line.start == self.here and not row.goes_on
        gutter = glyphs.HERE if is_here else glyphs.MORE if row.goes_on else ""
        segments = [Segment(gutter.ljust(_GUTTER), base + (_BOLD if is_here else _DIM))]
        at = 0
        for start, end in self._matches(row):
            segments += [
                Segment(row.text[at:start], base),
                Segment(row.text[start:end], base + _REVERSE),
            ]
            at = end
        segments.append(Segment(row.text[at:], base))
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _matches(self, row: Shown) -> list[tuple[int, int]]:
        """Where in the row the words stand; those that the edge of the screen cuts in two as well."""
        words, text = folded(self.words), folded(row.line.text)
        found: list[tuple[int, int]] = []
        at = text.find(words) if words else -1
        while at >= 0:
            start, end = at - row.at, at - row.at + len(words)
            if end > 0 and start < len(row.text):
                found.append((max(0, start), min(len(row.text), end)))
            at = text.find(words, at + len(words))
        return found


def folded(text: str) -> str:
    """Plain letters small, as the search takes them; every character keeps its place."""
    return "".join(character.lower() if character.isascii() else character for character in text)
