"""Docker, the other programs, and packages that can't live together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.checks.build import found, host, named
from wizard.checks.packages import IN_THE_WAY
from wizard.model.answers import Acceptance, Answers, SoftwareAnswers
from wizard.model.facts import DockerFacts, ToolFacts

CATALOGUE = json.loads((Path(__file__).parents[3] / "assets" / "packages.json").read_text())


def _removing(*names: str, docker_from: str | None = None) -> Answers:
    return Answers(software=SoftwareAnswers(docker_from, names))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["docker", "compose", "git", "openssl", "jq", "curl", "net-tools"])
def test_missing(name: str):
    item = named(found(host(**{f"software__{name.replace('-', '_')}": None})), "software-missing", name)
    assert item and item.severity == "blocker"
    assert item.fixable and not item.acceptable


def test_missing_without_a_package_manager_is_not_fixable():
    item = named(found(host(software__jq=None, package_manager=None)), "software-missing", "jq")
    assert item and not item.fixable


@pytest.mark.parametrize(
    ("docker_from", "manager", "id", "version", "fixable"),
    [
        (None, "apt", "ubuntu", "24.04", True),
        ("distribution", "apt", "ubuntu", "24.04", True),
        ("offline", "dnf", "rhel", "9", True),
        ("distribution", "dnf", "rhel", "9", False),
        ("distribution", "apt", "debian", "12", False),
        ("distribution", "apt", "debian", "13", True),
        (None, "dnf", "amzn", "2023", False),
    ],
)
def test_docker_is_fixable_where_its_source_has_it(docker_from, manager, id, version, fixable):
    bare = host(software__docker=None, package_manager=manager, os__id=id, os__version=version)
    item = named(found(bare, answers=_removing(docker_from=docker_from)), "software-missing", "docker")
    assert item and item.fixable is fixable


@pytest.mark.parametrize(
    ("version", "is_old"),
    [
        ("20.10.24+dfsg1", True),
        ("23.0.6", True),
        ("24", False),
        ("24.0.7-0ubuntu2", False),
        ("5:27.1", False),
        ("28.2.2", False),
    ],
)
def test_docker_version(version: str, is_old: bool):
    item = named(found(host(software__docker__version=version)), "software-old", "docker")
    assert (item is not None) is is_old
    if item:
        assert item.fixable and not item.acceptable


def test_the_daemon_counts_and_not_the_client():
    old_daemon = host(software__docker__version="20.10.24", software__docker__client="28.0.0")
    assert named(found(old_daemon), "software-old", "docker")
    new_daemon = host(software__docker__version="28.0.0", software__docker__client="20.10.24")
    assert named(found(new_daemon), "software-old", "docker") is None


@pytest.mark.parametrize(("client", "is_old"), [("28.0.0", False), ("20.10.24", True), (None, False)])
def test_stopped(client: str | None, is_old: bool):
    docker = DockerFacts(None, client, "stopped")
    findings = found(host(software__docker=docker))
    item = named(findings, "docker-stopped", "")
    assert item and item.fixable and not item.acceptable
    assert (named(findings, "software-old", "docker") is not None) is is_old


def test_unreachable_is_said_and_not_judged():
    docker = DockerFacts(None, "20.10.24", "unreachable")
    findings = found(host(software__docker=docker, swarm__state=None))
    item = named(findings, "docker-unreachable")
    assert item and item.severity == "warning"
    assert named(findings, "software-old") is None
    assert named(findings, "docker-stopped") is None
    assert named(findings, "facts-unknown", "swarm")


def test_running_without_a_version_is_unknown():
    assert named(found(host(software__docker__version="?")), "facts-unknown", "docker")


@pytest.mark.parametrize(
    ("kind", "id", "package"),
    [("podman", "docker-podman", "podman-docker"), ("snap", "docker-snap", "docker")],
)
def test_not_really_docker(kind: str, id: str, package: str):
    posing = host(software__docker__kind=kind, packages={"podman-docker": "5"} if kind == "podman" else {})
    item = named(found(posing), id)
    assert item and item.acceptable and not item.fixable
    assert named(found(posing), "software-old") is None
    item = named(found(posing, answers=_removing(package)), id)
    assert item and item.fixable
    accepted = Answers(accepted=(Acceptance(id, "known"),))
    findings = found(posing, answers=accepted)
    assert not any(item.blocks for item in findings)


@pytest.mark.parametrize(
    ("release", "docker", "expected"),
    [
        ("20.04", None, True),
        ("20.04", DockerFacts("20.10.1", "20.10.1", "running"), True),
        ("20.04", DockerFacts("28.0.0", "28.0.0", "running"), False),
        ("22.04", None, False),
    ],
)
def test_docker_ended(release: str, docker: DockerFacts | None, expected: bool):
    findings = found(host(os__version=release, software__docker=docker))
    assert (named(findings, "docker-ended") is not None) is expected


@pytest.mark.parametrize("version", ["2.0.0", "v2.24.0", "2.26.1-4", "5.0.1"])
def test_compose_plugin(version: str):
    findings = found(host(software__compose=ToolFacts(version)))
    assert not [item for item in findings if item.subject == "compose"]


def test_compose_v1_is_named_and_does_not_count():
    findings = found(host(software__compose=None, software__compose_v1=ToolFacts("1.29.2")))
    item = named(findings, "software-missing", "compose")
    assert item and "v1" in item.seen and "1.29.2" in item.seen
    assert named(found(host(software__compose=ToolFacts("1.29.2"))), "software-old", "compose")
    assert named(found(host(software__compose=ToolFacts(None))), "facts-unknown", "compose")


@pytest.mark.parametrize(
    ("version", "is_old"), [("1.0.2k", True), ("1.1.0", False), ("1.1.1f", False), ("3.0.2", False)]
)
def test_openssl(version: str, is_old: bool):
    item = named(found(host(software__openssl=ToolFacts(version))), "software-old", "openssl")
    assert (item is not None) is is_old


def test_the_conflict_lists_are_the_catalogues():
    known = {
        (family, name): tuple(engine["conflicts"])
        for family, entry in CATALOGUE["families"].items()
        for name, engine in entry["engines"].items()
    }
    assert known == IN_THE_WAY


@pytest.mark.parametrize(
    ("packages", "docker_from", "manager", "must_install", "expected"),
    [
        (("docker.io", "docker-ce"), None, "apt", False, {"docker.io"}),
        (("docker.io",), None, "apt", False, set()),
        (("docker.io", "containerd", "runc"), None, "apt", True, {"docker.io", "containerd", "runc"}),
        (("docker.io", "containerd", "runc"), "distribution", "apt", True, set()),
        (("containerd.io", "docker-ce"), "distribution", "apt", True, {"docker-ce", "containerd.io"}),
        (("docker-compose-v2", "docker-compose-plugin"), None, "apt", False, {"docker-compose-v2"}),
        (("docker-compose-v2", "docker.io"), None, "apt", False, set()),
        (("podman-docker", "runc", "podman"), None, "dnf", True, {"podman-docker", "runc"}),
        (("podman-docker", "runc"), None, "dnf", False, set()),
        (("docker", "runc"), None, "apt", True, {"runc"}),
        (("podman-docker", "docker-ce"), None, "dnf", False, {"podman-docker"}),
    ],
)
def test_package_conflicts(packages, docker_from, manager, must_install, expected):
    facts = host(
        packages=dict.fromkeys(packages, "1.0"),
        package_manager=manager,
        **({"software__docker": None} if must_install else {}),
    )
    conflicts = [
        item
        for item in found(facts, answers=_removing(docker_from=docker_from))
        if item.id == "package-conflict"
    ]
    assert {item.subject for item in conflicts} == expected
    assert all(item.acceptable and not item.fixable for item in conflicts)
    allowed = found(facts, answers=_removing(*expected, docker_from=docker_from))
    assert all(item.fixable for item in allowed if item.id == "package-conflict")
