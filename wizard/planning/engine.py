"""Which packages Docker is for one host and source, and what can't be installed beside them."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.answers import DockerSource
from wizard.planning.site import Site
from wizard.planning.software import SNAP_DOCKER, installed


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to have Docker.

    name None: this source has no engine for this system; reason says why, as a sentence.
    """

    name: str | None
    docker: tuple[str, ...] = ()
    compose: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Conflicts:
    """removes: in the way and answered. unanswered: in the way, and nobody has said that it may go."""

    removes: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()


def engine(site: Site, source: DockerSource) -> Engine:
    """The engine that a source has for this system."""
    name = site.family["sources"][source]
    if name is None:
        return Engine(None, reason=site.family["no_distribution"])
    known = site.family["engines"][name]
    conflicts = tuple(known["conflicts"])
    for exception in site.family["exceptions"] if source == "distribution" else ():
        if site.facts.os.id == exception["os"] and major(site) == exception["release"]:
            packages, compose = tuple(exception["docker"]), tuple(exception["compose"])
            reason = exception.get("reason", "")
            return Engine(name if packages else None, packages, compose, conflicts, reason)
    return Engine(name, tuple(known["docker"]), tuple(known["compose"]), conflicts)


def compose_engine(site: Site) -> Engine:
    """The engine whose Compose fits the Docker that stays: the two packagings are never mixed."""
    if "docker-ce" in site.facts.packages:
        return engine(site, "docker-repository")
    if "docker.io" in site.facts.packages and site.manager == "apt":
        return engine(site, "distribution")
    return engine(site, site.source)


def conflicts(site: Site, target: Engine) -> Conflicts:
    """What stands in the way of an engine on this host."""
    present = installed(site)
    allowed = set(site.answers.software.remove)
    if "docker" in allowed and SNAP_DOCKER in present:
        allowed.add(SNAP_DOCKER)
    in_the_way = [name for name in (*target.conflicts, SNAP_DOCKER) if name in present]
    removes = [name for name in in_the_way if name in allowed]
    # What only depends on something that goes may go along, if it was named; by itself it is no conflict.
    dependents = [name for name in site.family["dependents"] if name in present and name in allowed]
    return Conflicts(
        removes=(*removes, *dependents) if removes else (),
        unanswered=tuple(name for name in in_the_way if name not in allowed),
    )


def doubles(site: Site, target: Engine) -> Conflicts:
    """Beside a Docker that may stay: what is there twice in two packagings, and was answered."""
    packages = site.facts.packages
    composes = _compose_packages(site)
    has_engine = any(name in packages for name in target.docker[:1])
    has_compose = any(name in packages for name in target.compose)
    twice = [
        name
        for name in target.conflicts
        if name in packages and (has_compose if name in composes else has_engine)
    ]
    return Conflicts(removes=tuple(name for name in twice if name in site.answers.software.remove))


def compose_goes(site: Site, removes: tuple[str, ...]) -> bool:
    """Whether a removal takes the only Compose that is there."""
    there = _compose_packages(site) & set(site.facts.packages)
    return bool(there & set(removes)) and there <= set(removes)


def _compose_packages(site: Site) -> set[str]:
    return {name for known in site.family["engines"].values() for name in known["compose"]}


def major(site: Site) -> str:
    """The release number before the first dot; "" where the system doesn't say."""
    return (site.facts.os.version or "").partition(".")[0]
