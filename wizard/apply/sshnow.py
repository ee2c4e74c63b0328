"""How SSH reaches this host at this moment: its connections, its sockets, its configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from wizard.checks.closing import SshNow
from wizard.machine.outcome import Machine
from wizard.machine.readvalues import sockets
from wizard.model.plan import Command

_SSHD_NAMES = ("sshd", "sshd-session", "dropbear")
_USUAL_PORT = 22
_SECONDS = 30
# Before OpenSSH 8.1 a Match block needs to be told whom it is asked about.
_CONFIGURATION = ("sshd", "-T", "-C", "user=root,host=localhost,addr=127.0.0.1")
# There systemd waits in sshd's place.
_SOCKETS = ("ssh.socket", "sshd.socket")


def ssh_now(machine: Machine) -> SshNow:
    """The usual port where nothing tells of any."""
    rows = sockets("") or []
    ports = {int(row["port"]) for row in rows if row["status"] == "LISTEN" and _is_sshd(row)}
    ports |= _configured(machine) | _waited_for_by_systemd(machine)
    live = {
        (str(row["peer"]).removeprefix("::ffff:"), int(row["port"]))
        for row in rows
        if row["status"] == "ESTABLISHED" and _is_sshd(row) and row["port"] in ports
    }
    live |= _passed_on(rows) | _claimed(os.environ)
    return SshNow(frozenset(live), frozenset(ports or {_USUAL_PORT}))


def _passed_on(rows: Sequence[Mapping[str, Any]]) -> set[tuple[str, int]]:
    """Clients of a program of this host (sslh, haproxy) that passes what comes for its own port on to sshd."""
    there = [row for row in rows if row["status"] == "ESTABLISHED"]
    ends = {(row["peer"], row["peer_port"]) for row in there if _is_sshd(row)}
    between = {
        row["pid"] for row in there if (row["address"], row["port"]) in ends and row["pid"] is not None
    }
    waits = {row["port"] for row in rows if row["status"] == "LISTEN"}
    return {
        (str(row["peer"]).removeprefix("::ffff:"), int(row["port"]))
        for row in there
        if row["pid"] in between and row["port"] in waits and not _is_sshd(row)
    }


def _is_sshd(row: Mapping[str, Any]) -> bool:
    # A kernel that cuts names at 15 characters leaves these whole; `sshd: root@pts/0` is how one calls itself.
    return str(row.get("process") or "").partition(":")[0] in _SSHD_NAMES


def _claimed(environ: Mapping[str, str]) -> set[tuple[str, int]]:
    """What this process was told of its own connection: in a network namespace its socket is elsewhere."""
    words = environ.get("SSH_CONNECTION", "").split()
    is_one = len(words) == 4 and words[3].isdecimal() and len(words[3]) < 6
    return {(words[0].removeprefix("::ffff:"), int(words[3]))} if is_one else set()


def _configured(machine: Machine) -> set[int]:
    """By sshd itself, which knows of what its files include and of what was built in."""
    found: set[int] = set()
    for line in _said(machine, _CONFIGURATION):
        key, _, value = line.partition(" ")
        port = re.search(r"(?:^|:)([0-9]{1,5})$", value.strip())
        if (key == "port" and port) or (key == "listenaddress" and port and ":" in value):
            found.add(int(port.group(1)))
    return found


def _waited_for_by_systemd(machine: Machine) -> set[int]:
    found: set[int] = set()
    for unit in _SOCKETS:
        lines = _said(machine, ("systemctl", "show", "--property=ActiveState,Listen", unit))
        if "ActiveState=active" in lines:
            found |= {int(port) for port in re.findall(r":([0-9]{1,5}) \(Stream\)", "\n".join(lines))}
    return found


def _said(machine: Machine, argv: tuple[str, ...]) -> list[str]:
    lines: list[str] = []
    done = machine.run(Command(argv, root=False, timeout_seconds=_SECONDS), lines.append)
    return lines if done.is_done() else []
