"""One of a few words, all of them visible in one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from wizard.tui import glyphs


class Choice(Widget, can_focus=True):
    """`(•) production  ( ) testing`: arrow keys or space choose.

    options: (value, words) pairs. Posts Chosen when the operator changes it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "step(1)", "Next choice", show=False),
        Binding("left", "step(-1)", "Previous choice", show=False),
    ]
    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; }
    Choice:focus { text-style: bold; }
    """

    value = reactive("", layout=False)

    @dataclass
    class Chosen(Message):
        """The operator chose `value`."""

        choice: Choice
        value: str

        @property
        def control(self) -> Choice:
            """The widget, for @on selectors."""
            return self.choice

    def __init__(self, options: tuple[tuple[str, str], ...], value: str, *, id: str) -> None:
        super().__init__(id=id)
        self.options = options
        self.set_reactive(Choice.value, value)

    def render(self) -> Content:
        """All options in one row, the chosen one marked."""
        parts: list[str] = []
        for value, words in self.options:
            parts.append(f"{glyphs.ON if value == self.value else glyphs.OFF} {words}  ")
        return Content("".join(parts).rstrip())

    def action_step(self, direction: int) -> None:
        """Move the choice, stopping at the ends only for arrows; space goes round."""
        values = [value for value, _words in self.options]
        here = values.index(self.value) if self.value in values else -1
        self.value = values[(here + direction) % len(values)]
        self.post_message(self.Chosen(self, self.value))
