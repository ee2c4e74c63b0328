"""What firewalld's default zone lets in, from its files."""

from __future__ import annotations

import re

from wizard.machine.readoutcome import Reader
from wizard.probe.rules import AllowedPorts, parse_ports, source_rules

_SAFE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}\Z")


def read_firewalld(reader: Reader) -> AllowedPorts | None:
    """Ports and services of the default zone; None where /etc/firewalld is not readable (it is root's).

    Interfaces and sources bound to other zones are not followed.
    """
    config = reader.text("/etc/firewalld/firewalld.conf")
    if config is None:
        return None
    zone = default_zone(config)
    text = _first(reader, "zones", zone)
    if text is None:
        return None
    if re.search(r'<zone[^>]*target="ACCEPT"', text):
        return AllowedPorts(tuple(range(1, 65536)))
    anywhere, some = set(parse_zone_ports(text)), parse_rich_ports(text)
    for service in parse_services(without_rules(text)):
        anywhere |= parse_zone_ports(_first(reader, "services", service) or "")
    return AllowedPorts(
        tuple(sorted(anywhere)), tuple(sorted(some - anywhere)), source_rules(parse_rich_sources(text))
    )


def default_zone(config: str) -> str:
    """`DefaultZone=` of firewalld.conf, `public` where it says none."""
    for line in config.splitlines():
        key, _, zone = line.partition("=")
        if key.strip() == "DefaultZone" and _SAFE_NAME.match(zone.strip()):
            return zone.strip()
    return "public"


def _first(reader: Reader, kind: str, name: str) -> str | None:
    for directory in ("/etc/firewalld", "/usr/lib/firewalld"):
        text = reader.text(f"{directory}/{kind}/{name}.xml")
        if text is not None:
            return text
    return None


def without_rules(text: str) -> str:
    """A zone's text without comments and rich rules."""
    plain = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return re.sub(r"<rule\b.*?</rule>", "", plain, flags=re.DOTALL)


def parse_zone_ports(text: str) -> set[int]:
    """TCP ports of `<port port="80" protocol="tcp"/>` outside of rich rules."""
    found: set[int] = set()
    for tag in re.findall(r"<port\b[^>]*>", without_rules(text)):
        port = re.search(r'\bport="([^"]*)"', tag)
        if port and 'protocol="tcp"' in tag:
            found |= parse_ports(port.group(1))
    return found


def parse_services(text: str) -> tuple[str, ...]:
    """Names of a zone's services."""
    names = re.findall(r'<service\b[^>]*\bname="([^"]*)"', text)
    return tuple(name for name in names if _SAFE_NAME.match(name))


def parse_rich_ports(text: str) -> set[int]:
    """TCP ports that rich rules accept, most often for some sources only."""
    found: set[int] = set()
    for rule in re.findall(r"<rule\b.*?</rule>", text, flags=re.DOTALL):
        if "<accept" in rule:
            for tag in re.findall(r"<port\b[^>]*>", rule):
                port = re.search(r'\bport="([^"]*)"', tag)
                if port and 'protocol="tcp"' in tag:
                    found |= parse_ports(port.group(1))
    return found


def parse_rich_sources(text: str) -> set[tuple[str, str, str]]:
    """(source, protocol, port) of rich rules that do nothing but accept that; port "" for a protocol without any."""
    found: set[tuple[str, str, str]] = set()
    for rule in re.findall(r"<rule\b.*?</rule>", text, flags=re.DOTALL):
        tags = dict(re.findall(r"<(\w+)\b([^>]*)>", rule))
        what = tags.get("port") or tags.get("protocol") or ""
        if tags.keys() == {"rule", "source", "port" if "port" in tags else "protocol", "accept"}:
            name = "protocol" if "port" in tags else "value"
            port = _attribute(what, "port") if "port" in tags else ""
            found.add((_attribute(tags["source"], "address"), _attribute(what, name), port))
    return found


def _attribute(tag: str, name: str) -> str:
    given = re.search(rf'\b{name}="([^"]*)"', tag)
    return given.group(1) if given and "invert" not in tag else ""
