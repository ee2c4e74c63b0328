"""Whether what stands in a firewall's files is in force. The texts are those of iptables 1.8.9 and nft 1.0.6."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.machine.readoutcome import Outcome
from wizard.machine.readrecorded import RecordedReader
from wizard.model.facts import FirewallFacts
from wizard.probe.liverules import live_command, parse_firewalld_chain, with_live

HEAD = "-P INPUT DROP\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n-N ufw-user-input\n-N ufw-user-limit\n"
RULES = """\
-A INPUT -j ufw-user-input
-A ufw-user-input -p tcp -m tcp --dport 443 -j ACCEPT
-A ufw-user-input -s 203.0.113.0/24 -p tcp -m tcp --dport 80 -j ACCEPT
-A ufw-user-input -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --set --name DEFAULT --rsource
-A ufw-user-input -p tcp -m tcp --dport 22 -j ufw-user-limit-accept
-A ufw-user-input -p tcp -m multiport --dports 8000:8001 -j ACCEPT
-A ufw-user-input -s 192.0.2.1/32 -j ACCEPT
-A ufw-user-input -p udp -m udp --dport 53 -j ACCEPT
-A ufw-user-input -p tcp -m tcp --dport 25 -j DROP
"""
FILES = FirewallFacts(
    "ufw", True, (22, 443, 8000, 8001), (80,), ("10.0.0.5 udp/4789", "203.0.113.0/24 tcp/80")
)
CHAIN = """\
table inet firewalld {
	chain filter_IN_public_allow {
		tcp dport 22 accept
		ip6 daddr fe80::/64 udp dport 546 accept
		tcp dport { 8000, 8001 } accept
		tcp dport 443 ct state { new, untracked } accept
		ip saddr 203.0.113.0/24 tcp dport 80 accept
	}
}
"""


def said(text: str, code: int = 0) -> Outcome:
    return Outcome("done", code, text, "", "/usr/sbin/iptables")


def waiting(facts: FirewallFacts, text: str) -> tuple[Any, Any, Any]:
    found = with_live(facts, said(text))
    return found.in_force, found.waiting_tcp, found.waiting_from


def test_what_is_in_force_waits_for_nothing() -> None:
    assert waiting(FILES, HEAD + RULES) == (True, (), ())
    firewalld = FirewallFacts("firewalld", True, FILES.allowed_tcp, (80,), FILES.allowed_from)
    assert waiting(firewalld, CHAIN) == (True, (), ())


def test_what_stands_in_the_files_alone_waits() -> None:
    lines = [line for line in RULES.splitlines() if "443" not in line and "dport 80 " not in line]
    assert waiting(FILES, HEAD + "\n".join(lines) + "\n") == (True, (443,), ("203.0.113.0/24 tcp/80",))
    firewalld = FirewallFacts("firewalld", True, (22, 443), (80,), FILES.allowed_from)
    chain = CHAIN.replace("tcp dport 443", "tcp dport 444").replace("dport 80 ", "dport 81 ")
    assert waiting(firewalld, chain) == (True, (443,), ("203.0.113.0/24 tcp/80",))


def test_an_enabled_ufw_without_its_chains_filters_nothing() -> None:
    assert waiting(FILES, "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n") == (False, None, None)


@pytest.mark.parametrize(
    "outcome",
    [
        None,
        Outcome("timed-out"),
        Outcome("missing"),
        said("", 127),
        said("iptables: table is incompatible\n", 1),
        said(HEAD + "-A ufw-user-input -j ACCEPT\n"),
        said(HEAD + RULES + "-A ufw-user-input -p tcp --dport 1"),
        said(HEAD + "x" * 600_000 + "\n"),
    ],
)
def test_where_it_can_not_be_told_nothing_is_claimed(outcome: Outcome | None) -> None:
    assert with_live(FILES, outcome) == FILES


def test_a_chain_that_is_not_understood_is_not_known() -> None:
    assert parse_firewalld_chain(CHAIN.replace("tcp dport 22 accept", "jump somewhere")) is None
    assert parse_firewalld_chain(CHAIN.replace("tcp dport 22 accept", "accept")) is None
    assert parse_firewalld_chain("\x1b[31m") is None


def test_an_inactive_firewall_and_files_that_can_not_be_read_are_left_as_they_are() -> None:
    for facts in (FirewallFacts("ufw", False), FirewallFacts("ufw", True, None)):
        assert with_live(facts, said(HEAD + RULES)) == facts


@pytest.mark.parametrize(
    ("euid", "files", "programs", "argv"),
    [
        (0, {"/etc/ufw/ufw.conf": "ENABLED=yes"}, ["iptables"], ("iptables", "-w", "2", "-S")),
        (0, {"/etc/ufw/ufw.conf": "ENABLED=yes"}, [], None),
        (0, {"/etc/ufw/ufw.conf": "ENABLED=no"}, ["iptables"], None),
        (1000, {"/etc/ufw/ufw.conf": "ENABLED=yes"}, ["iptables"], None),
        (
            0,
            {
                "/etc/firewalld/firewalld.conf": "DefaultZone=dmz\n",
                "/sys/fs/cgroup/system.slice/firewalld.service/cgroup.procs": "7\n",
            },
            ["nft"],
            ("nft", "list", "chain", "inet", "firewalld", "filter_IN_dmz_allow"),
        ),
        (0, {"/etc/firewalld/firewalld.conf": "DefaultZone=dmz\n"}, ["nft"], None),
    ],
)
def test_the_kernel_is_asked_only_as_root_and_where_a_firewall_is_active(
    euid: int, files: dict[str, str], programs: list[str], argv: tuple[str, ...] | None
) -> None:
    reader = RecordedReader(
        {
            "files": files,
            "programs": {name: f"/usr/sbin/{name}" for name in programs},
            "values": {"user": {"euid": euid}},
        }
    )
    assert tuple(live_command(reader).values()) == (() if argv is None else (argv,))
