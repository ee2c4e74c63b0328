"""In a pseudo-terminal: after every key the screen is what a full repaint of it gives.

Only cells that differ from the last frame are sent (wizard/tui/paint.py), and a change of focus repaints no more than
it must: this is the proof that nothing is left standing and nothing is missed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyte.screens import Char

from tests.journeys.streaming import stream
from tests.journeys.terminal import DOWN, LEFT, RIGHT, SHIFT_TAB, TAB, UP, Terminal
from wizard.tui.setup import PAGES
from wizard.workflow import act

pytestmark = [pytest.mark.screens, pytest.mark.slow]
CHECKOUT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("start_recorded.py")
CTRL_L = "\x0c"
QUIET_SECONDS = 0.07
# What each page is walked with, besides Tab and back.
KEYS = {
    "welcome": [DOWN, DOWN, UP, "\r"],
    "usage": ["7", "x", "\x7f", "\x7f"],
    "host": [DOWN, DOWN, UP, "\x1b[6~", "\x1b[5~"],
    "software": [RIGHT, LEFT, DOWN, UP],
    "ports": [RIGHT, LEFT, TAB, "1", "\x7f"],
    "domain": ["x", "日", "\x7f", "\x7f"],
    "review": [DOWN, "\x1b[6~", "\x1b[F", "\x1b[H"],
    "done": ["\r"],
}


def started(directory: Path, page: str, host: str, *more: str, size: tuple[int, int] = (80, 24)) -> Terminal:
    environment = {
        "HOME": "/home/operator",
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(CHECKOUT),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "TEXTUAL_FPS": "60",
    }
    argv = [sys.executable, str(SCRIPT), str(directory / "session"), page, host, *more]
    return Terminal(argv, environment, size=size, log=directory / "terminal.bytes")


def frame(terminal: Terminal) -> list[list[tuple[object, ...]]]:
    """Every cell as it looks."""
    screen = terminal._screen
    return [[look(screen.buffer[y][x]) for x in range(screen.columns)] for y in range(screen.lines)]


def look(cell: Char) -> tuple[object, ...]:
    """A cell with its style; what can't be seen on a blank is left out."""
    if cell.data == " " and not cell.reverse:
        return (" ", cell.bg, cell.underscore, cell.strikethrough)
    return tuple(cell)


def settled(terminal: Terminal) -> list[list[tuple[object, ...]]]:
    while terminal.pump(QUIET_SECONDS):
        pass
    return frame(terminal)


def assert_whole(terminal: Terminal, after: str) -> None:
    """The screen now and after a full repaint: the same."""
    cursor = None
    for _ in range(5):
        shown = settled(terminal)
        cursor = (terminal._screen.cursor.x, terminal._screen.cursor.y)
        text = list(terminal.lines())
        sent = len(terminal.received)
        terminal.send(CTRL_L)
        deadline = time.monotonic() + 10
        while b"\x1b[2J" not in terminal.received[sent:]:
            assert time.monotonic() < deadline, "Ctrl+L draws nothing"
            terminal.pump(0.01)
        anew = settled(terminal)
        if shown == anew:
            break
        # A survey or a timer may have come in between: only a difference that stays is one.
    assert shown == anew, f"after {after!r}:\n" + "\n".join(
        f"{was!r}\n{now!r}" for was, now in zip(text, terminal.lines(), strict=True) if was != now
    )
    assert cursor == (terminal._screen.cursor.x, terminal._screen.cursor.y), f"the cursor after {after!r}"


@pytest.fixture
def opened(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    terminal = started(tmp_path, *request.param)
    try:
        terminal.wait_for("Ctrl+Q leave")
        terminal.wait_until(lambda text: "Looking at" not in text, "the survey")
        yield terminal
    finally:
        terminal.close()


def walks() -> Iterator[object]:
    for page in PAGES:
        yield pytest.param((page, "ubuntu-24.04", "begun"), id=page)
    for page in ("host", "review", "domain"):
        yield pytest.param((page, "ubuntu-24.04-docker", "wide"), id=f"{page}-wide")
    yield pytest.param(("usage", "ubuntu-24.04"), id="usage-empty")
    yield pytest.param(("domain", "ubuntu-24.04"), id="domain-empty")


@pytest.mark.parametrize("opened", walks(), indirect=True)
def test_every_key_leaves_the_screen_whole(opened: Terminal, request: pytest.FixtureRequest):
    page = request.node.callspec.params["opened"][0]
    assert_whole(opened, "the start")
    for key in KEYS[page]:
        opened.send(key)
        assert_whole(opened, key)
    seen: list[str] = []
    for _ in range(24):
        opened.send(TAB)
        assert_whole(opened, TAB)
        text = "\n".join(opened.lines())
        if text in seen:
            break
        seen.append(text)
    for _ in range(min(4, len(seen))):
        opened.send(SHIFT_TAB)
        assert_whole(opened, SHIFT_TAB)


@pytest.mark.parametrize("opened", [pytest.param(("usage", "rhel-9", "begun"), id="walk")], indirect=True)
def test_pages_and_dialogs_leave_nothing_behind(opened: Terminal):
    for number in range(2, 8):
        opened.send("\x0e")
        opened.wait_for(f"Step {number} of 7")
        assert_whole(opened, f"page {number}")
        opened.send("\x1bOP")
        opened.wait_for("Help:")
        assert_whole(opened, "F1")
        opened.send("\x02")
        opened.wait_for(f"Step {number} of 7")
        assert_whole(opened, "help closed")


def test_a_run_and_its_log_leave_nothing_behind(tmp_path: Path):
    run = stream(tmp_path / "session", 0.6)
    with open(run.log, "a") as file:
        file.write("日本語 é" * 40 + "\n" + "x" * 200 + "\n")
    deadline = time.monotonic() + 30
    while act.ending(run).state == "running":
        assert time.monotonic() < deadline, "the run does not end"
        time.sleep(0.05)
    terminal = started(tmp_path, "software", "ubuntu-24.04", "begun")
    try:
        terminal.wait_for("Ctrl+Q leave")
        terminal.wait_until(lambda text: "Looking at" not in text, "the survey")
        terminal.send("l")
        terminal.wait_for("follows the end")
        assert_whole(terminal, "the log")
        keys = [
            "/",
            "l",
            "i",
            "\r",
            "n",
            "N",
            "\x1b[H",
            DOWN,
            "\x1b[6~",
            "/",
            "\x15",
            "語",
            "\r",
            "\x1b[F",
            UP,
            "w",
        ]
        for key in [*keys, TAB, "\x02", "\x02"]:
            terminal.send(key)
            assert_whole(terminal, key)
        terminal.wait_for("Step 3 of 7")
    finally:
        terminal.close()


@pytest.mark.parametrize("opened", [pytest.param(("review", "rhel-9", "begun"), id="walk")], indirect=True)
def test_another_size_is_drawn_whole(opened: Terminal):
    for size in ((120, 36), (80, 24), (60, 20), (100, 30)):
        opened.resize(*size)
        is_small = size[0] < 80
        if is_small:
            opened.wait_for("make it")
        else:
            opened.wait_gone("make it")
            opened.wait_for("Ctrl+Q leave")
        if is_small:
            settled(opened)
            assert len("".join(opened.lines())) < 120, "\n".join(opened.lines())
        else:
            assert_whole(opened, f"{size}")
