"""Rows of sockets to ListeningPorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wizard.model.facts import ListeningPort
from wizard.model.plain import shown

LIMIT = 2000


def parse_listening(rows: Sequence[Mapping[str, Any]] | None) -> tuple[ListeningPort, ...]:
    """Listening TCP and bound UDP sockets, each once, by port."""
    found: dict[tuple[int, str, str], ListeningPort] = {}
    for row in rows or ():
        is_tcp = row["protocol"] == "tcp"
        if is_tcp and row["status"] != "LISTEN":
            continue
        process = row.get("process")
        port = ListeningPort(
            port=int(row["port"]),
            protocol="tcp" if is_tcp else "udp",
            address=shown(str(row["address"]), 60),
            process=shown(process, 100) if process else None,
            pid=row.get("pid"),
        )
        found.setdefault((port.port, port.protocol, port.address), port)
    return tuple(found[key] for key in sorted(found))[:LIMIT]
