"""check and plan: what stands in the way, and exactly what would be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from wizard.model.answers import Answers
from wizard.model.deployment import Deployment, Requirements
from wizard.model.failure import Failure
from wizard.model.finding import Finding
from wizard.model.formats.text import Line
from wizard.model.need import Need
from wizard.model.plan import Plan
from wizard.model.review import ReviewRow
from wizard.model.survey import Survey
from wizard.model.usage import Sizing
from wizard.workflow.look import service_names
from wizard.workflow.size import settled, tables

_BY_HAND = (
    "The plan can't bring it to this host; its notes say why (cometchat-wizard plan). Install it by hand, or "
    "choose another source (software.docker_from)."
)
_NOT_NOW = (
    "Docker has to be restarted for it, and that would end what runs in it. When that may be, allow it "
    "(software.restart_docker: true), then apply again."
)
_WITHOUT_A_STEP = {
    "software-missing": _BY_HAND,
    "software-old": _BY_HAND,
    "docker-log-rotation": _NOT_NOW,
    "docker-nofile": _NOT_NOW,
    "docker-restart-due": _NOT_NOW,
}


def requirements(answers: Answers, sizing: Sizing | None) -> Requirements | None:
    """What each node is held against; None without a size."""
    from wizard.sizing.demand import demand

    return None if sizing is None else demand(sizing, len(answers.nodes))


def check(answers: Answers, survey: Survey) -> tuple[Finding, ...]:
    """All findings, acceptances applied; what a skipped step would have settled counts as accepted by its reason."""
    from wizard.checks.check import check as check_facts
    from wizard.checks.lockout import lockout

    _usage, sizing = settled(answers)
    whole = full_plan(answers, survey)
    findings = check_facts(
        answers,
        survey.hosts,
        sizing,
        requirements(answers, sizing),
        service_names(answers),
        survey.tls,
        survey.dns,
    )
    lock = lockout(whole, survey.hosts)
    findings = _fixed_by_a_step(whole, findings)
    return _with_skips(answers, whole, findings if lock is None else (lock, *findings))


def full_plan(answers: Answers, survey: Survey) -> Plan:
    """Every step that this host needs, skipped ones included."""
    from wizard.planning.plan import plan as plan_facts
    from wizard.store.assets import load

    try:
        sizing = settled(answers)[1]
    except Failure:
        sizing = (
            None  # figures that contradict each other, half typed: the field says so, and no size follows
        )
    return plan_facts(answers, survey.hosts, load("packages.json"), sizing)


def plan(answers: Answers, survey: Survey, step_ids: tuple[str, ...] = ()) -> Plan:
    """What `apply` would do: the full plan less the skipped steps, or the named steps with what they require.

    Raises Failure (bad input) for an unknown step.
    """
    whole = full_plan(answers, survey)
    if step_ids:
        from wizard.planning.choose import select

        return select(whole, step_ids)
    from wizard.planning.choose import without

    return without(whole, {skip.step for skip in answers.skipped})


def needs_root(plan: Plan) -> bool:
    """True where a command of the plan must run as root."""
    return any(action.root for step in plan.steps() for action in step.commands)


# Which package ends a finding where the finding's subject does not name it.
_REMOVABLE = {"package-conflict": "", "docker-podman": "podman-docker", "docker-snap": "docker"}


def removable(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The packages (names for `software.remove`) without which these findings would end; () for other findings."""
    names = [_REMOVABLE[item.id] or item.subject for item in findings if item.id in _REMOVABLE]
    return tuple(dict.fromkeys(names))


# What only a restart of Docker brings into effect.
_BY_RESTART = frozenset({"docker-log-rotation", "docker-nofile", "docker-restart-due"})


