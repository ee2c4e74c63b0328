from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.render.samples import HOST, SERVICES
from wizard.arrange.network import address_pool, advertise_address
from wizard.model.facts import HostFacts

POOLS = SERVICES["swarm"]["pools"]


def host(routes: tuple[str, ...] = (), addresses: tuple[str, ...] = ()) -> HostFacts:
    return replace(HOST, routes=routes, addresses=addresses)


def test_a_pool_that_meets_no_route() -> None:
    assert address_pool((), SERVICES) == POOLS[0]
    assert address_pool((host(("default", "0.0.0.0/0", "nonsense", "")),), SERVICES) == POOLS[0]
    assert address_pool((host(("10.0.0.0/8",)),), SERVICES) == "172.29.0.0/16"
    assert address_pool((host(addresses=("10.201.3.4",)), host(("10.202.0.0/24",))), SERVICES) == POOLS[2]


def test_a_name_server_is_not_covered_either() -> None:
    assert address_pool((replace(host(), name_servers=("10.201.0.2",)),), SERVICES) == POOLS[1]


def test_no_pool_is_said_not_guessed() -> None:
    everything = host(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
    assert address_pool((everything,), SERVICES) is None


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 32)), max_size=20))
def test_a_chosen_pool_never_overlaps(pairs: list[tuple[int, int]]) -> None:
    routes = tuple(str(ip_network(pair, strict=False)) for pair in pairs)
    pool = address_pool((host(routes),), SERVICES)
    overlapping = [
        candidate
        for candidate in POOLS
        if any(ip_network(candidate).overlaps(ip_network(route)) for route in routes)
    ]
    assert pool not in overlapping
    assert (pool is None) == (len(overlapping) == len(POOLS))


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (("127.0.0.1", "::1", "10.0.0.5", "fe80::1", "169.254.1.1"), "10.0.0.5"),
        (("10.0.0.5/24", "172.17.0.1/16", "172.18.0.1"), "10.0.0.5"),
        (("10.0.0.5", "192.168.1.5"), None),
        (("172.20.4.7",), "172.20.4.7"),
        (("nonsense",), None),
        ((), None),
    ],
)
def test_the_address_to_advertise(addresses: tuple[str, ...], expected: str | None) -> None:
    assert advertise_address((host(addresses=addresses),), "chat-1") == expected


def test_no_host_no_address() -> None:
    assert advertise_address((), "chat-1") is None
    assert advertise_address((host(addresses=("10.0.0.5",)),), "another") is None
