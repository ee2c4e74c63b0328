"""Whether the process that a run belongs to is still that process."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process, not to be mistaken for a later one with its number: start in clock ticks since this boot."""

    pid: int
    start_ticks: int
    boot_id: str


def own_mark() -> ProcessMark:
    """The mark of this process."""
    pid = os.getpid()
    return ProcessMark(pid, _start_ticks(pid) or 0, boot_id())


def is_alive(mark: ProcessMark) -> bool:
    """True while that very process runs; one that has ended and is not waited for yet (a zombie) doesn't."""
    return mark.boot_id == boot_id() and _start_ticks(mark.pid) == mark.start_ticks


def boot_id() -> str:
    """This boot of the machine, "" where the kernel doesn't say."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _start_ticks(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return None
    # The program's name stands in brackets and may hold anything, brackets too.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZXx" else int(fields[19])
