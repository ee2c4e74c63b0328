"""One firewall rule as the exact commands of each firewall. Only ever rules that let something in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wizard.model.formats.firewalld import attribute
from wizard.model.plan import Command

Protocol = Literal["tcp", "udp", "esp"]
Backend = Literal["ufw", "firewalld", "nftables", "iptables"]

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """Let in what comes for a port. port None: the protocol has none (esp). source None: from anywhere.

    source is an address or a network as `ipaddress` writes it, of IP version `version` (0 for anywhere).
    """

    purpose: str
    protocol: Protocol
    port: int | None
    source: str | None = None
    version: Literal[0, 4, 6] = 0


def allow(backend: Backend, rule: Rule) -> tuple[Command, ...]:
    """The commands that add a rule; adding one that is there already is no error."""
    return tuple(Command(argv, timeout_seconds=_SECONDS) for argv in _ADD[backend](rule))


def withdraw(backend: Backend, rule: Rule) -> tuple[Command, ...]:
    """The commands that take a rule away again; () where the rule was only exported."""
    if backend == "ufw":
        return (Command(("ufw", "delete", *_ufw_rule(rule)), timeout_seconds=_SECONDS),)
    if backend == "firewalld":
        return tuple(Command(argv, timeout_seconds=_SECONDS) for argv in _firewalld(rule, "remove"))
    return ()


def _ufw(rule: Rule) -> tuple[tuple[str, ...], ...]:
    return (("ufw", *_ufw_rule(rule), "comment", f"cometchat-wizard {rule.purpose}"),)


def _ufw_rule(rule: Rule) -> tuple[str, ...]:
    port = ("port", str(rule.port)) if rule.port is not None else ()
    return ("allow", "proto", rule.protocol, "from", rule.source or "any", "to", "any", *port)


def _firewalld(rule: Rule, verb: Literal["add", "remove"] = "add") -> tuple[tuple[str, ...], ...]:
    """Runtime first, then permanent: a reload would wipe Docker's own Swarm rules (moby#50443)."""
    if rule.source is None and rule.port is not None:
        option = f"--{verb}-port={rule.port}/{rule.protocol}"
    else:
        option = f"--{verb}-rich-rule={_rich(rule)}"
    return (("firewall-cmd", option), ("firewall-cmd", "--permanent", option))


def _rich(rule: Rule) -> str:
    source = (
        (attribute("family", f"ipv{rule.version}"), "source", attribute("address", rule.source))
        if rule.source
        else ()
    )
    what = (
        ("port", attribute("port", rule.port), attribute("protocol", rule.protocol))
        if rule.port is not None
        else ("protocol", attribute("value", rule.protocol))
    )
    return " ".join(("rule", *source, *what, "accept"))


def _iptables(rule: Rule) -> tuple[tuple[str, ...], ...]:
    programs = {0: ("iptables", "ip6tables"), 4: ("iptables",), 6: ("ip6tables",)}[rule.version]
    source = ("-s", rule.source) if rule.source else ()
    port = ("--dport", str(rule.port)) if rule.port is not None else ()
    return tuple(
        (program, "-I", "INPUT", *source, "-p", rule.protocol, *port, "-j", "ACCEPT") for program in programs
    )


def _nftables(rule: Rule) -> tuple[tuple[str, ...], ...]:
    source = ({4: "ip", 6: "ip6"}[rule.version], "saddr", rule.source) if rule.source and rule.version else ()
    what = (
        (rule.protocol, "dport", str(rule.port))
        if rule.port is not None
        else ("meta", "l4proto", rule.protocol)
    )
    return (("nft", "insert", "rule", "inet", "filter", "input", *source, *what, "accept"),)


_ADD = {"ufw": _ufw, "firewalld": _firewalld, "iptables": _iptables, "nftables": _nftables}
