from __future__ import annotations

import configparser
from dataclasses import replace

import pytest

from tests.unit.planning.made import (
    ALL,
    RUNNING,
    SYSTEMS,
    TOOL,
    answered,
    argvs,
    host,
    ids,
    packages,
    planned,
    writes,
)
from wizard.model.answers import Acceptance
from wizard.model.facts import DockerFacts, OsFacts, SoftwareFacts, SwarmFacts, ToolFacts
from wizard.model.plan import Command

CE = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin")
ENGINE_STEPS = ["install-docker", "install-compose", "start-docker"]
REPOSITORIES = {
    "ubuntu-20.04": "https://download.docker.com/linux/ubuntu focal stable",
    "ubuntu-22.04": "https://download.docker.com/linux/ubuntu jammy stable",
    "ubuntu-24.04": "https://download.docker.com/linux/ubuntu noble stable",
    "debian-12": "https://download.docker.com/linux/debian bookworm stable",
    "debian-13": "https://download.docker.com/linux/debian trixie stable",
    "rhel-8": "https://download.docker.com/linux/rhel/8/$basearch/stable",
    "rhel-9": "https://download.docker.com/linux/rhel/9/$basearch/stable",
    "rhel-10": "https://download.docker.com/linux/rhel/10/$basearch/stable",
    "rocky-9": "https://download.docker.com/linux/centos/9/$basearch/stable",
    "fedora-41": "https://download.docker.com/linux/fedora/41/$basearch/stable",
}


@pytest.mark.parametrize("system", REPOSITORIES)
@pytest.mark.parametrize("source", [None, "docker-repository"])
def test_from_dockers_repository(system, source):
    made = planned(host(system), answered(source))
    assert ids(made)[:5] == ["refresh-packages", "docker-repository", *ENGINE_STEPS]
    assert packages(argvs(made, "install-docker")[0]) == CE
    assert packages(argvs(made, "install-compose")[0]) == ("docker-compose-plugin",)
    files = writes(made, "docker-repository")
    if SYSTEMS[system][1] == "apt":
        line = files["/etc/apt/sources.list.d/docker.list"]
        assert line == f"deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.asc] {REPOSITORIES[system]}\n"
    else:
        repo = configparser.ConfigParser(interpolation=None)
        repo.read_string(files["/etc/yum.repos.d/docker-ce.repo"])
        assert dict(repo["docker-ce-stable"]) == {
            "name": "Docker CE Stable - $basearch",
            "baseurl": REPOSITORIES[system],
            "enabled": "1",
            "gpgcheck": "1",
            "gpgkey": "file:///etc/pki/rpm-gpg/RPM-GPG-KEY-Docker",
        }


@pytest.mark.parametrize("system", [name for name in SYSTEMS if name != "amzn-2023"])
def test_offline_uses_what_is_configured(system):
    made = planned(host(system), answered("offline"))
    assert "docker-repository" not in ids(made)
    assert packages(argvs(made, "install-docker")[0]) == CE
    assert any(note.startswith("Offline:") and "docker-compose-plugin" in note for note in made.notes)


@pytest.mark.parametrize(
    ("system", "docker", "compose"),
    [
        ("ubuntu-20.04", ("docker.io",), ("docker-compose-v2",)),
        ("ubuntu-22.04", ("docker.io",), ("docker-compose-v2",)),
        ("ubuntu-24.04", ("docker.io",), ("docker-compose-v2",)),
        ("debian-13", ("docker.io", "docker-cli"), ("docker-compose",)),
    ],
)
def test_from_the_distribution(system, docker, compose):
    made = planned(host(system), answered("distribution"))
    assert "docker-repository" not in ids(made)
    assert packages(argvs(made, "install-docker")[0]) == docker
    assert packages(argvs(made, "install-compose")[0]) == compose


@pytest.mark.parametrize("system", ["debian-12", "rhel-8", "rhel-9", "rhel-10", "rocky-9"])
def test_a_distribution_without_an_engine_says_so_and_plans_only_tools(system):
    made = planned(host(system), answered("distribution"))
    assert not set(ids(made)) & {*ENGINE_STEPS, "docker-repository"}
    assert "install-jq" in ids(made)
    assert any("docker_from: docker-repository" in note for note in made.notes)


def test_amazon_has_no_repository_of_dockers_though_it_is_like_fedora():
    made = planned(host("amzn-2023"))
    assert not set(ids(made)) & {*ENGINE_STEPS, "docker-repository"}
    assert any("Docker publishes no packages for Amazon Linux 2023." in note for note in made.notes)


