"""What single conditions of nft and iptables come to for a new TCP connection from another machine."""

from __future__ import annotations

from wizard.probe.ruleset import Rule, all_but

ANY = Rule()
NEVER = Rule(never=True)
BY_INTERFACE = "rules bound to an interface"
BY_SOURCE = "rules that leave sources out"
BY_DESTINATION = "rules bound to a destination address"
BY_SET = "sets of ports"
# Bridges and pairs of containers: nothing from another machine comes in by them.
_INNER = ("docker", "br-", "veth", "virbr", "lxcbr", "lxdbr", "cni", "podman")
_EVERYBODY = ("0.0.0.0/0", "::/0", "0/0")
_NOT_OURS = ("127.", "224.", "255.255.255.255", "::1", "ff")


def interface(name: str, negated: bool) -> Rule:
    """A condition on the interface that a packet comes in by."""
    if name == "lo" or name.startswith(_INNER):
        return ANY if negated else NEVER
    return ANY if name in ("*", "+") and not negated else Rule(bound=(BY_INTERFACE,))


def source(text: str, negated: bool) -> Rule:
    """A condition on the sender's address, network or set of them."""
    if text in _EVERYBODY:
        return NEVER if negated else ANY
    if text.startswith("127.") or text in ("::1", "::1/128"):
        return ANY if negated else NEVER
    return Rule(bound=(BY_SOURCE,)) if negated else Rule(is_source=True)


def destination(text: str, negated: bool) -> Rule:
    """A condition on the address that a packet is sent to."""
    if text in _EVERYBODY:
        return NEVER if negated else ANY
    if text.startswith(_NOT_OURS):
        return ANY if negated else NEVER
    return Rule(bound=(BY_DESTINATION,))


def protocol(names: tuple[str, ...], negated: bool) -> Rule:
    """A condition on the protocol beneath; `all` and 0 are every one."""
    is_tcp = any(name.lower() in ("tcp", "6", "all", "0") for name in names)
    return ANY if is_tcp != negated else NEVER


def states(names: tuple[str, ...], negated: bool) -> Rule:
    """A condition on what the kernel knows of the connection: ours is new."""
    is_new = any(name.lower() in ("new", "untracked") for name in names)
    return ANY if is_new != negated else NEVER


def ports(ranges: tuple[tuple[int, int], ...], negated: bool) -> Rule:
    """A condition on the TCP port that is asked for."""
    return Rule(ports=all_but(ranges) if negated else ranges)


def address_type(name: str, negated: bool) -> Rule:
    """A condition on what kind of address a packet is sent to: it is one of this host's."""
    return ANY if (name.lower() in ("local", "unicast")) != negated else NEVER
