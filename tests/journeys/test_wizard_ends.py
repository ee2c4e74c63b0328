"""However the wizard ends, what was answered is kept and the terminal is as it was."""

from __future__ import annotations

import json
import random
import re
import signal
import time
from collections.abc import Callable

import pytest

from tests.journeys.product import Product, eventually, is_alive
from tests.journeys.terminal import BACKSPACE, CTRL_C, CTRL_Q, ENTER, Terminal
from tests.journeys.walking import fill, go_on, start

pytestmark = pytest.mark.journey

KEPT_SECONDS = 0.5
ROUNDS = 20


def on_screen(terminal: Terminal) -> str | None:
    """What stands in the users' field; None where the page isn't there."""
    found = re.search(r"▸ Monthly users +(\d*) ", "\n".join(terminal.lines()))
    return None if found is None else found.group(1)


def type_for_a_while(
    terminal: Terminal, chance: random.Random
) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Type and take back digits for a random while: (when, value) as it was typed, and as it was seen."""
    value = on_screen(terminal) or ""
    typed = [(time.monotonic(), value)]
    seen = [(time.monotonic(), value)]
    end = time.monotonic() + chance.uniform(0.1, 1.2)
    while time.monotonic() < end:
        is_longer = not value or (len(value) < 7 and chance.random() < 0.7)
        digit = chance.choice("123456789")
        value = value + digit if is_longer else value[:-1]
        typed.append((time.monotonic(), value))
        terminal.send(digit if is_longer else BACKSPACE)
        pause = time.monotonic() + chance.uniform(0.01, 0.25)
        while time.monotonic() < min(pause, end):
            terminal.pump(0.005)
            now = on_screen(terminal)
            if now is not None and now != seen[-1][1]:
                seen.append((time.monotonic(), now))
    return typed, seen


def may_be_saved(typed: list[tuple[float, str]], seen: list[tuple[float, str]], end: float) -> list[str]:
    """What stood on the screen half a second before the end, and whatever was typed after it."""
    at, shown = [item for item in seen if item[0] < end - KEPT_SECONDS or item is seen[0]][-1]
    first = max(index for index, (when, value) in enumerate(typed) if value == shown and when <= at)
    return [value for _when, value in typed[first:]]


def test_killed_at_random_moments_loses_nothing_older_than_half_a_second(product: Product) -> None:
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    for number in range(ROUNDS):
        terminal = product.open()
        # Not by the answers: digits that were typed and deleted again leave none, and a setup that was begun.
        terminal.wait_match(r"▸ (?:Start|Go on at)")
        if "Go on at" in terminal.text():
            go_on(terminal, "Usage")
        else:
            start(terminal)
        terminal.wait_match(r"▸ Monthly users +\d* ")
        typed, seen = type_for_a_while(terminal, chance)
        end = time.monotonic()
        terminal.signal(signal.SIGKILL)
        terminal.ended()
        terminal.close_hard()
        saved = str(product.answers().get("usage", {}).get("mau", ""))
        assert saved in may_be_saved(typed, seen, end), (
            f"round {number}, seed {seed}: saved {saved!r}; typed {typed}; seen {seen}; killed {end}"
        )
    assert product.status()["state"] == "answering"
    left = [path.name for path in product.session.iterdir()]
    assert len(left) < 8, f"{ROUNDS} killed wizards left their litter: {left}"


def quit_by_key(terminal: Terminal) -> None:
    terminal.send(CTRL_Q)


def ctrl_c(terminal: Terminal) -> None:
    terminal.send(CTRL_C)


def sigterm(terminal: Terminal) -> None:
    terminal.signal(signal.SIGTERM)


def sighup(terminal: Terminal) -> None:
    terminal.signal(signal.SIGHUP)


def sigint(terminal: Terminal) -> None:
    terminal.signal(signal.SIGINT)


@pytest.mark.parametrize(
    ("end", "codes"),
    [
        (quit_by_key, (0,)),
        (ctrl_c, (0, 130)),
        (sigterm, (130, -15)),
        (sighup, (130, -1)),
        (sigint, (0, 130, -2)),
    ],
)
def test_leaves_the_terminal_as_it_was(
    product: Product, end: Callable[[Terminal], None], codes: tuple[int, ...]
) -> None:
    terminal = product.open()
    start(terminal)
    fill(terminal, "Monthly users", "12345")
    terminal.wait_for("64 vCPU")  # the answer is taken in
    assert terminal.modes() != terminal.modes_before
    end(terminal)
    code = terminal.ended(10)
    assert code in codes
    assert terminal.modes() == terminal.modes_before
    whole = terminal.received.decode(errors="replace")
    assert "Traceback" not in whole
    for mode in ("?1049", "?1004", "?2004"):
        assert whole.rfind(f"\x1b[{mode}l") > whole.rfind(f"\x1b[{mode}h") >= -1, mode
    assert whole.rfind("\x1b[?25h") > whole.rfind("\x1b[?25l") >= -1
    assert product.answers()["usage"]["mau"] == 12_345
    assert product.status()["holder"] is None


def test_dropped_line_ends_the_wizard_and_keeps_the_answer(product: Product) -> None:
    terminal = product.open()
    start(terminal)
    fill(terminal, "Monthly users", "12345")
    terminal.wait_for("64 vCPU")  # the answer is taken in
    terminal.close_hard()
    eventually(lambda: not is_alive(terminal.pid), "gone with its line", 5)
    assert product.answers()["usage"]["mau"] == 12_345


def test_dropped_line_where_hangups_are_ignored(product: Product) -> None:
    """`nohup`, or a login shell that ignores them: it may not run on without a terminal."""
    terminal = product.open(program=("sh", "-c", 'trap "" HUP; exec "$@"', "sh", *_wizard()))
    start(terminal)
    fill(terminal, "Monthly users", "12345")
    terminal.wait_for("64 vCPU")  # the answer is taken in
    terminal.close_hard()
    eventually(lambda: not is_alive(terminal.pid), "gone with its line", 5)
    assert product.answers()["usage"]["mau"] == 12_345


def test_keys_that_come_in_one_burst_keep_their_order(product: Product) -> None:
    """A slow line hands over many keys at once: each must go where it was typed."""
    terminal = product.open()
    start(terminal)
    terminal.send("50000\t2500\t\t\t6\t90" + ENTER + "35")
    terminal.wait_match(r"▸ Growth buffer +35 ")
    terminal.send(CTRL_Q)
    assert terminal.ended() == 0
    assert product.answers()["usage"] == {
        "mau": 50_000,
        "pcc": 2500,
        "retention_months": 6,
        "log_retention_days": 90,
        "growth_buffer_percent": 35,
    }


def test_session_file_is_whole_and_private(product: Product) -> None:
    terminal = product.open()
    start(terminal)
    fill(terminal, "Monthly users", "12345")
    terminal.wait_for("64 vCPU")  # the answer is taken in
    path = product.session / "session.json"
    eventually(lambda: path.exists() and product.answers().get("usage") == {"mau": 12_345}, "saved", 5)
    assert path.stat().st_mode & 0o777 == 0o600
    assert product.session.stat().st_mode & 0o777 == 0o700
    assert json.loads(path.read_text())["version"] >= 1


def _wizard() -> tuple[str, ...]:
    from tests.journeys.product import WIZARD

    return WIZARD
