"""What goes over the line, in bytes: a bad one carries few. Times are measured by `make bench`, not here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.streaming import stream
from tests.journeys.terminal import TAB, Terminal
from tests.screens.test_repaint import started
from wizard.workflow import act

pytestmark = [pytest.mark.screens, pytest.mark.slow]
HOST = "ubuntu-24.04"
QUIET_SECONDS = 0.4


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Terminal]:
    terminal = started(tmp_path, "welcome", HOST)
    try:
        terminal.wait_for("Ctrl+Q leave")
        settle(terminal)
        yield terminal
    finally:
        terminal.close()


def settle(terminal: Terminal) -> None:
    while terminal.pump(QUIET_SECONDS):
        pass


def cost(terminal: Terminal, keys: str) -> bytes:
    """What comes for these keys until nothing comes any more."""
    before = len(terminal.received)
    terminal.send(keys)
    settle(terminal)
    return terminal.received[before:]


def idle(terminal: Terminal, seconds: float) -> int:
    before = len(terminal.received)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        terminal.pump(0.1)
    return len(terminal.received) - before


def assert_at_most(limit: int, sent: bytes, what: str) -> None:
    assert 0 < len(sent) <= limit, f"{what}: {len(sent)} B\n{sent!r}"


def test_pages(empty: Terminal):
    assert_at_most(4096, empty.received, "the first page")
    assert_at_most(6144, cost(empty, "\r"), "Usage")
    cost(empty, "50000")
    for page in ("This host", "Software", "Ports", "Domain, TLS", "Review", "Done"):
        assert_at_most(6144, cost(empty, "\x0e"), page)
    for page in ("Review", "Domain, TLS", "Ports", "Software", "This host", "Usage"):
        assert_at_most(6144, cost(empty, "\x02"), f"back to {page}")


def test_typing_and_tab_and_nothing(empty: Terminal):
    cost(empty, "\r")
    for number, digit in enumerate("50000"):
        assert_at_most(1024, cost(empty, digit), f"digit {number} of the users")
    assert idle(empty, 3) == 0
    for number in range(10):
        assert_at_most(1024, cost(empty, TAB), f"Tab {number}")
    for _ in range(4):
        cost(empty, "\x0e")
    empty.wait_for("Step 5 of 7")
    cost(empty, TAB)
    cost(empty, "a")  # it also brings a word about what is incomplete
    for number, letter in enumerate("bcd"):
        assert_at_most(200, cost(empty, letter), f"letter {number} in a field without preview")
    assert idle(empty, 3) == 0


def test_a_run_that_says_fifty_lines_a_second(tmp_path: Path):
    """Noise, no two lines alike: what apt says costs less. On its screen, and in its log at the end."""
    run = stream(tmp_path / "session", 22)
    terminal = started(tmp_path, "software", HOST)
    try:
        terminal.wait_for("line 00")
        assert 0 < idle(terminal, 8) <= 8 * 2048, "the run's screen"
        terminal.send("l")
        terminal.wait_for("follows the end")
        idle(terminal, 1)
        assert 0 < idle(terminal, 8) <= 8 * 2048, "the log"
        assert act.ending(run).state == "running", "or it was not measured"
    finally:
        terminal.close()
        act.request_stop(run)
