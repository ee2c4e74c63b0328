"""A firewall made by hand: the kernel's chains that a new connection meets, and what they make of the ports we need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from wizard.machine.readoutcome import Outcome, Reader
from wizard.model.facts import FirewallChain, FirewallFacts, Passage, PortPassage
from wizard.model.plain import shown
from wizard.probe import iptablessave, nftjson
from wizard.probe.ruleset import Rule, Version, Walk, together

# 80 and 443 to everybody, SSH, the swarm's among the nodes; the last one stands for all that nobody named.
PORTS = (22, 80, 443, 2377, 7946)
_UNNAMED = 65533
RULES_LIMIT = 2000
CHAINS_LIMIT = 40
_ON_THE_WAY = ("ingress", "prerouting", "input")
_VERSIONS: dict[str, tuple[Version, ...]] = {"ip": (4,), "ip6": (6,), "inet": (4, 6), "netdev": (4, 6)}
_OF_IPTABLES = ("filter", "mangle", "raw", "security", "nat")
_HOOKS = {"PREROUTING": "prerouting", "INPUT": "input", "FORWARD": "forward"}
# Made by Docker with its nftables backend: they say nothing about the host's own ports.
_DOCKERS_TABLE = "docker-bridges"
_TOO_LARGE = f"more than {RULES_LIMIT:,} rules"
_NOT_LISTED = "rules that {} could not list"

Start = Callable[[Mapping[str, tuple[str, ...]]], None]
Tool = Literal["nft", "iptables-nft", "iptables-legacy"]


@dataclass(frozen=True, slots=True)
class Met:
    """A base chain with what its rules are; chains None: they could not be read, and why_not says so."""

    chain: FirewallChain
    chains: Mapping[str, tuple[Rule, ...]] | None
    why_not: str = ""

    def passage(self, port: int, version: Version) -> tuple[Passage, tuple[str, ...]]:
        """What becomes of a connection in this chain, and why that can't be told."""
        if self.chains is not None:
            return Walk(self.chains, port, version).passage(self.chain.name, self.chain.policy)
        if self.chain.rules == 0:
            return ("open" if self.chain.policy == "accept" else "shut"), ()
        return "unknown", (self.why_not,)


def read_own_rules(reader: Reader, start: Start) -> FirewallFacts | None:
    """The firewall that hand-made rules are; None where the kernel can't be asked.

    own_rules False: nothing keeps a new connection out. start: starts reading commands, as the survey does.
    """
    seen = reader.value("netfilter")
    if not isinstance(seen, Mapping):
        return None
    found = [chain for chain in seen.get("nft", ()) if _matters(chain)]
    legacy = {family: names for family, names in seen.get("legacy", {}).items() if names}
    if not found and not legacy:
        return FirewallFacts("none", False, own_rules=False)
    too_large = int(seen.get("rules", 0)) > RULES_LIMIT
    outcomes = {} if too_large and not legacy else _ask(reader, start, found, legacy, too_large=too_large)
    met = _met_in_nft(found, outcomes, too_large=too_large) + _met_in_legacy(legacy, outcomes)
    return _judged(tuple(item for item in met if not _is_dockers(item)))


def _matters(chain: Mapping[str, Any]) -> bool:
    if chain["family"] not in _VERSIONS or chain["hook"] not in (*_ON_THE_WAY, "forward"):
        return False
    is_empty = chain["policy"] == "accept" and not chain["rules"]
    return chain["type"] != "nat" and not is_empty and chain["table"] != _DOCKERS_TABLE


def _tool(chain: Mapping[str, Any]) -> Tool:
    is_theirs = (
        chain["table"] in _OF_IPTABLES and chain["name"] in _HOOKS and chain["family"] in ("ip", "ip6")
    )
    return "iptables-nft" if is_theirs else "nft"


def _ask(
    reader: Reader,
    start: Start,
    found: Iterable[Mapping[str, Any]],
    legacy: Mapping[str, Any],
    *,
    too_large: bool,
) -> Mapping[str, Outcome]:
    commands: dict[str, tuple[str, ...]] = {}
    tools = set() if too_large else {(_tool(chain), chain["family"]) for chain in found}
    if any(tool == "nft" for tool, _family in tools):
        commands["nft"] = nftjson.COMMAND
    wanted = [(family, kind) for kind, family in tools if kind != "nft"]
    wanted += [(family, "iptables-legacy") for family in legacy]
    for family, kind in wanted:
        program = {"ip": "iptables", "ip6": "ip6tables"}[family]
        named = f"{program}-{kind.partition('-')[2]}-save"
        commands[f"{kind} {family}"] = (named if reader.find(named) else f"{program}-save",)
    start(commands)
    return reader.wait(tuple(commands))


def _met_in_nft(
    found: Iterable[Mapping[str, Any]], outcomes: Mapping[str, Outcome], *, too_large: bool
) -> list[Met]:
    listed = _text(outcomes.get("nft"))
    tables = None if listed is None else nftjson.parse_ruleset(listed)
    saved = {
        family: _saved(outcomes.get(f"iptables-nft {family}"), is_legacy=False) for family in ("ip", "ip6")
    }
    met: list[Met] = []
    for chain in found:
        tool = _tool(chain)
        table = (saved.get(chain["family"]) or {}).get(chain["table"])
        if tool == "nft":
            rules = (tables or {}).get((chain["family"], chain["table"]))
        else:
            rules = None if table is None else _frozen(table)
        why_not = _TOO_LARGE if too_large else _NOT_LISTED.format(tool.partition("-")[0])
        met.append(Met(_fact(chain, tool), rules if rules and chain["name"] in rules else None, why_not))
    return met


