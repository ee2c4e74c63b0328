"""Every program that the product asks may be endless, mute, huge, broken, or print what a terminal obeys.

A look ends all the same, within bounds, says what it could not know, and leaves none of them behind. Fakes: all of the
programs (fakes.py); the product and how it starts them are real.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.commands import started, what_is_wrong
from tests.hostile.fakes import KINDS, PROGRAMS, in_front, left_of, put_fakes, why_not
from tests.hostile.seeds import chance, count
from tests.hosts import load, names
from wizard.machine.reading import RecordedReader
from wizard.probe.survey import survey

pytestmark = pytest.mark.slow

# The survey gives a command 6 s; several that are asked one after the other, and a busy machine, take some more.
SECONDS = 60
MEMORY_MIB = 1024
LATE = ("endless", "endless line", "endless complaint", "mute", "deaf and mute")


@pytest.fixture(scope="module", autouse=True)
def _can_be_faked() -> None:
    if why := why_not():
        pytest.skip(why)


def _looked(directory: Path, kind: str, tmp_path: Path, *command: str) -> str:
    """One real command among these fakes; its standard output."""
    began = time.monotonic()
    argv = [*command, "--session", str(tmp_path / "session")]
    done = started(argv, before=in_front(directory), seconds=SECONDS, memory_mib=MEMORY_MIB)
    wrong = what_is_wrong(done.returncode, done.stdout, done.stderr, argv, (0, 2, 3, 4))
    assert not wrong, f"{kind}: {wrong}"
    assert time.monotonic() - began < SECONDS
    deadline = time.monotonic() + 3
    while left_of(directory) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left_of(directory) == [], f"{kind}: left behind"
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_all_programs_at_once(tmp_path: Path, kind: str) -> None:
    fakes = put_fakes(tmp_path / "fakes", kind)
    (node,) = json.loads(_looked(fakes, kind, tmp_path, "survey", "--json"))["nodes"]
    if kind in LATE:
        assert any(words.startswith("docker") for words in node["unread"]), node["unread"]
    if kind != "a long number":
        assert node["software"]["git"] is None or node["software"]["git"]["version"] in (None, "26.1.4")
    _looked(fakes, kind, tmp_path, "check", "--json")


def test_one_program_alone(tmp_path: Path, tell: Callable[[str], None]) -> None:
    """The others are what they are on this machine. HOSTILE_COUNT takes more of the pairs."""
    pairs = [(program, kind) for program in PROGRAMS for kind in KINDS]
    chance("programs").shuffle(pairs)
    tried = pairs[: max(6, count(400) // 40)]
    for number, (program, kind) in enumerate(tried):
        fakes = put_fakes(tmp_path / f"fakes-{number}", kind, (program,))
        _looked(fakes, f"{program} {kind}", tmp_path, "check", "--json")
    tell(
        f"Fake programs: {len(KINDS)} kinds of all {len(PROGRAMS)} at once, {len(tried)} of one alone; all held"
    )


def test_every_program_that_a_survey_asks_is_faked() -> None:
    """One that is new in the product belongs into fakes.py."""
    asked: set[str] = set()

    class Spy(RecordedReader):
        def find(self, program: str) -> str | None:
            asked.add(program)
            return super().find(program)

        def start(self, commands, timeout_seconds: float = 5) -> None:
            asked.update(argv[0] for argv in commands.values())
            super().start(commands, timeout_seconds)

    for name in names():
        reader = load(name)
        spy = Spy.__new__(Spy)
        spy.__dict__.update(reader.__dict__)
        survey("here", "/var/lib/docker", spy)
    assert {"docker", "dpkg-query", "rpm"} <= asked
    assert {Path(program).name for program in asked} <= set(PROGRAMS)