@pytest.mark.parametrize(
    ("os", "line"),
    [
        (
            OsFacts("linuxmint", "21.3", "Linux Mint 21.3", ("ubuntu", "debian"), "jammy"),
            "linux/ubuntu jammy ",
        ),
        (OsFacts("raspbian", "12", "Raspbian 12", ("debian",), "bookworm"), "linux/debian bookworm "),
        (OsFacts("linuxmint", "21.3", "Linux Mint 21.3", ("ubuntu", "debian"), "virginia"), None),
        (OsFacts("ubuntu", "24.04", "Ubuntu", ("debian",), "noble\ndeb https://evil"), None),
        (OsFacts("ubuntu", "24.04", "Ubuntu", ("debian",), None), None),
        (OsFacts(None, None, None, (), None), None),
    ],
)
def test_derivatives_go_by_what_they_are_like_and_a_strange_codename_is_never_written(os, line):
    made = planned(host(os=os))
    written = writes(made, "docker-repository").get("/etc/apt/sources.list.d/docker.list")
    assert written is None if line is None else line in (written or "")


def test_a_release_that_docker_no_longer_builds_for_is_named():
    assert any("docker-ce-packaging#1200" in note for note in planned(host("ubuntu-20.04")).notes)
    assert not any("#1200" in note for note in planned(host("ubuntu-22.04")).notes)
    assert not any("#1200" in note for note in planned(host("ubuntu-20.04", software=ALL)).notes)


@pytest.mark.parametrize(
    ("version", "steps"),
    [
        ("20.10.24", True),
        ("23.0.6", True),
        ("24.0.0", False),
        ("24", False),
        ("29.1.3", False),
        ("odd", False),
    ],
)
def test_only_an_engine_under_24_is_upgraded(version, steps):
    software = replace(ALL, docker=DockerFacts(version=version, state="running"))
    made = planned(host(software=software, packages={"docker-ce": "x", "docker-compose-plugin": "x"}))
    assert ("install-docker" in ids(made)) is steps
    if steps:
        step = next(step for step in made.steps() if step.id == "install-docker")
        assert step.undo == ()
        assert step.title.startswith("Upgrade")
        assert any("restarts its daemon" in note for note in made.notes)


def test_a_stopped_daemon_is_started_and_an_unreachable_one_left():
    stopped = replace(ALL, docker=DockerFacts(client="27.1", state="stopped"))
    made = planned(host(software=stopped))
    assert ids(made) == ["start-docker"]
    assert argvs(made, "start-docker") == [("systemctl", "enable", "--now", "docker")]
    # Its socket too, which would start it again.
    assert [action.argv for action in made.steps()[0].undo if isinstance(action, Command)] == [
        ("systemctl", "stop", "docker.socket"),
        ("systemctl", "disable", "--now", "docker"),
    ]
    plain = planned(host(software=stopped, init="tini", container="docker"))
    assert argvs(plain, "start-docker") == [("service", "docker", "start")]
    unreachable = replace(ALL, docker=DockerFacts(client="20.10", state="unreachable"))
    assert ids(planned(host(software=unreachable))) == []


def test_nothing_is_removed_unasked():
    facts = host(
        software=SoftwareFacts(docker=DockerFacts(version="20.10.24", state="running")),
        packages={"docker.io": "20.10", "containerd": "1.6", "runc": "1.1"},
    )
    unasked = planned(facts)
    assert "remove-conflicts" not in ids(unasked)
    assert unasked.removes == ()
    assert "--no-remove" in argvs(unasked, "install-docker")[0]
    assert any(note.startswith("docker.io, containerd, runc: can't stay") for note in unasked.notes)
    asked = planned(facts, answered(remove=("docker.io", "runc", "vim")))
    assert asked.removes == ("docker.io", "runc")
    assert argvs(asked, "remove-conflicts")[0][-3:] == ("--remove", "docker.io", "runc")
    assert any(note.startswith("containerd: can't stay") for note in asked.notes)
    requires = next(step.requires for step in asked.steps() if step.id == "install-docker")
    assert "remove-conflicts" in requires


def test_what_may_be_removed_stays_where_nothing_is_in_the_way():
    facts = host(software=ALL, packages={"docker.io": "27", "docker-compose-v2": "2", "containerd": "1"})
    made = planned(facts, answered("distribution", remove=("docker.io", "containerd", "docker-compose-v2")))
    assert (made.stages, made.removes) == ((), ())


def test_the_distributions_engine_is_upgraded_in_place():
    facts = host(
        software=replace(ALL, docker=DockerFacts(version="20.10.24", state="running")),
        packages={"docker.io": "20.10", "containerd": "1.6", "runc": "1.1", "docker-compose-v2": "2.20"},
    )
    made = planned(facts, answered("distribution"))
    assert ids(made) == ["refresh-packages", "install-docker", "start-docker"]
    assert made.removes == ()


@pytest.mark.parametrize(
    ("present", "compose", "repository"),
    [
        ({"docker.io": "27"}, "docker-compose-v2", False),
        ({"docker-ce": "27"}, "docker-compose-plugin", True),
        ({}, "docker-compose-plugin", True),
    ],
)
def test_compose_comes_in_the_packaging_of_the_engine(present, compose, repository):
    made = planned(host(software=replace(ALL, compose=None), packages=present))
    assert packages(argvs(made, "install-compose")[0]) == (compose,)
    assert ("docker-repository" in ids(made)) is repository
    assert "install-docker" not in ids(made)


