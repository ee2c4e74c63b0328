"""SUMMARY.md: what an operator and their colleagues read first."""

from __future__ import annotations

from wizard import __version__
from wizard.model.deployment import Deployment
from wizard.model.finding import Finding, verdict
from wizard.model.formats.markdown import NOTHING, Marked, code, heading, item, joined, span, table, text
from wizard.model.formats.text import FileText, Line, line, text_of
from wizard.model.plan import Plan
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
) -> FileText:
    """The whole summary. Every value from answers or hosts is escaped."""
    lines = [
        heading(1, "CometChat on-premise: deployment summary"),
        line(""),
        line(
            "Written {} by cometchat-wizard {}. This directory holds a deployment of",
            text(at),
            text(__version__),
        ),
        line(
            "CometChat on Docker Swarm: what it needs, what was found, and the values for the vendor's files."
        ),
        line("Those files themselves are in a private repository; nothing here pretends to know them."),
        line(""),
        line("**{}**", text(_VERDICTS[verdict(findings)])),
        line(""),
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


def _nodes(deployment: Deployment) -> list[Line]:
    rows = [
        (
            text(node.name),
            code(node.address),
            joined([text(role) for role in node.roles]),
            _amount(node.vcpus, node.requirements.vcpus if node.requirements else None),
            _amount(node.memory_gib, node.requirements.memory_gib if node.requirements else None),
            text(node.machine_origin or "not known yet"),
        )
        for node in deployment.nodes
    ]
    head = ("node", "address", "roles", "vCPU, have / need", "memory GiB, have / need", "origin")
    return [heading(2, "Nodes"), line(""), *table(head, rows), line("")]


def _amount(have: int | None, need: int | None) -> Marked:
    return text(f"{'?' if have is None else have} / {'-' if need is None else need}")


def _hosts(deployment: Deployment) -> list[Line]:
    if not deployment.hosts:
        return []
    rows = [
        (
            text(host.title),
            code(host.host),
            code(host.health_check) if host.health_check else text("internal"),
            text(host.origin),
            text(f"{host.pages} The other name is {host.other}." if host.contested else ""),
        )
        for host in deployment.hosts
    ]
    return [
        heading(2, "Host names"),
        line(""),
        line(
            "One table; every setting in env/ and nginx/ is made from it. Where the vendor's pages disagree, the"
        ),
        line("last column says so: settle it with the vendor before DNS and certificates are ordered. The"),
        line("certificate must cover each name but the internal one, and the primary domain too if"),
        line("nginx/extensions.conf is used."),
        line(""),
        *table(("service", "host", "health check", "origin", "pages that disagree"), rows),
        line(""),
    ]


def _later(deployment: Deployment) -> list[Line]:
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
    return [
        heading(2, "Left for later"),
        line(""),
        *(line("- {}", text(missing)) for missing in left),
        line(""),
    ]


def _findings(findings: tuple[Finding, ...]) -> list[Line]:
    lines: list[Line] = []
    for severity, title in _HEADINGS:
        group = [each for each in findings if each.severity == severity and each.accepted is None]
        if group:
            told = [each for finding in group for each in _finding(finding)]
            lines += [heading(2, title), line(""), *told, line("")]
    return lines


def _finding(finding: Finding) -> list[Line]:
    return [
        line("- {}{}: {}", code(finding.id), _where(finding.node), text(finding.seen)),
        line("  Why: {}", text(finding.why)) if finding.why else line("  Why: see the source."),
        line("  What to do: {}", text(finding.fix)),
        *([line("  The plan does it: `cometchat-wizard apply`.")] if finding.fixable else []),
        line("  Source: {}", text(finding.source)),
    ]


def _where(node: str | None) -> Marked:
    return span(" on {}", text(node)) if node else NOTHING


def _accepted(deployment: Deployment) -> list[Line]:
    lines: list[Line] = []
    if deployment.accepted:
        lines += [heading(2, "Accepted blockers"), line("")]
        for accepted in deployment.accepted:
            where = _where(accepted.node)
            lines.append(line("- {}{}. Reason given: {}", code(accepted.id), where, text(accepted.reason)))
        lines.append(line(""))
    if deployment.skipped:
        lines += [heading(2, "Steps left out"), line("")]
        lines += [
            line("- {}. Reason given: {}", code(left.step), text(left.reason)) for left in deployment.skipped
        ]
        lines.append(line(""))
    return lines


def _changes(changes: tuple[str, ...]) -> list[Line]:
    listed = [line("- {}", item(change)) for change in changes]
    nothing = line("Nothing: the wizard has only looked.")
    return [heading(2, "Changed on this host"), line(""), *(listed or [nothing]), line("")]


def _planned(plan: Plan) -> list[Line]:
    steps = plan.steps()
    notes = [line("- {}", item(note)) for note in plan.notes]
    if not steps:
        return [heading(2, "About this host"), line(""), *notes, line("")] if notes else []
    return [
        heading(2, "Still to be done on this host"),
        line(""),
        line("`cometchat-wizard plan` shows the exact commands, `cometchat-wizard apply` does them."),
        line(""),
        *(line("- {}: {}", code(step.id), text(step.title)) for step in steps),
        *(line("- Would remove the package {}", code(name)) for name in plan.removes),
        *notes,
        line(""),
    ]


def _files(paths: tuple[str, ...]) -> list[Line]:
    rows = [(code(path), text(_ROLES.get(path, _role(path)))) for path in sorted({*paths, "answers.yaml"})]
    return [heading(2, "Files"), line(""), *table(("file", "what it is"), rows)]


def _role(path: str) -> str:
    directory = path.partition("/")[0]
    return {
        "answers.yaml": "the answers: they reproduce this directory unattended",
        "env": "settings of one service",
        "nginx": "NGINX values of one service",
        "tuning": "host tuning for many connections",
    }.get(directory, "")
