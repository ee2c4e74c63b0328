"""Whether the process that a run belongs to is still that process."""

from __future__ import annotations

import os
from dataclasses import dataclass

from wizard.machine.marks import boot_id, start_ticks


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process, not to be mistaken for a later one with its number: start in clock ticks since this boot."""

    pid: int
    start_ticks: int
    boot_id: str


def own_mark() -> ProcessMark:
    """The mark of this process."""
    return mark_of(os.getpid())


def mark_of(pid: int) -> ProcessMark:
    """The mark of a process that is there now."""
    return ProcessMark(pid, start_ticks(pid) or 0, boot_id())


def is_alive(mark: ProcessMark) -> bool:
    """True while that very process runs; one that has ended and is not waited for yet (a zombie) doesn't."""
    return mark.boot_id == boot_id() and start_ticks(mark.pid) == mark.start_ticks
