"""What a firewall's command shuts, whether SSH needs it, and whether another rule lets SSH in."""

from __future__ import annotations

import shlex

import pytest

from wizard.checks.closing import Closing, Needed, SshNow, closing, needed
from wizard.checks.ways import firewalld_lets_in, ufw_lets_in
from wizard.model.ufwrules import parse_ufw

CLIENT, OTHER = "203.0.113.9", "198.51.100.7"
LIVE = SshNow(frozenset({(CLIENT, 443)}), frozenset({443}))
NOBODY = SshNow(ports=frozenset({443}))
ANYONE = "ufw delete allow proto tcp from any to any port 443"
OFFICE = "ufw delete allow proto tcp from 203.0.113.0/24 to any port 443"
BRANCH = "ufw delete allow proto tcp from 198.51.100.0/24 to any port 443"
RICH = '--remove-rich-rule=\'rule family="ipv4" source address="{}" port port="443" protocol="tcp" accept\''


def shut_by(line: str) -> Closing | None:
    return closing(shlex.split(line))


@pytest.mark.parametrize(
    ("line", "ports", "source", "denies"),
    [
        (ANYONE, {443}, None, False),
        (OFFICE, {443}, "203.0.113.0/24", False),
        ("ufw delete limit proto tcp from any to any port 80,440:450", {80, *range(440, 451)}, None, False),
        ("ufw deny log proto tcp from any to any port 443 comment 'port 22'", {443}, None, True),
        ("ufw reject proto tcp from 2001:db8::/32 to any port 443", {443}, "2001:db8::/32", True),
        ("firewall-cmd --permanent --remove-port=443/tcp", {443}, None, False),
        ("firewall-cmd --remove-port=440-450/tcp", set(range(440, 451)), None, False),
        (f"firewall-cmd {RICH.format('203.0.113.0/24')}", {443}, "203.0.113.0/24", False),
        ("firewall-cmd --remove-port=443/udp", set(), None, False),
        ("firewall-cmd --remove-rich-rule='rule protocol value=\"esp\" accept'", set(), None, False),
        ('firewall-cmd --add-rich-rule=\'rule port port="443" protocol="tcp" drop\'', {443}, None, True),
    ],
)
def test_what_is_shut_for_whom(line: str, ports: set[int], source: str | None, denies: bool) -> None:
    assert shut_by(line) == Closing(frozenset(ports), source, denies)


@pytest.mark.parametrize(
    "line",
    [
        "ufw allow proto tcp from any to any port 443",
        "ufw limit proto tcp from any to any port 443 comment ''",
        "ufw delete deny proto tcp from any to any port 443",
        "ufw delete allow proto udp from any to any port 443",
        "ufw delete allow proto esp from 10.0.0.5 to any",
        "firewall-cmd --add-port=443/tcp",
        "systemctl restart docker",
        "rm -f -- /etc/x",
    ],
)
def test_what_lets_in_or_is_none_of_tcp_s_shuts_nothing(line: str) -> None:
    assert shut_by(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "ufw --force enable",
        "ufw delete allow OpenSSH",
        "firewall-cmd --remove-service=ssh",
        "nft flush ruleset",
        "iptables -P INPUT DROP",
        "systemctl restart nftables",
    ],
)
def test_what_can_not_be_told_shuts_every_port(line: str) -> None:
    found = shut_by(line)
    assert found is not None and needed(found, LIVE) and needed(found, NOBODY)


@pytest.mark.parametrize(
    ("line", "ssh", "clients"),
    [
        (ANYONE, LIVE, [(CLIENT,)]),
        (OFFICE, LIVE, [(CLIENT,)]),
        (BRANCH, LIVE, []),
        (ANYONE, NOBODY, [()]),
        (BRANCH, NOBODY, [()]),
        # He works through 22, and sshd waits on 443 as well: who comes by that one is not known.
        (ANYONE, SshNow(frozenset({(CLIENT, 22)}), frozenset({22, 443})), [()]),
        (BRANCH, SshNow(frozenset({(CLIENT, 22)}), frozenset({22, 443})), []),
        (ANYONE, SshNow(frozenset({(CLIENT, 22)}), frozenset({22})), []),
        (OFFICE, SshNow(frozenset({("2001:db8::7", 443)}), frozenset({443})), []),
        (
            OFFICE,
            SshNow(frozenset({("::ffff:203.0.113.9", 443)}), frozenset({443})),
            [("::ffff:203.0.113.9",)],
        ),
        (
            "ufw delete allow proto tcp from 2001:db8::/32 to any port 443",
            SshNow(frozenset({("2001:db8::7", 443)}), frozenset({443})),
            [("2001:db8::7",)],
        ),
        (ANYONE, SshNow(frozenset({(CLIENT, 443), (OTHER, 443)}), frozenset({443})), [(OTHER, CLIENT)]),
    ],
)
def test_what_ssh_needs_of_it(line: str, ssh: SshNow, clients: list[tuple[str, ...]]) -> None:
    found = shut_by(line)
    assert found is not None
    assert [need.clients for need in needed(found, ssh)] == clients


