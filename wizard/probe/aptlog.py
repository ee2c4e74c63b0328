"""What apt was about to bring when it was cut off, by its own log."""

from __future__ import annotations

import re
from collections.abc import Set

from wizard.machine.readoutcome import Outcome
from wizard.probe.packages import DPKG_NAMES

# apt writes what it is about to do before it begins, and `End-Date` once it is done. The end of the log is enough.
APT_LOG_COMMAND = ("tail", "-c", "262144", "/var/log/apt/history.log")

_LIMIT = 200
# `docker-cli:amd64 (26.1.5+dfsg1-9, automatic)`
_ENTRY = re.compile(r"(?<= )([a-z0-9][a-z0-9+.-]*):[a-z0-9-]+ \(([^()]*)\)", re.ASCII)


def parse_lost(outcome: Outcome | None, there: Set[str], removed: Set[str] = frozenset()) -> tuple[str, ...]:
    """Packages that apt's last installation was to bring along, and that are not there since it was cut off.

    What others only recommend is asked for with their first installation alone: nothing brings it later. there: every
    package of which something is there; removed: those that were there once. () where that installation was taken back
    since, by dpkg alone, of which apt's log knows nothing, and where it was none of what this wizard may bring.
    """
    if outcome is None or not outcome.succeeded:
        return ()
    last = outcome.stdout.rpartition("Start-Date:")[2].splitlines()
    if any(line.startswith("End-Date:") for line in last):
        return ()
    entries = [entry for line in last if line.startswith("Install: ") for entry in _ENTRY.findall(line)]
    names = [name for name, _ in entries]
    if not there & set(names) or removed & set(names) or not set(names) & set(DPKG_NAMES):
        return ()
    lost = [name for name, words in entries if words.endswith("automatic") and name not in there]
    return tuple(dict.fromkeys(lost))[:_LIMIT]
