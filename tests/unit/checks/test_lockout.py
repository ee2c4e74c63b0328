"""A plan that would lock its operator out is refused."""

from __future__ import annotations

import pytest

from tests.unit.checks.build import GOOD, host
from wizard.checks.lockout import lockout
from wizard.model.facts import SshFacts
from wizard.model.plan import Command, Plan, Stage, Step, WriteFile


def _plan(*lines: str, node: str = "local") -> Plan:
    commands = tuple(Command(tuple(line.split())) for line in lines)
    return Plan((Stage("firewall", "Firewall", (Step("firewall-x", node, "t", "w", commands),)),))


TIGHTENING = [
    "ufw --force enable",
    "ufw default deny incoming",
    "ufw default deny",
    "sudo -n ufw enable",
    "env LC_ALL=C /usr/sbin/ufw enable",
    "systemctl enable --now firewalld",
    "systemctl start nftables.service",
    "systemctl restart ufw",
    "service ufw start",
    "firewall-cmd --set-default-zone=drop",
    "firewall-cmd --permanent --remove-service=http",
    "nft -f /etc/nftables.conf",
    "nft flush ruleset",
    "iptables -P INPUT DROP",
    "iptables -A INPUT -j REJECT",
    "iptables-restore /etc/iptables/rules.v4",
    "sh -c ufw\\ enable",
]
ALLOWING = [
    "ufw allow 22/tcp",
    "ufw allow ssh",
    "ufw allow proto tcp from any to any port 22 comment cometchat-wizard",
    "ufw allow proto tcp from 192.0.2.0/24 to any port 22",
    "ufw limit OpenSSH",
    "firewall-cmd --permanent --add-service=ssh",
    "firewall-offline-cmd --add-port=22/tcp",
    "iptables -I INPUT -p tcp --dport 22 -j ACCEPT",
]


@pytest.mark.parametrize("line", TIGHTENING)
def test_refused_alone_and_let_through_after_ssh(line: str):
    item = lockout(_plan(line), (GOOD,))
    assert item and item.id == "ssh-lockout" and item.severity == "blocker"
    assert not item.acceptable and not item.fixable and item.node == "local"
    assert lockout(_plan("ufw allow 22/tcp", line), (GOOD,)) is None
    assert lockout(_plan(line, "ufw allow 22/tcp"), (GOOD,))


@pytest.mark.parametrize("line", ALLOWING)
def test_ways_to_allow(line: str):
    assert lockout(_plan(line, "ufw enable"), (GOOD,)) is None


def test_a_rich_rule_of_firewalld_allows_too():
    rule = 'rule family="ipv4" source address="192.0.2.9" port port="22" protocol="tcp" accept'
    rich = Command(("firewall-cmd", f"--add-rich-rule={rule}"))
    start = Command(("systemctl", "start", "firewalld"))
    plan = Plan((Stage("firewall", "Firewall", (Step("x", "local", "t", "w", (rich, start)),)),))
    assert lockout(plan, (GOOD,)) is None
    assert lockout(plan, (host(ssh=SshFacts((22,), 22, "198.51.100.1")),))


@pytest.mark.parametrize(
    "line",
    [
        "ufw allow 80/tcp",
        "ufw allow 22/udp",
        "ufw allow out 22/tcp",
        "ufw allow proto udp to any port 22",
        "ufw allow from 198.51.100.0/24 to any port 22",
        "ufw allow 2222/tcp comment ssh",
        "ufw allow in on eth1 to any port 22",
        "firewall-cmd --add-service=http",
        "iptables -A OUTPUT -p tcp --dport 22 -j ACCEPT",
    ],
)
def test_what_does_not_allow(line: str):
    assert lockout(_plan(line, "ufw enable"), (GOOD,))


@pytest.mark.parametrize(
    "line",
    [
        "ufw delete allow 22/tcp",
        "ufw deny 22",
        "firewall-cmd --remove-service=ssh",
        "firewall-cmd --permanent --remove-port=22/tcp",
    ],
)
def test_closing_ssh_by_name_is_always_refused(line: str):
    assert lockout(_plan("ufw allow 22/tcp", line), (GOOD,))


def test_a_reset_forgets_what_was_allowed():
    assert lockout(_plan("ufw allow 22/tcp", "ufw --force reset", "ufw enable"), (GOOD,))


@pytest.mark.parametrize(
    ("ssh", "allowed", "is_refused"),
    [
        (SshFacts((2222, 22), 2222, "192.0.2.9"), ("2222",), False),
        (SshFacts((2222, 22), 2222, "192.0.2.9"), ("22",), True),
        (SshFacts((22, 2222)), ("22",), True),
        (SshFacts((22, 2222)), ("22", "2222"), False),
        (SshFacts(), ("22",), False),
    ],
)
def test_the_live_port_or_every_known_one(ssh: SshFacts, allowed: tuple[str, ...], is_refused: bool):
    plan = _plan(*(f"ufw allow {port}/tcp" for port in allowed), "ufw enable")
    assert (lockout(plan, (host(ssh=ssh),)) is not None) is is_refused


def test_ssh_allowed_on_one_node_does_not_help_another():
    one = _plan("ufw allow 22/tcp").stages[0]
    other = _plan("ufw enable", node="b").stages[0]
    assert lockout(Plan((one, other)), (GOOD,))


@pytest.mark.parametrize(
    "line",
    [
        "systemctl enable --now docker",
        "systemctl stop ufw",
        "ufw allow 443/tcp",
        "firewall-cmd --add-port=443/tcp",
        "iptables -I DOCKER-USER -p tcp -j DROP",
        "apt-get install -y ufw",
    ],
)
def test_what_tightens_nothing(line: str):
    assert lockout(_plan(line), (GOOD,)) is None


def test_files_and_the_empty_plan():
    step = Step("x", "local", "t", "w", (WriteFile("/etc/ufw/x", "enable"),))
    assert lockout(Plan((Stage("a", "A", (step,)),)), (GOOD,)) is None
    assert lockout(Plan(), ()) is None
