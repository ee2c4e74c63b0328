"""The export directory's files, as text or plain mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.model.deployment import Deployment
from wizard.model.finding import Finding
from wizard.model.formats.text import FileText, Line
from wizard.model.plan import Plan
from wizard.render.documents import checks_document, deployment_document
from wizard.render.env import env_files
from wizard.render.nginx import nginx_files
from wizard.render.sales import sales_sheet
from wizard.render.summary import summary
from wizard.render.swarm import firewall_file, swarm_file
from wizard.render.tuning import tuning_files


def render(
    deployment: Deployment,
    findings: tuple[Finding, ...],
    plan: Plan,
    changes: tuple[str, ...],
    at: str,
    firewall_rules: tuple[Line, ...] = (),
) -> dict[str, FileText | Mapping[str, Any]]:
    """Relative path to text, or to a plain mapping that is written as YAML or JSON by the path's ending.

    The same input gives the same bytes: `at` (UTC, ISO 8601) is the only time. answers.yaml is the caller's.
    changes: sentences, what was changed on the host. firewall_rules: command lines; else the plan's own.
    """
    is_beyond = deployment.sizing is not None and deployment.sizing.table is None
    files: dict[str, FileText | Mapping[str, Any]] = {
        "deployment.yaml": deployment_document(deployment, at),
        "checks.json": checks_document(findings, at),
        "firewall/rules.txt": firewall_file(deployment, plan, firewall_rules),
        **env_files(deployment),
        **nginx_files(deployment),
        **tuning_files(deployment),
    }
    if is_beyond and deployment.usage is not None and deployment.sizing is not None:
        files["sales-sheet.md"] = sales_sheet(deployment.usage, deployment.sizing, at)
    else:
        files["swarm/commands.txt"] = swarm_file(deployment)
    files["SUMMARY.md"] = summary(deployment, findings, plan, changes, at, tuple(files))
    return files
