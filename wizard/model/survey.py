"""What one look at the world gave: the hosts, and what the answers name outside of them."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.facts import DnsFacts, HostFacts, TlsFacts


@dataclass(frozen=True, slots=True)
class Survey:
    """hosts: the surveyed nodes. tls and dns: None where the answers name no certificate or no domain."""

    hosts: tuple[HostFacts, ...]
    tls: TlsFacts | None = None
    dns: DnsFacts | None = None
