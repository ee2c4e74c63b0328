"""What the public host names resolve to from here. Never a block: from here is not from everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_interface

from wizard.checks.make import note, warning
from wizard.model.deployment import ServiceHost
from wizard.model.facts import DnsFacts, HostFacts
from wizard.model.finding import Finding

_SOURCE = "field: nextcloud all-in-one#738"


def check_domain(primary: str | None) -> Iterator[Finding]:
    """domain-missing: no primary domain yet."""
    if not primary:
        yield warning(
            "domain-missing",
            seen="No domain is answered yet.",
            why="Every service's host name and settings follow from it; without it none can be written.",
            fix="This can wait. When you have it, answer domain.primary.",
            source="vendor: configuration reference, MAIN_DOMAIN",
        )


def check_dns(
    names: tuple[ServiceHost, ...], dns: DnsFacts | None, hosts: tuple[HostFacts, ...]
) -> Iterator[Finding]:
    """dns-unresolved and dns-unknowable for each public host name."""
    ours = {_address(address) for host in hosts for address in host.addresses}
    for name in dict.fromkeys(item.host for item in names if item.public):
        addresses = dns.resolved.get(name) if dns else None
        if addresses is None:
            yield _unknowable(name, f"What {name} resolves to could not be asked from here.")
        elif not addresses:
            yield _unresolved(name)
        elif not ours & {_address(address) for address in addresses}:
            shown = ", ".join(sorted(addresses)[:3])
            kind = "private " if all(_is_private(address) for address in addresses) else ""
            yield _unknowable(name, f"{name} resolves to {kind}{shown}, which is no address of this host.")


def _unresolved(name: str) -> Finding:
    return warning(
        "dns-unresolved",
        subject=name,
        seen=f"From here, {name} has no address in DNS.",
        why="Apps and browsers find the services by this name.",
        fix=f"Make an A (or AAAA) record for {name} that points to the load balancer or to this host, then: "
        f"getent hosts {name}",
        source=_SOURCE,
    )


def _unknowable(name: str, seen: str) -> Finding:
    return note(
        "dns-unknowable",
        subject=name,
        seen=f"{seen} Whether that is right, this host cannot tell from here.",
        why="Behind a load balancer, NAT or split DNS, clients see other addresses than this host does.",
        fix=f"From a client's network, try: nslookup {name} (it should lead to your load balancer or this "
        "host).",
        source=_SOURCE,
    )


def _address(text: str) -> str:
    """The bare address, written one way (`10.0.0.5/24` and `10.0.0.5` are one)."""
    try:
        return str(ip_interface(text.partition("%")[0].strip()).ip)
    except ValueError:
        return text


def _is_private(text: str) -> bool:
    try:
        return ip_address(text.partition("%")[0]).is_private
    except ValueError:
        return False


def check_shared_names(names: tuple[ServiceHost, ...]) -> Iterator[Finding]:
    """host-name-shared: two services on one host name, of which NGINX can serve only one."""
    first: dict[str, ServiceHost] = {}
    for name in names:
        other = first.setdefault(name.host, name)
        if other is not name:
            yield warning(
                "host-name-shared",
                seen=f"{other.title} and {name.title} have the same host name, {name.host}.",
                why="Requests for that name reach one of the two; the other stays mute.",
                fix=f"Give {name.title} a name of its own under domain.hosts.",
                source="rule: a host name for each service",
                subject=name.host,
            )
