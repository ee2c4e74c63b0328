"""Blockers that the operator accepted by id, with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wizard.model.answers import Acceptance
from wizard.model.finding import Finding


def accept(findings: Iterable[Finding], accepted: tuple[Acceptance, ...]) -> tuple[Finding, ...]:
    """Set `accepted` on acceptable findings that an acceptance names; the first one that fits counts.

    Accepting what is not acceptable, or not there, changes nothing.
    """
    return tuple(_with_reason(finding, accepted) for finding in findings)


def _with_reason(finding: Finding, accepted: tuple[Acceptance, ...]) -> Finding:
    if not finding.acceptable:
        return finding
    for acceptance in accepted:
        if acceptance.id == finding.id and acceptance.node in (None, finding.node):
            return replace(finding, accepted=acceptance.reason)
    return finding
