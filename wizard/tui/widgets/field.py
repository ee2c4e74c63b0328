"""A text field of one row whose extent is visible without colour."""

from __future__ import annotations

from textual.widgets import Input


class Field(Input):
    """Textual's Input, compact, no blinking cursor, no replacing of a pre-filled value at the first key.

    Pasted text arrives as it was copied; line ends at its edges are dropped.
    """

    DEFAULT_CSS = """
    Field { width: 1fr; height: 1; text-style: underline; }
    Field.-wrong { color: ansi_red; }
    """

    def __init__(self, value: str, *, id: str, placeholder: str = "", max_length: int = 300) -> None:
        super().__init__(
            value,
            placeholder=placeholder,
            id=id,
            compact=True,
            select_on_focus=False,
            max_length=max_length,
        )
        self.cursor_blink = False
