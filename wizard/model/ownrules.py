"""Firewall rules made by hand, in the words that every page says them in."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.model.facts import FirewallChain, FirewallFacts, PortPassage

_PASSAGES = {
    "open": "is open",
    "some": "is open to some senders alone",
    "shut": "stays shut",
    "unknown": "can't be judged",
}
BY_HAND = "Firewall rules made by hand"
_WEB = (80, 443)
_CHAINS_SHOWN = 4


def in_words(firewall: FirewallFacts) -> str:
    """What is seen, and what it makes of 80 and 443; two sentences."""
    web = [item for item in firewall.passages if item.port in _WEB]
    return f"{BY_HAND} are in force: {chains_in_words(firewall.chains)}. {passages_in_words(web)}."


def chains_in_words(chains: Sequence[FirewallChain]) -> str:
    """`inet filter input (nft, policy drop, 3 rules)`, the first few of them."""
    words = [
        f"{chain.family} {chain.table} {chain.name} ({chain.tool}, policy {chain.policy}, "
        f"{chain.rules:,} {'rule' if chain.rules == 1 else 'rules'})"
        for chain in chains
    ]
    more = f" and {len(words) - _CHAINS_SHOWN} more" if len(words) > _CHAINS_SHOWN else ""
    return f"{', '.join(words[:_CHAINS_SHOWN])}{more}"


def passages_in_words(passages: Sequence[PortPassage]) -> str:
    """`Port 80 stays shut, port 443 is open`; by version of IP where the two differ."""
    told = []
    for item in passages:
        by_version = f"{_PASSAGES[item.ipv4]} by IPv4 and {_PASSAGES[item.ipv6]} by IPv6"
        told.append(f"port {item.port} {_PASSAGES[item.ipv4] if item.ipv4 == item.ipv6 else by_version}")
    text = ", ".join(told)
    return text[:1].upper() + text[1:]


def look_command(chains: Sequence[FirewallChain]) -> str:
    """What shows the rules that are in force."""
    tools = {chain.tool for chain in chains}
    shown = ["sudo nft list ruleset"] if tools & {"nft", "iptables-nft"} else []
    if "iptables-legacy" in tools or not shown:
        shown.append("sudo iptables-legacy -S; sudo ip6tables-legacy -S")
    return "; ".join(shown)
