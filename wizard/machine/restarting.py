"""Whether a system of the RHEL family wants a reboot: what its own program says."""

from __future__ import annotations

RESTARTING_COMMAND = ("needs-restarting", "-r")


def parse_restarting(exit_code: int | None, said: str) -> bool | None:
    """True where it asks for a reboot, False where it says that none is needed; None for anything else.

    Its exit code 1 is also that of a failure, so the words must be there too.
    """
    if exit_code == 1 and "reboot is required" in said.lower():
        return True
    return False if exit_code == 0 else None
