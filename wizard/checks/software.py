"""The other required programs: there, and new enough."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checks.docker import can_install, check_docker
from wizard.checks.make import blocker, unknown
from wizard.checks.versions import at_least
from wizard.model.answers import Answers
from wizard.model.facts import HostFacts, SoftwareFacts, ToolFacts
from wizard.model.finding import Finding

COMPOSE_MINIMUM = "2"
OPENSSL_MINIMUM = "1.1"
_PAGE = "vendor: Prerequisites, required software"

# subject, what the vendor wants it for
TOOLS = (
    ("git", "The vendor's deployment scripts are fetched and updated with it."),
    ("openssl", "Certificates and signing keys are made and checked with it."),
    ("jq", "The vendor's scripts edit JSON settings with it."),
    ("curl", "Health checks and downloads use it."),
    ("net-tools", "The vendor's network checks (netstat, ifconfig) come with it."),
)
_TITLES = {"git": "Git", "openssl": "OpenSSL"}


def tool_of(software: SoftwareFacts, subject: str) -> ToolFacts | None:
    """The facts of one program by its name in the interface (`net-tools`)."""
    by_subject = {
        "compose": software.compose,
        "git": software.git,
        "openssl": software.openssl,
        "jq": software.jq,
        "curl": software.curl,
        "net-tools": software.net_tools,
    }
    return by_subject[subject]


def check_software(host: HostFacts, answers: Answers) -> Iterator[Finding]:
    """software-missing and software-old for each row of the list, and Docker's own findings."""
    yield from check_docker(host, answers)
    yield from _compose(host)
    for subject, why in TOOLS:
        if tool_of(host.software, subject) is None:
            yield _missing(host, subject, f"{_TITLES.get(subject, subject)} is not installed.", why)
    yield from _openssl(host)


def _compose(host: HostFacts) -> Iterator[Finding]:
    compose, v1 = host.software.compose, host.software.compose_v1
    why = "The vendor asks for Docker Compose v2 (the plugin, `docker compose`), for all outside the swarm."
    if compose is None:
        seen = "The Docker Compose plugin is not installed."
        if v1 is not None:
            version = v1.version or "of unknown version"
            seen = f"Only Compose v1 is there (docker-compose {version}), not the plugin."
        yield _missing(host, "compose", seen, why)
        return
    enough = at_least(compose.version, COMPOSE_MINIMUM)
    if enough is False:
        yield _old(
            host, "compose", f"Docker Compose {compose.version} is installed; v2 or later is needed.", why
        )
    elif enough is None:
        yield from unknown("compose", ["Compose's version"], host.name, "Look it up: docker compose version")


def _openssl(host: HostFacts) -> Iterator[Finding]:
    tool = host.software.openssl
    if tool is None:
        return
    enough = at_least(tool.version, OPENSSL_MINIMUM)
    if enough is False:
        yield _old(
            host,
            "openssl",
            f"OpenSSL {tool.version} is installed; 1.1 or later is needed.",
            "Older ones lack TLS 1.3 and get no security fixes.",
        )
    elif enough is None:
        yield from unknown("openssl", ["OpenSSL's version"], host.name, "Look it up: openssl version")


def _missing(host: HostFacts, subject: str, seen: str, why: str) -> Finding:
    return blocker(
        "software-missing",
        subject=subject,
        seen=seen,
        why=why,
        fix=f"Let the plan install it: cometchat-wizard plan install-{subject} shows the commands.",
        source=_PAGE,
        node=host.name,
        fixable=can_install(host),
        acceptable=False,
    )


def _old(host: HostFacts, subject: str, seen: str, why: str) -> Finding:
    return blocker(
        "software-old",
        subject=subject,
        seen=seen,
        why=why,
        fix=f"Let the plan upgrade it: cometchat-wizard plan install-{subject} shows the commands.",
        source=_PAGE,
        node=host.name,
        fixable=can_install(host),
        acceptable=False,
    )
