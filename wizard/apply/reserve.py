"""A little space kept back, so that a run can say its last words on a full disk."""

from __future__ import annotations

import os

from wizard.machine.files import open_to_write, sweep_temporary

_BYTES, _NAME = 64 * 1024, "reserve"


class Reserve:
    """A file of 64 KiB in the run's directory, given back when the disk is full or the run ends."""

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, _NAME)

    def keep(self) -> None:
        """Take the space. Raises OSError where even that little is not there."""
        descriptor = open_to_write(self._path, os.O_WRONLY)
        try:
            # Written, not only allocated: some file systems know no allocation.
            os.write(descriptor, b"\0" * _BYTES)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def give_back(self) -> None:
        """Free the space."""
        try:
            os.unlink(self._path)
        except OSError:
            pass


def sweep_killed(directory: str) -> None:
    """Take away what runs beside this one left when they were killed: their reserve, and half-written files.

    Only while no other run is at work. Never raises: it is no more than tidy.
    """
    runs, own = os.path.split(os.path.abspath(directory))
    try:
        for name in os.listdir(runs):
            other = os.path.join(runs, name)
            if name != own and os.path.isdir(other):
                Reserve(other).give_back()
                sweep_temporary(other)
    except OSError:
        return
