"""Host tuning for many connections, as files to read and put in place by hand."""

from __future__ import annotations

from wizard.model.deployment import Deployment
from wizard.render.escape import text_of


def tuning_files(deployment: Deployment) -> dict[str, str]:
    """`tuning/...`: sysctl, limits and a systemd drop-in, each with where it goes and why."""
    return {
        "tuning/sysctl.conf": _sysctl(deployment),
        "tuning/limits.conf": _limits(deployment),
        "tuning/systemd.conf": _systemd(deployment),
    }


def _sysctl(deployment: Deployment) -> str:
    tuning = deployment.catalogue["tuning"]
    lines = [
        "# Goes to /etc/sysctl.d/99-cometchat.conf on every node, then: sysctl --system",
        "# Raise, never lower: look at `sysctl KEY` first and leave out what is higher already.",
        f"# Source: {tuning['source']}",
    ]
    for entry in tuning["sysctl"]:
        lines += ["", f"# {entry['why']}", f"{entry['key']} = {entry['value']}"]
    return text_of(lines)


def _limits(deployment: Deployment) -> str:
    nofile = deployment.catalogue["tuning"]["nofile"]
    return text_of(
        [
            "# Goes to /etc/security/limits.d/99-cometchat.conf (or the end of limits.conf) on every node.",
            "# Every connection is an open file. Counts from the next login; see: ulimit -n",
            f"# Try it as root first: prlimit --nofile={nofile}:{nofile} true",
            "# Where that fails (a container that may not raise limits) su, sudo and cron fail too on RHEL.",
            f"* soft nofile {nofile}",
            f"* hard nofile {nofile}",
            f"root soft nofile {nofile}",
            f"root hard nofile {nofile}",
        ]
    )


def _systemd(deployment: Deployment) -> str:
    nofile = deployment.catalogue["tuning"]["nofile"]
    return text_of(
        [
            "# Goes to system.conf.d/99-cometchat.conf and user.conf.d/99-cometchat.conf under /etc/systemd.",
            "# limits.conf does not reach services; this does. Takes a reboot.",
            "# Docker 29 gives containers 1024 files whatever this says, unless daemon.json sets",
            "# default-ulimits (moby#51485): merge that key into daemon.json, don't write the file anew.",
            "# TiDB's checker also wants: no swap in use, transparent huge pages off, clocks within 500 ms.",
            "[Manager]",
            f"DefaultLimitNOFILE={nofile}",
        ]
    )
