"""Watching a run from a terminal that stalls or dies: the run does not notice, and nobody is left spinning."""

from __future__ import annotations

import array
import fcntl
import json
import os
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.journeys.product import WIZARD, Product, eventually, is_alive
from tests.journeys.streaming import LINES_PER_SECOND, lines_of, stream
from tests.journeys.terminal import CTRL_Q, ESCAPE, Terminal
from wizard.model.session import RunRecord
from wizard.workflow import act

pytestmark = pytest.mark.journey
STALL_SECONDS = 30
CTRL_L = "\x0c"
SMALLEST_PIPE = 4096
# The kernel takes so much for a terminal that nobody reads, and lets its writer wait then.
FULL_TERMINAL = 4095
IGNORING_HANGUPS = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh", *WIZARD)


@contextmanager
def at_work(product: Product, seconds: float) -> Iterator[RunRecord]:
    """A run that speaks; ended with the block."""
    run = stream(product.session, seconds)
    try:
        yield run
    finally:
        if act.ending(run).state == "running" and run.pid is not None:
            os.kill(run.pid, signal.SIGTERM)
            eventually(lambda: act.ending(run).state != "running", "the runner ends")


def waiting(descriptor: int) -> int:
    """Bytes that were written and that nobody has read."""
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


def master_of(terminal: Terminal) -> int:
    assert terminal._master is not None
    return terminal._master


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_reader_that_stalls_for_half_a_minute_slows_no_run(product: Product) -> None:
    """The wizard in a terminal and `attach` in a pipe, both of them stalled from the start of the stream to its end."""
    with at_work(product, STALL_SECONDS) as run:
        terminal = product.open()
        terminal.wait_for("Step number 5")
        terminal.send("l")
        terminal.wait_for("follows the end")
        attach = subprocess.Popen(
            [*WIZARD, "attach", "--json"],
            env=product.environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert attach.stdout is not None
        fcntl.fcntl(attach.stdout, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
        eventually(lambda: act.ending(run).state != "running", "the end of the run, with nobody reading", 120)

        assert waiting(master_of(terminal)) >= FULL_TERMINAL, "the wizard was not held up"
        assert waiting(attach.stdout.fileno()) > SMALLEST_PIPE // 2, "attach was not held up"
        assert act.ending(run).state == "done"
        told = lines_of(run)
        assert [number for number, _late in told] == list(range(STALL_SECONDS * LINES_PER_SECOND))
        late = max(late for _number, late in told) / 1000
        print(f"the latest line was {late:.2f} s late")
        assert late < STALL_SECONDS / 3

        events = [json.loads(line) for line in attach.stdout]
        assert attach.wait(20) == 0
        attach.stdout.close()
        finished = [event["step"] for event in events if event["event"] == "step-finished"]
        assert finished == [f"step-{number}" for number in range(16)]
        assert events[-1]["event"] == "run-finished"

        terminal.wait_for("All steps are done.")
        terminal.send(ESCAPE)
        terminal.wait_for("16 of 16 steps")
        terminal.send(CTRL_Q)
        assert terminal.ended() == 0
        assert terminal.modes() == terminal.modes_before


def close(terminal: Terminal) -> None:
    terminal.close_hard()


def hang_up(terminal: Terminal) -> None:
    terminal.signal(signal.SIGHUP)


def terminate(terminal: Terminal) -> None:
    terminal.signal(signal.SIGTERM)


@pytest.mark.parametrize("end", [close, hang_up, terminate])
def test_a_wizard_that_is_stuck_at_its_terminal_leaves_all_the_same(
    product: Product, end: Callable[[Terminal], None]
) -> None:
    with at_work(product, 60):
        terminal = product.open()
        terminal.wait_for("line 00")

        def is_stuck() -> bool:
            terminal.send(CTRL_L)  # draws everything anew, and nobody reads it
            time.sleep(0.1)
            return waiting(master_of(terminal)) >= FULL_TERMINAL

        eventually(is_stuck, "a full terminal")
        end(terminal)
        eventually(lambda: not is_alive(terminal.pid), "the wizard is gone", 5)
        assert product.status()["state"] == "running"
        assert product.status()["holder"] is None


SCREENS = {
    "run": ("", "Step number 5"),
    "log": ("l", "follows the end"),
    "search": ("l/", "Enter search"),
    "write": ("lw", "Write to"),
    "leave": (CTRL_Q, "Leave it running"),
}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("program", [WIZARD, IGNORING_HANGUPS], ids=["", "hangups-ignored"])
def test_a_terminal_that_dies_leaves_nobody_behind(
    product: Product, screen: str, program: tuple[str, ...]
) -> None:
    keys, words = SCREENS[screen]
    with at_work(product, 60) as run:
        terminal = product.open(program=program)
        terminal.wait_for("line 00")
        for key in keys:
            terminal.send(key)
        terminal.wait_for(words)
        terminal.close_hard()
        eventually(lambda: not is_alive(terminal.pid), "the wizard is gone with its terminal", 5)
        assert act.ending(run).state == "running" and not act.is_stopping(run)


@pytest.mark.parametrize("command", [("attach",), ("attach", "--json"), ("--plain",)])
def test_following_without_a_terminal_costs_nothing(product: Product, command: tuple[str, ...]) -> None:
    """Hang-ups ignored, as after `nohup`: gone, or at rest."""
    with at_work(product, 60) as run:
        terminal = product.open(*command, program=IGNORING_HANGUPS)
        terminal.wait_for("step-4")
        terminal.close_hard()
        before = processor_seconds(terminal.pid)
        time.sleep(3)
        assert processor_seconds(terminal.pid) - before < 3 * 0.05
        assert act.ending(run).state == "running"


def processor_seconds(pid: int) -> float:
    """What a process has used; 0 once it is gone."""
    if not is_alive(pid):
        return 0.0
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
