"""The questions line by line, in a real pseudo-terminal on the machine at hand, to a written config."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.streaming import stream
from wizard.workflow import act

ROOT = str(Path(__file__).resolve().parents[2])
WAIT_SECONDS = 30


def _take_terminal() -> None:
    """In the child: the terminal's Ctrl-C and hang-up are for this process."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """One `python -m wizard` in a terminal of its own."""

    def __init__(self, *argv: str, columns: int = 60, lines: int = 20) -> None:
        self._main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environ = {name: value for name, value in os.environ.items() if not name.startswith("COMETCHAT")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wizard", *argv],
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - no threads here
            env={**environ, "PYTHONPATH": ROOT, "TERM": "xterm", "LC_ALL": "C.UTF-8"},
        )
        os.close(side)
        self.text = ""
        self._read = 0

    def until(self, words: str, seconds: float = WAIT_SECONDS) -> str:
        """What was written up to these words, from where the last call stopped."""
        deadline = time.monotonic() + seconds
        while words not in self.text[self._read :]:
            left = deadline - time.monotonic()
            assert left > 0, f"{words!r} did not come; the end was:\n{self.text[-2000:]}"
            if select.select([self._main], [], [], left)[0]:
                try:
                    piece = os.read(self._main, 65536)
                except OSError:
                    piece = b""
                assert piece, f"ended before {words!r}:\n{self.text[-2000:]}"
                self.text += piece.decode("utf-8", "replace")
        end = self.text.index(words, self._read) + len(words)
        found, self._read = self.text[self._read : end], end
        return found

    def question(self) -> str:
        """The question that waits for an answer now: the last line, once it stands still."""
        while True:
            before = len(self.text)
            if select.select([self._main], [], [], 0.3)[0]:
                self.text += os.read(self._main, 65536).decode("utf-8", "replace")
            line = self.text.replace("\r", "").rpartition("\n")[2]
            if len(self.text) == before and line.endswith((": ", "? ", "] ")):
                self._read = len(self.text)
                return line

    def type(self, line: str) -> None:
        """A line and Enter."""
        os.write(self._main, line.encode() + b"\r")

    def answer(self, words: str, line: str = "") -> None:
        """Wait for a question and answer it."""
        self.until(words)
        self.type(line)

    def send(self, keys: bytes) -> None:
        """Keys as they are."""
        os.write(self._main, keys)

    def end(self, seconds: float = WAIT_SECONDS) -> int:
        """The exit code, once it has ended."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self._main], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self._main, 65536).decode("utf-8", "replace")
                except OSError:
                    break
        return self.process.wait(timeout=max(1, deadline - time.monotonic()))

    def close(self) -> None:
        """Hang up."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._main)


@pytest.fixture
def session(tmp_path: Path) -> str:
    return str(tmp_path / "session")


@pytest.fixture
def opened() -> Iterator[list[Terminal]]:
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()


def _open(opened: list[Terminal], *argv: str) -> Terminal:
    terminal = Terminal(*argv)
    opened.append(terminal)
    return terminal


@pytest.mark.journey
def test_a_small_terminal_to_a_written_config(session: str, tmp_path: Path, opened: list[Terminal]) -> None:
    out = tmp_path / "config"
    first = _open(opened, "--session", session)
    first.answer("start from [none]:")
    first.answer("[production]:", "testing")
    first.answer("users [not answered]:", "200")
    first.until("of the users]:")
    first.send(b"\x04")  # Ctrl-D
    first.until("--plain --session")
    assert first.end() == 0

    second = _open(opened, "--plain", "--session", session)
    second.answer("[testing]:")
    second.answer("users [200]:")
    for _ in range(6):
        second.answer("]:")
    second.answer("Data directory", str(tmp_path))
    second.answer("Backup directory")
    second.until("Looking at this host")
    _to_the_export(second)
    second.type(str(out))
    second.until("SUMMARY.md")
    assert second.end() == 0
    assert (out / "deployment.yaml").is_file()
    assert "\x1b[" not in second.text.replace("\x1b[31;1m", "").replace("\x1b[33m", "").replace("\x1b[0m", "")


