"""Networks, addresses and name servers that an address pool must not meet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wizard.model.plain import shown

LIMIT = 500
_ADDRESS = re.compile(r"[0-9a-fA-F:.]{2,45}(%\S{1,20})?")


def is_dockers(interface: str) -> bool:
    """Interfaces that Docker makes itself."""
    return interface in ("docker0", "docker_gwbridge") or interface.startswith(("veth", "br-"))


def parse_routes(text: str | None) -> tuple[str, ...]:
    """/proc/net/route as networks (`192.0.2.0/24`), without the default route and Docker's own bridges."""
    found: list[str] = []
    for line in (text or "").splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or is_dockers(fields[0]):
            continue
        try:
            network, mask = int(fields[1], 16), int(fields[7], 16)
        except ValueError:
            continue
        if mask and max(network, mask) < 1 << 32:
            found.append(f"{_dotted(network)}/{mask.bit_count()}")
    return tuple(sorted(set(found)))[:LIMIT]


def default_interface(text: str | None) -> str | None:
    """The interface of the default route."""
    for line in (text or "").splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 8 and fields[1] == "00000000" and fields[7] == "00000000":
            return fields[0]
    return None


def _dotted(little_endian: int) -> str:
    return ".".join(str(little_endian >> shift & 255) for shift in (0, 8, 16, 24))


def parse_addresses(rows: Sequence[Sequence[str]] | None, first: str | None) -> tuple[str, ...]:
    """Addresses of this host, the default route's interface first; without loopback, link-local and Docker's own."""
    chosen: list[tuple[bool, bool, str]] = []
    for interface, address in rows or ():
        if not _ADDRESS.fullmatch(address):
            continue
        is_local = address.startswith(("127.", "fe80:", "169.254.")) or address == "::1"
        if not is_local and not is_dockers(interface):
            chosen.append((interface != first, ":" in address, shown(address, 60)))
    return tuple(address for _, _, address in sorted(chosen))[:LIMIT]


def parse_name_servers(*texts: str | None) -> tuple[str, ...]:
    """`nameserver` lines of resolv.conf files; systemd-resolved's stub is no name server."""
    found: list[str] = []
    for text in texts:
        for line in (text or "").splitlines():
            words = line.split()
            if len(words) > 1 and words[0] == "nameserver" and not words[1].startswith("127.0.0.5"):
                found.append(shown(words[1], 60))
    return tuple(dict.fromkeys(found))[:20]
