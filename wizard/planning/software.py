"""What of the required software is missing or too old on one host."""

from __future__ import annotations

import re
from typing import Literal

from wizard.model.facts import ToolFacts
from wizard.planning.site import Site

Change = Literal["install", "upgrade"]

TOOLS = ("git", "openssl", "jq", "curl", "net-tools")
SNAP_DOCKER = "snap:docker"

# Bounded digits: the text comes from a program on the host. An epoch (`5:`) says nothing about the release.
_RELEASE = re.compile(r"(?:[0-9]{1,9}:)?([0-9]{1,9}(?:\.[0-9]{1,9}){0,5})")
_OTHER_DOCKER = {"snap": {SNAP_DOCKER, "docker"}, "podman": {"podman-docker"}}


def older(version: str | None, minimum: str) -> bool:
    """Whether a version is known and under the minimum; one that can't be read counts as new enough."""
    have, want = _release(version), _release(minimum)
    return have is not None and want is not None and have < want


def docker_change(site: Site) -> Change | None:
    """What Docker needs; None where it is there and new enough, or another's was accepted in its place."""
    docker = site.facts.software.docker
    if docker is None:
        return "install"
    if docker.kind != "docker":
        return None if keeps_other_docker(site) else "install"
    # A daemon that only this user may not ask can be newer than the client.
    version = docker.version or (docker.client if docker.state == "stopped" else None)
    return "upgrade" if older(version, site.minimum["docker"]) else None


def keeps_other_docker(site: Site) -> bool:
    """Whether snap's or podman's Docker was accepted by its finding's id and is not to be removed."""
    docker = site.facts.software.docker
    if docker is None or docker.kind == "docker":
        return False
    return not _OTHER_DOCKER[docker.kind] & set(site.answers.software.remove) and any(
        item.id == f"docker-{docker.kind}" and item.node in (None, site.facts.name)
        for item in site.answers.accepted
    )


def tool_change(site: Site, tool: str) -> Change | None:
    """What a plain program needs (`compose` too); None where it is there and new enough."""
    packages = site.family["tools"].get(tool, ())
    if set(packages) & set(site.facts.unfinished_packages):
        # Its program may be there already and answer; it is not installed for all that.
        return "install"
    found: ToolFacts | None = getattr(site.facts.software, tool.replace("-", "_"))
    if found is None:
        return "install"
    minimum = site.minimum.get(tool)
    return "upgrade" if minimum and older(found.version, minimum) else None


def without_program(site: Site, packages: tuple[str, ...], change: Change) -> tuple[str, ...]:
    """These packages where all of them are installed and their program is missing all the same: a cut has lost or
    shortened its files. () otherwise.
    """
    begun = {*site.facts.unfinished_packages, *site.facts.unfinished_removals}
    is_all = all(name in site.facts.packages and name not in begun for name in packages)
    return packages if change == "install" and is_all else ()


def installed(site: Site) -> tuple[str, ...]:
    """Known installed packages, podman-docker and snap's Docker included where only their program shows."""
    docker = site.facts.software.docker
    shows = {"podman": ("podman-docker",), "snap": (SNAP_DOCKER,)}
    extra = shows.get(docker.kind, ()) if docker else ()
    packages = site.facts.packages
    return (*packages, *(name for name in extra if name not in packages))


def known_packages(site: Site) -> frozenset[str]:
    """Every package that a plan for this family may name: the tools', and Docker's in all its packagings."""
    parts = (*site.family["engines"].values(), *site.family["exceptions"])
    lists = [*site.family["tools"].values(), *(part[key] for part in parts for key in ("docker", "compose"))]
    return frozenset(name for names in lists for name in names)


def _release(version: str | None) -> tuple[int, ...] | None:
    found = _RELEASE.search(version or "")
    if found is None:
        return None
    numbers = [int(part) for part in found.group(1).split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
