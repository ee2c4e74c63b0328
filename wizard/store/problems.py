"""Problems as they are found: the first ones with their words, of the rest how many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from wizard.model.failure import Problem

# Nobody reads more of them, and what is wrong 90,000 times is not to cost 90,000 sentences.
LISTED = 50


@dataclass(slots=True)
class Problems:
    """listed: the first ones. count: how many there are."""

    listed: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, path: str, words: str | Callable[[], str]) -> None:
        """One more. words: what is wrong, or what works it out: only asked while there is room for it."""
        self.count += 1
        if self.count <= LISTED:
            self.listed.append(Problem(path, words if isinstance(words, str) else words()))

    def take(self, found: Iterable[Problem]) -> None:
        """Those, one after the other."""
        for item in found:
            self.add(item.path, item.problem)

    def told(self) -> tuple[Problem, ...]:
        """Those that are listed; where there are more, a last one without a path says how many."""
        more = self.count - len(self.listed)
        if not more:
            return tuple(self.listed)
        what = "problem is" if more == 1 else "problems are"
        return (*self.listed, Problem("", f"{more:,} more {what} not listed"))


def told(found: Iterable[Problem]) -> tuple[Problem, ...]:
    """The same of problems that come one by one."""
    problems = Problems()
    problems.take(found)
    return problems.told()
