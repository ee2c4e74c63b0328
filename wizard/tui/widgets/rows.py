"""A list of rows: a table, a menu or a text, scrolled with the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from wizard.tui import glyphs


@dataclass(frozen=True, slots=True)
class Row:
    """Pieces of (text, style) in one line; key is what choosing the row means, None if it can't be chosen."""

    pieces: tuple[tuple[str, str], ...]
    key: str | None = None


def row(text: str, style: str = "", key: str | None = None) -> Row:
    """A row of one piece."""
    return Row(((text, style),), key)


class Rows(Widget, can_focus=True):
    """Rows with a cursor where some can be chosen, else plain scrolling.

    Text is drawn as it is: no markup is ever read in it. Posts Chosen(key) on Enter.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home", "edge(-1)", "First", show=False),
        Binding("end", "edge(1)", "Last", show=False),
        Binding("enter,space", "choose", "Choose", show=False),
    ]
    DEFAULT_CSS = """
    Rows { height: 1fr; width: 1fr; }
    """

    @dataclass
    class Chosen(Message):
        """The row with this key was chosen."""

        rows: Rows
        key: str

        @property
        def control(self) -> Rows:
            """The widget, for @on selectors."""
            return self.rows

    def __init__(self, rows: Sequence[Row] = (), *, id: str, is_menu: bool = True) -> None:
        super().__init__(id=id)
        self.rows: list[Row] = list(rows)
        self.is_menu = is_menu
        self.top = 0
        self.cursor = self._first_key()
        self._revealed = -1

    def show(self, rows: Sequence[Row]) -> None:
        """Other rows; cursor and scroll stay where they can. Only lines that changed are drawn again."""
        before, self.rows = self.rows, list(rows)
        if not (0 <= self.cursor < len(self.rows) and self.rows[self.cursor].key is not None):
            self.cursor = self._first_key()
        self.top = max(0, min(self.top, len(self.rows) - max(1, self.size.height)))
        if len(before) != len(self.rows) and self.styles.height is not None and self.styles.is_auto_height:
            self.refresh(layout=True)
            return
        for index in range(max(len(before), len(self.rows))):
            if index >= len(before) or index >= len(self.rows) or before[index] != self.rows[index]:
                self._redraw(index)
        if len(before) != len(self.rows):
            self._redraw_edges()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as rows, for `height: auto`."""
        return len(self.rows)

    def render_line(self, y: int) -> Strip:
        """One line: cursor mark, pieces, and at the right edge a mark where there is more."""
        width = self.size.width
        index = self.top + y
        if index >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        line = self.rows[index]
        is_cursor = self.is_menu and self.has_focus and index == self.cursor and line.key is not None
        base = self.rich_style
        if is_cursor:
            base += Style(reverse=True)
        segments = [Segment(f"{glyphs.HERE} " if is_cursor else "  ", base)] if self.is_menu else []
        segments += [Segment(text, base + _style(style)) for text, style in line.pieces]
        strip = Strip(segments).adjust_cell_length(width - 1, base)
        return Strip.join([strip, Strip([Segment(self._more(y), self.rich_style)])])

    def action_move(self, direction: int) -> None:
        """The next row that can be chosen, or one line of scrolling."""
        if self.cursor < 0:
            self._show_from(self.top + direction)
            return
        index = self.cursor + direction
        while 0 <= index < len(self.rows) and self.rows[index].key is None:
            index += direction
        if 0 <= index < len(self.rows):
            self._set_cursor(index)
        else:
            self._show_from(self.top + direction)

    def action_page(self, direction: int) -> None:
        """A screenful."""
        self._show_from(self.top + direction * max(1, self.size.height - 1))
        if self.cursor >= 0:
            visible = range(self.top, min(len(self.rows), self.top + self.size.height))
            keyed = [index for index in visible if self.rows[index].key is not None]
            if keyed:
                self._set_cursor(keyed[0] if direction < 0 else keyed[-1])

    def action_edge(self, direction: int) -> None:
        """The first or the last row."""
        keyed = [index for index, item in enumerate(self.rows) if item.key is not None]
        self._show_from(0 if direction < 0 else len(self.rows))
        if keyed and self.cursor >= 0:
            self._set_cursor(keyed[0] if direction < 0 else keyed[-1])

    def action_choose(self) -> None:
        """Say which row was chosen."""
        if 0 <= self.cursor < len(self.rows):
            key = self.rows[self.cursor].key
            if key is not None:
                self.post_message(self.Chosen(self, key))

    def on_resize(self) -> None:
        """The end of a list stays at the foot; before the first layout nobody knew where that is."""
        self._show_from(self.top)
        if self._revealed >= 0:
            self.reveal(self._revealed)

    def on_focus(self) -> None:
        """Show the cursor."""
        self._redraw(self.cursor)

    def on_blur(self) -> None:
        """Take the cursor away."""
        self._redraw(self.cursor)

    def on_click(self, event: Click) -> None:
        """A mouse, where there is one."""
        index = self.top + event.y
        if 0 <= index < len(self.rows) and self.rows[index].key is not None:
            self._set_cursor(index)
            self.action_choose()

    def reveal(self, index: int) -> None:
        """Scroll as little as shows this row, with two rows before and after it where there is room."""
        self._revealed = index
        height = self.size.height
        around = min(2, max(0, height - 1) // 2)
        if index - around < self.top:
            self._show_from(index - around)
        elif height and index + around >= self.top + height:
            self._show_from(index + around - height + 1)

    def move_to(self, key: str) -> None:
        """Put the cursor on the row with this key."""
        for index, item in enumerate(self.rows):
            if item.key == key:
                self._set_cursor(index)

    def _first_key(self) -> int:
        return next((index for index, item in enumerate(self.rows) if item.key is not None), -1)

    def _set_cursor(self, index: int) -> None:
        before, self.cursor = self.cursor, index
        self._redraw(before)
        self._redraw(index)
        height = max(1, self.size.height)
        # The first row to choose brings the lines above it along: headings stay readable.
        if index == self._first_key() and index < height:
            self._show_from(0)
        elif index < self.top:
            self._show_from(index)
        elif index >= self.top + height:
            self._show_from(index - height + 1)

    def _show_from(self, top: int) -> None:
        top = max(0, min(top, len(self.rows) - max(1, self.size.height)))
        if top != self.top:
            self.top = top
            self.refresh()

    def _redraw(self, index: int) -> None:
        y = index - self.top
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _redraw_edges(self) -> None:
        self._redraw(self.top)
        self._redraw(self.top + self.size.height - 1)

    def _more(self, y: int) -> str:
        if y == 0 and self.top > 0:
            return "^" if glyphs.PLAIN else "↑"
        if y == self.size.height - 1 and self.top + self.size.height < len(self.rows):
            return "v" if glyphs.PLAIN else "↓"
        return " "


_styles: dict[str, Style] = {}


def _style(words: str) -> Style:
    if words not in _styles:
        _styles[words] = Style.parse(words.replace("ansi_", "")) if words else Style.null()
    return _styles[words]
