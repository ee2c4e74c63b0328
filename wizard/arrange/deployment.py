"""Answers, size, facts and findings to the one deployment that is shown, checked and exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wizard.arrange.hosts import service_hosts
from wizard.arrange.network import address_pool, advertise_address
from wizard.arrange.nodes import first_manager, nodes
from wizard.arrange.sections import sections
from wizard.arrange.settings import service_settings
from wizard.arrange.sourced import leaves
from wizard.model.answers import Acceptance, Answers
from wizard.model.deployment import Deployment, Requirements
from wizard.model.facts import HostFacts, TlsFacts
from wizard.model.finding import Finding
from wizard.model.usage import Sizing, Usage


def arrange(
    answers: Answers,
    usage: Usage | None,
    sizing: Sizing | None,
    hosts: tuple[HostFacts, ...],
    tls: TlsFacts | None,
    findings: tuple[Finding, ...],
    services: Mapping[str, Any],
    requirements: Requirements | None = None,
    rules: str = "",
) -> Deployment:
    """The deployment that the answers amount to, every value of deployment.yaml with its origin.

    requirements: what one node is held against (wizard.sizing.demand; None beyond the published range).
    services: assets/services.json. rules: the version of the sizing rules.
    Raises nothing: what was not answered is None.
    """
    names = service_hosts(answers.domain, services)
    machines = nodes(answers, hosts, requirements, usage is None or usage.environment == "production")
    wanted = Deployment(
        usage=usage,
        sizing=sizing,
        nodes=machines,
        answers=answers,
        hosts=names,
        services=service_settings(answers.domain, names, services),
        tls=tls,
        accepted=_accepted(answers, findings),
        skipped=answers.skipped,
        origins={},
        rules=rules,
        advertise_address=answers.network.advertise_address
        or advertise_address(hosts, first_manager(machines).name),
        address_pool=answers.network.address_pool or address_pool(hosts, services),
        catalogue=services,
    )
    return replace(wanted, origins={path: leaf.origin for path, leaf in leaves(sections(wanted))})


def _accepted(answers: Answers, findings: tuple[Finding, ...]) -> tuple[Acceptance, ...]:
    """Acceptances of findings that are there and may be accepted; none for a trouble that went away."""
    present = {
        (finding.id, node)
        for finding in findings
        if finding.acceptable and finding.severity == "blocker"
        for node in (None, finding.node)
    }
    return tuple(
        item
        for item in dict.fromkeys(answers.accepted)
        if (item.id, item.node) in present and item.reason.strip()
    )
