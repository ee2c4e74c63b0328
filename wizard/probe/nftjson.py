"""The chains of `nft -j list ruleset`, as rules that can be followed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from wizard.probe import matches
from wizard.probe.ruleset import Rule, Verdict

COMMAND = ("nft", "-j", "-t", "list", "ruleset")
_VERDICTS: dict[str, Verdict] = {
    "accept": "accept",
    "drop": "drop",
    "reject": "drop",
    "return": "return",
    "jump": "jump",
    "goto": "goto",
    "queue": "other",
}
# Statements that let a packet go on as it is.
_PASSING = frozenset(
    ("counter", "log", "mangle", "comment", "notrack", "ct helper", "flow", "meter", "set", "map")
)
_FAMILIES = {"ip": 4, "ip6": 6, "ipv4": 4, "ipv6": 6}

TableKey = tuple[str, str]


def parse_ruleset(text: str) -> dict[TableKey, dict[str, tuple[Rule, ...]]] | None:
    """Chains by (family, table), each with its rules in order; None where it is no whole listing."""
    try:
        items = json.loads(text)["nftables"]
        tables: dict[TableKey, dict[str, list[Rule]]] = {}
        for item in items:
            if "chain" in item:
                chain = item["chain"]
                tables.setdefault((chain["family"], chain["table"]), {}).setdefault(chain["name"], [])
            elif "rule" in item:
                rule = item["rule"]
                chains = tables.setdefault((rule["family"], rule["table"]), {})
                chains.setdefault(rule["chain"], []).extend(_rules(rule.get("expr", ())))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return {key: {name: tuple(rules) for name, rules in chains.items()} for key, chains in tables.items()}


def _rules(expressions: Any) -> Iterator[Rule]:
    """A rule; one with a verdict map is one for each element."""
    rule = matches.ANY
    for expression in expressions:
        name, given = next(iter(expression.items()))
        if name == "vmap":
            yield from (part.narrowed(rule) for part in _mapped(given))
        elif name == "match":
            rule = rule.narrowed(_match(given))
        elif name in _VERDICTS:
            yield _with_verdict(rule, expression)
            return
        elif name not in _PASSING:
            rule = rule.narrowed(Rule(bound=(f"statements like {name}",)))


def _with_verdict(rule: Rule, expression: Mapping[str, Any]) -> Rule:
    name, given = next(iter(expression.items()))
    target = str(given["target"]) if name in ("jump", "goto") else ""
    return replace(rule, verdict=_VERDICTS[name], target=target)


def _mapped(given: Mapping[str, Any]) -> Iterator[Rule]:
    data = given["data"]
    elements = data.get("set") if isinstance(data, Mapping) else None
    if not isinstance(elements, list):
        yield Rule(verdict="other", bound=("maps of verdicts",))
        return
    for key, verdict in elements:
        part = _match({"op": "==", "left": given["key"], "right": key})
        if verdict and next(iter(verdict)) in _VERDICTS:
            yield _with_verdict(part, verdict).narrowed(part)


def _match(given: Mapping[str, Any]) -> Rule:
    left, right, operator = given["left"], given["right"], given.get("op", "==")
    kind, what = next(iter(left.items())) if isinstance(left, dict) else ("", {})
    if operator not in ("==", "in", "!=") or not isinstance(what, dict):
        return Rule(bound=("conditions that compare",))
    return _condition(kind, what, _values(right), negated=operator == "!=")


def _condition(kind: str, what: Mapping[str, Any], values: tuple[Any, ...], *, negated: bool) -> Rule:
    key = str(what.get("key", what.get("field", what.get("result", ""))))
    words = tuple(value for value in map(_word, values) if value is not None)
    if kind == "payload":
        return _payload(str(what.get("protocol", "")), key, values, words, negated=negated)
    if (kind, key) == ("fib", "type") and what.get("flags") != ["daddr"]:
        key = "type of others"
    if (kind, key) in _BY_NAMES:
        return _BY_NAMES[kind, key](words, negated)
    if (kind, key) in _BY_TEXT:
        judge = _BY_TEXT[kind, key]
        return _any_of(tuple(judge(word, negated) for word in words), negated=negated)
    return Rule(bound=(f"conditions on {kind} {key}".rstrip(),))


def _payload(
    protocol: str, key: str, values: tuple[Any, ...], words: tuple[str, ...], *, negated: bool
) -> Rule:
    version: Any = _FAMILIES.get(protocol, 0)
    rule = Rule(version=version)
    if protocol in ("tcp", "th") and key == "dport":
        ranges = tuple(_range(value) for value in values)
        known = tuple(found for found in ranges if found is not None)
        return matches.ports(known, negated) if len(known) == len(ranges) else Rule(bound=(matches.BY_SET,))
    if protocol in ("udp", "icmp", "icmpv6", "sctp", "dccp", "esp", "ah", "igmp"):
        return matches.NEVER
    if key in ("protocol", "nexthdr") and version:
        return rule.narrowed(matches.protocol(words, negated))
    if key in ("saddr", "daddr") and version:
        judge = matches.source if key == "saddr" else matches.destination
        found = tuple(judge(word, negated) for word in words)
        return rule.narrowed(_any_of(found or (judge("", negated),), negated=negated))
    return Rule(bound=(f"conditions on {protocol} {key}",))


def _version(words: tuple[str, ...], negated: bool) -> Rule:
    named = {_FAMILIES[word] for word in words if word in _FAMILIES}
    wanted: Any = {4, 6} - named if negated else named
    return Rule(version=next(iter(wanted))) if len(wanted) == 1 else matches.ANY if wanted else matches.NEVER


def _any_of(rules: tuple[Rule, ...], *, negated: bool) -> Rule:
    """One of several values; negated: none of them."""
    if negated:
        whole = matches.ANY
        for rule in rules:
            whole = whole.narrowed(rule)
        return whole
    if not rules or any(rule == matches.ANY for rule in rules):
        return rules[0] if rules and len(set(rules)) == 1 else matches.ANY if rules else Rule(bound=("sets",))
    possible = [rule for rule in rules if not rule.never]
    return next((rule for rule in possible if rule.bound), possible[0]) if possible else matches.NEVER


def _values(right: Any) -> tuple[Any, ...]:
    if isinstance(right, dict) and "set" in right:
        return tuple(right["set"])
    return tuple(right) if isinstance(right, list) else (right,)


def _word(value: Any) -> str | None:
    """An element as text: `10.0.0.0/8`, `@name`; a range of addresses by its first."""
    if isinstance(value, dict):
        if "elem" in value:
            return _word(value["elem"].get("val"))
        prefix = value.get("prefix")
        if isinstance(prefix, dict):
            return f"{prefix.get('addr')}/{prefix.get('len')}"
        return str(value["range"][0]) if isinstance(value.get("range"), list) else None
    return str(value)


def _range(value: Any) -> tuple[int, int] | None:
    if isinstance(value, dict) and isinstance(value.get("range"), list) and len(value["range"]) == 2:
        low, high = value["range"]
    elif isinstance(value, dict) and "elem" in value:
        return _range(value["elem"].get("val"))
    else:
        low = high = value
    return (low, high) if isinstance(low, int) and isinstance(high, int) else None


_BY_NAMES: dict[tuple[str, str], Callable[[tuple[str, ...], bool], Rule]] = {
    ("ct", "state"): matches.states,
    ("meta", "l4proto"): matches.protocol,
    ("meta", "nfproto"): _version,
    ("meta", "protocol"): _version,
}
_BY_TEXT: dict[tuple[str, str], Callable[[str, bool], Rule]] = {
    ("meta", "iif"): matches.interface,
    ("meta", "iifname"): matches.interface,
    ("fib", "type"): matches.address_type,
}