def test_compose_that_goes_with_the_old_engine_comes_again():
    facts = host(
        software=replace(ALL, docker=DockerFacts(version="20.10.24", state="running")),
        packages={"docker.io": "20.10", "docker-compose-v2": "2.20"},
    )
    made = planned(facts, answered(remove=("docker.io", "docker-compose-v2")))
    assert packages(argvs(made, "install-compose")[0]) == ("docker-compose-plugin",)


def test_two_packagings_beside_each_other_are_mended_when_asked():
    facts = host(
        software=ALL, packages={"docker-ce": "27", "docker-compose-plugin": "2", "docker-compose-v2": "2"}
    )
    assert planned(facts).stages == ()
    made = planned(facts, answered(remove=("docker-compose-v2",)))
    assert ids(made) == ["remove-conflicts"]
    assert made.removes == ("docker-compose-v2",)


@pytest.mark.parametrize(
    ("kind", "system", "name", "remove", "command"),
    [
        (
            "podman",
            "rhel-9",
            "podman-docker",
            ("podman-docker",),
            ("env", "LC_ALL=C", "rpm", "-e", "podman-docker"),
        ),
        ("snap", "ubuntu-24.04", "snap:docker", ("docker",), ("snap", "remove", "docker")),
        ("snap", "ubuntu-24.04", "snap:docker", ("snap:docker",), ("snap", "remove", "docker")),
    ],
)
def test_anothers_docker(kind, system, name, remove, command):
    facts = host(
        system, software=replace(ALL, docker=DockerFacts(version="27.2", state="running", kind=kind))
    )
    unasked = planned(facts)
    assert "install-docker" in ids(unasked)
    assert any(note.startswith(f"{name}: can't stay") for note in unasked.notes)
    asked = planned(facts, answered(remove=remove))
    assert argvs(asked, "remove-conflicts") == [command]
    assert asked.removes == (name,)
    accepted = replace(answered(), accepted=(Acceptance(f"docker-{kind}", "ours"),))
    assert planned(facts, accepted).stages == ()
    assert planned(facts, replace(accepted, accepted=(Acceptance("docker-x", "ours"),))).stages != ()


def test_rhel_takes_podman_along_only_where_named():
    facts = host("rhel-8", packages={"podman": "4", "runc": "1.1", "podman-docker": "4"})
    made = planned(facts, answered(remove=("runc", "podman", "podman-docker")))
    assert made.removes == ("podman-docker", "runc", "podman")
    assert argvs(made, "remove-conflicts") == [
        ("env", "LC_ALL=C", "rpm", "-e", "podman-docker", "runc", "podman")
    ]
    alone = planned(host("rhel-9", packages={"podman": "4"}), answered(remove=("podman",)))
    assert alone.removes == ()
    # A dependent that was not named may make rpm refuse: it is named before.
    left = planned(facts, answered(remove=("runc", "podman-docker")))
    assert any(note.startswith("podman: may need what is removed") for note in left.notes)
    assert not any(note.startswith("podman: may need") for note in made.notes)


def test_what_docker_obsoletes_is_kept_by_a_guard_and_put_back_as_itself():
    facts = host("rhel-9", packages={"runc": "1.1", "podman-docker": "4"})
    made = planned(facts, answered(remove=("podman-docker",)))
    steps = {step.id: step for step in made.steps()}
    assert steps["install-docker"].guards == ("not-installed:runc",)
    (back,) = steps["remove-conflicts"].undo
    assert back == Command(
        ("env", "LC_ALL=C", "dnf", "-y", "--setopt=obsoletes=0", "install", "podman-docker"),
        timeout_seconds=1800,
        waits_for="dnf",
    )
    # apt is told by an option of its own.
    unasked = planned(host(packages={"runc": "1.1"}))
    assert next(step for step in unasked.steps() if step.id == "install-docker").guards == ()


def test_a_swarm_is_drained_before_an_upgrade():
    software = replace(ALL, docker=DockerFacts(version="23.0", state="running"))
    made = planned(host(software=software, swarm=SwarmFacts("active", True, 3)))
    assert any("drain it first" in note for note in made.notes)


def test_compose_v1_does_not_count_and_stays():
    software = replace(ALL, compose=None, compose_v1=ToolFacts("1.29.2"))
    made = planned(host(software=software, packages={"docker-ce": "29"}))
    assert "install-compose" in ids(made)
    assert any("1.x stays" in note for note in made.notes)


def test_tools_are_installed_or_upgraded_one_by_one():
    software = SoftwareFacts(RUNNING, ToolFacts("2.40"), TOOL, ToolFacts("1.0.2k"), None, TOOL, None)
    made = planned(host("rhel-8", software=software))
    assert ids(made) == ["refresh-packages", "install-openssl", "install-jq", "install-net-tools"]
    upgrade, jq, net_tools = made.steps()[1:]
    assert upgrade.title == "Upgrade OpenSSL"
    assert upgrade.undo == ()
    assert jq.undo != ()
    assert net_tools.settles == ("software-missing/net-tools", "software-old/net-tools")
    assert packages(argvs(made, "install-net-tools")[0]) == ("net-tools",)
