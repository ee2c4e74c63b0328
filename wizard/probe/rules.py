"""Which TCP ports a firewall's files let in."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from wizard.model.facts import source_rule
from wizard.model.ufwrules import ANYWHERE, parse_ufw

RANGE_LIMIT = 65536


@dataclass(frozen=True, slots=True)
class AllowedPorts:
    """Ports open to everyone, and ports open only to some sources; sorted.

    sources: rules that let in one source, as `source_rule` words them.
    """

    from_anywhere: tuple[int, ...] = ()
    from_some: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()


def source_rules(found: set[tuple[str, str, str]]) -> tuple[str, ...]:
    """(source, protocol, port) in words, sorted; what is no single port of one source is left out. port "": none."""
    words: set[str] = set()
    for source, protocol, port in found:
        try:
            network = ipaddress.ip_network(source, strict=False)
        except ValueError:
            continue
        number = _number(port)
        if (
            network.prefixlen
            and protocol in ("tcp", "udp", "esp")
            and (number is not None or (protocol == "esp" and not port))
        ):
            plain = network.network_address if network.num_addresses == 1 else network
            words.add(source_rule(str(plain), protocol, number))
    return tuple(sorted(words))


def parse_ports(text: str) -> set[int]:
    """`80,443,6000:6010` (or with `-`) as numbers; what is no port is left out."""
    found: set[int] = set()
    for part in text.split(",")[:200]:
        first, _, last = part.strip().replace(":", "-").partition("-")
        low, high = _number(first), _number(last or first)
        if low is not None and high is not None:
            found.update(range(low, min(high, 65535) + 1))
    return found


def _number(text: str) -> int | None:
    word = text.strip()
    if not (word.isascii() and word.isdigit() and len(word) < 6):
        return None
    return int(word) if 0 < int(word) < RANGE_LIMIT else None


def parse_ufw_rules(text: str | None) -> AllowedPorts | None:
    """The `### tuple ###` lines of /etc/ufw/user.rules; None where it is not readable (it is root's)."""
    if text is None:
        return None
    anywhere: set[int] = set()
    some: set[int] = set()
    sources: set[tuple[str, str, str]] = set()
    for rule in parse_ufw(text):
        is_to_here = rule.destination in ANYWHERE
        if rule.action == "allow" and is_to_here and (rule.direction, rule.source_port) == ("in", "any"):
            sources.add((rule.source, rule.protocol, "" if rule.port == "any" else rule.port))
        if rule.action in ("allow", "limit") and rule.protocol in ("tcp", "any") and rule.direction != "out":
            is_open = rule.source in ANYWHERE and is_to_here
            (anywhere if is_open else some).update(parse_ports(rule.port))
    return AllowedPorts(tuple(sorted(anywhere)), tuple(sorted(some - anywhere)), source_rules(sources))


def parse_iptables_save(text: str | None) -> AllowedPorts | None:
    """`-A INPUT ... --dport 80 -j ACCEPT` of a saved rule set."""
    if text is None:
        return None
    anywhere: set[int] = set()
    some: set[int] = set()
    for line in text.splitlines():
        if not line.startswith("-A INPUT") or "-j ACCEPT" not in line or " udp" in line:
            continue
        ports = re.search(r"--dports? (\S+)", line)
        if ports:
            is_open = " -s " not in line and " -i " not in line
            (anywhere if is_open else some).update(parse_ports(ports.group(1)))
    return AllowedPorts(tuple(sorted(anywhere)), tuple(sorted(some - anywhere)))


def parse_nftables(text: str | None) -> AllowedPorts | None:
    """`tcp dport { 22, 80 } accept` with plain numbers; None where the file holds rules that we can't follow."""
    if text is None:
        return None
    anywhere: set[int] = set()
    some: set[int] = set()
    for line in text.splitlines():
        stated = line.partition("#")[0]
        ports = re.search(r"tcp dport (\{[^}]*\}|[0-9-]+)[^#]*\baccept\b", stated)
        if ports:
            is_open = "saddr" not in stated and "iif" not in stated
            (anywhere if is_open else some).update(parse_ports(ports.group(1).strip("{} ")))
        elif "dport" in stated or "jump" in stated or "include" in stated:
            return None
    return AllowedPorts(tuple(sorted(anywhere)), tuple(sorted(some - anywhere)))
