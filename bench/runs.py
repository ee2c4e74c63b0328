"""The screen that follows a run which says fifty lines a second: bytes on the wire, and how soon a key shows."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.commands import ROOT, WIZARD, environment
from bench.screen import Screen
from bench.table import Row
from tests.journeys.streaming import stream
from wizard.workflow import act

KEYS = 24
TAB, LOG, BACK = b"\t", b"l", b"\x02"
# The buttons of the run's screen: the focus moves over them, and nothing else draws them.
BUTTON = b"[ "


def measure_runs(seconds: float) -> list[Row]:
    """Bytes a second while it streams, and a key's echo then and once all is quiet."""
    with tempfile.TemporaryDirectory() as directory:
        run = stream(Path(directory, "session"), 2 * seconds + KEYS * 0.3 + 8)
        with _following(directory) as screen:
            screen.until(b"line 0")
            sent = screen.idle(seconds)
            while_it_speaks = _echoes(screen)
            screen.type(LOG)
            screen.until(b"follows")
            screen.idle(1.0)
            followed = screen.idle(seconds)
            screen.type(BACK)
            if act.ending(run).state != "running":
                raise TimeoutError("the run ended before it was measured")
            while act.ending(run).state == "running":
                screen.idle(0.2)
            screen.idle(2.0)  # the end is drawn
            quiet = _echoes(screen)
    ratio = median(while_it_speaks) / median(quiet)
    detail = (
        f"{median(while_it_speaks):.1f} / {median(quiet):.1f} ms; the slowest {max(while_it_speaks):.0f} ms"
    )
    return [
        Row("a run's screen at 50 lines/s, bytes a second", sent / seconds, 2048, "B"),
        Row("its log, followed to the end", followed / seconds, 2048, "B"),
        Row("a key's echo there / once the run is over", ratio, 1.5, "x", detail),
    ]


@contextmanager
def _following(directory: str) -> Iterator[Screen]:
    screen = Screen(WIZARD, environment(directory), str(ROOT))
    try:
        yield screen
    finally:
        screen.close()


def _echoes(screen: Screen) -> list[float]:
    """Milliseconds from Tab to the button that shows it."""
    times = []
    for number in range(KEYS):
        screen.idle(0.25 + number % 5 * 0.01)  # not in step with what the screen does by itself
        start = time.perf_counter()
        screen.type(TAB)
        screen.until(BUTTON)
        times.append((time.perf_counter() - start) * 1000)
    return times
