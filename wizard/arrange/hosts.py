"""The one table of host names that every service's settings are rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.model.answers import DomainAnswers
from wizard.model.deployment import ServiceHost


def host_name(text: str) -> str:
    """A host name as DNS compares it: lower case, without the root's dot."""
    return text.strip().rstrip(".").lower()


def service_hosts(domain: DomainAnswers, services: Mapping[str, Any]) -> tuple[ServiceHost, ...]:
    """The full host name of every service, in the order of assets/services.json; () without a primary domain.

    A name in `domain.hosts` replaces the default. `other` is the name that a disagreeing page gives.
    """
    if not domain.primary:
        return ()
    primary = host_name(domain.primary)
    return tuple(_service_host(entry, primary, domain.hosts) for entry in services["hosts"])


def _service_host(entry: Mapping[str, Any], primary: str, typed: Mapping[str, str]) -> ServiceHost:
    other = entry.get("other")
    own = typed.get(entry["key"])
    return ServiceHost(
        key=entry["key"],
        title=entry["title"],
        host=host_name(own) if own else f"{entry['label']}.{primary}",
        health_check=entry["health_check"],
        public=entry["public"],
        contested=other is not None,
        other=None if other is None else f"{other}.{primary}",
        origin="typed" if own else "default",
        pages=entry.get("pages", ""),
    )
