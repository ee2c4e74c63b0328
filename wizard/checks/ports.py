"""Listening sockets: what holds 80, 443 and the swarm's ports, and data ports open to the network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.checks.make import blocker, note, warning
from wizard.model.facts import HostFacts, ListeningPort
from wizard.model.finding import Finding

PUBLIC_PORTS = (80, 443)
_SWARM_PORTS = ((2377, "tcp"), (7946, "tcp"), (7946, "udp"), (4789, "udp"))
_DATA_PORTS = {
    4000: "TiDB",
    2379: "PD",
    2380: "PD",
    20160: "TiKV",
    20180: "TiKV",
    27017: "MongoDB",
    6379: "Redis",
    9092: "Kafka",
    9090: "Prometheus",
    3000: "Grafana",
    3100: "Loki",
    9100: "node exporter",
    8080: "cAdvisor",
}
_DOCKERS_OWN = ("docker-proxy", "dockerd")
_PAGE = "vendor: Prerequisites, required ports"
# Whoever runs a process chooses its name: only one that a shell takes for a word stands in a command to copy.
_SERVICE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*", re.ASCII)


def check_ports(host: HostFacts) -> Iterator[Finding]:
    """port-held (80, 443), port-owner-unknown, swarm-port-held, data-port-exposed."""
    for port in PUBLIC_PORTS:
        held = [item for item in host.listening if item.port == port and item.protocol == "tcp"]
        yield from _public(host, port, held)
    for port, protocol in _SWARM_PORTS:
        held = [item for item in host.listening if item.port == port and item.protocol == protocol]
        yield from _swarm(host, port, protocol, held)
    yield from _exposed(host)


def is_dockers_own(item: ListeningPort) -> bool:
    """Held by Docker itself: after a deployment these are ours."""
    return item.process is not None and item.process.rpartition("/")[2] in _DOCKERS_OWN


def _public(host: HostFacts, port: int, held: list[ListeningPort]) -> Iterator[Finding]:
    others = [item for item in held if not is_dockers_own(item)]
    named = [item for item in others if item.process is not None]
    if not others:
        return
    if not named and _may_be_dockers(host):
        yield note(
            "port-owner-unknown",
            subject=str(port),
            seen=f"Port {port}/tcp is in use; by which process can't be seen without root.",
            why="If Docker holds it for this deployment, all is well. If another program does, NGINX can't "
            "start.",
            fix=f"Look as root: sudo ss -ltnp 'sport = :{port}'",
            source="rule: not knowable is said, never guessed",
            node=host.name,
        )
        return
    who = _who(named[0]) if named else "a process that can't be seen without root"
    fix = f"Look as root: sudo ss -ltnp 'sport = :{port}'. Then stop it"
    if named and _SERVICE.fullmatch(named[0].process or ""):
        fix = f"Stop it and keep it from starting again (sudo systemctl disable --now {named[0].process})"
    yield blocker(
        "port-held",
        subject=str(port),
        seen=f"Port {port}/tcp is held by {who}, on {(named or others)[0].address}.",
        why=f"CometChat's NGINX needs {port}: "
        f"{'for the redirect to HTTPS' if port == 80 else 'all its traffic'}.",
        fix=f"{fix}, or move it to another port.",
        source=_PAGE,
        node=host.name,
    )


def _may_be_dockers(host: HostFacts) -> bool:
    """A socket without a visible process may be Docker's: a swarm is active, or its daemon can't be asked."""
    docker = host.software.docker
    return host.swarm.state == "active" or (docker is not None and docker.state == "unreachable")


def _swarm(host: HostFacts, port: int, protocol: str, held: list[ListeningPort]) -> Iterator[Finding]:
    others = [item for item in held if item.process is not None and not is_dockers_own(item)]
    unseen = [item for item in held if item.process is None]
    if host.swarm.state in ("active", "pending", "locked", "error") or _may_be_dockers(host):
        unseen = []
    if not others and not unseen:
        return
    who = _who(others[0]) if others else "a process that can't be seen without root"
    yield warning(
        "swarm-port-held",
        subject=f"{port}/{protocol}",
        seen=f"Port {port}/{protocol} is held by {who}.",
        why="Swarm needs this port between the nodes; with another program on it, nodes can't join or "
        "services stay mute.",
        fix=f"Look as root: sudo ss -lntup 'sport = :{port}', then stop that program or move it.",
        source="field: ports of Docker Swarm",
        node=host.name,
    )


def _exposed(host: HostFacts) -> Iterator[Finding]:
    for port, service in _DATA_PORTS.items():
        open_to = [item for item in host.listening if item.port == port and not _is_loopback(item.address)]
        open_to = [item for item in open_to if item.protocol == "tcp"]
        if not open_to:
            continue
        yield warning(
            "data-port-exposed",
            subject=str(port),
            seen=f"Port {port}/tcp ({service}'s) listens on {open_to[0].address}, held by "
            f"{_who(open_to[0])}.",
            why="Data stores and monitoring must stay private; on this address others on the network may "
            "reach it.",
            fix="Bind it to 127.0.0.1, or close the port from outside; for a container, remove its "
            "published port.",
            source="vendor: Prerequisites, network security recommendations",
            node=host.name,
        )


def _is_loopback(address: str) -> bool:
    bare = address.strip("[]").partition("%")[0].lower().removeprefix("::ffff:")
    return bare.startswith("127.") or bare in ("::1", "localhost")


def _who(item: ListeningPort) -> str:
    return item.process or "a process that can't be seen without root"
