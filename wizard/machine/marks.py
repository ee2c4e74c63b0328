"""Telling a process from a later one with its number: this boot, and when in it the process started."""

from __future__ import annotations


def boot_id() -> str:
    """This boot of the machine, "" where the kernel doesn't say."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def start_ticks(pid: int) -> int | None:
    """When the process started, in clock ticks since boot.

    None if there is none, or one that has ended and is not waited for yet (a zombie).
    """
    try:
        fields = stat_fields(pid)
        return None if fields[0] in b"ZXx" else int(fields[19])
    except (OSError, ValueError, IndexError):
        return None


def stat_fields(pid: int) -> list[bytes]:
    """What /proc tells of a process after its name: state, parent, process group and so on. Raises OSError."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        # The program's name stands in brackets and may hold anything, brackets too.
        return file.read().rpartition(b")")[2].split()
