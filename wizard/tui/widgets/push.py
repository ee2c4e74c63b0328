"""A button of one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget


class Push(Widget, can_focus=True):
    """`[ Next ]`: Enter or space push it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "push", "Push", show=False)]
    DEFAULT_CSS = """
    Push { height: 1; width: auto; margin: 0 1 0 0; }
    Push:focus { text-style: reverse; }
    Push:disabled { text-style: dim; }
    """

    @dataclass
    class Pushed(Message):
        """The button was pushed."""

        push: Push

        @property
        def control(self) -> Push:
            """The widget, for @on selectors."""
            return self.push

    def __init__(self, words: str, *, id: str, disabled: bool = False) -> None:
        super().__init__(id=id, disabled=disabled)
        self.words = words

    def render(self) -> Content:
        """The words in brackets, so that it reads as a button without colour."""
        return Content(f"[ {self.words} ]")

    def rename(self, words: str) -> None:
        """Show other words."""
        if words != self.words:
            self.words = words
            self.refresh(layout=True)

    def action_push(self) -> None:
        """Tell whoever listens."""
        self.post_message(self.Pushed(self))

    def on_click(self, event: Click) -> None:
        """A mouse, where there is one."""
        event.stop()
        self.action_push()