def would_end(findings: Iterable[Finding], answers: Answers, survey: Survey) -> str | None:
    """What a restart of Docker that one of these findings needs would end (`3 containers`), where the operator has to
    say whether that may be, or has said so; None where there is nothing to say.
    """
    from wizard.planning.docker_restart import ended_by_restart

    hosts = {host.name: host.software.docker for host in survey.hosts}
    for finding in findings:
        docker = hosts.get(finding.node or "") if finding.id in _BY_RESTART else None
        ended = ended_by_restart(docker, is_allowed=answers.software.restart_docker is True)
        if ended is not None:
            return ended
    return None


def plan_blockers(findings: tuple[Finding, ...], *, applying: bool) -> tuple[Finding, ...]:
    """What stands in the way of plan and apply: blockers that the plan itself can't fix."""
    return tuple(
        finding
        for finding in findings
        if finding.blocks and not finding.fixable and (applying or not finding.apply_only)
    )


def export_blockers(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What stands in the way of export: blockers neither fixed nor accepted (changing the host is apply's affair)."""
    return tuple(finding for finding in findings if finding.blocks and not finding.apply_only)


def arrange(answers: Answers, survey: Survey, findings: tuple[Finding, ...]) -> Deployment:
    """The deployment that the answers, the size and the facts amount to."""
    from wizard.arrange.deployment import arrange as arrange_facts
    from wizard.store.assets import load

    usage, sizing = settled(answers)
    return arrange_facts(
        answers,
        usage,
        sizing,
        survey.hosts,
        survey.tls,
        findings,
        load("services.json"),
        requirements(answers, sizing),
        rules=tables().rules,
    )


def review_rows(answers: Answers, survey: Survey, findings: tuple[Finding, ...]) -> tuple[ReviewRow, ...]:
    """Every value of the config with its origin."""
    from wizard.arrange.review import review_rows as rows

    return rows(arrange(answers, survey, findings))


def needs(answers: Answers, survey: Survey, table: str) -> tuple[Need, ...]:
    """Rows of need, have and verdict for this host: table is `host` or `software`."""
    from wizard.checks.needs import needs as rows

    _usage, sizing = settled(answers)
    asked = requirements(answers, sizing)
    return tuple(
        need for facts in survey.hosts for need in rows(answers, facts, asked, sizing) if need.table == table
    )


def plan_lines(plan: Plan) -> tuple[str, ...]:
    """A plan's exact commands as text."""
    from wizard.planning.show import lines

    return lines(plan)


def firewall_lines(answers: Answers, survey: Survey) -> tuple[Line, ...]:
    """The firewall rules as exact command lines, for whoever manages the firewall."""
    from wizard.model.formats import shell
    from wizard.planning.firewall import docker_user_rules, firewall_rules

    rules = [command for host in survey.hosts for command in firewall_rules(answers, host)]
    return tuple(shell.command(*command.argv) for command in (*rules, *docker_user_rules(answers)))


def _fixed_by_a_step(whole: Plan, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What a step of the plan brings is fixed by it; software that none brings isn't: the plan's notes say why."""
    by_a_step = {key: step.id for step in whole.steps() for key in step.settles}
    return tuple(_with_its_step(finding, by_a_step) for finding in findings)


def _with_its_step(finding: Finding, by_a_step: Mapping[str, str]) -> Finding:
    step = by_a_step.get(f"{finding.id}/{finding.subject}")
    if finding.id in _WITHOUT_A_STEP and finding.fixable and step is None:
        return replace(finding, fixable=False, fix=_WITHOUT_A_STEP[finding.id])
    if finding.id in ("nofile-low", "kernel-queues") and step is not None:
        return replace(finding, fixable=True, fix=f"The plan does it: sudo cometchat-wizard apply {step}")
    return finding


def _with_skips(answers: Answers, whole: Plan, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    reasons = {skip.step: skip.reason for skip in answers.skipped}
    settled_by = {
        key: reasons[step.id] for step in whole.steps() if step.id in reasons for key in step.settles
    }
    return tuple(
        replace(finding, accepted=settled_by[key], fixable=False)
        if (key := f"{finding.id}/{finding.subject}") in settled_by and finding.accepted is None
        else finding
        for finding in findings
    )
