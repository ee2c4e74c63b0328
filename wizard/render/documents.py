"""deployment.yaml and checks.json as plain mappings; the store writes them."""

from __future__ import annotations

from collections.abc import Mapping

from wizard import __version__
from wizard.arrange.sections import sections
from wizard.arrange.sourced import values
from wizard.model.deployment import Deployment
from wizard.model.finding import Finding, verdict


def deployment_document(deployment: Deployment, at: str) -> dict[str, object]:
    """deployment.yaml. No fact that changes by itself is in it; `at` is the only time."""
    written = {key: values(tree) for key, tree in sections(deployment).items()}
    return {
        "apiVersion": "cometchat-wizard/v1",
        "kind": "Deployment",
        "metadata": {"generated_at": at, "wizard_version": __version__},
        "rules": deployment.rules,
        **written,
        "origins": dict(deployment.origins),
    }


def checks_document(findings: tuple[Finding, ...], at: str) -> dict[str, object]:
    """checks.json: the verdict and every finding, in the order given, keys as `check --json` has them."""
    return {
        "verdict": verdict(findings),
        "at": at,
        "findings": [_finding(finding) for finding in findings],
    }


def _finding(finding: Finding) -> Mapping[str, object]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "node": finding.node,
        "subject": finding.subject,
        "seen": finding.seen,
        "why": finding.why,
        "fix": finding.fix,
        "source": finding.source,
        "fixable": finding.fixable,
        "acceptable": finding.acceptable,
        "accepted": finding.accepted,
    }
