"""Addresses of the swarm: a pool that meets no route of any node, and the address to advertise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, ip_interface, ip_network
from typing import Any

from wizard.model.facts import HostFacts


def address_pool(hosts: tuple[HostFacts, ...], services: Mapping[str, Any]) -> str | None:
    """The first pool of our list that meets no route, address or name server of any surveyed node, or None.

    Without a survey the first one stands: the default 10.0.0.0/8 overlaps more.
    """
    taken = [network for host in hosts for network in _networks(_used(host))]
    free = (
        pool
        for pool in services["swarm"]["pools"]
        if not any(ip_network(pool).overlaps(network) for network in taken)
    )
    return next(free, None)


def advertise_address(hosts: tuple[HostFacts, ...], name: str) -> str | None:
    """The address of the surveyed host `name`; None where it is a choice or can't be known."""
    facts = next((host for host in hosts if host.name == name), None)
    if facts is None:
        return None
    usable = {address for address in map(_address, facts.addresses) if address is not None}
    return usable.pop() if len(usable) == 1 else None


def _used(host: HostFacts) -> tuple[str, ...]:
    return (*host.routes, *host.addresses, *host.name_servers)


def _address(text: str) -> str | None:
    """An IPv4 address of the machine itself; None for loopback, link-local and Docker's own bridges."""
    try:
        address = ip_interface(text).ip
    except ValueError:
        return None
    if address.version != 4 or address.is_loopback or address.is_link_local or address.is_unspecified:
        return None
    octets = str(address).split(".")
    is_bridge = octets[0] == "172" and 17 <= int(octets[1]) <= 31 and octets[2:] == ["0", "1"]
    return None if is_bridge else str(address)


def _networks(texts: Iterable[str]) -> list[IPv4Network]:
    """Those texts that are IPv4 networks; the default route meets everything and says nothing."""
    found = []
    for text in texts:
        try:
            network = ip_network(text.split()[0] if text.strip() else text, strict=False)
        except ValueError:
            continue
        if isinstance(network, IPv4Network) and network.prefixlen > 0:
            found.append(network)
    return found
