"""Which rules a host needs: SSH first, then 80 and 443, then what the swarm's nodes say to each other."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal

from wizard.model.answers import Answers, NodeAnswer
from wizard.model.facts import HostFacts
from wizard.planning.firewall_commands import Rule

Address = tuple[str, Literal[4, 6]]

WEB = (("http", 80), ("https", 443))
USUAL_SSH_PORT = 22


@dataclass(frozen=True, slots=True)
class Peers:
    """The other nodes' addresses. unknown: names of nodes without one, for which no rule can be made."""

    addresses: tuple[Address, ...] = ()
    unknown: tuple[str, ...] = ()


def ssh_rules(facts: HostFacts, *, for_anyone: bool) -> tuple[Rule, ...]:
    """Keep SSH open: the live connection's port, else every port that SSH has, else the usual one.

    for_anyone False, for an active firewall, lets in the live connection's own address alone, where it is known:
    it is let in already, and SSH may be restricted on purpose.
    """
    ports = (facts.ssh.live_port,) if facts.ssh.live_port else facts.ssh.ports
    if for_anyone:
        return tuple(Rule("ssh", "tcp", port) for port in ports or (USUAL_SSH_PORT,))
    restricted = facts.firewall.restricted_tcp or ()
    ports = tuple(port for port in ports if port not in restricted)
    client = network(facts.ssh.client or "")
    if client is None:
        return tuple(Rule("ssh", "tcp", port) for port in ports)
    return tuple(Rule("ssh", "tcp", port, *client) for port in ports)


def web_rules(answers: Answers, purpose: str, port: int) -> tuple[Rule, ...]:
    """One rule, or one for each network that may come in. None at all where no given network can be read."""
    if not answers.network.allow_from:
        return (Rule(purpose, "tcp", port),)
    networks = [found for text in answers.network.allow_from if (found := network(text))]
    return tuple(Rule(purpose, "tcp", port, address, version) for address, version in networks)


def swarm_rules(answers: Answers, facts: HostFacts) -> tuple[Rule, ...]:
    """What Docker Swarm needs from every other node, and from nobody else; () for a single node."""
    found = peers(answers, facts).addresses
    return tuple(rule for peer in found for rule in _from_peer(answers, facts, peer))


def peers(answers: Answers, facts: HostFacts) -> Peers:
    """The other nodes of the answers."""
    others = [node for node in answers.nodes if not is_this(node, facts)]
    found = [(node.name, _node_address(answers, node)) for node in others]
    return Peers(
        tuple(address for _name, address in found if address is not None),
        tuple(name for name, address in found if address is None),
    )


def is_this(node: NodeAnswer, facts: HostFacts) -> bool:
    """Whether an answer's node is the surveyed host."""
    return node.name == facts.name


def network(text: str) -> Address | None:
    """An address or network in its plain form with its IP version; None where the text is neither, or has a scope,
    which no rule knows and which may be any text.
    """
    if "%" in text:
        return None
    try:
        found = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    plain = str(found.network_address) if found.num_addresses == 1 else str(found)
    return plain, 4 if found.version == 4 else 6


def _node_address(answers: Answers, node: NodeAnswer) -> Address | None:
    text = answers.network.advertise_address or "" if node.address == "local" else node.address
    text = text.rpartition("@")[2]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return network(text) if "/" not in text else None


def _from_peer(answers: Answers, facts: HostFacts, peer: Address) -> tuple[Rule, ...]:
    here = next((node for node in answers.nodes if is_this(node, facts)), None)
    is_manager = here is None or not here.roles or "manager" in here.roles
    manage = (Rule("swarm", "tcp", 2377, *peer),) if is_manager else ()
    encrypted = answers.network.encrypted_overlay is not False
    return (
        *manage,
        Rule("swarm", "tcp", 7946, *peer),
        Rule("swarm", "udp", 7946, *peer),
        Rule("swarm", "udp", 4789, *peer),
        *((Rule("swarm", "esp", None, *peer),) if encrypted else ()),
    )
