"""Host tuning for many connections, as files to read and put in place by hand."""

from __future__ import annotations

from wizard.model.deployment import Deployment
from wizard.model.formats import limits, unit
from wizard.model.formats.text import FileText, Line, hash_comment, line, text_of


def tuning_files(deployment: Deployment) -> dict[str, FileText]:
    """`tuning/...`: sysctl, limits and a systemd drop-in, each with where it goes and why."""
    return {
        "tuning/sysctl.conf": _sysctl(deployment),
        "tuning/limits.conf": _limits(deployment),
        "tuning/systemd.conf": _systemd(deployment),
    }


def _sysctl(deployment: Deployment) -> FileText:
    tuning = deployment.catalogue["tuning"]
    lines: list[Line] = [
        hash_comment("Goes to /etc/sysctl.d/99-cometchat.conf on every node, then: sysctl --system"),
        hash_comment("Raise, never lower: look at `sysctl KEY` first and leave out what is higher already."),
        hash_comment(f"Source: {tuning['source']}"),
    ]
    for entry in tuning["sysctl"]:
        lines += [line(""), hash_comment(entry["why"]), limits.sysctl(entry["key"], entry["value"])]
    return text_of(lines)


def _limits(deployment: Deployment) -> FileText:
    nofile = deployment.catalogue["tuning"]["nofile"]
    return text_of(
        [
            hash_comment(
                "Goes to /etc/security/limits.d/99-cometchat.conf (or the end of limits.conf) on every node."
            ),
            hash_comment("Every connection is an open file. Counts from the next login; see: ulimit -n"),
            hash_comment(f"Try it as root first: prlimit --nofile={nofile}:{nofile} true"),
            hash_comment(
                "Where that fails (a container that may not raise limits) su, sudo and cron fail too on RHEL."
            ),
            *(limits.nofile(who, kind, nofile) for who in ("*", "root") for kind in ("soft", "hard")),
        ]
    )


def _systemd(deployment: Deployment) -> FileText:
    nofile = deployment.catalogue["tuning"]["nofile"]
    return text_of(
        [
            hash_comment(
                "Goes to system.conf.d/99-cometchat.conf and user.conf.d/99-cometchat.conf under /etc/systemd."
            ),
            hash_comment("limits.conf does not reach services; this does. Takes a reboot."),
            hash_comment("Docker 29 gives containers 1024 files whatever this says, unless daemon.json sets"),
            hash_comment(
                "default-ulimits (moby#51485): merge that key into daemon.json, don't write the file anew."
            ),
            hash_comment(
                "TiDB's checker also wants: no swap in use, transparent huge pages off, clocks within 500 ms."
            ),
            unit.section("Manager"),
            unit.limit("DefaultLimitNOFILE", nofile),
        ]
    )
