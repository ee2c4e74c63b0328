"""What we want: the deployment that the answers, the size and the facts amount to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.model.answers import Acceptance, Answers, Role, Skip
from wizard.model.facts import TlsFacts
from wizard.model.origin import Origin
from wizard.model.usage import Sizing, Usage


@dataclass(frozen=True, slots=True)
class Requirements:
    """What one node is held against: cluster totals divided by the nodes, rounded up. GB are 10^9, GiB 2^30."""

    vcpus: int
    memory_gib: int
    storage_gb: int
    production: bool


@dataclass(frozen=True, slots=True)
class Node:
    """One machine of the swarm; vcpus and memory as surveyed, else as typed, else None."""

    name: str
    address: str
    roles: tuple[Role, ...]
    vcpus: int | None
    memory_gib: int | None
    machine_origin: Origin | None
    requirements: Requirements | None = None


@dataclass(frozen=True, slots=True)
class ServiceHost:
    """One service and its full host name.

    contested: the vendor's pages disagree on the default; `other` is the full name that the other page would give,
    `pages` says which page says what.
    """

    key: str
    title: str
    host: str
    health_check: str | None
    public: bool
    contested: bool
    other: str | None
    origin: Origin
    pages: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything that is exported, before it is text. usage and sizing are None until usage is answered.

    origins: dotted path to origin, for every value that is written. address_pool and advertise_address: as answered,
    else chosen or seen, else None. catalogue: assets/services.json, which the rendering takes its texts from.
    """

    usage: Usage | None
    sizing: Sizing | None
    nodes: tuple[Node, ...]
    answers: Answers
    hosts: tuple[ServiceHost, ...]
    services: Mapping[str, Mapping[str, object]]
    tls: TlsFacts | None
    accepted: tuple[Acceptance, ...]
    skipped: tuple[Skip, ...]
    origins: Mapping[str, Origin]
    rules: str
    advertise_address: str | None = None
    address_pool: str | None = None
    catalogue: Mapping[str, Any] = field(default_factory=dict)
