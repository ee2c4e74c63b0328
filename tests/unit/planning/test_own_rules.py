"""Rules made by hand are told everywhere, and nothing of them is changed: what to add is exported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.planning.made import host as made_host
from wizard.model.answers import Answers, NetworkAnswers
from wizard.model.facts import FirewallChain, FirewallFacts, HostFacts, PortPassage
from wizard.planning.firewall import firewall_rules, firewall_work

INPUT = FirewallChain("inet", "f", "in", "input", "drop", 3, "nft")
OWN = FirewallFacts(
    "nftables",
    True,
    (22,),
    (),
    own_rules=True,
    input_policy="drop",
    forward_policy="accept",
    chains=(INPUT,),
    passages=(PortPassage(80, "shut", "shut"), PortPassage(443, "open", "shut")),
)


def host(*chains: FirewallChain, **changed: object) -> HostFacts:
    firewall = replace(OWN, chains=chains or (INPUT,), **changed)  # type: ignore[arg-type]
    return made_host(firewall=firewall)


def lines(facts: HostFacts, answers: Answers | None = None) -> list[str]:
    return [" ".join(command.argv) for command in firewall_rules(answers or Answers(), facts)]


@pytest.mark.parametrize("choice", ["manage", "leave"])
def test_no_step_is_planned_and_the_note_tells_chain_policy_and_ports(choice: str) -> None:
    answers = Answers(network=NetworkAnswers(firewall=choice))  # type: ignore[arg-type]
    work = firewall_work(answers, host())
    assert work.steps == ()
    assert "inet f in (nft, policy drop, 3 rules)" in work.notes[0]
    assert "Port 80 stays shut, port 443 is open by IPv4 and stays shut by IPv6." in work.notes[0]
    assert "exported" in work.notes[0]


def test_each_chain_on_the_way_gets_its_rule_in_its_own_programs_words() -> None:
    found = lines(
        host(
            INPUT,
            FirewallChain("ip", "filter", "INPUT", "input", "drop", 0, "iptables-nft"),
            FirewallChain("ip6", "raw", "PREROUTING", "prerouting", "accept", 2, "iptables-legacy"),
            FirewallChain("inet", "f", "forwarded", "forward", "drop", 2, "nft"),
        )
    )
    assert found == [
        "nft insert rule inet f in tcp dport 80 accept",
        "iptables -I INPUT -p tcp --dport 80 -j ACCEPT",
        "ip6tables-legacy -t raw -I PREROUTING -p tcp --dport 80 -j ACCEPT",
        "nft insert rule inet f in tcp dport 443 accept",
        "iptables -I INPUT -p tcp --dport 443 -j ACCEPT",
        "ip6tables-legacy -t raw -I PREROUTING -p tcp --dport 443 -j ACCEPT",
    ]


def test_a_source_of_one_version_goes_into_chains_of_that_version_alone() -> None:
    answers = Answers(network=NetworkAnswers(allow_from=("203.0.113.0/24",)))
    six = FirewallChain("ip6", "f", "in", "input", "drop", 0, "nft")
    assert (
        lines(host(INPUT, six), answers)[0]
        == "nft insert rule inet f in ip saddr 203.0.113.0/24 tcp dport 80 accept"
    )
    assert not any("ip6 f in" in line for line in lines(host(INPUT, six), answers))


@pytest.mark.parametrize("name", ["in; flush ruleset", "a b", "in{", "", "-f", "a?[2J", "x\ny"])
def test_a_chain_whose_name_nft_reads_otherwise_is_in_no_command(name: str) -> None:
    assert lines(host(replace(INPUT, name=name))) == []
    assert lines(host(replace(INPUT, table=name))) == []


def test_nothing_is_to_be_added_where_both_ports_are_open() -> None:
    assert lines(host(allowed_tcp=(22, 80, 443))) == []
