"""Packages that can't live together, now or after the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard.checks.docker import can_install_docker, must_install_docker
from wizard.checks.make import blocker, warning
from wizard.model.answers import Answers
from wizard.model.facts import HostFacts
from wizard.model.finding import Finding

# The lists are those of assets/packages.json (a test compares them); checks are handed no assets.
_MOBY = ("moby-engine", "moby-cli", "moby-containerd", "moby-runc", "moby-buildx", "moby-compose")
IN_THE_WAY = {
    ("apt", "docker-ce"): (
        "docker.io",
        "docker-compose-v2",
        "docker-buildx",
        "docker-cli",
        "podman-docker",
        "containerd",
        "runc",
        *_MOBY,
    ),
    ("apt", "docker.io"): (
        "docker-ce",
        "docker-ce-cli",
        "docker-ce-rootless-extras",
        "docker-compose-plugin",
        "docker-buildx-plugin",
        "containerd.io",
        "podman-docker",
        *_MOBY,
    ),
    ("dnf", "docker-ce"): (
        "podman-docker",
        "runc",
        "containerd",
        "docker",
        "docker-client",
        "docker-client-latest",
        "docker-common",
        "docker-latest",
        "docker-latest-logrotate",
        "docker-logrotate",
        "docker-engine",
        "docker-selinux",
        "docker-engine-selinux",
        "moby-engine",
        "moby-cli",
    ),
}
# these two together, and which one has to go
_PAIRS = (
    ("docker.io", "docker-ce"),
    ("docker-compose-v2", "docker-compose-plugin"),
    ("podman-docker", "docker-ce"),
    ("podman-docker", "docker-ce-cli"),
    ("podman-docker", "docker.io"),
)


def conflicts(packages: Mapping[str, str], engine: tuple[str, str] | None) -> dict[str, str]:
    """Installed package that has to go, to what it is in the way of; in a fixed order.

    engine: family and engine that the plan is to install (`("apt", "docker-ce")`), None if it installs none.
    """
    found: dict[str, str] = {}
    for package, other in _PAIRS:
        if package in packages and other in packages:
            found.setdefault(package, f"{other}, installed beside it")
    for package in IN_THE_WAY.get(engine, ()) if engine else ():
        if package in packages:
            found.setdefault(package, f"{engine[1] if engine else ''}, which the plan is to install")
    return found


def engine_to_install(host: HostFacts, answers: Answers) -> tuple[str, str] | None:
    """Family and engine that the plan would install; None where Docker is there or can't be installed."""
    if not must_install_docker(host, answers) or not can_install_docker(host, answers):
        return None
    is_distribution = answers.software.docker_from == "distribution"
    return (host.package_manager or "", "docker.io" if is_distribution else "docker-ce")


def check_packages(host: HostFacts, answers: Answers) -> Iterator[Finding]:
    """package-conflict, one for each package that has to go; fixable once software.remove names it.

    package-unfinished: one for all installations that dpkg has begun and not finished, one for all such removals, one
    for what a cut off installation did not bring along, one for what rpm has twice.
    """
    yield from _unfinished(host)
    for package, other in conflicts(host.packages, engine_to_install(host, answers)).items():
        may_remove = package in answers.software.remove
        yield blocker(
            "package-conflict",
            subject=package,
            seen=f"{package} {host.packages[package]} is in the way of {other}.",
            why="They own the same files or declare a conflict: installing one breaks or removes the "
            "other. Nothing is removed without your word.",
            fix="The plan removes it first, as software.remove allows; images and volumes stay."
            if may_remove
            else f"Add {package} to software.remove in the answers if it may go (the plan shows what goes "
            "with it), or choose another software.docker_from.",
            source="field: containerd-packaging#210",
            node=host.name,
            fixable=may_remove,
        )


def _unfinished(host: HostFacts) -> Iterator[Finding]:
    if host.unfinished_packages or host.broken_packages or host.dpkg_cut_off:
        names = _some(host.unfinished_packages or host.broken_packages)
        seen = f"The installation of {names} was begun and not finished."
        broken = " ".join(host.broken_packages)
        again = f"sudo apt-get install --reinstall {broken}, then " if broken else ""
        yield warning(
            "package-unfinished",
            seen=seen if names else "The package manager (dpkg) was cut off in the middle of its last work.",
            why="Until that is finished, apt ends every other installation with an error."
            + (f" Cut off while being unpacked: {_some(host.broken_packages)}." if broken else ""),
            fix="Let the plan finish it: cometchat-wizard plan finish-packages shows the commands. Or by hand: "
            f"sudo dpkg --configure -a, then {again}sudo apt-get install --fix-broken",
            source="field: dpkg was interrupted",
            node=host.name,
        )
    if host.lost_packages:
        names = " ".join(host.lost_packages)
        yield warning(
            "package-unfinished",
            subject="lost",
            seen=f"apt was cut off before it brought {_some(host.lost_packages)}.",
            why="Nothing brings them later: what others only recommend is asked for with the first installation alone.",
            fix="Let the plan bring them: cometchat-wizard plan finish-packages shows the commands. Or by hand: "
            f"sudo apt-get install {names}",
            source="field: /var/log/apt/history.log",
            node=host.name,
        )
    if host.unfinished_removals:
        yield warning(
            "package-unfinished",
            subject="removals",
            seen=f"The removal of {_some(host.unfinished_removals)} was begun and not finished.",
            why="What is half removed no longer works, and the next apt command may set it up again unasked.",
            fix="Let the plan finish it: cometchat-wizard plan finish-removals shows the command; settings and data "
            "stay. Or install it again by hand if it should stay.",
            source="field: dpkg --remove was interrupted",
            node=host.name,
        )
    if host.duplicate_packages:
        yield warning(
            "package-unfinished",
            subject="duplicates",
            seen=f"{_some(host.duplicate_packages)}: rpm has two versions of it, so an upgrade was cut off half-way.",
            why="The older one is no longer whole, and dnf may refuse to upgrade either.",
            fix="Let the plan mend it: cometchat-wizard plan remove-duplicates shows the command. Or by hand: "
            "sudo dnf remove --duplicates",
            source="vendor: dnf, remove --duplicates",
            node=host.name,
        )


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
