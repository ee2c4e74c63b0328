"""Keys one after the other: the next goes out when the one before has done all its work.

Textual hands a key to the field with the focus at once, but runs what a key is bound to (Tab, Ctrl+U, Enter)
only after the key has bubbled up to the app. Where a slow line delivers `50000<Tab>2500` in one piece, all
digits would land in the first field.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING

from textual.events import Key, Paste
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from textual.app import App

# Twice from the field to the app: once for the key, once for the message that its binding posts.
_ROUNDS = 2
# A field that is removed by its own key answers no more.
_PATIENCE_SECONDS = 0.5
_POLL_SECONDS = 0.02


class KeyOrder:
    """Holds keys back while one is at work. forward: what does one key."""

    def __init__(self, app: App[int], forward: Callable[[Key | Paste], Awaitable[None]]) -> None:
        self._app = app
        self._forward = forward
        self._waiting: deque[Key | Paste] = deque()
        self._at_work = 0
        self._number = 0

    async def take(self, event: Key | Paste) -> None:
        """Do the key now, or when its turn comes."""
        self._waiting.append(event)
        if not self._at_work:
            await self._next()

    async def _next(self) -> None:
        self._at_work = 0
        if self._waiting:
            self._number += 1
            number = self._at_work = self._number
            await self._forward(self._waiting.popleft())
            self._climb(number, self._start(), _ROUNDS)
            self._app.set_timer(_PATIENCE_SECONDS, lambda: self._done(number))

    def _start(self) -> MessagePump:
        return self._app.focused or self._app.screen

    def _climb(self, number: int, pump: MessagePump, rounds: int) -> None:
        """Wait behind what the pump has to do, then behind what its parent has, up to the app."""
        if number != self._at_work:
            return
        if pump is not self._app:
            parent = pump._parent or self._app
            if not pump.call_later(self._climb, number, parent, rounds):
                self._climb(number, self._app, rounds)
        elif rounds > 1:
            self._app.call_later(self._climb, number, self._start(), rounds - 1)
        else:
            self._app.call_later(self._wait_for_page, number, monotonic() + _PATIENCE_SECONDS)

    async def _wait_for_page(self, number: int, until: float) -> None:
        """A page that a key has opened gets the keys after it, once it stands."""
        if self._waiting and not self._app.screen.is_mounted and monotonic() < until:
            self._app.set_timer(_POLL_SECONDS, lambda: self._wait_for_page(number, until))
        else:
            await self._done(number)

    async def _done(self, number: int) -> None:
        if number == self._at_work:
            await self._next()
