"""The app's way to the terminal: what is drawn, in which style, and one key after the other."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.console import RenderableType
from rich.segment import Segment
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import Event, Key, Paste
from textual.screen import Screen
from textual.strip import Strip

from wizard.tui.keys import KeyOrder
from wizard.tui.paint import Painter
from wizard.tui.words import wrapped

MINIMUM_WIDTH, MINIMUM_HEIGHT = 80, 24


class DrawnApp(App[int]):
    """Sends only cells that differ, and one sentence where the terminal is too small for a page."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "redraw", "Draw anew", show=False, priority=True),
    ]
    CSS = """
    Screen { layout: vertical; overflow: hidden; background: ansi_default; }
    Static { height: auto; }
    #title { height: 1; text-style: reverse; }
    #middle { layout: horizontal; height: 1fr; }
    #rail { width: 17; height: 100%; padding: 1 0 0 0; }
    #body { layout: vertical; height: 100%; width: 1fr; padding: 1 1 0 1; }
    #message { height: auto; min-height: 1; max-height: 3; padding: 0 1; }
    #keys { height: 1; }
    .buttons { layout: horizontal; height: 1; }
    .form { layout: grid; height: auto; grid-rows: 1; }
    .label { height: 1; }
    .hint { height: 1; text-style: dim; }
    .head { height: 1; text-style: bold; }
    """

    def __init__(self, **options: Any) -> None:
        """options: as textual.app.App takes them."""
        super().__init__(**options)
        self.painter = Painter()
        self.keys_in_order = KeyOrder(self, super().on_event)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send what differs from the last frame (see paint.py) instead of what Textual took for dirty."""
        if self._driver is None or self.is_headless or not isinstance(renderable, CompositorUpdate):
            super()._display(screen, renderable)
            return
        if self._batch_count or not self._running or self._closed:
            return
        size = self.screen.outer_size
        strips = self._too_small(*size) if self.is_too_small() else self.screen._compositor.render_strips()
        sequence = self.painter.paint(strips, size.width, self.console._color_system)
        if sequence:
            column, line = size.clamp_offset(self.cursor_position)
            self._begin_update()
            self._driver.write(f"{sequence}\x1b[{line + 1};{column + 1}H")
            self._end_update()
            self._driver.flush()
        self.post_display_hook()

    def _too_small(self, width: int, height: int) -> list[Strip]:
        """One sentence in place of a page that would be cut off."""
        words = f"This window is {width}x{height}; make it {MINIMUM_WIDTH}x{MINIMUM_HEIGHT} or larger. Nothing is lost."
        lines = wrapped(words, max(1, width - 1))[:height]
        blank = [Strip.blank(width)] * (height - len(lines))
        return [Strip([Segment(line)]) for line in lines] + blank

    def is_too_small(self) -> bool:
        """True while the terminal is smaller than the pages need."""
        width, height = self.size
        return width < MINIMUM_WIDTH or height < MINIMUM_HEIGHT

    async def on_event(self, event: Event) -> None:
        """While the terminal is too small nothing shows what a key would do: only leaving works."""
        if isinstance(event, Key) and self.is_too_small() and event.key not in ("ctrl+q", "ctrl+c"):
            return
        if isinstance(event, (Key, Paste)) and not event.is_forwarded:
            await self.keys_in_order.take(event)
        else:
            await super().on_event(event)

    def action_redraw(self) -> None:
        """Draw everything anew: after a message of the system was written over the screen."""
        self.painter.forget()
        self.refresh(layout=True)
