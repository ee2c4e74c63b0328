"""SUMMARY.md: what an operator and their colleagues read first."""

from __future__ import annotations

from wizard import __version__
from wizard.model.deployment import Deployment
from wizard.model.finding import Finding, verdict
from wizard.model.plan import Plan
from wizard.render.escape import code, markdown, table, text_of
from wizard.render.summary_next import next_steps
from wizard.render.summary_size import size_section

_VERDICTS = {
    "ok": "Nothing stands in the way.",
    "warnings": "Nothing blocks; some things are worth a look before you deploy.",
    "blocked": "Not ready: the blockers below come first.",
}
_HEADINGS = (("blocker", "Blockers"), ("warning", "Warnings"), ("note", "Notes"))
_ROLES = {
    "deployment.yaml": "the deployment config, every value with its origin",
    "checks.json": "all findings, for scripts",
    "firewall/rules.txt": "firewall rules as commands",
    "swarm/commands.txt": "the commands that come next",
    "sales-sheet.md": "what the talk with the vendor needs",
}


def summary(
    deployment: Deployment,
    findings: tuple[Finding, ...],
    plan: Plan,
    changes: tuple[str, ...],
    at: str,
    paths: tuple[str, ...],
) -> str:
    """The whole summary. Every value from answers or hosts is escaped."""
    lines = [
        "# CometChat on-premise: deployment summary",
        "",
        f"Written {markdown(at)} by cometchat-wizard {__version__}. This directory holds a deployment of",
        "CometChat on Docker Swarm: what it needs, what was found, and the values for the vendor's files.",
        "Those files themselves are in a private repository; nothing here pretends to know them.",
        "",
        f"**{_VERDICTS[verdict(findings)]}**",
        "",
        *size_section(deployment),
        *_nodes(deployment),
        *_hosts(deployment),
        *_later(deployment),
        *_findings(findings),
        *_accepted(deployment),
        *_changes(changes),
        *_planned(plan),
        *next_steps(deployment),
        *_files(paths),
    ]
    return text_of(lines[:-1] if not lines[-1] else lines)


def _nodes(deployment: Deployment) -> list[str]:
    rows = [
        (
            markdown(node.name),
            code(node.address),
            ", ".join(node.roles),
            _amount(node.vcpus, node.requirements.vcpus if node.requirements else None),
            _amount(node.memory_gib, node.requirements.memory_gib if node.requirements else None),
            node.machine_origin or "not known yet",
        )
        for node in deployment.nodes
    ]
    head = ("node", "address", "roles", "vCPU, have / need", "memory GiB, have / need", "origin")
    return ["## Nodes", "", *table(head, rows), ""]


def _amount(have: int | None, need: int | None) -> str:
    return f"{'?' if have is None else have} / {'-' if need is None else need}"


def _hosts(deployment: Deployment) -> list[str]:
    if not deployment.hosts:
        return []
    rows = [
        (
            markdown(host.title),
            code(host.host),
            code(host.health_check) if host.health_check else "internal",
            host.origin,
            markdown(f"{host.pages} The other name is {host.other}." if host.contested else ""),
        )
        for host in deployment.hosts
    ]
    return [
        "## Host names",
        "",
        "One table; every setting in env/ and nginx/ is made from it. Where the vendor's pages disagree, the",
        "last column says so: settle it with the vendor before DNS and certificates are ordered. The",
        "certificate must cover each name but the internal one, and the primary domain too if",
        "nginx/extensions.conf is used.",
        "",
        *table(("service", "host", "health check", "origin", "pages that disagree"), rows),
        "",
    ]


def _later(deployment: Deployment) -> list[str]:
    answers = deployment.answers
    left = []
    if deployment.usage is None:
        left.append("Usage: no size yet. Give at least the monthly active users, or choose testing.")
    if not answers.domain.primary:
        left.append("Domain: no host names, so no env/ and nginx/ files yet.")
    if not answers.tls.certificate or not answers.tls.key:
        left.append("TLS: no certificate and key yet. The certificate must cover every public host name.")
    if not answers.storage.backup_directory:
        left.append("Backups: no directory named. Plan two to three times the data, off the cluster.")
    if not left:
        return []
    return ["## Left for later", "", *(f"- {item}" for item in left), ""]


def _findings(findings: tuple[Finding, ...]) -> list[str]:
    lines: list[str] = []
    for severity, heading in _HEADINGS:
        group = [item for item in findings if item.severity == severity and item.accepted is None]
        if group:
            lines += [f"## {heading}", "", *(line for item in group for line in _finding(item)), ""]
    return lines


def _finding(finding: Finding) -> list[str]:
    where = f" on {markdown(finding.node)}" if finding.node else ""
    return [
        f"- {code(finding.id)}{where}: {markdown(finding.seen)}",
        f"  Why: {markdown(finding.why)}" if finding.why else "  Why: see the source.",
        f"  What to do: {markdown(finding.fix)}",
        *(["  The plan does it: `cometchat-wizard apply`."] if finding.fixable else []),
        f"  Source: {markdown(finding.source)}",
    ]


def _accepted(deployment: Deployment) -> list[str]:
    lines: list[str] = []
    if deployment.accepted:
        lines += ["## Accepted blockers", ""]
        for item in deployment.accepted:
            where = f" on {markdown(item.node)}" if item.node else ""
            lines.append(f"- {code(item.id)}{where}. Reason given: {markdown(item.reason)}")
        lines.append("")
    if deployment.skipped:
        lines += ["## Steps left out", ""]
        lines += [
            f"- {code(item.step)}. Reason given: {markdown(item.reason)}" for item in deployment.skipped
        ]
        lines.append("")
    return lines


def _changes(changes: tuple[str, ...]) -> list[str]:
    listed = [f"- {markdown(change)}" for change in changes]
    return ["## Changed on this host", "", *(listed or ["Nothing: the wizard has only looked."]), ""]


def _planned(plan: Plan) -> list[str]:
    steps = plan.steps()
    if not steps:
        return (
            ["## About this host", "", *(f"- {markdown(note)}" for note in plan.notes), ""]
            if plan.notes
            else []
        )
    return [
        "## Still to be done on this host",
        "",
        "`cometchat-wizard plan` shows the exact commands, `cometchat-wizard apply` does them.",
        "",
        *(f"- {code(step.id)}: {markdown(step.title)}" for step in steps),
        *(f"- Would remove the package {code(name)}" for name in plan.removes),
        *(f"- {markdown(note)}" for note in plan.notes),
        "",
    ]


def _files(paths: tuple[str, ...]) -> list[str]:
    rows = [(code(path), _ROLES.get(path, _role(path))) for path in sorted({*paths, "answers.yaml"})]
    return ["## Files", "", *table(("file", "what it is"), rows)]


def _role(path: str) -> str:
    directory = path.partition("/")[0]
    return {
        "answers.yaml": "the answers: they reproduce this directory unattended",
        "env": "settings of one service",
        "nginx": "NGINX values of one service",
        "tuning": "host tuning for many connections",
    }.get(directory, "")
