"""Rules made by hand are a finding that says what is seen; what is not known is never called open."""

from __future__ import annotations

import pytest

from tests.hosts import load
from tests.unit.checks.build import host
from wizard.checks.firewall import check_firewall
from wizard.model.answers import NetworkAnswers
from wizard.model.facts import FirewallChain, FirewallFacts, Passage, PortPassage
from wizard.model.finding import Finding
from wizard.probe.survey import survey


def found(firewall: FirewallFacts) -> list[Finding]:
    return list(check_firewall(host(firewall=firewall), NetworkAnswers()))


def own(web: Passage = "shut", forward: str = "accept", *unjudged: str) -> FirewallFacts:
    return FirewallFacts(
        "nftables",
        True,
        own_rules=True,
        input_policy="drop",
        forward_policy=forward,  # type: ignore[arg-type]
        chains=(FirewallChain("inet", "f", "in", "input", "drop", 1, "nft"),),
        passages=(PortPassage(22, "open", "open"), PortPassage(80, web, web), PortPassage(443, web, web)),
        unjudged=unjudged,
    )


@pytest.mark.parametrize(
    ("web", "words"),
    [
        ("shut", "stays shut"),
        ("some", "some senders alone"),
        ("unknown", "can't be judged"),
        ("open", "is open"),
    ],
)
def test_what_is_seen_is_said_with_chain_policy_and_what_becomes_of_80_and_443(
    web: Passage, words: str
) -> None:
    (finding,) = found(own(web))
    assert (finding.id, finding.severity) == ("firewall-own-rules", "warning")
    assert "inet f in (nft, policy drop, 1 rule)" in finding.seen
    assert f"Port 80 {words}" in finding.seen or f"Port 80 is open to {words}" in finding.seen
    assert ("firewall/rules.txt" in finding.fix) is (web != "open")
    assert "sudo nft list ruleset" in finding.fix
    assert "22" not in finding.seen


def test_what_cannot_be_judged_and_what_is_forwarded_is_said() -> None:
    (finding,) = found(own("open", "drop", "sets of ports", "rules bound to an interface"))
    assert "What can't be judged: sets of ports, rules bound to an interface." in finding.seen
    assert "drops what is forwarded" in finding.seen
    assert "firewall/rules.txt" in finding.fix


@pytest.mark.parametrize(
    "firewall",
    [FirewallFacts(None), FirewallFacts("ufw"), FirewallFacts("firewalld"), FirewallFacts("nftables", True)],
)
def test_what_may_not_be_asked_is_not_known_and_never_open(firewall: FirewallFacts) -> None:
    (finding,) = found(firewall)
    assert finding.id == "facts-unknown"
    assert "reached" not in finding.why


def test_a_user_on_a_host_with_netfilter_is_told_that_it_is_not_known() -> None:
    facts = survey("this", "/var/lib/docker", load("ubuntu-24.04-user"))
    assert (facts.firewall.active, facts.firewall.own_rules) == (None, None)
    assert [item.id for item in check_firewall(facts, NetworkAnswers())] == ["facts-unknown"]


def test_a_host_without_any_rule_is_still_said_to_be_open() -> None:
    (finding,) = found(FirewallFacts("ufw", False, own_rules=False))
    assert finding.id == "firewall-inactive"
