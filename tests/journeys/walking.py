"""How a person walks through the wizard's pages; every step waits for what it leads to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.journeys.terminal import CTRL_N, CTRL_U, DOWN, ENTER, RIGHT, SHIFT_TAB, Terminal

_CURSOR = re.compile(r"^.{18}▸ (.*)$")
REASON = "a trial machine"


def start(terminal: Terminal) -> None:
    """From Welcome to an empty Usage page."""
    terminal.wait_for("▸ Start")
    terminal.send(ENTER)
    terminal.wait_for("▸ Monthly users")


def go_on(terminal: Terminal, page: str) -> None:
    """From Welcome back to where it stopped; page: its title."""
    terminal.wait_match(rf"▸ Go on at: {re.escape(page)} \(changed .* UTC\)")
    terminal.send(ENTER)
    terminal.wait_for(f"▸ {page}")


def next_page(terminal: Terminal, step: int) -> str:
    """Ctrl+N to the page of that number."""
    terminal.send(CTRL_N)
    return terminal.wait_for(f"Step {step} of 7")


def fill(terminal: Terminal, label: str, text: str) -> None:
    """Type into the empty field with the focus, whose label carries the mark."""
    terminal.wait_for(f"▸ {label}")
    terminal.send(text)
    terminal.wait_match(rf"▸ {re.escape(label)} *{re.escape(text[:20])}")


def to_software(terminal: Terminal) -> None:
    """From Welcome with an answers file's size to the Software page."""
    go_on(terminal, "Usage")
    terminal.wait_for("Step 1 of 7")
    next_page(terminal, 2)
    terminal.wait_match(r"Memory +[\d.,]+ GiB")
    next_page(terminal, 3)


def from_the_distribution(terminal: Terminal) -> None:
    """On the Software page, from its Install button to the choice of where Docker comes from: the distribution."""
    terminal.wait_for("[ Install: ")
    terminal.send(SHIFT_TAB * 2)
    terminal.wait_for("▸ Docker from")
    terminal.send(RIGHT)
    terminal.wait_for("(•) distribution")


def install(terminal: Terminal, steps: str) -> None:
    """Push Install and say yes to the commands. steps: how many, as a regular expression."""
    terminal.wait_match(rf"\[ Install: {steps} steps? \]")
    terminal.send(ENTER)
    terminal.wait_for("These commands will be run")
    terminal.wait_match(rf"\[ Do .*{steps} steps? now \]")
    terminal.send(ENTER)


def write_config(terminal: Terminal, directory: Path) -> None:
    """From Review to Done, the directory typed, and out."""
    next_page(terminal, 7)
    terminal.wait_for("[ Write the config ]")
    terminal.send(SHIFT_TAB * 2)
    terminal.wait_for("▸ Write to")
    terminal.send(CTRL_U)
    terminal.wait_match(r"(?m)▸ Write to *$")
    terminal.send(str(directory))
    terminal.wait_match(r"▸ Write to +/.*" + re.escape(directory.name))
    terminal.send(ENTER)
    terminal.wait_for("Config: up to date")
    terminal.send(ENTER)
    assert terminal.ended() == 0, terminal.text()
    assert f"The config is in {directory}." in terminal.flow()


def to_review(terminal: Terminal, *, mau: str = "50000", domain: str = "chat.example.com") -> None:
    """All pages from an empty Usage to Review; what the Software page would install is skipped with a reason."""
    fill(terminal, "Monthly users", mau)
    next_page(terminal, 2)
    terminal.wait_for("vCPU")
    terminal.wait_match(r"Memory +[\d.,]+ GiB")
    next_page(terminal, 3)
    skip_all_steps(terminal)
    next_page(terminal, 4)
    terminal.wait_match(r"443/tcp")
    next_page(terminal, 5)
    fill(terminal, "Domain", domain)
    terminal.wait_for(f"websocket.{domain}")
    next_page(terminal, 6)


def skip_all_steps(terminal: Terminal) -> int:
    """On the Software page: skip every step with a reason. How many there were."""
    count = steps_left(terminal)
    if not count:
        return 0
    terminal.send(SHIFT_TAB * 3)
    for left in range(count - 1, -1, -1):
        _skip_next(terminal, left)
    return count


def steps_left(terminal: Terminal) -> int:
    """On the Software page: how many steps would be done."""
    screen = terminal.wait_until(
        lambda text: "[ Install: " in text or "Nothing to install" in text, "the plan", 30
    )
    return _steps_left(screen) or 0


