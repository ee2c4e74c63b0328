"""What changed on a host since an earlier look, as far as it matters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Since:
    """at: when the earlier look was, UTC ISO 8601. changes: clauses without a full stop, at least one.

    in_the_way: ids of blockers (with subject) that came by it; gone: those that went. None: no answers to hold it
    against.
    """

    at: str
    changes: tuple[str, ...]
    in_the_way: tuple[str, ...] | None = None
    gone: tuple[str, ...] = ()

    def sentence(self) -> str:
        """`Since 2026-11-24 10:00 UTC: port 80 was taken by apache2. Your answers still hold.`"""
        words = f"Since {self.at[:16].replace('T', ' ')} UTC: {'; '.join(self.changes)}."
        if self.gone:
            words += f" No longer in the way: {', '.join(self.gone)}."
        if self.in_the_way:
            words += f" Now in the way: {', '.join(self.in_the_way)}."
        elif self.in_the_way is not None:
            words += " Your answers still hold."
        return words
