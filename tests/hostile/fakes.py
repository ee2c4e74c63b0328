"""Fake programs, named as such: endless, mute, huge, and so on, found before the real ones.

As root the product looks for programs in directories of root's alone, so PATH does not help: a mount namespace of the
test's own puts the fakes over /usr/local/sbin, where every such search begins, and an empty /run over the real one.
As a user, PATH is enough.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

# All that the survey and the planning of an undo look for.
PROGRAMS = (
    "apt-get", "apt-config", "chronyc", "curl", "dnf", "docker", "docker-compose", "dpkg", "dpkg-query",
    "firewall-cmd", "firewalld", "git", "ip6tables", "iptables", "jq", "needs-restarting", "netstat", "nft",
    "openssl", "rpm", "ss", "sshd", "stat", "sudo", "sysctl", "systemctl", "tail", "ufw", "xfs_info",
)  # fmt: skip
# Each a shell script, run as `sh PATH`: what is left of them can be found by their directory.
KINDS = {
    "endless": "while :; do echo 'version 26.1.4 and no end'; done",
    "endless line": "exec tr '\\0' 9 </dev/zero",
    "endless complaint": "while :; do echo 'it is broken' >&2; done",
    "mute": "exec sleep 1000",
    "deaf and mute": "trap '' TERM INT HUP; while :; do sleep 1000; done",
    "huge": "head -c 60000000 /dev/zero | tr '\\0' x; echo; echo 'version 26.1.4'",
    "escapes": "printf '\\033[5mx' >&2; printf '\\033[2J\\033]0;owned\\007\\342\\200\\25626\\033[31m\\n'; exit 3",
    "a long number": "printf 'version 9'; head -c 20000 /dev/zero | tr '\\0' 9; printf '.1.2\\n'",
    "bytes": "head -c 3000 /dev/urandom",
    "nothing": "exit 0",
    "no rights": "echo 'permission denied' >&2; exit 126",
    "killed": "kill -KILL $$",
    "broken off": "kill -SEGV $$",
    "its own child": "sleep 1000 & echo 'version 26.1.4'",
    "deep json": "head -c 50000 /dev/zero | tr '\\0' '['",
    "odd json": 'printf \'{"ServerVersion": {"a": [1e999, null]}, "Swarm": 7, "Plugins": "\\\\ud800"}\'',
}
_WRAPPED = (
    'mount --bind "$1" /usr/local/sbin && mount -t tmpfs none /run && mkdir -p /run/systemd/system'
    " && : >/run/docker.sock"
    ' && shift && exec "$@"'
)


def put_fakes(directory: Path, kind: str, programs: Sequence[str] = PROGRAMS) -> Path:
    """A directory with fakes of one kind."""
    directory.mkdir()
    for program in programs:
        path = directory / program
        path.write_text(f"#!/bin/sh\n# A fake: {kind}\nFAKE={directory}\n{KINDS[kind]}\n")
        path.chmod(0o755)
    return directory


def in_front(directory: Path) -> list[str]:
    """What a command is started by, so that it finds these first."""
    if os.geteuid() == 0:
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", _WRAPPED, "sh", str(directory)]
    return ["env", f"PATH={directory}:{os.environ['PATH']}"]


def why_not() -> str:
    """Why no fakes can be put in front of the real ones here; "" where they can."""
    if os.geteuid() != 0:
        return ""
    if shutil.which("unshare") is None:
        return "needs unshare"
    done = subprocess.run([*in_front(Path("/usr/local/sbin")), "true"], capture_output=True, text=True)
    return f"needs a mount namespace: {done.stderr.strip()}" if done.returncode else ""


def left_of(directory: Path) -> list[str]:
    """Processes of these fakes that are still there."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except OSError:
            continue
        # Not the one that starts them: it has the directory as an argument of its own.
        if f"{directory}/".encode() in words:
            found.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return found