def skip_one_step(terminal: Terminal) -> None:
    """On the Software page as it opens: skip the first step that isn't yet."""
    count = steps_left(terminal)
    screen = ""
    # The first plan takes the focus to its button, perhaps only after the list had it: then once more.
    while _cursor_of(screen) is None:
        _to_the_list(terminal, "Docker Engine")
        terminal.send(DOWN)
        screen = terminal.wait_until(
            lambda text: not (_cursor_of(text) or "").startswith("Docker Engine"), "the cursor moved"
        )
    _skip_next(terminal, count - 1)


def _skip_next(terminal: Terminal, left: int) -> None:
    _cursor_line(terminal)
    down_to(terminal, lambda line: bool(re.match(r" ?\d+\. ", line)) and "(skipped)" not in line)
    terminal.send(ENTER)
    _give_reason(terminal, "Step: ")
    _wait_steps_left(terminal, left)


def accept_all(terminal: Terminal) -> list[str]:
    """On the Review page: accept every open blocker by its id with a reason. The ids, as accepted."""
    accepted: list[str] = []
    while blockers_left(terminal):
        accepted.append(accept_one(terminal))
    return accepted


def blockers_left(terminal: Terminal) -> bool:
    """On the Review page: whether a blocker is still to be accepted."""
    screen = terminal.wait_until(lambda text: "in the way" in text.lower(), "the verdict")
    return "Nothing in the way" not in screen


def accept_one(terminal: Terminal) -> str:
    """On the Review page: accept the next open blocker by its id, which is returned."""
    line = down_to(terminal, lambda line: line.startswith("✗ blocker"))
    ident = line.split()[2]
    terminal.send(ENTER)
    _give_reason(terminal, f"Blocker: {ident}")
    terminal.wait_for(f"accepted {ident}")
    return ident


def accept_host(terminal: Terminal) -> list[str]:
    """On This host: accept each blocker on its row with a reason. The ids, as accepted."""
    accepted: list[str] = []
    _to_the_list(terminal)
    while re.search(r"✗ blocker *$", terminal.text(), re.MULTILINE):
        down_to(terminal, lambda line: line.rstrip().endswith("✗ blocker"))
        terminal.send(ENTER)
        ident = terminal.wait_match(r"✗ Blocker +(\S+)").group(1)
        _give_reason(terminal, f"Blocker: {ident}")
        terminal.wait_for("Accepted; the reason goes into the config.")
        accepted.append(ident)
    return accepted


def _to_the_list(terminal: Terminal, first: str = "Platform") -> None:
    """Backwards until the cursor stands on the table's first row."""
    for _ in range(20):
        if (_cursor_of(terminal.text()) or "").startswith(first):
            return
        before = len(terminal.received)
        terminal.send(SHIFT_TAB)
        _wait_for_more(terminal, before)
    raise AssertionError(f"the row {first} does not take the focus\n{terminal.text()}")


def _wait_for_more(terminal: Terminal, before: int) -> None:
    terminal.wait_until(lambda _: len(terminal.received) > before, "the focus moved")


def _give_reason(terminal: Terminal, title: str) -> None:
    terminal.wait_for(title)
    terminal.wait_match(r"[▸ ] Reason  ")
    terminal.send(REASON)
    terminal.wait_for(REASON)
    terminal.send(ENTER)
    terminal.wait_gone(title)


def _steps_left(screen: str) -> int | None:
    found = re.search(r"\[ Install: (\d+) step", screen)
    if found:
        return int(found.group(1))
    return 0 if "Nothing to install" in screen else None


def _cursor_of(screen: str) -> str | None:
    """The row under the cursor, right of the step list; None while no list has the focus."""
    return next((found.group(1) for line in screen.split("\n") if (found := _CURSOR.match(line))), None)


def _cursor_line(terminal: Terminal) -> str:
    terminal.wait_until(lambda text: _cursor_of(text) is not None, "a list with the focus")
    return _cursor_of("\n".join(terminal.lines())) or ""


def _wait_steps_left(terminal: Terminal, left: int) -> None:
    terminal.wait_until(lambda text: _steps_left(text) == left, f"{left} steps left")


def down_to(terminal: Terminal, is_it: Callable[[str], bool]) -> str:
    """Arrow down until the cursor's row is the one."""
    for _ in range(60):
        line = _cursor_line(terminal)
        if is_it(line):
            return line
        terminal.send(DOWN)
        _wait_cursor_leaves(terminal, line)
    raise AssertionError("the list has no such row")


def _wait_cursor_leaves(terminal: Terminal, line: str) -> None:
    terminal.wait_until(lambda text: _cursor_of(text) not in (None, line), f"the cursor past {line!r}", 10)
