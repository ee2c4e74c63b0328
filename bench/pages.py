"""The wizard's pages at 80x24: how soon the first one stands and what each key costs on the wire."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from bench.commands import NOTHING, ROOT, WIZARD, environment, medians
from bench.screen import Burst, Screen
from bench.table import Row

ONE_LABEL = (sys.executable, str(ROOT / "bench/one_label.py"))
SECOND_SCREEN = b"\x1b[?1049h"
TAB = b"\t"
# How the pages are reached. Welcome has its menu in focus; Usage has the number of users.
FROM_WELCOME_TO_USAGE = b"\r"
NEXT = b"\x0e"  # Ctrl+N
PAGES_AFTER_USAGE = ("This host", "Software", "Ports", "Domain")
TABS_TO_A_FIELD_WITHOUT_PREVIEW = 1  # on Domain: the extra origins


@contextmanager
def running(argv: tuple[str, ...]) -> Iterator[tuple[Screen, Burst]]:
    """The program with its first page settled, in a session of its own. 400 ms: the imports are silent that long."""
    with tempfile.TemporaryDirectory() as directory:
        screen = Screen(argv, environment(directory), str(ROOT))
        try:
            yield screen, screen.settle(0.4, SECOND_SCREEN)
        finally:
            screen.close()


def first_pages(runs: int) -> tuple[list[Burst], list[Burst]]:
    """The wizard's and the one label's, by turns, after one of each that is not counted."""
    wizard: list[Burst] = []
    label: list[Burst] = []
    for _ in range(runs + 1):
        for argv, bursts in ((WIZARD, wizard), (ONE_LABEL, label)):
            with running(argv) as (_screen, burst):
                bursts.append(burst)
    return wizard[1:], label[1:]


def measure_first_page(runs: int) -> list[Row]:
    """Time to the first byte and to the settled page, and its bytes."""
    wizard, label = first_pages(runs)
    nothing = medians({"nothing": NOTHING}, runs)["nothing"]
    page, one = median(burst.last for burst in wizard), median(burst.last for burst in label)
    first = median(burst.first for burst in wizard)
    return [
        Row("first page settled / one-label Textual app", page / one, 1.3, "x", f"{page:.0f} / {one:.0f} ms"),
        Row("first byte / `python -I -c pass`", first / nothing, 3, "x", f"{first:.0f} / {nothing:.0f} ms"),
        Row(
            "first page",
            max(burst.size for burst in wizard),
            4096,
            "B",
            f"one label: {max(burst.size for burst in label):,} B",
        ),
    ]


def measure_keys(idle_seconds: float) -> list[Row]:
    """What pages, Tab and typed characters cost, and that nothing is written while nobody types."""
    with running(WIZARD) as (screen, _first):
        welcome_idle = screen.idle(idle_seconds)
        usage = screen.press(FROM_WELCOME_TO_USAGE)
        typed = [screen.press(digit, 0.4).size for digit in (b"5", b"0", b"0", b"0", b"0")]
        usage_idle = screen.idle(idle_seconds)
        tabs = [screen.press(TAB).size for _ in range(8)]
        pages = {name: screen.press(NEXT, 1.0).size for name in PAGES_AFTER_USAGE}
        for _ in range(TABS_TO_A_FIELD_WITHOUT_PREVIEW):
            screen.press(TAB)
        # The first one also moves the focus mark and brings a sentence about what is incomplete: not this row's matter.
        screen.press(b"c", 0.5)
        plain = [screen.press(letter, 0.3).size for letter in (b"d", b"n", b"s", b"1")]
        screen.settle(1.5)
        domain_idle = screen.idle(idle_seconds)
    largest = max(pages, key=lambda name: pages[name])
    every = ", ".join(f"{name} {size:,}" for name, size in pages.items())
    return [
        Row("next page (Usage)", usage.size, 6144, "B"),
        Row(f"largest later page ({largest})", pages[largest], 6144, "B", every),
        Row("one typed character, no preview", max(plain), 200, "B", each(plain)),
        Row("one typed digit, preview changes", max(typed), 1024, "B", each(typed)),
        Row("Tab", max(tabs), 1024, "B", each(tabs)),
        Row(
            f"idle for {idle_seconds:.0f} s",
            max(welcome_idle, usage_idle, domain_idle),
            0,
            "B",
            f"Welcome {welcome_idle}, Usage {usage_idle}, Domain {domain_idle}",
        ),
    ]


def each(sizes: list[int]) -> str:
    """`123, 98, 101`."""
    return ", ".join(f"{size:,}" for size in sizes)
