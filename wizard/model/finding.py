"""A finding: something the survey or the answers showed that the operator should know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["blocker", "warning", "note"]
Verdict = Literal["ok", "warnings", "blocked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. Ids are stable kebab-case; several findings may share an id and differ in `subject`.

    node: the node's name, None for the whole deployment. subject: what exactly (`jq`, `80`), "" if the id says all.
    seen, why, fix: sentences. source: who asks for it (`vendor: prerequisites`, `field: moby#4737`, `rule: ...`).
    fixable: the plan mends it. acceptable: the operator may accept it with a reason. accepted: that reason.
    apply_only: blocks `apply` alone (privilege-missing).
    """

    id: str
    severity: Severity
    seen: str
    why: str
    fix: str
    source: str
    node: str | None = None
    subject: str = ""
    fixable: bool = False
    acceptable: bool = False
    accepted: str | None = None
    apply_only: bool = False

    @property
    def blocks(self) -> bool:
        """True for a blocker that nobody has accepted."""
        return self.severity == "blocker" and self.accepted is None


def verdict(findings: tuple[Finding, ...]) -> Verdict:
    """The worst of the findings; accepted blockers count as warnings, notes as nothing."""
    if any(finding.blocks for finding in findings):
        return "blocked"
    if any(finding.severity != "note" for finding in findings):
        return "warnings"
    return "ok"
