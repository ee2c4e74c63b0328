"""Is the clock kept in step with others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.machine.readoutcome import Outcome

CHRONY_COMMAND = ("chronyc", "-n", "tracking")
STA_UNSYNC = 0x40
TIME_ERROR = 5


def parse_clock(kernel: Mapping[str, Any] | None) -> bool | None:
    """What adjtimex(2) says; None where the kernel would not tell."""
    if not kernel:
        return None
    return not (int(kernel["state"]) == TIME_ERROR or int(kernel["status"]) & STA_UNSYNC)


def parse_chrony(outcome: Outcome | None) -> bool | None:
    """chronyd without rtcsync never tells the kernel: its own word counts then."""
    if outcome is None or not outcome.succeeded:
        return None
    for line in outcome.stdout.splitlines():
        key, _, status = line.partition(":")
        if key.strip() == "Leap status":
            return status.strip() != "Not synchronised"
    return None
