"""A program in a pseudo-terminal of its own, as a person's shell starts it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping


class Terminal:
    """Starts argv as the leader of a new session on a new 80x24 terminal. output: all bytes so far."""

    def __init__(
        self, argv: list[str], environment: Mapping[str, str], prepare: Callable[[], None] | None = None
    ):
        self.output = b""
        self.before: list[object] = []
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                if prepare:
                    prepare()
                os.execve(argv[0], argv, dict(environment))
            finally:
                os._exit(99)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def read(self, seconds: float) -> bytes:
        """What comes within `seconds`; stops at the end of the output."""
        end = time.monotonic() + seconds
        start = len(self.output)
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                break
            try:
                part = os.read(self.master, 65536)
            except OSError:
                break
            if not part:
                break
            self.output += part
        return self.output[start:]

    def wait_for(self, pattern: bytes, seconds: float = 20) -> re.Match[bytes]:
        """The first match of the regular expression in all output."""
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.output)):
            if time.monotonic() > end:
                raise AssertionError(f"no {pattern!r} in {self.output[-2000:]!r}")
            self.read(0.05)
        return match

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def attributes(self) -> list[object]:
        return list(termios.tcgetattr(self.master))

    def ended(self, seconds: float = 20) -> int:
        """The exit code as a shell tells it, output read to its end."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.read(0.2)
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError(f"still running; output: {self.output[-2000:]!r}")

    def close(self) -> None:
        os.close(self.master)
