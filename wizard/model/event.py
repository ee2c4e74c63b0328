"""What the runner narrates; one line of the journal each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EventName = Literal["run-started", "step-started", "step-output", "step-finished", "run-finished"]
EventStatus = Literal["done", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Event:
    """at: UTC ISO 8601. status only on the finished events. message is one line, without control characters."""

    at: str
    event: EventName
    step: str | None = None
    node: str | None = None
    status: EventStatus | None = None
    message: str = ""
