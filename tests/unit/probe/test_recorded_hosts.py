"""Recorded hosts: what the survey makes of each. UPDATE_GOLDEN=1 writes the expected facts anew, for review."""

import json
import os
from pathlib import Path

import pytest

from tests import hosts
from wizard.model.plain import plain
from wizard.probe.survey import survey

GOLDEN = Path(__file__).parents[2] / "golden" / "facts"


def facts(name: str):
    return survey(name, "/var/lib/docker", hosts.load(name))


@pytest.mark.parametrize("name", hosts.names())
def test_facts_are_as_expected(name):
    text = json.dumps(plain(facts(name)), indent=1, ensure_ascii=False) + "\n"
    path = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_golden_file_has_its_host():
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == hosts.names()


@pytest.mark.parametrize("name", hosts.names())
def test_recordings_name_their_sources(name):
    recording = hosts.recording(name)
    assert recording["source"], "where do these texts come from?"
    assert name == "debian-12" or recording["constructed"], "what was made up?"


def test_systems_of_the_vendors_page_are_all_there():
    found = {(facts(name).os.id, (facts(name).os.version or "").split(".")[0]) for name in hosts.names()}
    assert {
        ("ubuntu", "20"),
        ("ubuntu", "22"),
        ("ubuntu", "24"),
        ("rhel", "8"),
        ("rhel", "9"),
        ("rhel", "10"),
    } <= found


@pytest.mark.parametrize(
    ("name", "kind", "state", "version"),
    [
        ("ubuntu-24.04-docker", "docker", "running", "28.3.2"),
        ("ubuntu-24.04-docker-stopped", "docker", "stopped", None),
        ("ubuntu-24.04-docker-hangs", "docker", "unreachable", None),
        ("ubuntu-24.04-user", "docker", "unreachable", None),
        ("ubuntu-24.04-snap-docker", "snap", "running", "28.1.1+1"),
        ("rhel-9-podman-docker", "podman", "stopped", None),
        ("ubuntu-22.04-docker-20.10", "docker", "running", "20.10.12"),
    ],
)
def test_what_answers_to_docker_is_told_apart(name, kind, state, version):
    docker = facts(name).software.docker
    assert docker is not None
    assert (docker.kind, docker.state, docker.version) == (kind, state, version)


def test_a_command_that_hangs_is_named_and_its_fact_is_unknown():
    found = facts("ubuntu-24.04-docker-hangs")
    assert found.unread == ("docker info", "docker version")
    assert found.swarm.state is None


def test_compose_v1_is_not_the_plugin():
    software = facts("ubuntu-22.04-docker-20.10").software
    assert software.compose is None
    assert software.compose_v1 is not None
    assert software.compose_v1.version == "1.29.2"


def test_disk_beneath_lvm_and_a_file_system_without_ftype():
    directory = facts("rhel-8-xfs-ftype0").data_directory
    assert (directory.disks, directory.rotational, directory.ftype) == (("sda",), True, False)


def test_ssh_port_survives_a_stale_claim_of_tmux():
    ssh = facts("ubuntu-24.04-swarm").ssh
    assert (ssh.live_port, ssh.client) == (2222, "198.51.100.7")


def test_firewall_ports_for_all_and_for_some():
    assert facts("ubuntu-24.04-swarm").firewall.allowed_tcp == (80, 443, 2222)
    assert facts("ubuntu-24.04-swarm").firewall.restricted_tcp == (2377,)
    assert facts("rhel-9-docker").firewall.allowed_tcp == (22, 80, 443)


def test_container_limits_and_what_is_not_knowable_there():
    lxc, docker = facts("ubuntu-20.04-lxc"), facts("ubuntu-22.04-container")
    assert (lxc.container, lxc.limits.vcpus, lxc.limits.memory_bytes) == ("lxc", 4.0, 8 << 30)
    assert (docker.container, docker.limits.vcpus, docker.limits.memory_bytes) == ("docker", 1.5, 2 << 30)
    assert docker.kernel.vxlan is None


def test_nothing_of_a_hostile_host_can_reach_the_terminal():
    text = json.dumps(plain(facts("hostile")), ensure_ascii=False)
    assert all(character.isprintable() for character in text)
    assert "s3cr3t-canary" not in text
    assert "http://***@proxy.example.net" in text


def test_parts_come_in_as_they_are_read():
    seen: dict[str, object] = {}
    found = survey("n", "/var/lib/docker", hosts.load("rhel-9"), seen.__setitem__)
    assert seen["cpu"] == found.cpu
    assert list(seen)[-1] == "software"
    assert {name for name in seen if getattr(found, name) != seen[name]} == set()
