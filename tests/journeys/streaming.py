"""A run in a runner of its own whose step says fifty lines a second, as apt does on a good day."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from wizard.model.plan import Command, Plan, Stage, Step
from wizard.model.session import RunRecord
from wizard.workflow import act

LINES_PER_SECOND = 50
# Each line is due at its time from the start; how late it is when the one before was taken says who was held up.
_SPEAKER = """
import base64, random, sys, time
count, pause = int(sys.argv[1]), float(sys.argv[2])
start = time.monotonic()
for number in range(count):
    time.sleep(max(0, start + number * pause - time.monotonic()))
    late = int((time.monotonic() - start - number * pause) * 1000)
    # No two lines alike: what repeats itself costs nothing on the wire.
    noise = base64.b64encode(random.Random(number).randbytes(60)).decode()
    print(f"line {number:05d} late {late} ms {noise}", flush=True)
"""
STAGES = {"Prepare the packages": 4, "Docker": 3, "Tools": 4, "Limits": 3, "Firewall": 2}
SPEAKS_AT = 5


def speaking(seconds: float) -> Command:
    """Says LINES_PER_SECOND for so long."""
    count, pause = round(seconds * LINES_PER_SECOND), 1 / LINES_PER_SECOND
    return Command((sys.executable, "-c", _SPEAKER, str(count), str(pause)), root=False, timeout_seconds=300)


def stream(session: Path, seconds: float) -> RunRecord:
    """A run of sixteen steps in five stages, one of which speaks; it has been started."""
    return act.start(str(session), Plan(tuple(_stages(seconds))))


def _stages(seconds: float) -> Iterator[Stage]:
    number = 0
    for title, count in STAGES.items():
        steps = []
        for _ in range(count):
            command = speaking(seconds) if number == SPEAKS_AT else Command(("true",), root=False)
            steps.append(Step(f"step-{number}", "here", f"Step number {number}", "a test", (command,)))
            number += 1
        yield Stage(title.split()[0].lower(), title, tuple(steps))


def lines_of(run: RunRecord) -> list[tuple[int, int]]:
    """What the log holds of it: (number, milliseconds late) in order."""
    words = [line.split() for line in Path(run.log).read_text().splitlines() if line.startswith("line ")]
    return [(int(parts[1]), int(parts[3])) for parts in words]
