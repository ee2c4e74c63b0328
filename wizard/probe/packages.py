"""Which packages that matter are installed, and who installs them here."""

from __future__ import annotations

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
DPKG_COMMAND = ("dpkg-query", "-W", "-f", "${Package}\t${Version}\t${db:Status-Status}\n", *DPKG_NAMES)
STATE_COMMAND = ("dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}\n")
RPM_COMMAND = ("rpm", "-q", "--qf", "%{NAME}\t%{VERSION}-%{RELEASE}\tinstalled\n", *RPM_NAMES)

# Where dpkg keeps what it has done and not yet written into its status; empty unless it was cut off.
UPDATES = "/var/lib/dpkg/updates"
_UNFINISHED = ("half-installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending")
_NAMES_LIMIT = 500

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
    """Name to version of the installed ones; both programs exit with 1 where one of the names is not installed."""
    if outcome is None or outcome.state != "done":
        return {}
    found: dict[str, str] = {}
    for line in outcome.stdout.splitlines():
        fields = line.split("\t")
        if (
            len(fields) == 3
            and fields[2] == "installed"
            and (fields[0] in DPKG_NAMES or fields[0] in RPM_NAMES)
        ):
            found[fields[0]] = shown(fields[1], 100)
    return found


def parse_unfinished(outcome: Outcome | None) -> tuple[str, ...]:
    """Packages whose installation dpkg has begun and not finished, each once, as it sorts them."""
    if outcome is None or not outcome.succeeded:
        return ()
    rows = (line.split("\t") for line in outcome.stdout.splitlines())
    names = (shown(row[1], 100) for row in rows if len(row) == 2 and row[0] in _UNFINISHED)
    return tuple(dict.fromkeys(names))[:_NAMES_LIMIT]


def is_cut_off(updates: tuple[str, ...] | None) -> bool:
    """Whether dpkg's last run ended in the middle, by the entries of its updates directory."""
    return any(name.isdigit() for name in updates or ())
