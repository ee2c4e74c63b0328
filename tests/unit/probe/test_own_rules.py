"""Hand-made rules of real kernels: what is judged open is reached by a real connection, what is judged shut is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.unit.probe.ownfirewall import Host, two_namespaces, why_not
from wizard.model.answers import Answers
from wizard.model.facts import FirewallFacts, HostFacts
from wizard.model.rebuild import rebuild
from wizard.planning.firewall import firewall_rules

WHY_NOT = why_not()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

OPEN, SOME, SHUT, UNKNOWN = "open", "some", "shut", "unknown"
_HOOK = "type filter hook input priority 0; policy"
_STATE = "ct state vmap { established : accept, related : accept, invalid : drop }"
# Name: rules; then of 80 by IPv4 and IPv6, of 443 by IPv4 and IPv6; a part of what can't be judged.
CASES: dict[str, tuple[str, str, str, str, str, str]] = {
    "nft drops": (f"table inet filter {{\nchain input {{ {_HOOK} drop; }}\n}}", SHUT, SHUT, SHUT, SHUT, ""),
    "nft lets 80 in": (
        f"table inet f {{\nchain in {{ {_HOOK} drop; {_STATE}; iif lo accept; tcp dport 80 accept;\nip protocol icmp "
        "accept; meta l4proto ipv6-icmp accept; }\n}",
        *(OPEN, OPEN, SHUT, SHUT, ""),
    ),
    "nft lets a set in, and logs": (
        f"table inet f {{\nchain in {{ {_HOOK} drop; counter; meta l4proto {{ tcp, udp }} th dport {{ 22, 80-90, 443 "
        '} log prefix "x" counter accept;\nmeta l4proto ipv6-icmp accept; }\n}',
        *(OPEN, OPEN, OPEN, OPEN, ""),
    ),
    "nft ends in a reject, policy accept": (
        f"table inet f {{\nchain in {{ {_HOOK} accept; ct state established,related accept; meta l4proto ipv6-icmp "
        'accept; tcp dport 443 accept comment "a; drop } \\t";\nreject with icmpx type admin-prohibited; }\n}',
        *(SHUT, SHUT, OPEN, OPEN, ""),
    ),
    "nft lets one network in": (
        f"table inet f {{\nchain in {{ {_HOOK} drop; ip saddr 203.0.113.0/24 tcp dport {{ 80, 443 }} accept; }}\n}}",
        *(SOME, SHUT, SOME, SHUT, ""),
    ),
    "nft lets in by jumps": (
        f"table inet f {{\nchain web {{ tcp dport vmap {{ 80 : accept, 443 : drop }}; }}\nchain in {{ {_HOOK} drop; "
        "meta l4proto ipv6-icmp accept; ip protocol tcp jump web; meta nfproto ipv6 goto web; }\n}",
        *(OPEN, OPEN, SHUT, SHUT, ""),
    ),
    "nft asks a named set": (
        f"table inet f {{\nset web {{ type inet_service; elements = {{ 80 }} }}\nchain in {{ {_HOOK} drop; tcp "
        "dport @web "
        "accept; }\n}",
        *(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, "sets of ports"),
    ),
    "nft asks the interface": (
        f'table inet f {{\nchain in {{ {_HOOK} drop; iifname "eth9" accept; }}\n}}',
        *(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, "interface"),
    ),
    "nft limits": (
        f"table inet f {{\nchain in {{ {_HOOK} drop; tcp dport 80 limit rate 5/second accept; }}\n}}",
        *(UNKNOWN, UNKNOWN, SHUT, SHUT, "limit"),
    ),
    "nft leaves a network out": (
        f"table inet f {{\nchain in {{ {_HOOK} accept; ip saddr != 10.0.0.0/8 tcp dport 443 drop; }}\n}}",
        *(OPEN, OPEN, UNKNOWN, OPEN, "leave sources out"),
    ),
    "nft for IPv6 alone": (f"table ip6 f {{\nchain in {{ {_HOOK} drop; }}\n}}", OPEN, SHUT, OPEN, SHUT, ""),
    "nft in prerouting": (
        "table inet f {\nchain pre { type filter hook prerouting priority -300; policy accept;\n"
        "tcp dport 443 drop; }\n}",
        *(OPEN, OPEN, SHUT, SHUT, ""),
    ),
    "nft in netdev": (
        'table netdev f {\nchain x { type filter hook ingress device "eth0" priority 0; policy accept; tcp dport 443 '
        "drop; }\n}",
        *(OPEN, OPEN, SHUT, SHUT, ""),
    ),
    "two nft chains, both must accept": (
        f"table inet a {{\nchain in {{ {_HOOK} accept; tcp dport 80 accept; }}\n}}\ntable ip b {{\nchain in {{ type "
        "filter hook input priority 10; policy drop; tcp dport 443 accept; }\n}",
        *(SHUT, OPEN, OPEN, OPEN, ""),
    ),
    "iptables-nft drops": ("iptables-nft -P INPUT DROP", SHUT, OPEN, SHUT, OPEN, ""),
    "iptables-nft lets 443 in": (
        "iptables-nft -P INPUT DROP\niptables-nft -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
        "iptables-nft -A INPUT -p udp --dport 80 -j ACCEPT\n"
        "iptables-nft -A INPUT -p tcp -m multiport --dports 22,443 -m comment --comment 'a \"b\" -j DROP' -j ACCEPT",
        *(SHUT, OPEN, OPEN, OPEN, ""),
    ),
    "iptables-nft ends in a reject": (
        "iptables-nft -A INPUT -i lo -j ACCEPT\niptables-nft -A INPUT -m state --state ESTABLISHED -j ACCEPT\n"
        "iptables-nft -A INPUT -p tcp --syn --dport 80 -j ACCEPT\n"
        "iptables-nft -A INPUT -p tcp --tcp-flags ALL NONE -j DROP\niptables-nft -A INPUT -j REJECT",
        *(OPEN, OPEN, SHUT, OPEN, ""),
    ),
    "iptables-legacy drops all but a source": (
        "iptables-legacy -P INPUT DROP\niptables-legacy -A INPUT -s 203.0.113.0/24 -p tcp --dport 80 -j ACCEPT\n"
        "ip6tables-legacy -N WEB\nip6tables-legacy -A WEB -p tcp --dport 80 -j RETURN\nip6tables-legacy -A WEB -p tcp "
        "-j DROP\nip6tables-legacy -A INPUT -j WEB",
        *(SOME, OPEN, SHUT, SHUT, ""),
    ),
    "iptables-legacy beside nft": (
        f"iptables-legacy -A INPUT -p tcp --dport 80 -j DROP\nnft -f - <<'END'\ntable inet f {{\nchain in {{ {_HOOK} "
        "accept; tcp dport 443 drop; }\n}\nEND",
        *(SHUT, OPEN, SHUT, SHUT, ""),
    ),
    "iptables in raw": (
        "iptables-legacy -t raw -A PREROUTING -p tcp --dport 80 -j DROP",
        *(SHUT, OPEN, OPEN, OPEN, ""),
    ),
    "iptables asks for recent": (
        "iptables-legacy -P INPUT DROP\niptables-legacy -A INPUT -p tcp --dport 80 -m limit --limit 3/min -j ACCEPT",
        *(UNKNOWN, OPEN, SHUT, OPEN, "--limit"),
    ),
}
DOCKERS = """
iptables-nft -P FORWARD DROP
iptables-nft -N DOCKER
iptables-nft -N DOCKER-USER
iptables-nft -N DOCKER-ISOLATION-STAGE-1
iptables-nft -A FORWARD -j DOCKER-USER
iptables-nft -A FORWARD -j DOCKER-ISOLATION-STAGE-1
iptables-nft -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables-nft -A FORWARD -o docker0 -j DOCKER
iptables-nft -A DOCKER ! -i docker0 -o docker0 -j DROP
iptables-nft -A DOCKER-USER -j RETURN
iptables-nft -t nat -N DOCKER
iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables-nft -t raw -A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
iptables-nft -t mangle -A INPUT -p udp --dport 4789 -j DROP
"""
HARMLESS = {
    "nothing": "true",
    "Docker's chains": DOCKERS,
    "Docker's chains, legacy": DOCKERS.replace("iptables-nft", "iptables-legacy"),
    "Docker's chains, nft": "table ip docker-bridges {\nchain filter-FORWARD { type filter hook forward "
    "priority 0; policy "
    "drop; }\nchain raw-PREROUTING { type filter hook prerouting priority -300; policy accept; ip daddr "
    "172.17.0.2 drop; "
    "}\n}",
    "output alone": "table inet f {\nchain outgoing { type filter hook output priority 0; policy drop; "
    "ct state established accept; meta l4proto ipv6-icmp accept; }\n}",
    "nftables' own example": "table inet filter {\nchain input { type filter hook input priority filter; "
    "}\nchain forward { "
    "type filter hook forward priority filter; }\nchain output { type filter hook output priority filter; }\n}",
    "fail2ban": "iptables-nft -N f2b-nginx\niptables-nft -A f2b-nginx -s 203.0.113.9 -j REJECT\niptables-nft -A "
    "f2b-nginx "
    "-j RETURN\niptables-nft -I INPUT -p tcp -m multiport --dports 80,443 -j f2b-nginx",
    "fail2ban, nft": f"table inet f2b {{\nset bad {{ type ipv4_addr; }}\nchain c {{ {_HOOK} accept; tcp dport "
    f"{{ 80, 443 }} "
    "ip saddr @bad reject; }\n}",
    "an inactive ufw's": "iptables-nft -N ufw-before-input\niptables-nft -N ufw-user-input\niptables-nft -A INPUT -j "
    "ufw-before-input\niptables-nft -A INPUT -j ufw-user-input",
}


@pytest.fixture(scope="module")
def namespaces() -> Iterator[Host]:
    with two_namespaces() as host:
        yield host


@pytest.fixture
def host(namespaces: Host) -> Host:
    namespaces.clear()
    return namespaces


@pytest.mark.parametrize("name", CASES)
def test_what_is_judged_of_80_and_443_is_what_a_connection_meets(host: Host, name: str) -> None:
    rules, *expected, doubt = CASES[name]
    host.set_rules(rules)
    facts = host.look()
    assert facts is not None
    assert facts["own_rules"] is True
    judged = {
        (item["port"], version): item[f"ipv{version}"] for item in facts["passages"] for version in (4, 6)
    }
    assert [judged[80, 4], judged[80, 6], judged[443, 4], judged[443, 6]] == expected
    assert (doubt in " ".join(facts["unjudged"])) if doubt else facts["unjudged"] == []
    for where, is_in in host.reached().items():
        if judged[where] != UNKNOWN:
            assert is_in is (judged[where] == OPEN), where


@pytest.mark.parametrize("name", CASES)
def test_the_rules_that_are_exported_let_80_and_443_in(host: Host, name: str) -> None:
    host.set_rules(CASES[name][0])
    facts = host.look()
    assert facts is not None
    surveyed = HostFacts("this", "", firewall=rebuild(FirewallFacts, facts))
    for command in firewall_rules(Answers(), surveyed):
        host.run(*command.argv)
    assert all(host.reached().values())


@pytest.mark.parametrize("name", HARMLESS)
def test_what_keeps_no_connection_out_is_no_firewall_of_the_operators(host: Host, name: str) -> None:
    host.set_rules(HARMLESS[name])
    facts = host.look()
    assert facts is not None
    assert (facts["own_rules"], facts["active"], facts["chains"]) == (False, False, [])
    assert all(host.reached().values())


def test_what_is_seen_is_named_with_its_policy_and_number_of_rules(host: Host) -> None:
    host.set_rules(CASES["nft lets 80 in"][0])
    host.set_rules("iptables-nft -P INPUT DROP\nip6tables-legacy -P INPUT DROP")
    facts = host.look()
    assert facts is not None
    assert [
        (chain["family"], chain["table"], chain["name"], chain["policy"], chain["rules"], chain["tool"])
        for chain in facts["chains"]
    ] == [
        ("inet", "f", "in", "drop", 5, "nft"),
        ("ip", "filter", "INPUT", "drop", 0, "iptables-nft"),
        ("ip6", "filter", "INPUT", "drop", 0, "iptables-legacy"),
    ]
    assert (facts["backend"], facts["input_policy"], facts["forward_policy"]) == (
        "nftables",
        "drop",
        "accept",
    )


def test_a_chain_that_drops_what_is_forwarded_is_told_and_dockers_is_not(host: Host) -> None:
    host.set_rules(DOCKERS)
    host.set_rules("table inet f {\nchain forwarded { type filter hook forward priority 0; policy drop; }\n}")
    facts = host.look()
    assert facts is not None
    assert (facts["own_rules"], facts["forward_policy"], facts["input_policy"]) == (True, "drop", "accept")
    assert [(chain["table"], chain["name"]) for chain in facts["chains"]] == [("f", "forwarded")]


def test_a_hundred_thousand_rules_are_too_many_to_judge_and_cost_no_time(host: Host) -> None:
    rules = "".join(f"tcp dport {number % 60000 + 1} accept\n" for number in range(100_000))
    host.set_rules(f"table inet f {{\nchain in {{ {_HOOK} drop;\n{rules}}}\n}}")
    started = time.monotonic()
    facts = host.look()
    assert time.monotonic() - started < 5
    assert facts is not None
    assert {item["ipv4"] for item in facts["passages"]} == {UNKNOWN}
    assert facts["unjudged"] == ["more than 2,000 rules"]
    assert facts["chains"][0]["rules"] == 100_000


def test_many_rules_of_iptables_legacy_are_too_many_to_judge(host: Host) -> None:
    rules = "".join(f"-A INPUT -p tcp --dport {number % 60000 + 1} -j ACCEPT\n" for number in range(100_000))
    host.run("iptables-legacy-restore", given=f"*filter\n:INPUT DROP [0:0]\n{rules}COMMIT\n")
    facts = host.look()
    assert facts is not None
    assert {item["ipv4"] for item in facts["passages"]} == {UNKNOWN}
    assert "more than 2,000" in facts["unjudged"][0]


def test_jumps_that_double_with_each_chain_come_to_an_end(host: Host) -> None:
    chains = "\n".join(
        f"chain c{number} {{ jump c{number + 1}; jump c{number + 1}; }}" for number in reversed(range(14))
    )
    host.set_rules(
        f"table inet f {{\nchain c14 {{ tcp dport 80 accept; }}\n{chains}\n"
        f"chain in {{ {_HOOK} drop; tcp dport 443 accept; jump c0; }}\n}}"
    )
    started = time.monotonic()
    facts = host.look()
    assert time.monotonic() - started < 3
    assert facts is not None
    judged = {item["port"]: item["ipv4"] for item in facts["passages"]}
    assert (judged[80], judged[443], judged[22]) == (OPEN, OPEN, UNKNOWN)
    assert facts["unjudged"] == ["more rules than can be followed"]


def test_a_user_that_may_not_ask_the_kernel_is_told_that_it_is_not_known(host: Host) -> None:
    host.set_rules("iptables-nft -P INPUT DROP")
    script = (
        "import json, os; from wizard.machine.reading import LocalReader; from wizard.machine import netfilter\n"
        "os.setgroups([]); os.setuid(65534)\n"
        "print(json.dumps(LocalReader().value('netfilter')))"
    )
    assert host.run(sys.executable, "-c", script) == "null\n"


def test_names_that_are_odd_are_shown_without_their_escapes(host: Host) -> None:
    host.run("iptables-nft", "-N", "a\x1b[2J;|$(x)")
    host.run("iptables-nft", "-A", "INPUT", "-j", "a\x1b[2J;|$(x)")
    host.run("iptables-nft", "-A", "a\x1b[2J;|$(x)", "-p", "tcp", "--dport", "80", "-j", "DROP")
    facts = host.look()
    assert facts is not None
    assert "\x1b" not in json.dumps(facts, ensure_ascii=False)
    assert facts["own_rules"] is True


def test_asking_the_kernel_costs_less_than_starting_a_program(host: Host) -> None:
    host.set_rules("true")
    script = (
        "import time\nfrom wizard.machine.netfilter import netfilter\nstarted = time.perf_counter()\n"
        "assert netfilter() == {'nft': [], 'rules': 0, 'legacy': netfilter()['legacy']}\n"
        "print(time.perf_counter() - started)"
    )
    assert float(host.run(sys.executable, "-c", script)) < 0.1


def test_reading_changes_no_rule_and_loads_no_table(host: Host) -> None:
    name = f"cw-fresh-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        inside = ["ip", "netns", "exec", name]
        host_in_it = Host(name, name)
        try:
            assert host_in_it.look() is not None
        finally:
            host_in_it.close()
        names = subprocess.run([*inside, "cat", "/proc/net/ip_tables_names"], capture_output=True, check=True)
        ruleset = subprocess.run([*inside, "nft", "list", "ruleset"], capture_output=True, check=True)
        assert (names.stdout, ruleset.stdout) == (b"", b"")
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)
