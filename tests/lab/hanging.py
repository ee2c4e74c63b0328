"""Logins whose line is cut while a run goes on, and what then remains: read in the kernel, measured, and told."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from tests.journeys.product import eventually
from tests.journeys.terminal import Terminal
from tests.lab.cutting import Process, Way, processes
from tests.lab.host import Host

# Of one processor, by issue 4.
LIMIT_PERCENT = 5.0
_SPAN_SECONDS = 2.5
_PROMPT = r"(?m)[#$]$"
Tell = Callable[[str], None]


def log_in(host: Host, line: str | None, words: str, before: str = "") -> Terminal:
    """A login shell in which a command of the wizard is typed; its exit code is shown at the end.

    line: the address to come from. before: a command that is typed first.
    """
    terminal = host.open(source=line)
    terminal.wait_match(_PROMPT)
    terminal.send(f"{before}cometchat-wizard {words}; echo code=$?\n")
    return terminal


def take_over(terminal: Terminal, is_held: bool) -> None:
    """The pages follow the run; where others still hold the session, they are asked to leave."""
    if is_held:
        terminal.wait_for("Take over?")
        terminal.send("y\n")
    terminal.wait_match(r"\d of \d+ steps")


def hang_up(terminals: list[Terminal], way: Way, line: str | None, host: Host) -> None:
    """The line of these logins is cut. line: the address that they come from; only `silent` needs one."""
    if way == "silent":
        assert line is not None
        host.room.cut(line)
    for terminal in terminals:
        if way == "closed":
            terminal.close_hard()
        else:
            terminal.signal(signal.SIGKILL)
    for terminal in terminals:
        terminal.process.wait(10)


def front_ends(host: Host) -> list[Process]:
    """All of the wizard but the runner: what operators have started, with its launchers."""
    return [process for process in processes(host) if process.is_wizard or process.is_launcher]


def none_left(host: Host) -> None:
    """No process of the wizard but the runner, soon."""
    eventually(lambda: not front_ends(host), "nothing of the wizard left but the runner", 10)


def shares(found: list[Process]) -> dict[Process, float]:
    """What each uses of one processor, in percent, measured for two and a half seconds."""
    before = {process: process.ticks() for process in found}
    began = time.monotonic()
    time.sleep(_SPAN_SECONDS)  # a rate needs a span
    used = {process: process.ticks() - at for process, at in before.items()}
    percent = 100 / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began)
    return {process: max(0, ticks) * percent for process, ticks in used.items()}


def need_rest(found: list[Process], cut: list[Process], tell: Tell, words: str) -> None:
    """What one cut line leaves behind and the runner use less than the limit; `found`: all of the wizard's.

    A survey that was going on at the cut may end first.
    """
    measured: list[tuple[float, str]] = []

    def is_low() -> bool:
        used = shares(found)
        left = sum(percent for process, percent in used.items() if process.is_runner or process in cut)
        parts = ", ".join(f"{process.kind} {percent:.1f}" for process, percent in used.items())
        measured.append((left, f"all that there is {sum(used.values()):.1f}: {parts}"))
        return left < LIMIT_PERCENT

    eventually(is_low, f"the wizard at rest; measured: {measured}", 12)
    percent, parts = measured[-1]
    tell(f"hang-up, {words}: {percent:.1f} % of one processor ({parts}), window {len(measured)}")
