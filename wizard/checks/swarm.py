"""The swarm that may be there already, what makes Docker refuse one, and its addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from wizard.checks.make import blocker, unknown, warning
from wizard.model.answers import NetworkAnswers
from wizard.model.facts import HostFacts
from wizard.model.finding import Finding

DEFAULT_POOL = "10.0.0.0/8"
# The pools of assets/services.json, from which the config takes the first free one (a test holds the two together).
CANDIDATES = (
    "10.201.0.0/16",
    "10.202.0.0/16",
    "10.203.0.0/16",
    "172.29.0.0/16",
    "172.30.0.0/16",
    "192.168.192.0/18",
    "100.96.0.0/16",
)
_TAKEN_STATES = ("active", "pending", "locked", "error")

Network = IPv4Network | IPv6Network


def check_swarm(host: HostFacts) -> Iterator[Finding]:
    """swarm-foreign, swarm-live-restore, swarm-nftables."""
    docker, state = host.software.docker, host.swarm.state
    if state in _TAKEN_STATES:
        count = f" with {host.swarm.node_count} nodes" if host.swarm.node_count else ""
        yield blocker(
            "swarm-foreign",
            seen=f"This host is in a swarm already (state {state}{count}).",
            why="A node can be in one swarm only, and the wizard can't tell whose this one is.",
            fix="If it is this deployment's own swarm, accept swarm-foreign and say so. If it is left "
            "over: docker node ls, then sudo docker swarm leave (--force on the last manager; its services "
            "end).",
            source="field: node already in another swarm, or locked",
            node=host.name,
        )
    elif docker is not None and docker.kind == "docker" and docker.state == "unreachable" and state is None:
        yield from unknown("swarm", ["the swarm's state"], host.name)
    if docker is None or docker.kind == "podman":
        return
    if docker.live_restore:
        yield blocker(
            "swarm-live-restore",
            seen="Docker is set to live-restore.",
            why="Swarm refuses to start with it.",
            fix='Remove "live-restore": true from /etc/docker/daemon.json, then: sudo systemctl reload '
            "docker",
            source="field: live-restore and Swarm exclude each other",
            node=host.name,
        )
    if (docker.firewall_backend or "").lower().startswith("nftables"):
        yield blocker(
            "swarm-nftables",
            seen="Docker's firewall backend is nftables.",
            why="Swarm does not work with it yet and refuses to start.",
            fix='Set "firewall-backend": "iptables" in /etc/docker/daemon.json, then restart Docker when '
            "its containers may "
            "stop for a moment: sudo systemctl restart docker",
            source="field: Swarm refuses the nftables backend",
            node=host.name,
        )


def check_address_pool(host: HostFacts, network: NetworkAnswers) -> Iterator[Finding]:
    """address-pool-overlap: the pool for overlay networks meets a route or an address of this host."""
    used = list(_networks([*host.routes, *host.addresses, *host.name_servers]))
    free = next((text for text in CANDIDATES if _is_free(text, used)), None)
    if network.address_pool is None and free is not None:
        return  # the config takes that one
    pool = _network(network.address_pool or DEFAULT_POOL)
    if pool is None:
        return  # the answers' edge refuses what is no network
    met = next((item for item in used if _overlap(item, pool)), None)
    if met is None:
        return
    whose = f"network.address_pool {pool}" if network.address_pool else f"Docker's default pool {pool}"
    yield warning(
        "address-pool-overlap",
        seen=f"{whose} overlaps {met}, which this host uses.",
        why="An overlay network may get an address range that is in use: machines there become "
        "unreachable, your own SSH connection among them.",
        fix="Set network.address_pool to a range that nobody "
        f"uses{f', for example {free}' if free else ''}. Ask whoever runs the network; the wizard sees "
        "this host's routes only.",
        source="field: moby#31972, #27399",
        node=host.name,
    )


def _is_free(text: str, used: list[Network]) -> bool:
    candidate = _network(text)
    return candidate is not None and not any(_overlap(item, candidate) for item in used)


def _overlap(one: Network, other: Network) -> bool:
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.overlaps(other)
    if isinstance(one, IPv6Network) and isinstance(other, IPv6Network):
        return one.overlaps(other)
    return False


def _networks(texts: Iterable[str]) -> Iterator[Network]:
    """Networks of routes and addresses; not the default route, which meets everything and says nothing."""
    for text in texts:
        network = _network(text)
        if network is not None and network.prefixlen > 0 and not network.is_loopback:
            yield network


def _network(text: str) -> Network | None:
    words = text.split()
    try:
        return ip_network(words[0].partition("%")[0] if words else "", strict=False)
    except ValueError:
        return None
