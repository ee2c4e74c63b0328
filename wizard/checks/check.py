"""The verb check: (answers, facts, size) to findings. Pure: what it is not handed, it does not know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.checks.accept import accept
from wizard.checks.capacity import check_capacity, check_limits, check_node_loss, check_usage_known
from wizard.checks.dns import check_dns, check_domain, check_shared_names
from wizard.checks.docker_settings import check_docker_settings
from wizard.checks.firewall import check_firewall, check_proxy, check_proxy_password
from wizard.checks.kernel import check_guest, check_kernel
from wizard.checks.make import unknown
from wizard.checks.nodes import machines
from wizard.checks.packages import check_packages
from wizard.checks.platform import check_platform
from wizard.checks.ports import check_ports
from wizard.checks.privilege import check_privilege
from wizard.checks.software import check_software
from wizard.checks.storage import check_storage, check_storage_range
from wizard.checks.swarm import check_address_pool, check_swarm
from wizard.checks.tls import check_tls
from wizard.checks.tuning import check_tuning
from wizard.model.answers import Answers
from wizard.model.deployment import Requirements, ServiceHost
from wizard.model.facts import DnsFacts, HostFacts, TlsFacts
from wizard.model.finding import Finding
from wizard.model.usage import Sizing

_ORDER = {"blocker": 0, "warning": 1, "note": 2}


def check(
    answers: Answers,
    hosts: tuple[HostFacts, ...],
    sizing: Sizing | None,
    requirements: Requirements | None,
    names: tuple[ServiceHost, ...],
    tls: TlsFacts | None,
    dns: DnsFacts | None,
) -> tuple[Finding, ...]:
    """Every finding, acceptances applied: blockers, warnings, notes; in each the order of the wizard's pages.

    requirements: what one node is held against, None where there is no size. names: the table of host names,
    () without a domain. tls, dns: None where not looked at. Findings of the size itself (`beyond-swarm`) are
    merged in.
    """
    found = [
        *(sizing.findings if sizing else ()),
        *check_usage_known(sizing),
        *check_storage_range(sizing),
        *_nodes(answers, hosts, sizing, requirements),
    ]
    for host in hosts:
        found += check_host(answers, host, sizing, requirements)
    found += check_proxy_password(answers.network)
    found += check_domain(answers.domain.primary)
    found += check_shared_names(names)
    found += check_tls(answers.tls, tls, names, hosts)
    found += check_dns(names, dns, hosts)
    return tuple(sorted(accept(_once(found), answers.accepted), key=lambda finding: _ORDER[finding.severity]))


def check_host(
    answers: Answers, host: HostFacts, sizing: Sizing | None, requirements: Requirements | None
) -> list[Finding]:
    """The findings of one host but for its capacity; acceptances not applied."""
    node_count = len(answers.nodes) or 1
    needs_esp = node_count > 1 and answers.network.encrypted_overlay is not False
    return [
        *check_platform(host),
        *check_guest(host),
        *check_limits(host),
        *check_storage(host, answers.storage, requirements, sizing, node_count),
        *check_kernel(host, needs_esp),
        *check_tuning(host, sizing),
        *check_software(host, answers),
        *check_docker_settings(host, answers.network),
        *check_packages(host, answers),
        *check_privilege(host),
        *check_ports(host),
        *check_firewall(host, answers.network),
        *check_swarm(host),
        *check_address_pool(host, answers.network),
        *check_proxy(host, answers.network),
        *unknown("survey", list(host.unread), host.name),
    ]


def _nodes(
    answers: Answers, hosts: tuple[HostFacts, ...], sizing: Sizing | None, requirements: Requirements | None
) -> Iterator[Finding]:
    known = machines(answers, hosts)
    if requirements is not None:
        for machine in known:
            yield from check_capacity(machine, requirements)
    if sizing is not None:
        yield from check_node_loss(known, sizing)


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """The first of each id, node and subject."""
    seen: dict[tuple[str, str | None, str], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.id, finding.node, finding.subject), finding)
    return list(seen.values())
