"""Which machine something was done on, so that a copy of it elsewhere is not taken for that machine's own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MachineMark:
    """What tells one machine from another; "": not known.

    id: from the machine-id. hardware: from the firmware's number, by which a clone with the same machine-id is known.
    Neither can be told back from the mark.
    """

    id: str = ""
    hardware: str = ""

    def is_other(self, other: MachineMark) -> bool:
        """True where the two are surely different machines; what is not known claims nothing."""
        return _differ(self.id, other.id) or _differ(self.hardware, other.hardware)

    def filled(self, other: MachineMark) -> MachineMark:
        """This mark with what it does not know from another one."""
        return MachineMark(self.id or other.id, self.hardware or other.hardware)


UNKNOWN = MachineMark()


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other