def _to_the_export(terminal: Terminal) -> None:
    """Accept whatever may be accepted, leave out what is not installed, and go through all pages."""
    while True:
        line = terminal.question()
        if line.startswith("Directory to write to"):
            return
        assert "leaves" not in line, f"blocked:\n{terminal.text[-3000:]}"
        if line.startswith("Type an id to accept"):
            terminal.type(_first_word_after(terminal, "accepted with a reason:"))
        elif line.startswith("Why is it"):
            terminal.type("a test machine")
        elif line.startswith("Type a step's id"):
            terminal.type("?")
            terminal.question()
            terminal.type(_first_word_after(terminal, "Steps:"))
        else:
            terminal.type("")


def _first_word_after(terminal: Terminal, words: str) -> str:
    """The first of a list that was shown last."""
    return re.split(r"[\s,.]+", terminal.text.replace("\r\n", " ").rpartition(words)[2].strip())[0]


@pytest.mark.journey
def test_killed_at_any_moment_nothing_is_lost(session: str, opened: list[Terminal]) -> None:
    first = _open(opened, "--plain", "--session", session)
    first.answer("start from [none]:")
    first.answer("[production]:", "testing")
    first.answer("users [not answered]:", "321")
    first.until("of the users]:")
    first.process.kill()
    first.process.wait()
    second = _open(opened, "--plain", "--session", session)
    second.answer("[testing]:")
    second.until("users [321]:")


@pytest.mark.journey
def test_a_second_one_takes_over_within_two_seconds(session: str, opened: list[Terminal]) -> None:
    first = _open(opened, "--plain", "--session", session)
    first.answer("start from [none]:")
    first.answer("[production]:", "testing")
    first.until("users [not answered]:")
    second = _open(opened, "--plain", "--session", session)
    second.until("Take it over?")
    started = time.monotonic()
    second.type("y")
    first.until("takes this session over", 5)
    assert first.end() == 0
    second.until("[testing]:")
    assert time.monotonic() - started < 4
    assert str(first.process.pid) in second.text


@pytest.mark.journey
def test_ctrl_c_saves_and_leaves(session: str, opened: list[Terminal]) -> None:
    first = _open(opened, "--plain", "--session", session)
    first.answer("start from [none]:")
    first.answer("[production]:", "testing")
    first.until("users [not answered]:")
    first.send(b"\x03")
    first.until("Every answer is saved")
    assert first.end() == 130


@pytest.mark.journey
def test_ctrl_c_in_a_followed_run_asks_on_and_leaving_says_how_to_come_back(
    session: str, opened: list[Terminal]
) -> None:
    run = stream(Path(session), 20)
    first = _open(opened, "--plain", "--session", session)
    first.until("An installation is going on")
    first.until("Its log:")
    first.send(b"\x03")
    first.until("The work goes on without this view.")
    first.until("attach")
    first.answer("start from [none]:")
    first.until("[production]:")
    first.send(b"\x04")  # Ctrl-D
    first.until("The work goes on without this view.")
    first.until("--plain --session")
    assert first.end() == 0
    attached = _open(opened, "attach", "--session", session)
    attached.until("Its log:")
    attached.send(b"\x03")
    attached.until("The work goes on without this view.")
    assert attached.end() == 130
    assert act.ending(run).state == "running"
    act.request_stop(run)


@pytest.mark.journey
def test_a_hung_up_line_ends_it(session: str, opened: list[Terminal]) -> None:
    first = _open(opened, "--plain", "--session", session)
    first.answer("start from [none]:")
    first.answer("[production]:", "testing")
    first.until("users [not answered]:")
    os.killpg(first.process.pid, signal.SIGHUP)
    first.until("Every answer is saved")
    assert first.end(5) == 130
    status = subprocess.run(
        [sys.executable, "-m", "wizard", "status", "--json", "--session", session],
        env={**os.environ, "PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
    )
    assert '"usage.environment"' in status.stdout
