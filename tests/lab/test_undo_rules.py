"""Rules of an operator's own for the same ports: real ufw and firewalld, compared rule by rule."""

from __future__ import annotations

from collections.abc import Mapping

from tests.lab import kinds
from tests.lab.conftest import MakeHost
from tests.lab.host import Host
from tests.lab.hoststate import Kept, differences, state_of, unexplained
from tests.lab.undoing import ALL, UFW, apply, put_answers, wizard

OFFICE, BRANCH = "203.0.113.0/24", "198.51.100.0/24"
KEPT = {
    "firewalld-backup": Kept(
        r"\+ file /etc/firewalld/zones/public\.xml\.old: file 0644 0:0 sha256:\w+",
        "firewalld keeps the zone's file of before its last change",
    )
}
ANSWERS = {"network": {"allow_from": [OFFICE, BRANCH]}}
STEPS = ("firewall-http", "firewall-https")


def _take_back(host: Host, kept: Mapping[str, Kept]) -> None:
    put_answers(host, ANSWERS)
    start = state_of(host)
    apply(host, *STEPS)
    assert (
        host.run("cometchat-wizard plan --answers /srv/answers.yaml | grep -c firewall- || true").strip()
        == "0"
    )
    wizard(host, ALL)
    assert unexplained(differences(start, state_of(host)), kept) == ()


def test_ufw(make_host: MakeHost) -> None:
    """ufw knows one rule for a port and a source: ours takes the place of a deny, which comes back."""
    host = make_host(kinds.UBUNTU)
    host.run(UFW)
    host.run(f"ufw allow proto tcp from {OFFICE} to any port 443 comment 'office, M\u00fcnchen'")
    host.run(f"ufw deny log proto tcp from {OFFICE} to any port 80 comment 'not yet'")
    host.run(f"ufw limit proto tcp from {BRANCH} to any port 80")
    host.run("ufw allow from 192.0.2.1")
    _take_back(host, {})


def test_firewalld(make_host: MakeHost) -> None:
    """One of his rules is there for good and in force; the other only in force, and undo leaves it so."""
    host = make_host(kinds.RHEL_FIREWALLD)
    for option in ("", "--permanent"):
        host.run(f"firewall-cmd -q {option} --add-rich-rule='{_rich(OFFICE, 443)}'")
    host.run(f"firewall-cmd -q --add-rich-rule='{_rich(BRANCH, 80)}'")
    _take_back(host, KEPT)
    assert _rich(BRANCH, 80) in host.run("firewall-cmd --list-rich-rules")
    assert _rich(BRANCH, 80) not in host.run("firewall-cmd --permanent --list-rich-rules")


def _rich(source: str, port: int) -> str:
    return f'rule family="ipv4" source address="{source}" port port="{port}" protocol="tcp" accept'


def test_a_port_that_firewalld_has_for_good_and_not_in_force_is_let_in(make_host: MakeHost) -> None:
    """Somebody asked for it with --permanent alone. His part stays at an undo."""
    host = make_host(kinds.RHEL_FIREWALLD)
    host.run("firewall-cmd -q --permanent --add-port=443/tcp")
    put_answers(host, {})
    apply(host, "firewall-https")
    assert "443/tcp" in host.run("firewall-cmd --list-ports")
    assert (
        host.run("cometchat-wizard plan --answers /srv/answers.yaml | grep -c firewall-https || true").strip()
        == "0"
    )
    wizard(host, ALL)
    assert "443/tcp" not in host.run("firewall-cmd --list-ports")
    assert "443/tcp" in host.run("firewall-cmd --permanent --list-ports")
