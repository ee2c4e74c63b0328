"""How much is tried, and from which numbers: the same seed tries the same things again."""

from __future__ import annotations

import os
import random


def seed() -> int:
    """HOSTILE_SEED; without it the same number at every run, so that a failure is no matter of luck."""
    return int(os.environ.get("HOSTILE_SEED", "20260"))


def count(default: int) -> int:
    """How many things a suite tries: HOSTILE_COUNT, else what fits into `make test`."""
    return int(os.environ.get("HOSTILE_COUNT", default))


def kills(default: int) -> int:
    """How many rounds of the kills by time: HOSTILE_KILLS. Each takes half a minute, so it is a number of its own."""
    return int(os.environ.get("HOSTILE_KILLS", default))


def chance(*names: object) -> random.Random:
    """Numbers for one thing alone, so that one can be tried again without those before it."""
    return random.Random(f"{seed()} {names}")
