"""Snapshots of whole hosts, what differs between two of them, and what may differ after an undo."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab.host import Host

_LOOK = Path(__file__).with_name("hostlook.py")
_KEPT_FOR = ", for conffiles of "


@dataclass(frozen=True)
class Kept:
    """What may differ after an undo: a pattern for whole lines of `differences`, and the reason that it stays.

    until_boot: it is in the kernel's memory alone; after the next boot it must be gone.
    """

    pattern: str
    reason: str
    until_boot: bool = False


def state_of(host: Host) -> Mapping[str, str]:
    """Everything that is compared: `file /etc/fstab` to how it is. One login."""
    done = host.try_run("python3 -I -", user="root", text=_LOOK.read_text())
    assert done.returncode == 0, done.stderr
    document: dict[str, dict[str, str]] = json.loads(done.stdout)
    return {f"{part} {key}": value for part, found in document.items() for key, value in found.items()}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """One line for each thing that differs, to be read by people: `+` is new, `-` is gone, `~` is another."""
    lines = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        # What a path is kept for is told only of what is new.
        if old == new or (old and new and old.split(_KEPT_FOR)[0] == new.split(_KEPT_FOR)[0]):
            continue
        if old is None:
            lines.append(f"+ {key}: {new}")
        elif new is None:
            lines.append(f"- {key}: {old}")
        else:
            lines.append(f"~ {key}: {old} -> {new}")
    return tuple(lines)


def unexplained(lines: Iterable[str], kept: Mapping[str, Kept], *, all_of_it: bool = True) -> tuple[str, ...]:
    """Lines that no entry allows. all_of_it: and entries that allow nothing any more."""
    waiting, found = set(kept), []
    for line in lines:
        names = [name for name, entry in kept.items() if re.fullmatch(entry.pattern, line)]
        waiting -= set(names)
        if not names:
            found.append(line)
    stale = (f"stale: nothing is kept as {name} ({kept[name].reason})" for name in sorted(waiting))
    return (*found, *(stale if all_of_it else ()))


# What is kept by design, on a host where Docker was installed, ran, and was undone.
BY_DPKG = {
    "settings-files": Kept(
        r"\+ file /etc/\S+: .*, for conffiles of \S+",
        "apt's remove keeps the settings of a package, as dpkg lists them. Only purge takes them, and purging docker.io"
        " deletes /var/lib/docker",
    ),
    "settings-packages": Kept(
        r"\+ package \S+: rc  \S+", "a package whose settings are kept is known to dpkg in the state rc"
    ),
    "sysv-links": Kept(
        r"\+ file /etc/rc[0-6S]\.d/[KS]01(docker|apparmor): link to \.\./init\.d/\S+",
        "a kept /etc/init.d script keeps its links; systemd does not follow them while the unit is away",
    ),
    "unit-links": Kept(
        r"\+ file /etc/systemd/system/(multi-user|sockets|sysinit)\.target\.wants(: directory 0755 0:0"
        r"|/(containerd|docker|apparmor)\.(service|socket): link to /usr/lib/systemd/system/\S+)",
        "Debian's packages take their links to systemd away when they are purged; they point at nothing until then",
    ),
    "apparmor-local": Kept(
        r"\+ file /etc/apparmor\.d/(local/\S+|tunables/(home\.d/ubuntu|xdg-user-dirs\.d(/site\.local)?)): .*",
        "files for the operator's additions, written by the package's script and removed by purge",
    ),
}
BY_DOCKER = {
    "docker-group": Kept(
        r"\+ account g(roup|shadow) docker: docker:.*",
        "system groups stay when a package goes: files of theirs could fall to whoever gets the number next",
    ),
    "account-backups": Kept(
        r"~ file /etc/(group|gshadow)-: .*", "groupadd's own copy of the file as it was before"
    ),
    "cni-directory": Kept(
        r"\+ file /etc/cni(/net\.d)?: directory 07(55|00) 0:0",
        "an empty directory that containerd makes when it runs",
    ),
    "docker-rules": Kept(
        r"\+ firewall nft table ip6? (filter|nat|raw).*",
        "Docker leaves its chains when it ends",
        until_boot=True,
    ),
    "docker-interface": Kept(
        r"\+ interface (docker0|docker_gwbridge): is there",
        "Docker leaves its bridges when it ends",
        until_boot=True,
    ),
    "forwarding": Kept(
        r"~ sysctl net\.ipv4\.ip_forward: 0 -> 1",
        "Docker switches forwarding on and leaves it",
        until_boot=True,
    ),
}
KEPT_UBUNTU = {
    **BY_DPKG,
    **BY_DOCKER,
    "ufw-says-routed": Kept(
        r"[+-] firewall ufw: Default: deny \(incoming\), allow \(outgoing\), (deny|disabled) \(routed\): is there",
        "ufw calls routing disabled while forwarding is off",
        until_boot=True,
    ),
}
KEPT_RHEL = {
    **BY_DOCKER,
    "zone-file": Kept(
        r"\+ file /etc/firewalld/zones/public\.xml(\.old)?: file 0644 0:0 sha256:\w+",
        "firewalld copies a zone to /etc once it is changed and keeps the copy before; what it says of it is equal",
    ),
    "docker-zone": Kept(
        r"\+ firewall (firewalld (--permanent)? docker:|nft table inet firewalld .*[_\"]docker).*",
        "firewalld's zone for Docker's bridges is out of its settings, and in force until they are read again",
        until_boot=True,
    ),
}
AFTER_A_BOOT = {
    "first-boot": Kept(
        r"- unit (ldconfig|systemd-(hwdb-update|journal-catalog-update|sysusers|update-done))\.service runs: active",
        "a host's first boot has work that the next one has not: nothing of the wizard's",
    ),
}
