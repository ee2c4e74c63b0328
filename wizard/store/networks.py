"""Rules for networks, addresses and proxies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wizard.model.plain import without_userinfo
from wizard.store.refused import Refused
from wizard.store.rule import END, Rule, whole_text

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
_INTERFACE = r"[A-Za-z0-9_](?:[A-Za-z0-9._@-]{0,14})"
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
_PROXY = rf"(?:https?|socks5)://(?:\*\*\*@)?{_HOST}(?::[0-9]{{1,5}})?/?"
_USER = r"[^\s:@/?#]*"


def network(value: str) -> str:
    """A network in CIDR form, or one address. Raises Refused."""
    _network(value)
    return value


def address_pool(value: str) -> str:
    """A private IPv4 network that Swarm cuts its overlay networks from. Raises Refused."""
    from ipaddress import IPv4Network

    pool = _network(value)
    if not isinstance(pool, IPv4Network):
        raise Refused("must be an IPv4 network, like 10.200.0.0/16")
    if not any(pool.subnet_of(IPv4Network(private)) for private in _PRIVATE):
        raise Refused("must be a private network, within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    if pool.prefixlen > 24:
        raise Refused("must be /24 or larger: Swarm cuts networks of /24 from it")
    return value


def advertise_address(value: str) -> str:
    """An IP address, or the name of a network interface. Raises Refused."""
    import ipaddress

    _refuse_scope(value)
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if not re.fullmatch(_INTERFACE, value, re.ASCII) or re.fullmatch(r"[0-9.]+", value, re.ASCII):
            raise Refused("must be an IP address or a network interface, like 10.0.0.5 or eth0") from None
    return value


def proxy(value: str) -> str:
    """A proxy's address with its user and password already replaced by `***`. Raises Refused.

    What earlier versions wrote, `http://user:***@proxy`, means the same and loses its user, too.
    """
    masked = without_userinfo(value)
    user = value.partition("://")[2].rpartition("@")[0].partition(":")[0]
    is_one = value.count("://") == 1 and re.fullmatch(_USER, user) is not None
    if not is_one or not re.fullmatch(_PROXY, masked, re.ASCII):
        raise Refused(
            "must be a proxy's address, like http://proxy.example.com:3128 (http, https or socks5; "
            "in a user name or password, write : / @ as %3A %2F %40)"
        )
    return masked


def scoped(value: str) -> bool:
    """True for an address with a scope (`fe80::1%eth0`): what stands behind the `%` may be any text at all."""
    return ":" in value and "%" in value


def _refuse_scope(value: str) -> None:
    if scoped(value):
        raise Refused("must be written without a scope (the % and what follows it)")


def _network(value: str) -> IPv4Network | IPv6Network:
    import ipaddress

    _refuse_scope(value)
    if not re.fullmatch(r"[0-9A-Fa-f:./]+", value, re.ASCII):
        raise Refused("must be a network like 203.0.113.0/24, or one address")
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        pass
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise Refused("must be a network like 203.0.113.0/24, or one address") from None
    raise Refused("must be a network's own address: bits behind the / have to be zero")


_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IPV4 = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
_IPV6 = r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"
_POOL = r"(?:10|172\.(?:1[6-9]|2[0-9]|3[01])|192\.168)\.[0-9.]+/(?:[89]|1[0-9]|2[0-4])"
NETWORK = Rule(
    network, {"pattern": whole_text(rf"{_IPV4}(?:/(?:3[0-2]|[12]?[0-9]))?|{_IPV6}(?:/[0-9]{{1,3}})?")}
)
POOL = Rule(address_pool, {"pattern": whole_text(_POOL)})
ADVERTISE = Rule(advertise_address, {"pattern": whole_text(rf"{_IPV4}|{_IPV6}|(?![0-9.]+{END}){_INTERFACE}")})
# The schema can't ask for `***`: a file may well hold user and password, which are masked as soon as it is read.
_AUTHORITY = rf"(?:{_USER}(?::(?:(?!://).)*)?@)?"
PROXY = Rule(proxy, {"pattern": whole_text(rf"(?:https?|socks5)://{_AUTHORITY}{_HOST}(?::[0-9]{{1,5}})?/?")})
