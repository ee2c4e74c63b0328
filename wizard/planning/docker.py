"""What Docker needs on one host: which steps, in which order, what would be removed, what to read before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wizard.model.plan import Step
from wizard.planning.docker_notes import docker_notes
from wizard.planning.docker_steps import install_compose, install_docker, remove_conflicts, start_docker
from wizard.planning.engine import Conflicts, Engine, compose_engine, compose_goes, conflicts, doubles, engine
from wizard.planning.repository import repository, repository_step
from wizard.planning.site import Site
from wizard.planning.software import Change, docker_change, keeps_other_docker, tool_change


@dataclass(frozen=True, slots=True)
class DockerWork:
    """prepare: steps before (conflicts, repository). docker: engine, Compose, start. removes: named first."""

    prepare: tuple[Step, ...] = ()
    docker: tuple[Step, ...] = ()
    removes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Need:
    change: Change | None
    compose: Change | None
    target: Engine
    conflicts: Conflicts


def docker_work(site: Site) -> DockerWork:
    """All that Docker needs; empty where it is there, new enough and running."""
    if keeps_other_docker(site):
        return DockerWork(notes=("The Docker that is here was accepted as it is, and is left alone.",))
    need = _need(site)
    obstacle = _obstacle(site, need)
    if obstacle:
        return DockerWork(docker=_start(site, None), notes=(obstacle,))
    prepare = _prepare(site, need)
    before = ("refresh-packages", *(step.id for step in prepare))
    keeps = need.conflicts.unanswered
    steps = (install_docker(site, need.target, need.change, before, keeps),) if need.change else ()
    if need.compose:
        before = (*before, *(step.id for step in steps))
        steps = (*steps, install_compose(site, need.target, need.compose, before))
    return DockerWork(
        prepare=prepare,
        docker=(*steps, *_start(site, need.change)),
        removes=need.conflicts.removes,
        notes=docker_notes(site, need.target, need.conflicts, need.change, need.compose),
    )


def _need(site: Site) -> _Need:
    change = docker_change(site)
    target = engine(site, site.source) if change else compose_engine(site)
    found = conflicts(site, target) if change else doubles(site, target)
    compose = "install" if compose_goes(site, found.removes) else tool_change(site, "compose")
    return _Need(change, compose, target, found)


def _obstacle(site: Site, need: _Need) -> str | None:
    """Why Docker can't be planned from this source, with what to do; None where it can."""
    if not (need.change or need.compose):
        return None
    if need.target.name is None:
        return (
            f"{need.target.reason} Docker's own repository has it (software.docker_from: docker-repository)."
        )
    reason = repository(site).reason if _uses_repository(site, need) else ""
    if not reason:
        return None
    return (
        f"{reason} Install Docker Engine 24 or later and its Compose plugin by hand, or choose another source"
        " (software.docker_from)."
    )


def _uses_repository(site: Site, need: _Need) -> bool:
    return need.target.name == "docker-ce" and site.source == "docker-repository"


def _prepare(site: Site, need: _Need) -> tuple[Step, ...]:
    """The repository is read before anything is removed: a host that can't reach it keeps its old Docker."""
    installs = bool(need.change or need.compose)
    steps: tuple[Step, ...] = ()
    if installs and _uses_repository(site, need):
        steps = (repository_step(site, repository(site)),)
    if need.conflicts.removes:
        before = ("refresh-packages", *(step.id for step in steps)) if installs else ()
        steps = (*steps, replace(remove_conflicts(site, need.conflicts.removes), requires=before))
    return steps


def _start(site: Site, change: Change | None) -> tuple[Step, ...]:
    docker = site.facts.software.docker
    stopped = docker is not None and docker.kind == "docker" and docker.state == "stopped"
    if not (stopped or change):
        return ()
    return (start_docker(site, ("install-docker",) if change else ()),)
