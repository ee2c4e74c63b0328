"""Whether a firewall lets SSH in by another rule than one that is about to go. In doubt it does not. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from wizard.checks.closing import Needed, RichRule, as_network, covers, ports_of
from wizard.model.ufwrules import ANYWHERE, UfwRule


def ufw_lets_in(need: Needed, rules: Sequence[UfwRule], *, accepts_by_default: bool) -> bool:
    """Whether these rules (in ufw's order, without the one that goes) let in all of what is needed."""
    sources = need.clients or ((need.source,) if need.source else ANYWHERE)
    return all(_ufw_takes(source, need.port, rules, accepts_by_default) for source in sources)


def _ufw_takes(source: str, port: int, rules: Sequence[UfwRule], accepts_by_default: bool) -> bool:
    """By the first rule that meets it, as the kernel does."""
    for rule in rules:
        if not _meets(rule, source, port):
            continue
        if rule.action.partition("_")[0] not in ("allow", "limit"):
            return False
        is_plain = (rule.direction, rule.source_port) == ("in", "any") and rule.destination in ANYWHERE
        if is_plain and covers(rule.source, source):
            return True
    return accepts_by_default


def _meets(rule: UfwRule, source: str, port: int) -> bool:
    if rule.protocol not in ("tcp", "any") or rule.direction.startswith("out"):
        return False
    if rule.port != "any" and port not in ports_of([rule.port]):
        return False
    one, other = as_network(rule.source), as_network(source)
    if one is None or other is None:
        return True
    return one.version == other.version and one.overlaps(other)


def firewalld_lets_in(
    need: Needed, zone: str, gone: str, ports_of_service: Callable[[str], frozenset[int]]
) -> bool:
    """Whether a zone lets in all of what is needed without the rule that goes.

    zone: as `firewall-cmd --list-all` says it. gone: the option that takes the rule away. ports_of_service: TCP ports.
    """
    said = {
        key.strip(): value.split() for key, _, value in (line.partition(":") for line in zone.splitlines())
    }
    if said.get("target") == ["ACCEPT"]:
        return True
    option, _, value = gone.partition("=")
    rich = [RichRule.read(text) for text in re.findall(r"^\s*(rule .*)$", zone, re.MULTILINE)]
    if any(not rule.accepts and need.port in rule.ports for rule in rich):
        return False
    if option == "--remove-rich-rule" and (taken := RichRule.read(value)) in rich:
        rich.remove(taken)
    ports = [word for word in said.get("ports", ()) if not (option == "--remove-port" and word == value)]
    if need.port in ports_of(word.partition("/")[0] for word in ports if word.endswith("/tcp")):
        return True
    sources = need.clients or ((need.source,) if need.source else ANYWHERE)
    accepting = [rule for rule in rich if need.port in rule.ports]
    if all(any(covers(rule.source, source) for rule in accepting) for source in sources):
        return True
    services = said.get("services", ())[:50]
    return any(
        need.port in ports_of_service(name)
        for name in services
        if option != "--remove-service" or name != value
    )
