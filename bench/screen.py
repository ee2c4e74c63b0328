"""A program in a pseudo-terminal of 80x24: when its bytes come and how many they are."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Burst:
    """What was written until the screen settled. first and last: milliseconds since the start of the burst."""

    size: int
    first: float
    last: float
    output: bytes


class Screen:
    """Runs argv on a new terminal. A burst has settled when nothing comes for `quiet_seconds`."""

    def __init__(self, argv: tuple[str, ...], variables: dict[str, str], directory: str) -> None:
        self._start = time.perf_counter()
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
                os.chdir(directory)
                os.execve(argv[0], argv, variables)
            finally:
                os._exit(99)

    def settle(self, quiet_seconds: float = 0.15, marker: bytes = b"", limit_seconds: float = 20) -> Burst:
        """Read until it is quiet and `marker` has come. Raises TimeoutError where it never does."""
        output = bytearray()
        first = last = 0.0
        while time.perf_counter() - self._start < limit_seconds:
            if not select.select([self._master], [], [], quiet_seconds)[0]:
                if marker in output and (output or not marker):
                    return Burst(len(output), first, last, bytes(output))
                continue
            try:
                part = os.read(self._master, 65536)
            except OSError as error:
                raise TimeoutError(f"the program ended: {bytes(output[-500:])!r}") from error
            last = (time.perf_counter() - self._start) * 1000
            first = first or last
            output += part
        raise TimeoutError(f"it did not settle: {bytes(output[-500:])!r}")

    def press(self, keys: bytes, quiet_seconds: float = 0.15) -> Burst:
        """Type, and read what that changes on the screen."""
        self._start = time.perf_counter()
        os.write(self._master, keys)
        return self.settle(quiet_seconds)

    def type(self, keys: bytes) -> None:
        """Type, and wait for nothing."""
        os.write(self._master, keys)

    def until(self, marker: bytes, limit_seconds: float = 20) -> None:
        """Read until `marker` has come. Raises TimeoutError where it never does."""
        output = b""
        end = time.perf_counter() + limit_seconds
        while marker not in output:
            if not select.select([self._master], [], [], max(0, end - time.perf_counter()))[0]:
                raise TimeoutError(f"{marker!r} did not come: {output[-500:]!r}")
            output += os.read(self._master, 65536)

    def idle(self, wait_seconds: float) -> int:
        """Bytes written within that time without a key."""
        end = time.perf_counter() + wait_seconds
        total = 0
        while (left := end - time.perf_counter()) > 0:
            if select.select([self._master], [], [], left)[0]:
                total += len(os.read(self._master, 65536))
        return total

    def close(self) -> None:
        """Ends the program."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._master)
