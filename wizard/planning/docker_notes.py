"""What the operator should read before Docker is changed."""

from __future__ import annotations

from wizard.planning.engine import Conflicts, Engine
from wizard.planning.repository import ended
from wizard.planning.site import Site
from wizard.planning.software import Change


def docker_notes(
    site: Site, target: Engine, found: Conflicts, change: Change | None, compose: Change | None
) -> tuple[str, ...]:
    """Sentences, the ones about loss and interruption first."""
    notes = [*_conflict_notes(site, target, found), *_interruption_notes(site, change)]
    if not (change or compose):
        return tuple(notes)
    if site.source == "offline":
        names = ", ".join((*(target.docker if change else ()), *(target.compose if compose else ())))
        notes.append(f"Offline: only the repositories that this host has are used. They must hold {names}.")
    ending = ended(site)
    if ending and target.name == "docker-ce":
        notes.append(ending)
    if compose and site.facts.software.compose_v1 is not None:
        notes.append("The old docker-compose 1.x stays where it is; nothing here uses it.")
    return tuple(notes)


def _conflict_notes(site: Site, target: Engine, found: Conflicts) -> list[str]:
    notes = []
    if found.removes:
        names = ", ".join(found.removes)
        notes.append(f"Removed first: {names}. What runs in them stops.")
    users = [name for name in site.family["dependents"] if name in site.facts.packages]
    left = ", ".join(name for name in users if name not in found.removes)
    if left and found.removes:
        notes.append(
            f"{left}: may need what is removed, and then the removal is refused and all stays. What may go along"
            " has to be named as well (software.remove)."
        )
    if found.unanswered:
        names = ", ".join(found.unanswered)
        notes.append(
            f"{names}: can't stay beside {target.name}. Nothing is removed unasked, so the installation would"
            " stop there. Allow the removal by name (software.remove), or choose another source"
            " (software.docker_from)."
        )
    return notes


def _interruption_notes(site: Site, change: Change | None) -> list[str]:
    docker = site.facts.software.docker
    notes = []
    if change == "upgrade" and docker is not None and docker.state != "stopped":
        notes.append("Upgrading Docker restarts its daemon: running containers stop for that time.")
    if change and site.facts.swarm.state == "active":
        notes.append("This host is part of a swarm: drain it first, and upgrade one node at a time.")
    return notes
