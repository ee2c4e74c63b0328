"""A host that passes every check, and what the tests change on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wizard.checks.check import check
from wizard.model.answers import Answers
from wizard.model.deployment import Requirements, ServiceHost
from wizard.model.docker_settings import DockerSettings
from wizard.model.facts import (
    CpuFacts,
    DirectoryFacts,
    DnsFacts,
    DockerFacts,
    FirewallFacts,
    HostFacts,
    KernelFacts,
    OsFacts,
    PrivilegeFacts,
    SoftwareFacts,
    SshFacts,
    SwarmFacts,
    TlsFacts,
    ToolFacts,
    TuningFacts,
)
from wizard.model.finding import Finding
from wizard.model.usage import Row, Sizing, StorageNeed

GB, GIB = 10**9, 2**30
TESTING = Requirements(vcpus=8, memory_gib=16, storage_gb=100, production=False)

GOOD = HostFacts(
    name="local",
    read_at="2026-11-24T10:00:00Z",
    os=OsFacts("ubuntu", "24.04", "Ubuntu 24.04.3 LTS", ("debian",), "noble"),
    cpu=CpuFacts(64, "x86_64", "A CPU", ("avx", "avx2")),
    memory_bytes=128 * GIB,
    data_directory=DirectoryFacts(
        "/var/lib/docker", True, "/", "ext4", 2000 * GB, 1500 * GB, 20, 10**8, False, None, ("nvme0n1",)
    ),
    software=SoftwareFacts(
        docker=DockerFacts("28.2.2", "28.2.2", "running", "docker", "/usr/bin/docker", False, "iptables"),
        compose=ToolFacts("2.40.1"),
        git=ToolFacts("2.43.0"),
        openssl=ToolFacts("3.0.13"),
        jq=ToolFacts("1.7"),
        curl=ToolFacts("8.5.0"),
        net_tools=ToolFacts("2.10"),
    ),
    docker_settings=DockerSettings(True, None, "json-file", "50m", "5", (500_000, 500_000)),
    firewall=FirewallFacts("firewalld", True, (22, 80, 443)),
    swarm=SwarmFacts("inactive"),
    kernel=KernelFacts("6.8.0", True, True, True, True),
    cgroup_version=2,
    swap_bytes=0,
    huge_pages="madvise",
    nofile=(1_048_576, 1_048_576),
    tuning=TuningFacts(
        {
            "net.core.somaxconn": 65_536,
            "fs.file-max": 9_223_372_036_854_775_807,
            "net.core.netdev_max_backlog": 16_384,
            "fs.nr_open": 1_048_576,
        },
        nofile_services=(524_288, 524_288),
        may_raise_limits=True,
    ),
    clock_synchronised=True,
    selinux="disabled",
    init="systemd",
    package_manager="apt",
    packages={"docker-ce": "28.2.2", "docker-compose-plugin": "2.40.1"},
    privilege=PrivilegeFacts(is_root=True, user="root"),
    ssh=SshFacts((22,), 22, "192.0.2.9"),
    routes=("192.0.2.0/24",),
    addresses=("192.0.2.10",),
)


def host(**changes: Any) -> HostFacts:
    """The good host with some facts replaced; `docker__version=...` reaches into a part, at any depth."""
    facts: HostFacts = changed(GOOD, changes)
    return facts


def changed(noun: Any, changes: dict[str, Any]) -> Any:
    own: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    for key, value in changes.items():
        head, _, rest = key.partition("__")
        if rest:
            nested.setdefault(head, {})[rest] = value
        else:
            own[head] = value
    own.update({head: changed(getattr(noun, head), inner) for head, inner in nested.items()})
    return replace(noun, **own)


def sizing(table: str | None = "testing", **changes: Any) -> Sizing:
    return replace(
        Sizing(
            environment="testing" if table == "testing" else "production",
            table=table,  # type: ignore[arg-type]
            row=Row(10_000, 500) if table not in ("testing", None) else None,
            mau=None,
            pcc=None,
            vcpus=8,
            memory_gib=16,
            storage_gb=StorageNeed(100, None, None),
            websocket_replicas=None,
            origins={},
            because=(),
            findings=(),
        ),
        **changes,
    )


def service(name: str, public: bool = True) -> ServiceHost:
    return ServiceHost(name.partition(".")[0], name, name, "/", public, False, None, "default")


def found(
    *hosts: HostFacts,
    answers: Answers | None = None,
    size: Sizing | None = None,
    need: Requirements | None = None,
    names: tuple[ServiceHost, ...] = (),
    tls: TlsFacts | None = None,
    dns: DnsFacts | None = None,
) -> tuple[Finding, ...]:
    return check(answers or Answers(), hosts or (GOOD,), size, need, names, tls, dns)


def named(findings: tuple[Finding, ...], id: str, subject: str | None = None) -> Finding | None:
    return next((item for item in findings if item.id == id and subject in (None, item.subject)), None)
