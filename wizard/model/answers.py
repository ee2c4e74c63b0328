"""What the operator said, and nothing else: None is 'not answered', so that defaults stay defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Environment = Literal["production", "testing"]
TableChoice = Literal["auto", "baseline", "high-concurrency"]
Content = Literal["text", "moderate", "heavy"]
DockerSource = Literal["docker-repository", "distribution", "offline"]
Role = Literal["manager", "worker"]
FirewallChoice = Literal["manage", "leave"]


@dataclass(frozen=True, slots=True)
class UsageAnswers:
    """mau: monthly active users. pcc: peak concurrent connections, a number or per cent of MAU as text (`7.5%`)."""

    environment: Environment | None = None
    mau: int | None = None
    pcc: int | str | None = None
    table: TableChoice | None = None
    content: Content | None = None
    retention_months: int | None = None
    log_retention_days: int | None = None
    growth_buffer_percent: int | None = None


@dataclass(frozen=True, slots=True)
class MachineAnswers:
    """A machine as typed, for a node that can't be surveyed yet."""

    vcpus: int | None = None
    memory_gib: int | None = None


@dataclass(frozen=True, slots=True)
class NodeAnswer:
    """One node: address is `local`, or as ssh takes it."""

    name: str
    address: str = "local"
    roles: tuple[Role, ...] = ()
    machine: MachineAnswers | None = None


@dataclass(frozen=True, slots=True)
class SoftwareAnswers:
    """docker_from: where the engine comes from. remove: package names that may be removed. restart_docker: Docker may
    be restarted although containers run.
    """

    docker_from: DockerSource | None = None
    remove: tuple[str, ...] = ()
    restart_docker: bool | None = None


@dataclass(frozen=True, slots=True)
class StorageAnswers:
    """Absolute directories."""

    data_directory: str | None = None
    backup_directory: str | None = None


@dataclass(frozen=True, slots=True)
class NetworkAnswers:
    """allow_from: networks that may reach 80 and 443. proxy: an address; user and password in it read `***`."""

    firewall: FirewallChoice | None = None
    allow_from: tuple[str, ...] = ()
    advertise_address: str | None = None
    address_pool: str | None = None
    encrypted_overlay: bool | None = None
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class DomainAnswers:
    """primary: the one domain. hosts: service key to full host name where it differs from the default."""

    primary: str | None = None
    hosts: Mapping[str, str] = field(default_factory=dict)
    extra_allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsAnswers:
    """Absolute paths of PEM files; the files are read by openssl only."""

    certificate: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A blocker that the operator accepts: `node` None means whatever node it is on."""

    id: str
    reason: str
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """A step of the plan that the operator leaves out."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of one session; every part may be empty."""

    usage: UsageAnswers = UsageAnswers()
    nodes: tuple[NodeAnswer, ...] = ()
    software: SoftwareAnswers = SoftwareAnswers()
    storage: StorageAnswers = StorageAnswers()
    network: NetworkAnswers = NetworkAnswers()
    domain: DomainAnswers = DomainAnswers()
    tls: TlsAnswers = TlsAnswers()
    accepted: tuple[Acceptance, ...] = ()
    skipped: tuple[Skip, ...] = ()
