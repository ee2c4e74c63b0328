"""One row of the tables `This host` and `Software`: what is needed, what is there, and will it do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NeedVerdict = Literal["ok", "blocker", "warning", "note", "unknown"]
NeedTable = Literal["host", "software"]


@dataclass(frozen=True, slots=True)
class Need:
    """label, need and have are short texts for three columns.

    ratio: have divided by need for a bar (1.0 is exactly enough), None where there is nothing to measure.
    finding_id: the finding that explains the verdict, None where all is well.
    """

    label: str
    need: str
    have: str
    verdict: NeedVerdict
    ratio: float | None = None
    finding_id: str | None = None
    table: NeedTable = "host"
