"""What becomes of a new connection from outside in a firewall's chains; what can't be told is said, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from wizard.model.facts import Passage

Verdict = Literal["accept", "drop", "return", "jump", "goto", "none", "other"]
Version = Literal[4, 6]

DEPTH_LIMIT = 16
STEPS_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule asks of the first packet of a TCP connection that comes in from another machine.

    never: it can't be such a packet (UDP, loopback, an established connection). ports: ranges of the port asked for,
    None for any. is_source: it holds for some senders alone. bound: why it can't be told whether it holds.
    """

    verdict: Verdict = "none"
    target: str = ""
    never: bool = False
    version: Literal[0, 4, 6] = 0
    ports: tuple[tuple[int, int], ...] | None = None
    is_source: bool = False
    bound: tuple[str, ...] = ()

    def holds(self, port: int, version: Version) -> Literal["yes", "no", "some", "unknown"]:
        """Whether the rule is met by a connection to this port; some: by some senders' alone."""
        if self.never or self.version not in (0, version):
            return "no"
        if self.ports is not None and not any(low <= port <= high for low, high in self.ports):
            return "no"
        return "unknown" if self.bound else "some" if self.is_source else "yes"

    def narrowed(self, other: Rule) -> Rule:
        """This rule where what the other one asks for holds as well."""
        both = {self.version, other.version} - {0}
        return replace(
            self,
            never=self.never or other.never or len(both) > 1,
            version=self.version or other.version,
            ports=_overlap(self.ports, other.ports),
            is_source=self.is_source or other.is_source,
            bound=tuple(dict.fromkeys((*self.bound, *other.bound))),
        )


def _overlap(
    ours: tuple[tuple[int, int], ...] | None, theirs: tuple[tuple[int, int], ...] | None
) -> tuple[tuple[int, int], ...] | None:
    if ours is None or theirs is None:
        return theirs if ours is None else ours
    pairs = ((max(low, least), min(high, most)) for low, high in ours for least, most in theirs)
    return tuple((low, high) for low, high in pairs if low <= high)


def all_but(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The ports outside of these ranges."""
    left: list[tuple[int, int]] = []
    first = 0
    for low, high in sorted(ranges):
        if first < low:
            left.append((first, low - 1))
        first = max(first, high + 1)
    return (*left, (first, 65535)) if first <= 65535 else tuple(left)


@dataclass(slots=True)
class Walk:
    """One connection's way through a base chain: who is let in on the way, and what may happen besides."""

    chains: Mapping[str, tuple[Rule, ...]]
    port: int
    version: Version
    lets_some_in: bool = False
    may_accept: list[str] = field(default_factory=list)
    may_drop: list[str] = field(default_factory=list)
    steps: int = 0

    def passage(self, chain: str, policy: str) -> tuple[Passage, tuple[str, ...]]:
        """What becomes of it, and why that can't be told where it is `unknown`."""
        verdict = self._through(chain, 0)
        is_in = (verdict or policy) == "accept"
        doubts = self.may_drop if is_in else self.may_accept
        if doubts or verdict == "other":
            return "unknown", tuple(dict.fromkeys(doubts)) or ("rules that hand over to a program",)
        return ("open" if is_in else "some" if self.lets_some_in else "shut"), ()

    def _through(self, chain: str, depth: int) -> Literal["accept", "drop", "other", None]:
        """The verdict that surely falls in this chain; None: it is left again, or nothing is decided there."""
        if depth > DEPTH_LIMIT or chain not in self.chains:
            self._doubt("jumps to chains that can't be followed")
            return None
        for rule in self.chains[chain]:
            self.steps += 1
            if self.steps > STEPS_LIMIT:
                self._doubt("more rules than can be followed")
                return None
            holds = rule.holds(self.port, self.version)
            if holds == "no" or rule.verdict == "none":
                continue
            if holds != "yes":
                self._perhaps(rule, holds == "some")
            elif rule.verdict in ("accept", "drop", "other"):
                return "accept" if rule.verdict == "accept" else "drop" if rule.verdict == "drop" else "other"
            elif rule.verdict == "return":
                return None
            else:
                verdict = self._through(rule.target, depth + 1)
                if verdict is not None or rule.verdict == "goto":
                    return verdict
        return None

    def _perhaps(self, rule: Rule, is_source: bool) -> None:
        """A rule that holds for some senders, or of which that can't be told."""
        if is_source and rule.verdict == "accept":
            self.lets_some_in = True
        elif is_source and rule.verdict == "drop":
            return
        elif rule.verdict in ("accept", "drop"):
            doubts = self.may_accept if rule.verdict == "accept" else self.may_drop
            doubts += rule.bound
        else:
            self._doubt(*(rule.bound or ("jumps for some senders",)))

    def _doubt(self, *reasons: str) -> None:
        self.may_accept += reasons
        self.may_drop += reasons


def together(passages: tuple[Passage, ...]) -> Passage:
    """Of several chains on the way all must accept: the narrowest counts."""
    order: tuple[Passage, ...] = ("shut", "unknown", "some")
    return next((found for found in order if found in passages), "open")
