"""The smallest Textual application: what the wizard's first page is held against."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Label


class OneLabel(App[None]):
    """One label."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """The label."""
        yield Label("One label")


if __name__ == "__main__":
    OneLabel().run()
