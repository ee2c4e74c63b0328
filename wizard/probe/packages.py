"""Which packages that matter are installed, and who installs them here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from wizard.machine.readoutcome import Outcome
from wizard.model.facts import OsFacts
from wizard.model.plain import shown

_SHARED = (
    *("docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "containerd.io", "containerd", "runc"),
    *(
        "docker-compose-plugin",
        "docker-buildx-plugin",
        "docker-compose",
        "podman",
        "podman-docker",
        "buildah",
    ),
    *("git", "openssl", "jq", "curl", "net-tools", "ufw", "firewalld"),
)
# Debian's `docker` and `docker-engine` would be other things than Red Hat's: the names are asked by family.
DPKG_NAMES = (
    *_SHARED,
    *(
        "docker.io",
        "docker-cli",
        "docker-compose-v2",
        "docker-buildx",
        "docker-doc",
        "python3-docker",
        "snapd",
    ),
    *("moby-engine", "moby-cli", "moby-containerd", "moby-runc", "moby-buildx", "moby-compose"),
)
RPM_NAMES = (
    *_SHARED,
    *("docker", "docker-client", "docker-client-latest", "docker-common", "docker-engine", "docker-latest"),
    *("docker-latest-logrotate", "docker-logrotate", "docker-selinux", "docker-engine-selinux"),
    *("docker-cli", "docker-buildx", "moby-engine", "moby-cli"),
    *("podman-compose", "podman-plugins", "podman-catatonit", "cockpit-podman"),
)
# All packages at once: asking for some by name and for the states of all would be two processes.
_DPKG_FIELDS = (
    "Package",
    "Version",
    "db:Status-Status",
    "db:Status-Want",
    "db:Status-Eflag",
    "binary:Package",
)
DPKG_COMMAND = ("dpkg-query", "-W", "-f", "\t".join(f"${{{field}}}" for field in _DPKG_FIELDS) + "\n")
RPM_COMMAND = ("rpm", "-q", "--qf", "%{NAME}\t%{VERSION}-%{RELEASE}\tinstalled\t%{ARCH}\n", *RPM_NAMES)

# Where dpkg keeps what it has done and not yet written into its status; empty unless it was cut off.
UPDATES = "/var/lib/dpkg/updates"
_UNFINISHED = ("half-installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending")
_TO_GO = ("deinstall", "purge")
_NOT_THERE = ("not-installed", "config-files")
_NAMES_LIMIT = 500
_DPKG_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?", re.ASCII)

_Row = tuple[str, str, str, str, str, str]

DEBIAN_FAMILY = frozenset({"debian", "ubuntu"})
RHEL_FAMILY = frozenset({"rhel", "fedora", "centos", "rocky", "almalinux", "oracle", "amzn", "amazon"})


def package_manager(facts: OsFacts, has_apt: bool, has_dnf: bool) -> Literal["apt", "dnf"] | None:
    """By the distribution's family first (Debian can have a dnf), else by what is there."""
    family = {facts.id or "", *facts.like}
    if has_apt and (family & DEBIAN_FAMILY or not has_dnf):
        return "apt"
    if has_dnf and (family & RHEL_FAMILY or not has_apt):
        return "dnf"
    return None


def parse_packages(outcome: Outcome | None) -> dict[str, str]:
    """Name to version of the installed ones that matter; rpm exits with the number of those that are not there."""
    return {
        fields[0]: shown(fields[1], 100)
        for fields in _rows(outcome)
        if fields[2] == "installed" and (fields[0] in DPKG_NAMES or fields[0] in RPM_NAMES)
    }


def parse_unfinished(outcome: Outcome | None) -> tuple[str, ...]:
    """Packages whose installation dpkg has begun and not finished, each once, as it sorts them."""
    return _names(
        fields[0]
        for fields in _rows(outcome)
        if _must_reinstall(fields) or (fields[2] in _UNFINISHED and fields[3] not in _TO_GO)
    )


def parse_removals(outcome: Outcome | None) -> tuple[str, ...]:
    """Packages whose removal dpkg has begun and not finished: `dpkg --configure` passes them over, and apt may set
    them up again. Not those that it refuses to remove, see `parse_reinstall`.
    """
    begun = (
        fields[0]
        for fields in _rows(outcome)
        if fields[2] in _UNFINISHED and fields[3] in _TO_GO and not _must_reinstall(fields)
    )
    # They come to stand in a command: only what dpkg itself takes for a name.
    return _names(name for name in begun if _DPKG_NAME.fullmatch(name))


def parse_reinstall(outcome: Outcome | None) -> tuple[str, ...]:
    """Packages that dpkg was cut off at while it unpacked them (reinst-required), with their architecture where they
    need one: it neither sets them up nor removes them, whatever is wanted of them.
    """
    cut_off = (fields[5] or fields[0] for fields in _rows(outcome) if _must_reinstall(fields))
    return _names(name for name in cut_off if _DPKG_NAME.fullmatch(name))


def parse_there(outcome: Outcome | None) -> frozenset[str]:
    """Every package of which something is there, finished or not."""
    return frozenset(fields[0] for fields in _rows(outcome) if fields[2] not in _NOT_THERE)


def parse_removed(outcome: Outcome | None) -> frozenset[str]:
    """Every package that was removed and whose settings dpkg still keeps."""
    return frozenset(fields[0] for fields in _rows(outcome) if fields[2] == "config-files")


def _must_reinstall(fields: _Row) -> bool:
    return fields[4] == "reinstreq"


def parse_duplicates(outcome: Outcome | None) -> tuple[str, ...]:
    """Packages of which rpm has more than one version for one architecture: an upgrade was cut off between
    installing the new one and removing the old. Of those that matter; none of them may be there twice.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for name, version, state, architecture, *_ in _rows(outcome):
        if state == "installed" and name in RPM_NAMES:
            found.setdefault((name, architecture), set()).add(version)
    return _names(name for (name, _architecture), versions in found.items() if len(versions) > 1)


def _rows(outcome: Outcome | None) -> Iterator[_Row]:
    """Name, version, state, and what dpkg wants of it (for rpm: its architecture), dpkg's error flag, the name with its
    architecture; "" where that was not asked.
    """
    if outcome is None or outcome.state != "done":
        return
    for line in outcome.stdout.splitlines():
        fields = line.split("\t")
        if 3 <= len(fields) <= 6:
            name, version, state, want, flag, full_name = (*fields, "", "", "")[:6]
            yield name, version, state, want, flag, full_name


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(shown(name, 100) for name in names))[:_NAMES_LIMIT]


def is_cut_off(updates: tuple[str, ...] | None) -> bool:
    """Whether dpkg's last run ended in the middle, by the entries of its updates directory."""
    return any(name.isdigit() for name in updates or ())
