"""Which TCP ports a firewall's command shuts for whom, and whether SSH needs one of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from wizard.checks.firewallcommands import tightens

Network = IPv4Network | IPv6Network
_EVERY_PORT = range(1, 65536)


@dataclass(frozen=True, slots=True)
class Closing:
    """ports: those that the command shuts. source: for whom, as a network; None for everybody.

    denies: it adds a rule that refuses, and does not only take one away that lets in.
    """

    ports: range | frozenset[int]
    source: str | None = None
    denies: bool = False


@dataclass(frozen=True, slots=True)
class SshNow:
    """live: the client's address and our port of each SSH connection. ports: those on which sshd waits, or will after
    its next start.
    """

    live: frozenset[tuple[str, int]] = frozenset()
    ports: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Needed:
    """What SSH needs on a port: the clients that are connected, else whoever the rule is for (source as above)."""

    port: int
    clients: tuple[str, ...] = ()
    source: str | None = None


def closing(argv: Sequence[str]) -> Closing | None:
    """What a command shuts; None for one that shuts no TCP port. What can't be told counts as every port."""
    program = argv[0] if argv else ""
    if program == "ufw" and not {"enable", "reload", "reset", "default"} & set(argv):
        return _ufw(list(argv[1:]))
    if program == "firewall-cmd":
        found = [shut for word in argv[1:] if (shut := _firewalld(word))]
        return found[0] if found else (Closing(_EVERY_PORT) if tightens(argv) else None)
    return Closing(_EVERY_PORT, denies=True) if tightens(argv) else None


def needed(shut: Closing, ssh: SshNow) -> tuple[Needed, ...]:
    """What of SSH might rest on what is shut; () where nothing does.

    Whoever is connected through it; sshd's own ports where everybody may use the rule, or where nobody is connected,
    so that it is not known who will come.
    """
    clients: dict[int, list[str]] = {}
    for client, port in sorted(ssh.live):
        if port in shut.ports and covers(shut.source, client):
            clients.setdefault(port, []).append(client)
    found = [Needed(port, tuple(names)) for port, names in clients.items()]
    if shut.source is None or not ssh.live:
        found += [
            Needed(port, source=shut.source)
            for port in sorted(ssh.ports)
            if port in shut.ports and port not in clients
        ]
    return tuple(found)


def covers(source: str | None, other: str) -> bool:
    """Whether a source (None: everybody) holds an address or a whole network; False where one can't be read."""
    if source is None:
        return True
    outer, inner = as_network(source), as_network(other)
    if outer is None or inner is None or outer.version != inner.version:
        return False
    return inner.network_address in outer and inner.broadcast_address in outer


def as_network(text: str) -> Network | None:
    """An address (an IPv4 one out of its IPv6 clothes, without a scope) or a network; None for anything else."""
    try:
        if "/" in text:
            return ip_network(text, strict=False)
        return ip_network(ip_address(text.partition("%")[0].removeprefix("::ffff:")))
    except ValueError:
        return None


def ports_of(words: Iterable[str]) -> frozenset[int]:
    """Ports of `443`, `80,443`, `6000:6010`, `6000-6010`, as rules word them; what is none is left out."""
    found: set[int] = set()
    for part in (part for word in words for part in word.split(",")):
        low, _, high = part.replace(":", "-").partition("-")
        if low.isdecimal() and (high or low).isdecimal() and len(low) < 6 and len(high) < 6:
            found.update(range(max(1, int(low)), min(int(high or low), 65535) + 1))
    return frozenset(found)


def _ufw(words: list[str]) -> Closing | None:
    deletes, denies = "delete" in words, bool({"deny", "reject"} & set(words))
    if deletes == denies:
        return None  # Adds what lets in, or takes away what refuses.
    told = words[: words.index("comment")] if "comment" in words else words
    given = {key: told[at + 1] for at, key in enumerate(told[:-1]) if key in ("proto", "from", "port")}
    if given.get("proto", "tcp") not in ("tcp", "any"):
        return None
    source = given.get("from", "any")
    ports = ports_of([given["port"]]) if "port" in given else _EVERY_PORT
    return Closing(ports, None if source == "any" else source, denies)


def _firewalld(word: str) -> Closing | None:
    option, _, value = word.partition("=")
    if option == "--remove-port":
        port, _, protocol = value.partition("/")
        return Closing(ports_of([port]) if protocol == "tcp" else frozenset())
    if option in ("--remove-rich-rule", "--add-rich-rule"):
        rule = RichRule.read(value)
        is_shut = (option == "--add-rich-rule") != rule.accepts
        return Closing(rule.ports, rule.source, not rule.accepts) if is_shut else Closing(frozenset())
    return None


@dataclass(frozen=True, slots=True)
class RichRule:
    """A rule in firewalld's rich language. ports: of TCP; every one where it names none and no other protocol."""

    ports: range | frozenset[int]
    source: str | None
    accepts: bool

    @classmethod
    def read(cls, text: str) -> RichRule:
        """Read one as `firewall-cmd` takes and lists it; what can't be told counts as everybody, every port."""
        source = re.search(r'\bsource address="?([^"\s]+)', text)
        port = re.search(r'\bport port="?([0-9-]+)"? protocol="?(\w+)', text)
        protocol = re.search(r'\bprotocol value="?(\w+)', text)
        ports: range | frozenset[int] = _EVERY_PORT
        if port is not None:
            ports = ports_of([port.group(1)]) if port.group(2) == "tcp" else frozenset()
        elif protocol is not None and protocol.group(1) not in ("tcp", "6"):
            ports = frozenset()
        is_plain = source is not None and "NOT" not in text and "invert" not in text
        return cls(
            ports, source.group(1) if source and is_plain else None, bool(re.search(r"\baccept\b", text))
        )
