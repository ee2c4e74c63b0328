"""A program in a pseudo-terminal that is read as a person reads it: what stands on the screen."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyte

ENTER, TAB, ESCAPE, BACKSPACE = "\r", "\t", "\x1b", "\x7f"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
SHIFT_TAB = "\x1b[Z"
CTRL_C, CTRL_D, CTRL_N, CTRL_Q, CTRL_U = "\x03", "\x04", "\x0e", "\x11", "\x15"

# What pyte 0.8 takes for text: the keyboard protocol's `CSI < u` and `CSI > 1 u`.
_UNKNOWN = re.compile(rb"\x1b\[[<>=][0-9;]*[A-Za-z]")
_UNFINISHED = re.compile(rb"\x1b(\[[0-9;?<>=$]*)?\Z")


class Terminal:
    """Starts argv on a terminal of its own, 80x24 unless said otherwise.

    received: all bytes that came. log: the file that gets them when `close` is called, to look at after a failure.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        *,
        size: tuple[int, int] = (80, 24),
        log: Path | None = None,
    ) -> None:
        self.received = b""
        self.log = log
        self._pending = b""
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        master, slave = os.openpty()
        self._master: int | None = master
        self._slave = slave  # kept open: the terminal's modes are read after the program is gone
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.modes_before = self.modes()
        self.process = subprocess.Popen(
            list(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(environment),
            cwd="/",
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - the tests have no threads
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def modes(self) -> list[Any]:
        """The terminal's modes, as termios gives them."""
        return list(termios.tcgetattr(self._slave))

    def pump(self, seconds: float = 0.02) -> int:
        """Take in what comes until nothing has come for `seconds`; how many bytes that were."""
        before = len(self.received)
        while self._master is not None and select.select([self._master], [], [], seconds)[0]:
            try:
                part = os.read(self._master, 65536)
            except OSError:
                break
            if not part:
                break
            self.received += part
            self._feed(part)
        return len(self.received) - before

    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    def text(self) -> str:
        """The screen as it is now."""
        self.pump()
        return "\n".join(self.lines())

    def flow(self) -> str:
        """The screen's lines without the breaks that its edge makes."""
        self.pump()
        return "".join(self._screen.display)

    def wait_for(self, text: str, seconds: float = 30) -> str:
        """The screen once it shows `text`."""
        return self.wait_until(lambda screen: text in screen, f"{text!r} on the screen", seconds)

    def wait_gone(self, text: str, seconds: float = 30) -> str:
        """The screen once it shows `text` no longer."""
        return self.wait_until(lambda screen: text not in screen, f"{text!r} gone from the screen", seconds)

    def wait_match(self, pattern: str, seconds: float = 30) -> re.Match[str]:
        """The first match of a regular expression on the screen."""
        self.wait_until(lambda screen: re.search(pattern, screen) is not None, f"{pattern} there", seconds)
        found = re.search(pattern, "\n".join(self.lines()))
        assert found is not None
        return found

    def wait_until(self, is_so: Callable[[str], bool], what: str, seconds: float = 30) -> str:
        """The screen once `is_so(screen)`; AssertionError with the screen after the deadline or the program's end."""
        deadline = time.monotonic() + seconds
        while True:
            has_ended = self.process.poll() is not None
            screen = self.text()
            if is_so(screen):
                return screen
            if has_ended or time.monotonic() > deadline:
                end = f"ended with {self.process.returncode}" if has_ended else f"not within {seconds} s"
                raise AssertionError(f"waited for {what}: {end}\n{self._framed()}")

    def send(self, keys: str | bytes) -> None:
        """Type, as one burst; bytes as they are, for terminals that don't speak UTF-8."""
        assert self._master is not None
        os.write(self._master, keys.encode() if isinstance(keys, str) else keys)

    def resize(self, columns: int, lines: int) -> None:
        """Another size; the kernel tells the program (SIGWINCH)."""
        self._screen.resize(lines, columns)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def close_hard(self) -> None:
        """The line drops: the master is closed, the kernel hangs up."""
        if self._master is not None:
            os.close(self._master)
            self._master = None

    def signal(self, number: int) -> None:
        """Signal the program, unless it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def ended(self, seconds: float = 30) -> int:
        """Its exit code, minus the signal that killed it; what it wrote is read to the end."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"still running after {seconds} s\n{self._framed()}")
            if not self.pump(0.05):
                time.sleep(0.01)
        self.pump()
        return int(self.process.returncode)

    def close(self) -> None:
        """End what was started, keep the bytes."""
        self.pump()
        self.signal(signal.SIGKILL)
        self.process.wait(10)
        self.close_hard()
        os.close(self._slave)
        if self.log is not None:
            self.log.write_bytes(self.received)

    def _feed(self, part: bytes) -> None:
        data = _UNKNOWN.sub(b"", self._pending + part)
        unfinished = _UNFINISHED.search(data)
        self._pending = b"" if unfinished is None else data[unfinished.start() :]
        self._stream.feed(data[: len(data) - len(self._pending)])

    def _framed(self) -> str:
        return "\n".join(f"|{line}" for line in self.lines())


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
