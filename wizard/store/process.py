"""Whether a process is still the one that was noted down, and ending it only then."""

from __future__ import annotations

import os
import signal


def boot_id() -> str:
    """This boot of this kernel, '' if it won't say."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def start_time(pid: int) -> int | None:
    """When the process started, in clock ticks since boot; None if there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name in parentheses may hold anything: count from the last one.
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def end_process(pid: int, started: object, signal_name: str) -> bool:
    """Send the signal if the process is the one that started then. False: it is not, or this user may not."""
    number = signal.Signals[signal_name]
    try:
        process_fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except OSError:
        # Kernels before 5.3 (RHEL 8) have no pidfd: look, then send at once.
        return _is_same(pid, started) and _send(pid, number)
    try:
        # The descriptor is held before the look, so that the number can't pass to another process in between.
        if not _is_same(pid, started):
            return False
        signal.pidfd_send_signal(process_fd, number)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    finally:
        os.close(process_fd)
    return True


def _is_same(pid: int, started: object) -> bool:
    return isinstance(started, int) and start_time(pid) == started


def _send(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return True
