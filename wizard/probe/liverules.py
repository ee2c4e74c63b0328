"""Rules that stand in a firewall's files, and whether they are in force: the kernel is asked, where we are root."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from wizard.machine.readoutcome import Outcome, Reader
from wizard.model.facts import FirewallFacts
from wizard.probe.firewall import firewalld_runs, is_ufw_enabled
from wizard.probe.firewalld import default_zone
from wizard.probe.rules import AllowedPorts, parse_ports, source_rules

NAME = "firewall_live"
# A program of the firewall's own takes 100 to 300 ms to say the same.
UFW_COMMAND = ("iptables", "-w", "2", "-S")
_UFW_CHAIN = "ufw-user-input"
# What is longer may have been cut.
_MOST = 200_000
_UFW_LETS_IN = re.compile(r"-j (?:ACCEPT|ufw-user-limit-accept)$")
_FIREWALLD_TCP = re.compile(
    r"(?:(?P<ip>ip6?) saddr (?P<source>[0-9a-fA-F.:/]+) )?tcp dport (?P<ports>\{[^}]*\}|[0-9-]+)"
    r"(?: ct state (?:\{ new, untracked \}|new,untracked))? accept"
)
# What says nothing of a TCP port.
_OTHERS = re.compile(
    r"(?:ip6? [sd]addr \S+ )?(?:udp |icmp|meta l4proto |ip protocol |ip6 nexthdr |sctp |dccp )"
)


def live_command(reader: Reader) -> Mapping[str, tuple[str, ...]]:
    """What asks the kernel for the rules of the firewall that is active; nothing where this user may not ask."""
    if (reader.value("user") or {}).get("euid") != 0:
        return {}
    if is_ufw_enabled(reader.text("/etc/ufw/ufw.conf") or ""):
        return {NAME: UFW_COMMAND} if reader.find("iptables") else {}
    config = reader.text("/etc/firewalld/firewalld.conf")
    if config is None or not reader.find("nft") or not firewalld_runs(reader):
        return {}
    chain = f"filter_IN_{default_zone(config)}_allow"
    return {NAME: ("nft", "list", "chain", "inet", "firewalld", chain)}


def with_live(firewall: FirewallFacts, outcome: Outcome | None) -> FirewallFacts:
    """The same with what is not in force of it; where that can't be told, nothing is claimed."""
    if outcome is None or outcome.state != "done" or not firewall.active or firewall.allowed_tcp is None:
        return firewall
    is_whole = outcome.succeeded and outcome.stdout.endswith("\n") and len(outcome.stdout) < _MOST
    if firewall.backend == "ufw":
        # Policies come first, then the names of all chains.
        if outcome.succeeded and "-P INPUT" in outcome.stdout and f"-N {_UFW_CHAIN}\n" not in outcome.stdout:
            return replace(firewall, in_force=False)
        live = parse_ufw_chain(outcome.stdout) if is_whole else None
    else:
        live = parse_firewalld_chain(outcome.stdout) if is_whole else None
    if live is None:
        return firewall
    return replace(
        firewall,
        in_force=True,
        waiting_tcp=tuple(port for port in firewall.allowed_tcp if port not in live.from_anywhere),
        waiting_from=tuple(
            rule for rule in firewall.allowed_from or () if rule not in live.sources and " tcp/" in rule
        ),
    )


def parse_ufw_chain(text: str) -> AllowedPorts | None:
    """`-A ufw-user-input -s 203.0.113.0/24 -p tcp -m tcp --dport 80 -j ACCEPT`; None for a rule of every protocol."""
    anywhere: set[int] = set()
    sources: set[tuple[str, str, str]] = set()
    for line in text.splitlines():
        if not line.startswith(f"-A {_UFW_CHAIN} ") or not _UFW_LETS_IN.search(line):
            continue
        if " -p " not in line:
            if " -s " in line or " -d " in line:
                continue
            return None
        ports = re.search(r" --dports? (\S+)", line)
        if " -p tcp " not in line or ports is None or " -d " in line:
            continue
        source = re.search(r" -s (\S+)", line)
        if source is None:
            anywhere |= parse_ports(ports.group(1))
        else:
            sources.add((source.group(1), "tcp", ports.group(1)))
    return AllowedPorts(tuple(sorted(anywhere)), sources=source_rules(sources))


def parse_firewalld_chain(text: str) -> AllowedPorts | None:
    """`tcp dport 443 accept` of a zone's chain; None where it holds something that is not understood."""
    anywhere: set[int] = set()
    sources: set[tuple[str, str, str]] = set()
    for line in (line.strip() for line in text.splitlines()):
        if not line or line.startswith(("table ", "chain ", "}", "#")) or _OTHERS.match(line):
            continue
        found = _FIREWALLD_TCP.fullmatch(line)
        if found is None:
            return None
        ports = found["ports"].strip("{} ")
        if found["source"] is None:
            anywhere |= parse_ports(ports.replace(" ", ""))
        else:
            sources.add((found["source"], "tcp", ports))
    return AllowedPorts(tuple(sorted(anywhere)), sources=source_rules(sources))
