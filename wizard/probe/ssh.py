"""By which ports SSH reaches this host; the live connection's own first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wizard.machine.readoutcome import Reader
from wizard.model.facts import SshFacts
from wizard.model.plain import shown
from wizard.model.sshconfig import parse_sshd_config, port_of

SSHD_NAMES = ("sshd", "sshd-session", "dropbear")


def read_ssh(reader: Reader, rows: Sequence[Mapping[str, Any]] | None) -> SshFacts:
    """From the connections named by this process and its parents, sshd's sockets and sshd's configuration."""
    live = live_connection(reader.value("sessions") or (), rows)
    ports: list[int] = [live[1]] if live else []
    ports += sshd_ports(rows)
    ports += configured_ports(reader)
    return SshFacts(
        ports=tuple(dict.fromkeys(ports)),
        live_port=live[1] if live else None,
        client=shown(live[0], 60) if live else None,
    )


def parse_connection(text: str | None) -> tuple[str, int, int] | None:
    """SSH_CONNECTION (`client port server port`) as client, its port, our port."""
    words = (text or "").split()
    if len(words) != 4 or not all(
        word.isascii() and word.isdigit() and len(word) < 6 for word in words[1::2]
    ):
        return None
    return words[0], int(words[1]), int(words[3])


def live_connection(
    sessions: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]] | None
) -> tuple[str, int] | None:
    """Client and port of the connection that this process hangs on.

    Claims of this process and its parents (sudo drops them, tmux keeps stale ones) count where their socket is
    established; else the one connection that sshd holds; else a claim below sshd (inside a network namespace the
    socket is elsewhere).
    """
    established = {
        (_plain(row["peer"]), row["peer_port"], row["port"])
        for row in rows or ()
        if row["status"] == "ESTABLISHED"
    }
    claims = [claim for session in sessions if (claim := parse_connection(session.get("ssh_connection")))]
    for claim in claims:
        if (_plain(claim[0]), *claim[1:]) in established:
            return claim[0], claim[2]
    held = held_connections(rows)
    if len(held) == 1:
        return held.pop()
    below_sshd = any(str(session.get("process")) in SSHD_NAMES for session in sessions)
    return (claims[0][0], claims[0][2]) if claims and below_sshd else None


def _plain(address: object) -> str:
    """An IPv4 address out of its IPv6 clothes."""
    return str(address).removeprefix("::ffff:")


def held_connections(rows: Sequence[Mapping[str, Any]] | None) -> set[tuple[str, int]]:
    """Peer and port of every connection that sshd serves; those it forwards start where nothing listens."""
    listening = {row["port"] for row in rows or () if row["status"] == "LISTEN"}
    return {
        (_plain(row["peer"]), int(row["port"]))
        for row in rows or ()
        if row["status"] == "ESTABLISHED" and row.get("process") in SSHD_NAMES and row["port"] in listening
    }


def sshd_ports(rows: Sequence[Mapping[str, Any]] | None) -> list[int]:
    """Ports on which an sshd listens."""
    return sorted(
        {
            int(row["port"])
            for row in rows or ()
            if row["status"] == "LISTEN" and row.get("process") in SSHD_NAMES
        }
    )


def configured_ports(reader: Reader) -> list[int]:
    """sshd_config with its .d files, and the addresses of a socket unit; 22 where sshd is configured without a port."""
    main = reader.text("/etc/ssh/sshd_config")
    texts = [
        reader.text(f"/etc/ssh/sshd_config.d/{name}") for name in _entries(reader, "/etc/ssh/sshd_config.d")
    ]
    found = sorted({port for text in (main, *texts) for port in parse_sshd_config(text)})
    for directory in ("/etc/systemd/system/ssh.socket.d", "/run/systemd/generator/ssh.socket.d"):
        for name in _entries(reader, directory):
            found += parse_socket_unit(reader.text(f"{directory}/{name}"))
    # Red Hat's sshd_config is root's to read.
    return found or ([22] if reader.exists("/etc/ssh/sshd_config") else [])


def _entries(reader: Reader, directory: str) -> tuple[str, ...]:
    return tuple(name for name in reader.names(directory) or () if name.endswith(".conf"))[:200]


def parse_socket_unit(text: str | None) -> list[int]:
    """`ListenStream=` lines of a socket unit's drop-in."""
    found: list[int] = []
    for line in (text or "").splitlines():
        key, _, address = line.partition("=")
        if key.strip() == "ListenStream":
            found += port_of(address.strip().rpartition(":")[2])
    return found
