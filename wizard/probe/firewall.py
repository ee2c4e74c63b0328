"""Which firewall manages this host, from files and /proc: its programs take 100 to 200 ms each to say the same."""

from __future__ import annotations

from wizard.machine.readoutcome import Reader
from wizard.model.facts import FirewallBackend, FirewallFacts
from wizard.probe.firewalld import read_firewalld
from wizard.probe.rules import AllowedPorts, parse_iptables_save, parse_nftables, parse_ufw_rules

_UNIT_TREES = (
    "/sys/fs/cgroup/system.slice",
    "/sys/fs/cgroup/systemd/system.slice",
    "/sys/fs/cgroup/unified/system.slice",
)
_WANTS = ("sysinit.target.wants", "multi-user.target.wants", "basic.target.wants", "network-pre.target.wants")


def read_firewall(reader: Reader) -> FirewallFacts:
    """The active one; else one that is installed, inactive; else `none`."""
    ufw = reader.text("/etc/ufw/ufw.conf")
    active = _active(reader, ufw or "")
    if active is not None:
        return active
    if ufw is not None or reader.find("ufw"):
        return FirewallFacts("ufw", False)
    return FirewallFacts("firewalld" if reader.find("firewalld") else "none", False)


def _active(reader: Reader, ufw: str) -> FirewallFacts | None:
    if is_ufw_enabled(ufw):
        return _facts("ufw", parse_ufw_rules(reader.text("/etc/ufw/user.rules", 1 << 20)))
    if firewalld_runs(reader):
        return _facts("firewalld", read_firewalld(reader))
    if _is_wanted(reader, "nftables.service"):
        return _facts(
            "nftables", parse_nftables(_first(reader, "/etc/nftables.conf", "/etc/sysconfig/nftables.conf"))
        )
    if any(_is_wanted(reader, unit) for unit in ("netfilter-persistent.service", "iptables.service")):
        return _facts(
            "iptables",
            parse_iptables_save(_first(reader, "/etc/iptables/rules.v4", "/etc/sysconfig/iptables")),
        )
    return None


def _first(reader: Reader, *paths: str) -> str | None:
    texts = (reader.text(path, 1 << 20) for path in paths)
    return next((text for text in texts if text is not None), None)


def _facts(backend: FirewallBackend, allowed: AllowedPorts | None) -> FirewallFacts:
    if allowed is None:
        return FirewallFacts(backend, True)
    return FirewallFacts(backend, True, allowed.from_anywhere, allowed.from_some, allowed.sources)


def is_ufw_enabled(text: str) -> bool:
    """`ENABLED=yes` in ufw.conf, the last one counting."""
    enabled = False
    for line in text.splitlines():
        key, _, setting = line.partition("=")
        if key.strip() == "ENABLED":
            enabled = setting.strip().strip("\"'").lower() == "yes"
    return enabled


def firewalld_runs(reader: Reader) -> bool:
    """By the processes of its unit; without systemd by its pid file (the unit starts it without one)."""
    if any(reader.text(f"{tree}/firewalld.service/cgroup.procs") for tree in _UNIT_TREES):
        return True
    pid = (reader.text("/run/firewalld.pid", 60) or "").strip()
    if not (pid.isascii() and pid.isdigit()):
        return False
    return (reader.text(f"/proc/{pid}/comm", 60) or "").strip() == "firewalld"


def _is_wanted(reader: Reader, unit: str) -> bool:
    """A unit that starts at boot: a link in one of systemd's wants directories."""
    return any(reader.link(f"/etc/systemd/system/{directory}/{unit}") is not None for directory in _WANTS)
