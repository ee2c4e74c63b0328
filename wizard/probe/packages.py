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
DPKG_COMMAND = ("dpkg-query", "-W", "-f", "${Package}\t${Version}\t${db:Status-Status}\t${db:Status-Want}\n")
RPM_COMMAND = ("rpm", "-q", "--qf", "%{NAME}\t%{VERSION}-%{RELEASE}\tinstalled\t%{ARCH}\n", *RPM_NAMES)

# Where dpkg keeps what it has done and not yet written into its status; empty unless it was cut off.
UPDATES = "/var/lib/dpkg/updates"
_UNFINISHED = ("half-installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending")
_TO_GO = ("deinstall", "purge")
_NAMES_LIMIT = 500
_DPKG_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*", re.ASCII)

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
        fields[0] for fields in _rows(outcome) if fields[2] in _UNFINISHED and fields[3] not in _TO_GO
    )


def parse_removals(outcome: Outcome | None) -> tuple[str, ...]:
    """Packages whose removal dpkg has begun and not finished: `dpkg --configure` passes them over, and apt may set
    them up again.
    """
    begun = (fields[0] for fields in _rows(outcome) if fields[2] in _UNFINISHED and fields[3] in _TO_GO)
    # They come to stand in a command: only what dpkg itself takes for a name.
    return _names(name for name in begun if _DPKG_NAME.fullmatch(name))


def parse_duplicates(outcome: Outcome | None) -> tuple[str, ...]:
    """Packages of which rpm has more than one version for one architecture: an upgrade was cut off between
    installing the new one and removing the old. Of those that matter; none of them may be there twice.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for name, version, state, architecture in _rows(outcome):
        if state == "installed" and name in RPM_NAMES:
            found.setdefault((name, architecture), set()).add(version)
    return _names(name for (name, _architecture), versions in found.items() if len(versions) > 1)


def _rows(outcome: Outcome | None) -> Iterator[tuple[str, str, str, str]]:
    """Name, version, state, and what dpkg wants of it (for rpm: its architecture), "" where that was not asked."""
    if outcome is None or outcome.state != "done":
        return
    for line in outcome.stdout.splitlines():
        fields = line.split("\t")
        if len(fields) in (3, 4):
            yield fields[0], fields[1], fields[2], fields[3] if len(fields) == 4 else ""


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(shown(name, 100) for name in names))[:_NAMES_LIMIT]


def is_cut_off(updates: tuple[str, ...] | None) -> bool:
    """Whether dpkg's last run ended in the middle, by the entries of its updates directory."""
    return any(name.isdigit() for name in updates or ())
