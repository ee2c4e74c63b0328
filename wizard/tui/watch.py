"""Watches for what ends a wizard from outside: a dead terminal, a signal, another wizard that takes over.

The event loop may be frozen at that moment (a stalled line blocks Textual's output queue), so this works from signal
handlers and a thread of its own, saves first, and does not wait for the loop.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import termios
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

from wizard.model.origin import ExitCode

if TYPE_CHECKING:
    from wizard.store.session import Lock
    from wizard.tui.app import WizardApp

POLL_SECONDS = 0.25
# Half of the two seconds in which a holder must have left.
_GRACE_SECONDS = 1.0

# Alternate screen left; cursor on; mouse, focus events, bracketed paste off; keyboard protocol and colours back.
RESET = "".join(
    f"\x1b[{codes}"
    for codes in (
        *(
            "?1049l",
            "?25h",
            "?1000l",
            "?1002l",
            "?1003l",
            "?1006l",
            "?1015l",
            "?1004l",
            "?2004l",
            "<u",
            "?7h",
            "m",
        ),
    )
)


class Watch:
    """One wizard's guard; start it before the app runs."""

    def __init__(self, app: WizardApp, lock: Lock) -> None:
        self._app = app
        self._lock = lock
        self._stopped = threading.Event()
        self._before: dict[int, Any] = {}
        self._terminal: list[Any] | None = None
        with contextlib.suppress(termios.error, OSError):
            self._terminal = termios.tcgetattr(0)

    def start(self) -> None:
        """Take the signals and begin to look."""
        for number in (signal.SIGHUP, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._on_signal)
        threading.Thread(target=self._look, name="watch", daemon=True).start()

    def stop(self) -> None:
        """The app has ended by itself."""
        self._stopped.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _look(self) -> None:
        hangup = select.poll()
        with contextlib.suppress(OSError, ValueError):
            hangup.register(0, 0)  # POLLHUP and POLLERR are always reported
        while not self._stopped.wait(POLL_SECONDS):
            with contextlib.suppress(OSError):
                if any(
                    event & (select.POLLHUP | select.POLLERR | select.POLLNVAL)
                    for _fd, event in hangup.poll(0)
                ):
                    self._end(ExitCode.INTERRUPTED)
            if self._lock.release_wanted():
                self._hand_over()
                return

    def _hand_over(self) -> None:
        self._app.setup.save_cut_off()
        self._app.leave_soon("taken")
        if not self._stopped.wait(_GRACE_SECONDS):
            self._end(ExitCode.SESSION_UNUSABLE)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._end(ExitCode.INTERRUPTED)

    def _end(self, code: ExitCode) -> None:
        """Save and be gone, whatever the event loop is doing."""
        self._app.setup.save_cut_off()
        with contextlib.suppress(OSError, termios.error):
            if self._terminal is not None:
                termios.tcsetattr(0, termios.TCSANOW, self._terminal)
            # Never block here: a line that takes no more bytes is what we may be dying of.
            os.set_blocking(2, False)
            os.write(2, RESET.encode())
        os._exit(int(code))
