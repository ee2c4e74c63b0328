"""What the hosts' roots are made of. Its text is the key of the cached roots: change it, and they are built again."""

from __future__ import annotations

import hashlib
from pathlib import Path

SUITE = "trixie"  # Debian 13: its Docker is 26.1, as Ubuntu 24.04's is
OLD_SUITE = "bookworm"  # Debian 12: Docker 20.10, the real thing

# What a bare server has: none of the software that the wizard is to bring.
BASE = (
    "systemd-sysv",
    "libpam-systemd",
    "dbus",
    "openssh-server",
    "sudo",
    "python3",
    "ca-certificates",
    "iproute2",
    "iptables",
    "nftables",
    "procps",
    "kmod",
    "ufw",
    "locales",
    "tcsh",
    "lsof",
)

# What the local repository holds besides what these need.
POOL = (
    "docker.io",
    "docker-cli",
    "docker-compose",
    "git",
    "openssl",
    "jq",
    "curl",
    "net-tools",
    "nginx-light",
)
RPM_PROGRAMS = ("rpm", "dnf", "firewalld", "createrepo-c")
OLD_DOCKER = ("docker.io",)  # its Compose 1.29 does not run with Debian 13's Python

# Packages of the lab's own. name: (version, depends, description).
SHIMS = {
    "docker-compose-v2": (
        "2.26.1-lab1",
        "docker-compose, docker-cli",
        "Lab shim: Ubuntu's name for what Debian calls docker-compose",
    ),
}

OS_RELEASE = {
    # Borrowed names; what lies beneath is Debian 13.
    "ubuntu-24.04": """\
PRETTY_NAME="Ubuntu 24.04.3 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.3 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
UBUNTU_CODENAME=noble
""",
    "rhel-9": """\
NAME="Red Hat Enterprise Linux"
VERSION="9.4 (Plow)"
ID="rhel"
ID_LIKE="fedora"
VERSION_ID="9.4"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"
""",
}

# user: (its groups, its password). root has the key alone.
USERS = {
    "pat": ("sudo", "correct horse battery"),
    "kim": ("", "kim has no sudo"),
}

# definition, character set, name
LOCALES = (("de_DE", "ISO-8859-1", "de_DE"), ("en_US", "UTF-8", "en_US.UTF-8"))


def key() -> str:
    """Twelve hex digits that change with anything a root is made of."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for name in ("recipe.py", "building.py", "inside.py", "rpms.py"):
        path = here / name
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()[:12]
