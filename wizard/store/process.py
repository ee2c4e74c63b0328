"""Whether a process is still the one that was noted down, and ending it only then."""

from __future__ import annotations

import os
import signal

from wizard.machine.marks import start_ticks


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
    return isinstance(started, int) and start_ticks(pid) == started


def _send(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return True
