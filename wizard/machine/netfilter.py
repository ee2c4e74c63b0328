"""What the kernel filters by, asked without a program: nft's base chains by netlink, legacy tables by /proc."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

CHAINS_LIMIT = 100_000
SECONDS = 2.0
_NETLINK_NETFILTER = 12
_GET_CHAIN = 10 << 8 | 4
_REQUEST_DUMP = 0x301
_ERROR, _DONE = 2, 3
_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
_HOOKS = ("prerouting", "input", "forward", "output", "postrouting", "ingress")
_NETDEV_HOOKS = ("ingress", "egress")


def netfilter() -> dict[str, Any] | None:
    """{nft: base chains, rules: of all chains, legacy: {ip, ip6}: names of the tables that are loaded}.

    A base chain is {family, table, name, type, hook, priority, policy, rules}. None where this process may not ask.
    Where the kernel has neither loaded, that is told to everybody. No module is loaded by asking.
    """
    found: dict[str, Any] = {"nft": [], "rules": 0, "legacy": {"ip": [], "ip6": []}}
    if _is_in("nf_tables"):
        chains = _nft_chains()
        if chains is None:
            return None
        found["nft"], found["rules"] = chains
    for family, module in (("ip", "ip_tables"), ("ip6", "ip6_tables")):
        try:
            with open(f"/proc/net/{module}_names", encoding="ascii", errors="replace") as file:
                found["legacy"][family] = file.read(4096).split()
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return found


def _is_in(module: str) -> bool:
    """Loaded, built in, or not to be told: asking for a chain would load it where it is neither."""
    if os.path.exists(f"/sys/module/{module}") or not os.path.exists("/proc/modules"):
        return True
    try:
        with open(f"/lib/modules/{os.uname().release}/modules.builtin", encoding="utf-8") as file:
            return f"/{module}.ko" in file.read(1 << 20)
    except (OSError, ValueError):
        return False


def _nft_chains() -> tuple[list[dict[str, Any]], int] | None:
    """The base chains, and how many rules and jumps all chains hold; None where the kernel does not tell."""
    try:
        asked = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER)
    except OSError as error:
        return ([], 0) if error.errno == errno.EPROTONOSUPPORT else None
    with asked:
        asked.settimeout(SECONDS)
        asked.bind((0, 0))
        asked.send(struct.pack("=LHHLLBBH", 20, _GET_CHAIN, _REQUEST_DUMP, 1, 0, 0, 0, 0))
        chains: list[dict[str, Any]] = []
        rules = count = 0
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and count < CHAINS_LIMIT:
            for kind, payload in _messages(asked.recv(1 << 20)):
                if kind == _ERROR:
                    code = -struct.unpack_from("=i", payload)[0]
                    return ([], 0) if code in (errno.EINVAL, errno.EOPNOTSUPP) else None
                if kind == _DONE:
                    return chains, rules
                chain = _chain(payload)
                rules, count = rules + chain["rules"], count + 1
                if chain["hook"]:
                    chains.append(chain)
    return None


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=LH", data, at)
        if length < 16:
            return
        yield kind, data[at + 16 : at + length]
        at += (length + 3) & ~3


def _chain(payload: bytes) -> dict[str, Any]:
    family = _FAMILIES.get(payload[0], str(payload[0]))
    parts = dict(_attributes(payload[4:]))
    hook = dict(_attributes(parts.get(4, b"")))
    number = _number(hook.get(1))
    names = _NETDEV_HOOKS if family == "netdev" else _HOOKS
    return {
        "family": family,
        "table": _text(parts.get(1)),
        "name": _text(parts.get(3)),
        "type": _text(parts.get(7)),
        "hook": None if number is None else names[number] if number < len(names) else str(number),
        "priority": None if 2 not in hook else struct.unpack(">i", hook[2])[0],
        "policy": "drop" if _number(parts.get(5)) == 0 else "accept",
        "rules": _number(parts.get(6)) or 0,
    }


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            return
        yield kind & 0x3FFF, data[at + 4 : at + length]
        at += (length + 3) & ~3


def _text(raw: bytes | None) -> str:
    return (raw or b"").rstrip(b"\0").decode("utf-8", "replace")


def _number(raw: bytes | None) -> int | None:
    return None if raw is None or len(raw) != 4 else int.from_bytes(raw, "big")