def _met_in_legacy(legacy: Mapping[str, Any], outcomes: Mapping[str, Outcome]) -> list[Met]:
    met: list[Met] = []
    for family, names in legacy.items():
        saved = _saved(outcomes.get(f"iptables-legacy {family}"), is_legacy=True)
        if saved is None:
            fact = {"family": family, "table": str(names[0]), "name": "INPUT", "hook": "input"}
            chain = _fact({**fact, "policy": "accept", "rules": 1}, "iptables-legacy")
            met.append(Met(chain, None, f"{_NOT_LISTED.format('iptables')}, or {_TOO_LARGE}"))
            continue
        for name, table in saved.items():
            for base, policy in table.policies.items() if name != "nat" else ():
                rules = table.chains.get(base, [])
                if base in _HOOKS and (rules or policy == "drop"):
                    facts = {"family": family, "table": name, "name": base, "hook": _HOOKS[base]}
                    chain = _fact({**facts, "policy": policy, "rules": len(rules)}, "iptables-legacy")
                    met.append(Met(chain, _frozen(table)))
    return met


def _saved(outcome: Outcome | None, *, is_legacy: bool) -> dict[str, iptablessave.Table] | None:
    """Tables of a listing that is whole and of the kind that was asked for."""
    text = _text(outcome)
    if text is None or not text.strip() or ("(nf_tables)" in text.partition("\n")[0]) == is_legacy:
        return None
    if not text.rstrip().rpartition("\n")[2].startswith("#") or text.count("\n-A ") > RULES_LIMIT:
        return None
    tables = iptablessave.parse_save(text)
    return {name: iptablessave.without_dockers(table) for name, table in tables.items()}


def _text(outcome: Outcome | None) -> str | None:
    return outcome.stdout if outcome is not None and outcome.succeeded else None


def _frozen(table: iptablessave.Table) -> dict[str, tuple[Rule, ...]]:
    return {name: tuple(rules) for name, rules in table.chains.items()}


def _fact(chain: Mapping[str, Any], tool: Tool) -> FirewallChain:
    return FirewallChain(
        family=chain["family"],
        table=shown(chain["table"], 64),
        name=shown(chain["name"], 64),
        hook=chain["hook"],
        policy="drop" if chain["policy"] == "drop" else "accept",
        rules=int(chain["rules"]),
        tool=tool,
    )


def _is_dockers(met: Met) -> bool:
    """Docker sets iptables' FORWARD to drop, with chains of its own in it."""
    chain = met.chain
    if (chain.hook, chain.tool == "nft") != ("forward", False):
        return False
    return met.chains is None or any(name.startswith("DOCKER") for name in met.chains)


def _judged(met: tuple[Met, ...]) -> FirewallFacts:
    way = [item for item in met if item.chain.hook in _ON_THE_WAY]
    reasons: dict[str, None] = {}
    passages = [_passage(way, port, reasons) for port in (*PORTS, _UNNAMED)]
    forward = [item for item in met if item.chain.hook == "forward" and item.chain.policy == "drop"]
    if all((item.ipv4, item.ipv6) == ("open", "open") for item in passages) and not forward:
        return FirewallFacts("none", False, own_rules=False)
    telling = [item.chain for item in (*(item for item in way if _keeps_out(item)), *forward)]
    policies = {chain.policy for chain in telling if chain.hook == "input"}
    return FirewallFacts(
        backend="nftables" if any(chain.tool == "nft" for chain in telling) else "iptables",
        active=True,
        allowed_tcp=_with(passages, "open"),
        restricted_tcp=_with(passages, "some"),
        own_rules=True,
        input_policy="drop" if "drop" in policies else "accept",
        forward_policy="drop" if forward else "accept",
        chains=tuple(telling[:CHAINS_LIMIT]),
        passages=tuple(passages[:-1]),
        unjudged=tuple(shown(reason, 80) for reason in reasons)[:10],
    )


def _keeps_out(met: Met) -> bool:
    versions = _VERSIONS[met.chain.family]
    return any(met.passage(port, version)[0] != "open" for port in (*PORTS, _UNNAMED) for version in versions)


def _passage(way: list[Met], port: int, reasons: dict[str, None]) -> PortPassage:
    found: dict[Version, Passage] = {}
    versions: tuple[Version, ...] = (4, 6)
    for version in versions:
        answers = [item.passage(port, version) for item in way if version in _VERSIONS[item.chain.family]]
        found[version] = together(tuple(passage for passage, _why in answers))
        if found[version] == "unknown":
            reasons.update(dict.fromkeys(reason for _passage, why in answers for reason in why))
    return PortPassage(port, found[4], found[6])


def _with(passages: list[PortPassage], wanted: Passage) -> tuple[int, ...]:
    """The ports for which both versions of IP say so."""
    kept = [item for item in passages if (item.ipv4, item.ipv6) == (wanted, wanted)]
    return tuple(item.port for item in kept if item.port != _UNNAMED)