HIS = Needed(443, (CLIENT,))
ALL = Needed(443)


@pytest.mark.parametrize(
    ("rules", "his", "everybody"),
    [
        ([], False, False),
        (["allow tcp 443 0.0.0.0/0 any 203.0.113.0/24 in"], True, False),
        (["limit tcp 400:500 0.0.0.0/0 any 0.0.0.0/0 in"], True, False),
        (["allow any any 0.0.0.0/0 any 0.0.0.0/0 in", "allow any any ::/0 any ::/0 in"], True, True),
        (["allow tcp 443 0.0.0.0/0 any 198.51.100.0/24 in"], False, False),
        (["allow udp 443 0.0.0.0/0 any 0.0.0.0/0 in"], False, False),
        (["allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in_eth1"], False, False),
        (["allow tcp 443 10.0.0.1 any 0.0.0.0/0 in"], False, False),
        (
            ["deny tcp 443 0.0.0.0/0 any 203.0.113.9 in", "allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in"],
            False,
            False,
        ),
        (
            ["allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in", "deny any any 0.0.0.0/0 any 0.0.0.0/0 in"],
            True,
            False,
        ),
        (
            ["deny any any 0.0.0.0/0 any 0.0.0.0/0 in", "allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in"],
            False,
            False,
        ),
        (
            ["deny_log tcp 443 0.0.0.0/0 any 198.51.100.7 in", "allow any any 0.0.0.0/0 any 0.0.0.0/0 in"],
            True,
            False,
        ),
    ],
)
def test_another_rule_of_ufw(rules: list[str], his: bool, everybody: bool) -> None:
    there = parse_ufw("\n".join(f"### tuple ### {rule}" for rule in rules))
    assert ufw_lets_in(HIS, there, accepts_by_default=False) is his
    assert ufw_lets_in(ALL, there, accepts_by_default=False) is everybody


def test_a_ufw_that_lets_in_by_default_needs_no_rule() -> None:
    assert ufw_lets_in(ALL, (), accepts_by_default=True)
    deny = parse_ufw("### tuple ### deny tcp 443 0.0.0.0/0 any 0.0.0.0/0 in")
    assert not ufw_lets_in(ALL, deny, accepts_by_default=True)


ZONE = """public (active)
  target: {target}
  interfaces: eth0
  services: dhcpv6-client {services}
  ports: 443/tcp {ports}
  protocols:
  rich rules:
{rich}
"""
GONE = "--remove-port=443/tcp"


def zone(target: str = "default", services: str = "", ports: str = "", rich: str = "") -> str:
    return ZONE.format(target=target, services=services, ports=ports, rich=rich)


def rule(source: str, verdict: str = "accept", port: int = 443) -> str:
    return f'\trule family="ipv4" source address="{source}" port port="{port}" protocol="tcp" {verdict}\n'


@pytest.mark.parametrize(
    ("text", "his", "everybody"),
    [
        (zone(), False, False),
        (zone("ACCEPT"), True, True),
        (zone(ports="440-450/tcp"), True, True),
        (zone(ports="443/udp"), False, False),
        (zone(services="https"), True, True),
        (zone(services="ssh"), False, False),
        (zone(rich=rule("203.0.113.0/24")), True, False),
        (zone(rich=rule("198.51.100.0/24")), False, False),
        (zone(rich=rule("203.0.113.0/24", port=80)), False, False),
        (zone(services="https", rich=rule("203.0.113.0/24", "reject")), False, False),
        ("", False, False),
    ],
)
def test_another_rule_of_firewalld(text: str, his: bool, everybody: bool) -> None:
    services = {"https": frozenset({443}), "ssh": frozenset({22})}

    def asked(name: str) -> frozenset[int]:
        return services.get(name, frozenset())

    assert firewalld_lets_in(HIS, text, GONE, asked) is his
    assert firewalld_lets_in(ALL, text, GONE, asked) is everybody


def test_the_rich_rule_that_goes_is_no_other_way() -> None:
    gone = shlex.split(RICH.format("203.0.113.0/24"))[0]
    text = zone(rich=rule("203.0.113.0/24")).replace("443/tcp", "")
    assert not firewalld_lets_in(HIS, text, gone, lambda _name: frozenset())
    text = zone(rich=rule("203.0.113.0/24") + rule("203.0.113.9")).replace("443/tcp", "")
    assert firewalld_lets_in(HIS, text, gone, lambda _name: frozenset())
