"""Rules for single sources, as ufw and firewalld write them."""

from __future__ import annotations

from wizard.probe.firewalld import parse_rich_sources
from wizard.probe.rules import parse_ufw_rules, source_rules

UFW = """\
### tuple ### allow tcp 443 0.0.0.0/0 any 203.0.113.0/24 in comment=782079
### tuple ### allow tcp 80 ::/0 any 2001:db8::5 in
### tuple ### allow esp any 0.0.0.0/0 any 10.0.0.5 in
### tuple ### allow udp 4789 0.0.0.0/0 any 10.0.0.5 in
### tuple ### allow tcp 9 0.0.0.0/0 any 0.0.0.0/0 in
### tuple ### deny tcp 1 0.0.0.0/0 any 10.0.0.6 in
### tuple ### limit tcp 2 0.0.0.0/0 any 10.0.0.6 in
### tuple ### allow tcp 3 10.9.9.9 any 10.0.0.6 in
### tuple ### allow tcp 4 0.0.0.0/0 any 10.0.0.6 in_eth0
### tuple ### allow tcp 5:6 0.0.0.0/0 any 10.0.0.6 in
### tuple ### allow tcp 7 0.0.0.0/0 1024 10.0.0.6 in
### tuple ### allow tcp 8 0.0.0.0/0 any nonsense in
"""
ZONE = """\
<zone>
  <rule family="ipv4"><source address="203.0.113.0/24"/><port port="443" protocol="tcp"/><accept/></rule>
  <rule family="ipv4">
    <source address="10.0.0.5"/>
    <protocol value="esp"/>
    <accept/>
  </rule>
  <rule family="ipv4"><source address="10.0.0.6"/><port port="1" protocol="tcp"/><drop/></rule>
  <rule family="ipv4"><source address="10.0.0.6"/><port port="2" protocol="tcp"/><log/><accept/></rule>
  <rule family="ipv4"><source address="10.0.0.6" invert="True"/><port port="3" protocol="tcp"/><accept/></rule>
  <rule><port port="4" protocol="tcp"/><accept/></rule>
  <rule family="ipv4"><source ipset="x"/><port port="5" protocol="tcp"/><accept/></rule>
</zone>
"""


def test_ufw() -> None:
    found = parse_ufw_rules(UFW)
    assert found is not None and found.sources == (
        "10.0.0.5 esp",
        "10.0.0.5 udp/4789",
        "2001:db8::5 tcp/80",
        "203.0.113.0/24 tcp/443",
    )


def test_firewalld() -> None:
    assert source_rules(parse_rich_sources(ZONE)) == ("10.0.0.5 esp", "203.0.113.0/24 tcp/443")
