"""SIGKILL to the wizard at every save of its session: before it, in its middle, after it. Then it goes on.

The walk through all pages is made of small acts. Each is begun anew after each kill, in a wizard that goes on from what
the killed one had saved, until it is done without one: so every save of the whole walk is met at each of its points.
The spy that kills (tests/lab/kill_spy.py) is the test's own, in front of the wizard's Python. The host is recorded.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.product import CHECKOUT, Product
from tests.journeys.terminal import CTRL_Q, Terminal
from tests.journeys.walking import (
    accept_one,
    blockers_left,
    fill,
    go_on,
    next_page,
    skip_one_step,
    start,
    steps_left,
    write_config,
)

pytestmark = pytest.mark.journey

SPY = CHECKOUT / "tests/lab/kill_spy.py"
# A recorded host: this machine's packages come and go while other tests run, and a walk of minutes would hold them up.
WIZARD = """
import functools, os, sys
from tests.hosts import load
from tests.screens.recorded import outside
from wizard.tui import start
start.WizardApp = functools.partial(start.WizardApp, reader=load("ubuntu-24.04-docker"), look_outside=outside)
sys.exit(start.run_wizard(os.environ["COMETCHAT_WIZARD_SESSION"], None))
"""
PROGRAM = (sys.executable, "-c", WIZARD)
POINTS = (
    "session.json.bak {}, before",
    "session.json.bak {}, after",
    "session.json {}, before",
    "session.json {}, torn",
    "session.json {}, after",
)


@dataclass(frozen=True)
class Act:
    """One thing that a person does, to its end on the screen. page: where the wizard goes on, None at the very start.

    is_left: whether it is to be done (again); None: once.
    """

    name: str
    page: str | None
    do: Callable[[Terminal], object]
    is_left: Callable[[Terminal], object] | None = None


def to_page(terminal: Terminal, page: str) -> None:
    """Where the last wizard was; while nothing is answered that is where every setup begins."""
    screen = terminal.wait_until(lambda text: "▸ Go on at" in text or "▸ Start" in text, "the first page")
    if "▸ Start" in screen:
        assert page == "Usage"
        start(terminal)
    else:
        go_on(terminal, page)


@pytest.fixture
def place() -> Iterator[Path]:
    """A path that is short enough for its field."""
    directory = Path(tempfile.mkdtemp(prefix="kill-", dir="/tmp"))
    yield directory
    shutil.rmtree(directory)


def acts(config: Path) -> list[Act]:
    def host(terminal: Terminal) -> None:
        next_page(terminal, 2)
        terminal.wait_match(r"Memory +[\d.,]+ GiB")

    def domain(terminal: Terminal) -> None:
        fill(terminal, "Domain", "chat.example.com")
        terminal.wait_for("websocket.chat.example.com")

    return [
        Act("begin", None, start),
        Act("usage", "Usage", lambda terminal: fill(terminal, "Monthly users", "50000")),
        Act("to the host", "Usage", host),
        Act("to the software", "This host", lambda terminal: next_page(terminal, 3)),
        Act("skip a step", "Software", skip_one_step, steps_left),
        Act("to the ports", "Software", lambda terminal: next_page(terminal, 4)),
        Act("to the domain", "Ports", lambda terminal: next_page(terminal, 5)),
        Act("domain", "Domain, TLS", domain),
        Act("to the review", "Domain, TLS", lambda terminal: next_page(terminal, 6)),
        Act("accept a blocker", "Review", accept_one, blockers_left),
        Act("write", "Review", lambda terminal: write_config(terminal, config)),
    ]


class Walk:
    """One operator's walk. met: how often each point was. Every attempt starts a wizard of its own."""

    def __init__(self, product: Product, place: Path) -> None:
        self.product = product
        self.control = place / "control"
        self.kept = place / "kept"
        (place / "spy").mkdir()
        (place / "spy/sitecustomize.py").write_text(SPY.read_text())
        product.more = {
            "PYTHONPATH": f"{place / 'spy'}:{CHECKOUT}",
            "COMETCHAT_LAB_KILL": str(self.control),
        }
        self.met: Counter[str] = Counter()

    def through(self, act: Act) -> None:
        """The act until it is done without a kill, after one at each point of each of its saves."""
        while act.is_left is None or self._is_left(act):
            for number in itertools.count(1):
                if self._is_done(act, number):
                    break
            if act.is_left is None:
                return

    def _is_done(self, act: Act, number: int) -> bool:
        """Kill at each point of the act's save of that number. True where there is none: then the act is done."""
        self._keep()
        had_one = self._file().exists()
        for point in POINTS:
            is_killed = self._attempt(act, point, number)
            if not is_killed and (had_one or not point.startswith("session.json.bak")):
                # What is typed is saved five times a second: how often that is differs from one attempt to the next.
                return True
            if not is_killed or point == POINTS[-1] or self._file_bytes() != self._kept_bytes():
                self._put_back()
        return False

    def _attempt(self, act: Act, point: str, number: int) -> bool:
        """Do the act to be killed there. True where it was; then what is on the disk has been looked at."""
        shutil.rmtree(self.control, ignore_errors=True)
        self.control.mkdir()
        (self.control / "count").touch()
        at_first = self._file_bytes()
        terminal = self.product.open(program=PROGRAM)
        if act.page is not None:
            to_page(terminal, act.page)
        wanted = number + self._count(point)
        (self.control / "kill").write_text(f"wizard: {point.format(wanted)}")
        try:
            act.do(terminal)
            if terminal.process.poll() is None:
                terminal.send(CTRL_Q)
                terminal.ended()
        except (AssertionError, OSError):
            # The screen of a wizard that is dead does not come.
            if not (self.control / "killed").exists():
                raise
        if not (self.control / "killed").exists():
            assert terminal.process.returncode == 0
            return False
        assert terminal.ended() == -signal.SIGKILL
        self._look(point, wanted, at_first)
        self.met[point] += 1
        return True

    def _look(self, point: str, number: int, at_first: bytes | None) -> None:
        """The save before is there whole, or the one that was under way; and no save brings more than one answer."""
        if point.startswith("session.json.bak"):
            number = self._count(POINTS[2]) + 1
        before = at_first if number == 1 else (self.control / f"session.json {number - 1}").read_bytes()
        found = self._file_bytes()
        if point == POINTS[-1]:
            under_way = (self.control / f"session.json {number}").read_bytes()
            assert found == under_way
            assert len(set(leaves(before)) ^ set(leaves(under_way))) <= 2, (before, under_way)
        else:
            assert found == before
        done = self.product.run("status", "--json")
        assert done.returncode == 0 and "damaged" not in done.stdout + done.stderr
        assert json.loads(done.stdout)["holder"] is None

    def _is_left(self, act: Act) -> bool:
        assert act.page is not None and act.is_left is not None
        shutil.rmtree(self.control, ignore_errors=True)
        terminal = self.product.open(program=PROGRAM)
        to_page(terminal, act.page)
        found = bool(act.is_left(terminal))
        terminal.send(CTRL_Q)
        assert terminal.ended() == 0
        return found

    def _count(self, point: str) -> int:
        """How many saves this wizard has begun so far."""
        with suppress(FileNotFoundError):
            name, _, stage = point.partition(" {}, ")
            pattern = re.compile(rf"wizard: {re.escape(name)} \d+, {stage}")
            return sum(map(bool, map(pattern.fullmatch, (self.control / "points").read_text().splitlines())))
        return 0

    def _file(self) -> Path:
        return self.product.session / "session.json"

    def _file_bytes(self) -> bytes | None:
        return self._file().read_bytes() if self._file().exists() else None

    def _kept_bytes(self) -> bytes | None:
        path = self.kept / "session.json"
        return path.read_bytes() if path.exists() else None

    def _keep(self) -> None:
        shutil.rmtree(self.kept, ignore_errors=True)
        if self.product.session.exists():
            shutil.copytree(self.product.session, self.kept)

    def _put_back(self) -> None:
        shutil.rmtree(self.product.session, ignore_errors=True)
        if self.kept.exists():
            shutil.copytree(self.kept, self.product.session)


def leaves(content: bytes | None) -> Iterator[str]:
    """The answers in a session.json, one word each: `domain {...}`, `usage.mau 50000`."""
    answers = json.loads(content)["answers"] if content else {}
    for key, value in answers.items():
        if isinstance(value, str):
            continue
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield f"{key}.{name} {json.dumps(item)}"


@pytest.mark.timeout(1200)
def test_every_save_of_a_walk_through_all_pages(product: Product, place: Path) -> None:
    """How many saves and points there were is in the output."""
    walk = Walk(product, place)
    for act in acts(place / "config"):
        walk.through(act)
        print(act.name, sum(walk.met.values()), flush=True)
    answers = product.answers()
    assert answers["usage"] == {"mau": 50_000}
    assert answers["domain"]["primary"] == "chat.example.com"
    assert product.status()["state"] == "exported"
    assert (place / "config/deployment.yaml").exists()
    saves = walk.met[POINTS[-1]]
    print(f"\nThe wizard was killed at {sum(walk.met.values())} points of {saves} saves; no answer was lost.")
    assert min(walk.met[point] for point in POINTS[2:]) >= len(acts(place))
