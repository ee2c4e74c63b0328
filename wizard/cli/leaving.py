"""What ends a command from outside: a hang-up (SIGHUP) and SIGTERM. It says where things stand, if anybody hears it,
and is gone within a second; a run goes on in its own process.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from wizard.model.origin import ExitCode

# Whoever takes the session over waits 1.5 s after SIGTERM before it kills.
_GRACE_SECONDS = 0.7


class SentAway(KeyboardInterrupt):
    """Leave now: as Ctrl-C, but from everything, not from a view alone.

    is_told: what the operator should know has been said.
    """

    is_told = False


def leave_on_signals() -> None:
    """From now on both signals raise SentAway in the main thread. Whatever then still blocks, or takes it for a
    Ctrl-C and goes on, is cut off after less than a second.

    A SIGHUP that is ignored already (nohup) stays so.
    """
    for number in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave)


@contextmanager
def last_words() -> Iterator[None]:
    """What is said after a Ctrl-C: where nobody takes it (both outputs are pipes that are full) the process ends in the
    middle of it, with 130, after less than a second.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGALRM) is _give_up:
        yield
        return
    before = signal.signal(signal.SIGALRM, _give_up)
    left_seconds, every_seconds = signal.setitimer(signal.ITIMER_REAL, _GRACE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left_seconds, every_seconds)


def end_soon() -> None:
    """The process has nothing more to do: what its streams still hold is not waited for longer than a moment."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, _GRACE_SECONDS)


def _leave(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # A terminal that takes no more bytes would hold the last words, and the process with them, for ever.
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, _GRACE_SECONDS)
    raise SentAway


def _give_up(_number: int, _frame: FrameType | None) -> None:
    os._exit(int(ExitCode.INTERRUPTED))
