"""Where a number comes from, and what one exit code means."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

Origin = Literal["published", "derived", "estimated", "default", "detected", "typed"]


class ExitCode(IntEnum):
    """What the process tells its caller; the numbers are a promise (README, exit codes)."""

    DONE = 0
    UNEXPECTED = 1
    BAD_INPUT = 2
    BLOCKED = 3
    ATTENTION = 4
    UNREACHABLE = 5
    STEP_FAILED = 6
    SESSION_UNUSABLE = 7
    REBOOT_NEEDED = 10
    INTERRUPTED = 130
