"""Who holds which port."""

from __future__ import annotations

import pytest

from tests.unit.checks.build import found, host, named
from wizard.model.facts import DockerFacts, ListeningPort


def _listening(
    port: int, process: str | None, address: str = "0.0.0.0", protocol: str = "tcp"
) -> ListeningPort:
    return ListeningPort(port, protocol, address, process, 1 if process else None)  # type: ignore[arg-type]


@pytest.mark.parametrize("port", [80, 443])
@pytest.mark.parametrize(
    ("process", "is_held"),
    [("nginx", True), ("docker-proxy", False), ("dockerd", False), (None, True), ("rootlessport", True)],
)
def test_port_held(port: int, process: str | None, is_held: bool):
    item = named(found(host(listening=(_listening(port, process),))), "port-held", str(port))
    assert (item is not None) is is_held
    if item:
        assert item.severity == "blocker" and item.acceptable and not item.fixable
        assert (process or "without root") in item.seen


def test_udp_and_other_ports_hold_nothing():
    facts = host(listening=(_listening(443, "caddy", protocol="udp"), _listening(8443, "caddy")))
    assert named(found(facts), "port-held") is None


def test_one_of_docker_and_one_of_another():
    facts = host(listening=(_listening(80, "docker-proxy"), _listening(80, "nginx", "127.0.0.1")))
    item = named(found(facts), "port-held", "80")
    assert item and "nginx" in item.seen


@pytest.mark.parametrize(
    "changes",
    [
        {"swarm__state": "active"},
        {"software__docker": DockerFacts(None, "28.0", "unreachable"), "swarm__state": None},
    ],
)
def test_a_hidden_process_may_be_dockers_own(changes):
    findings = found(host(listening=(_listening(443, None),), **changes))
    assert named(findings, "port-held") is None
    item = named(findings, "port-owner-unknown", "443")
    assert item and item.severity == "note"
    assert named(found(host(listening=(_listening(443, "nginx"),), **changes)), "port-held", "443")


def test_swarm_ports():
    held = host(listening=(_listening(2377, "python3"), _listening(4789, None, protocol="udp")))
    findings = found(held)
    assert named(findings, "swarm-port-held", "2377/tcp")
    assert named(findings, "swarm-port-held", "4789/udp")
    ours = host(
        listening=(_listening(2377, "dockerd"), _listening(4789, None, protocol="udp")), swarm__state="active"
    )
    assert named(found(ours), "swarm-port-held") is None


@pytest.mark.parametrize(
    ("address", "is_exposed"),
    [
        ("127.0.0.1", False),
        ("127.0.0.53", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("0.0.0.0", True),
        ("::", True),
        ("*", True),
        ("10.0.0.5", True),
    ],
)
def test_data_ports(address: str, is_exposed: bool):
    item = named(
        found(host(listening=(_listening(6379, "redis-server", address),))), "data-port-exposed", "6379"
    )
    assert (item is not None) is is_exposed


@pytest.mark.parametrize(
    "port", [4000, 2379, 2380, 20160, 20180, 27017, 6379, 9092, 9090, 3000, 3100, 9100, 8080]
)
def test_every_data_port(port: int):
    item = named(
        found(host(listening=(_listening(port, None, "192.0.2.10"),))), "data-port-exposed", str(port)
    )
    assert item and item.severity == "warning"


@pytest.mark.parametrize("process", ["x;reboot;", "$(id)", "`id`", "a b", "-h", "nginx: master", "|sh", ""])
def test_a_process_s_name_is_no_part_of_a_command_to_copy(process: str):
    item = named(found(host(listening=(_listening(80, process),))), "port-held", "80")
    assert item and "systemctl" not in item.fix and "ss -ltnp" in item.fix
