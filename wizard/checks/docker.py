"""Docker itself: there, new enough, running, and really Docker."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checks.make import blocker, unknown, warning
from wizard.checks.platform import is_ubuntu_2004
from wizard.checks.versions import at_least, version_numbers
from wizard.model.answers import Answers
from wizard.model.facts import DockerFacts, DockerKind, HostFacts
from wizard.model.finding import Finding

DOCKER_MINIMUM = "24"
# Debian 12 and older carry Docker 20.10 themselves.
_LAST_OLD_DEBIAN = 12
# Package names in software.remove that stand for another's Docker.
_OTHER_DOCKER = {"podman": {"podman-docker"}, "snap": {"docker", "snap:docker"}}
_PAGE = "vendor: Prerequisites, required software (Docker Engine >= 24)"


def can_install(host: HostFacts) -> bool:
    """Whether the plan has a package manager (apt or dnf) to work with."""
    return host.package_manager is not None


def can_install_docker(host: HostFacts, answers: Answers) -> bool:
    """Whether the chosen source has an engine for this system (assets/packages.json has the reasons)."""
    if answers.software.docker_from == "distribution":
        numbers = version_numbers(host.os.version) or (0,)
        is_old_debian = host.os.id == "debian" and numbers[0] <= _LAST_OLD_DEBIAN
        return host.package_manager == "apt" and not is_old_debian
    has_repository = host.os.id != "amzn" or answers.software.docker_from == "offline"
    return can_install(host) and has_repository


def keeps_other_docker(host: HostFacts, answers: Answers) -> bool:
    """Whether podman's or snap's Docker was accepted as it is and is not to be removed."""
    docker = host.software.docker
    if docker is None or docker.kind == "docker" or _may_go(docker.kind, answers):
        return False
    wanted = f"docker-{docker.kind}"
    return any(item.id == wanted and item.node in (None, host.name) for item in answers.accepted)


def docker_is_old(docker: DockerFacts) -> bool:
    """The daemon's version counts; the client's stands in only while the daemon does not run."""
    version = docker.version or (docker.client if docker.state == "stopped" else None)
    return docker.kind == "docker" and at_least(version, DOCKER_MINIMUM) is False


def must_install_docker(host: HostFacts, answers: Answers) -> bool:
    """True where the plan has to put Docker there: none, another's in its place, or one that is too old."""
    docker = host.software.docker
    if docker is None or docker_is_old(docker):
        return True
    return docker.kind != "docker" and not keeps_other_docker(host, answers)


def check_docker(host: HostFacts, answers: Answers) -> Iterator[Finding]:
    """software-missing/docker, software-old/docker, docker-stopped, -unreachable, -podman, -snap, -ended."""
    docker = host.software.docker
    if docker is None:
        yield blocker(
            "software-missing",
            subject="docker",
            seen="Docker Engine is not installed.",
            why="All of CometChat runs in Docker Swarm; the vendor asks for Docker Engine 24 or later.",
            fix="Let the plan install it: cometchat-wizard plan install-docker shows the commands.",
            source=_PAGE,
            node=host.name,
            fixable=can_install_docker(host, answers),
            acceptable=False,
        )
    elif docker.kind == "podman":
        yield _podman(host, answers)
    elif docker.kind == "snap":
        yield _snap(host, answers)
    else:
        yield from _engine(host, docker, answers)
    if is_ubuntu_2004(host.os) and (docker is None or at_least(docker.version, DOCKER_MINIMUM) is not True):
        yield _ended(host)


def _engine(host: HostFacts, docker: DockerFacts, answers: Answers) -> Iterator[Finding]:
    if docker_is_old(docker):
        yield blocker(
            "software-old",
            subject="docker",
            seen=f"Docker Engine {docker.version or docker.client} is installed; 24 or later is needed.",
            why="The vendor tests with 24 and later, and older engines get no security fixes.",
            fix="Let the plan upgrade it: cometchat-wizard plan install-docker. The daemon restarts once, "
            "and running containers with it.",
            source=_PAGE,
            node=host.name,
            fixable=can_install_docker(host, answers),
            acceptable=False,
        )
    if docker.state == "stopped":
        yield blocker(
            "docker-stopped",
            seen="Docker is installed, but its daemon does not run.",
            why="Without the daemon there is no swarm, and its real version can't be asked.",
            fix="Let the plan start it, or: sudo systemctl enable --now docker. If it stops again: "
            "journalctl -u docker -n 50",
            source="field: the daemon is asked, not only the client",
            node=host.name,
            fixable=True,
            acceptable=False,
        )
    elif docker.state == "unreachable":
        client = f" The client is {docker.client}." if docker.client else ""
        yield warning(
            "docker-unreachable",
            seen=f"Docker is installed, but this user may not ask its daemon.{client}",
            why="The daemon's version, the swarm's state and published ports are not known this way.",
            fix="Run the check again as root: sudo cometchat-wizard check",
            source="rule: not knowable is said, never guessed",
            node=host.name,
        )
    elif at_least(docker.version, DOCKER_MINIMUM) is None:
        yield from unknown(
            "docker", ["the version of Docker's daemon"], host.name, "Look it up: docker version"
        )


def _podman(host: HostFacts, answers: Answers) -> Finding:
    return blocker(
        "docker-podman",
        seen="The command docker is there, but podman answers to it (package podman-docker).",
        why="Podman has no Swarm, so CometChat can't be deployed with it.",
        fix="Add podman-docker to software.remove in the answers, so that the plan may replace it by "
        "Docker; or remove it yourself and check again.",
        source="field: podman-docker is not Docker",
        node=host.name,
        fixable=_may_go("podman", answers) and can_install_docker(host, answers),
    )


def _snap(host: HostFacts, answers: Answers) -> Finding:
    return blocker(
        "docker-snap",
        seen="Docker is installed as a snap.",
        why="The snap sees only a part of the file system, updates (and restarts) by itself, and keeps its "
        "data elsewhere.",
        fix="Save what runs in it. Then add docker to software.remove in the answers, so that the plan may "
        "replace the snap; removing it deletes the snap's containers and volumes.",
        source="field: snap's Docker",
        node=host.name,
        fixable=_may_go("snap", answers) and can_install_docker(host, answers),
    )


def _may_go(kind: DockerKind, answers: Answers) -> bool:
    return bool(_OTHER_DOCKER.get(kind, set()) & set(answers.software.remove))


def _ended(host: HostFacts) -> Finding:
    return warning(
        "docker-ended",
        seen="This is Ubuntu 20.04, and no Docker of version 24 or later runs here yet.",
        why="Docker ships no new packages for 20.04: the last ones still install, but get no security fixes.",
        fix="Upgrade to Ubuntu 22.04 or 24.04 before you deploy (sudo do-release-upgrade), or plan it soon "
        "after.",
        source="field: docker-ce-packaging#1200",
        node=host.name,
    )
