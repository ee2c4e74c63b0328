"""One running program in a session of its own: read promptly, ended as a whole group."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from typing import Any

from wizard.machine.descent import groups_below
from wizard.machine.lines import LineSplitter
from wizard.machine.outcome import OnLine

POLL_SECONDS = 0.25
# After the program itself has ended: how long a grandchild that keeps the pipe open is still listened to.
DRAIN_SECONDS = 0.5
# A process that is stuck in the kernel does not even end by SIGKILL; it is not waited for longer.
KILL_SECONDS = 5.0


class Watch:
    """Follows one process (a Popen with its output in a pipe) until it ends or has to be ended."""

    def __init__(self, process: Any, on_line: OnLine, on_idle: Callable[[], None]) -> None:
        self._process = process
        self._on_line = on_line
        self._on_idle = on_idle
        self._lines = LineSplitter()
        self._is_open = True

    def until_end(self, timeout_seconds: float, is_stopped: Callable[[], bool], grace_seconds: float) -> str:
        """Returns "ended", "timed out" or "stopped"; in the last two cases all that it started has been ended."""
        deadline = time.monotonic() + timeout_seconds
        ending = "ended"
        while self._process.poll() is None:
            if is_stopped():
                ending = "stopped"
                break
            if time.monotonic() >= deadline:
                ending = "timed out"
                break
            self._read(min(POLL_SECONDS, max(0.0, deadline - time.monotonic())))
        if ending != "ended":
            self.end_group(grace_seconds)
        self._drain()
        return ending

    def end_group(self, grace_seconds: float) -> None:
        """SIGTERM to its group and to those below it, SIGKILL to what is left of them after the grace."""
        groups = {self._process.pid, *groups_below(self._process.pid)}
        for group in groups:
            signal_group(group, signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        while time.monotonic() < deadline and any(map(group_exists, groups)):
            self._process.poll()
            self._read(0.05)
        for group in groups:
            signal_group(group, signal.SIGKILL)
        deadline = time.monotonic() + KILL_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            self._read(0.05)

    def _drain(self) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        while self._is_open and time.monotonic() < deadline:
            self._read(max(0.0, min(POLL_SECONDS, deadline - time.monotonic())))
        for line in self._lines.flush():
            self._on_line(line)
        self._process.stdout.close()

    def _read(self, wait_seconds: float) -> None:
        if not self._is_open:
            time.sleep(min(wait_seconds, 0.05))
            self._on_idle()
            return
        descriptor = self._process.stdout.fileno()
        ready, _, _ = select.select([descriptor], [], [], wait_seconds)
        if not ready:
            self._on_idle()
            return
        chunk = os.read(descriptor, 65536)
        if not chunk:
            self._is_open = False
        for line in self._lines.feed(chunk):
            self._on_line(line)


def signal_group(group: int, number: int) -> None:
    """Signal a process group; one that is gone is fine."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        pass


def group_exists(group: int) -> bool:
    """True while a process of the group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
