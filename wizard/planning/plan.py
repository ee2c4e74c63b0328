"""Facts and answers to a plan: only what is missing, too old or stopped; what is already true drops out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wizard.model.answers import Answers
from wizard.model.facts import HostFacts
from wizard.model.plan import Plan, Stage, Step
from wizard.model.usage import Sizing
from wizard.planning.docker import docker_work
from wizard.planning.docker_settings import docker_settings
from wizard.planning.firewall import firewall_work
from wizard.planning.packages import refresh
from wizard.planning.proxies import FOR_PACKAGES, proxy_work
from wizard.planning.site import Site
from wizard.planning.tools import tool_steps
from wizard.planning.tuning import host_tuning
from wizard.planning.unfinished import unfinished_steps

STAGES = {
    "tuning": "Settings of this host",
    "prepare": "Prepare the packages",
    "docker": "Docker",
    "tools": "Tools",
    "firewall": "Firewall",
}

_NO_PACKAGE_MANAGER = (
    "Neither apt nor dnf was found, so nothing is planned. Install the software and open the ports by hand."
)


def plan(
    answers: Answers,
    hosts: tuple[HostFacts, ...],
    catalogue: Mapping[str, Any],
    sizing: Sizing | None = None,
) -> Plan:
    """Everything that would be done on the surveyed hosts, in order, skipped steps included.

    catalogue: assets/packages.json as loaded. sizing: None where there is no size; then no setting of the host is
    asked for. Pure: the same input gives the same plan.
    """
    parts = [_for_host(answers, facts, catalogue, sizing) for facts in hosts]
    if len(hosts) > 1:
        parts = [_named(part, facts.name) for part, facts in zip(parts, hosts, strict=True)]
    stages = tuple(
        Stage(name, title, tuple(step for part in parts for step in _steps_of(part, name)))
        for name, title in STAGES.items()
    )
    return Plan(
        stages=tuple(stage for stage in stages if stage.steps),
        removes=tuple(dict.fromkeys(name for part in parts for name in part.removes)),
        notes=(*(note for part in parts for note in part.notes), *_unsurveyed(answers, hosts)),
    )


def _for_host(
    answers: Answers, facts: HostFacts, catalogue: Mapping[str, Any], sizing: Sizing | None
) -> Plan:
    if facts.package_manager is None:
        return Plan(notes=(_NO_PACKAGE_MANAGER,))
    site = Site(answers, facts, facts.package_manager, catalogue)
    docker, tools, firewall = docker_work(site), tool_steps(site), firewall_work(answers, facts)
    is_upgraded = any(step.id == "install-docker" for step in docker.docker) and not any(
        skip.step == "install-docker" for skip in answers.skipped
    )
    proxies = proxy_work(site, is_upgraded=is_upgraded)
    settings = docker_settings(site, is_upgraded=is_upgraded)
    package_steps = (*docker.prepare, *docker.docker, *tools)
    unfinished = unfinished_steps(site)
    installs = any("refresh-packages" in step.requires for step in (*unfinished, *package_steps))
    steps = {
        "tuning": (*host_tuning(facts, sizing), *proxies.steps, *settings.steps),
        "prepare": (
            *((_refresh(site, proxies.steps),) if installs else ()),
            *unfinished,
            *_after(unfinished, docker.prepare),
        ),
        "docker": _after(unfinished, docker.docker),
        "tools": _after(unfinished, tools),
        "firewall": firewall.steps,
    }
    begun = facts.unfinished_removals if site.manager == "apt" else ()
    return Plan(
        stages=tuple(Stage(name, STAGES[name], found) for name, found in steps.items() if found),
        removes=tuple(dict.fromkeys((*begun, *docker.removes))),
        notes=tuple(dict.fromkeys((*docker.notes, *settings.notes, *proxies.notes, *firewall.notes))),
    )


def _refresh(site: Site, proxies: tuple[Step, ...]) -> Step:
    return Step(
        id="refresh-packages",
        node=site.facts.name,
        title="Read the package lists again",
        why="Old lists name versions that are no longer there, and an installation then fails halfway.",
        commands=(refresh(site.manager),),
        requires=tuple(step.id for step in proxies if step.id in FOR_PACKAGES),
    )


def _after(first: tuple[Step, ...], steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The same steps; those that install anything only after `first`."""
    names = tuple(step.id for step in first)
    return tuple(
        replace(step, requires=(*step.requires, *names)) if "refresh-packages" in step.requires else step
        for step in steps
    )


def _named(part: Plan, name: str) -> Plan:
    return replace(part, notes=tuple(f"{name}: {note}" for note in part.notes))


def _steps_of(part: Plan, name: str) -> tuple[Step, ...]:
    return next((stage.steps for stage in part.stages if stage.name == name), ())


def _unsurveyed(answers: Answers, hosts: tuple[HostFacts, ...]) -> tuple[str, ...]:
    surveyed = {facts.name for facts in hosts}
    return tuple(
        f"{node.name} is not surveyed yet, so nothing is planned for it."
        for node in answers.nodes
        if node.name not in surveyed
    )
