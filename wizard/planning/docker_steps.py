"""The steps that change Docker, one function each."""

from __future__ import annotations

from wizard.model.plan import Action, Command, Step
from wizard.planning.docker_restart import has_systemd
from wizard.planning.engine import Engine
from wizard.planning.packages import ENGINE_SECONDS, install, put_back, remove, remove_exactly
from wizard.planning.site import Site
from wizard.planning.software import SNAP_DOCKER, Change

_FROM = {
    "docker-repository": "from Docker's repository",
    "distribution": "from the distribution",
    "offline": "from the repositories of this host",
}
_START_SECONDS = 300
# In the order in which they are stopped again: the socket would start the daemon, the daemon needs containerd.
_UNITS = ("unit:docker.socket", "unit:docker.service", "unit:containerd.service")
_ZONE = "/etc/firewalld/zones/docker.xml"


def remove_conflicts(site: Site, names: tuple[str, ...]) -> Step:
    """Remove exactly these packages."""
    packages = tuple(name for name in names if name != SNAP_DOCKER)
    commands: list[Action] = []
    undo: list[Action] = []
    if SNAP_DOCKER in names:
        commands.append(Command(("snap", "remove", "docker"), timeout_seconds=ENGINE_SECONDS))
        undo.append(Command(("snap", "install", "docker"), timeout_seconds=ENGINE_SECONDS))
    if packages:
        commands.append(remove_exactly(site.manager, packages))
        undo.append(put_back(site.manager, packages))
    return Step(
        id="remove-conflicts",
        node=site.facts.name,
        title=f"Remove {', '.join(names)}",
        why="They can't stand beside the Docker Engine that is to be installed, and the answers allow their"
        " removal. These alone are removed and never purged: what lies in /var/lib/docker stays.",
        commands=tuple(commands),
        undo=tuple(undo),
        records=("packages",),
    )


def install_docker(
    site: Site, target: Engine, change: Change, requires: tuple[str, ...], keeps: tuple[str, ...] = ()
) -> Step:
    """Install the engine, or bring it to the newest version. keeps: in the way, and not to be removed."""
    in_place = target.docker[0] in site.facts.packages
    return Step(
        id="install-docker",
        node=site.facts.name,
        title=f"{change.capitalize()} Docker Engine {_FROM[site.source]}",
        why="The vendor asks for Docker Engine 24 or later; every service runs in it. Undoing this never"
        " purges, and is refused while containers, volumes or a swarm exist.",
        commands=(install(site.manager, target.docker, ENGINE_SECONDS),),
        # What was there before an upgrade is not taken away again.
        undo=() if in_place else (remove(site.manager, target.docker),),
        requires=requires,
        settles=("software-missing/docker", "software-old/docker"),
        records=("packages", *_zone(site)),
        # apt is told not to remove anything; dnf can't be: Docker's containerd.io obsoletes runc.
        guards=tuple(f"not-installed:{name}" for name in keeps if site.manager == "dnf"),
    )


def install_compose(site: Site, target: Engine, change: Change, requires: tuple[str, ...]) -> Step:
    """Install the Compose plugin of the same packaging as the engine."""
    return Step(
        id="install-compose",
        node=site.facts.name,
        title=f"{change.capitalize()} Docker Compose (the plugin)",
        why="The vendor asks for Docker Compose v2, for all that runs outside the swarm.",
        commands=(install(site.manager, target.compose, ENGINE_SECONDS),),
        undo=(remove(site.manager, target.compose),) if change == "install" else (),
        requires=requires,
        settles=("software-missing/compose", "software-old/compose"),
        records=("packages",),
    )


def start_docker(site: Site, requires: tuple[str, ...]) -> Step:
    """Start the daemon, and at every boot where systemd runs."""
    facts = site.facts
    systemd = has_systemd(site)
    start = ("systemctl", "enable", "--now", "docker") if systemd else ("service", "docker", "start")
    stop = ("systemctl", "disable", "--now", "docker") if systemd else ("service", "docker", "stop")
    # Else the next `docker` of anybody would start it again. 5: there is no such unit.
    # A drop-in that systemd has not read yet would not count for this start.
    docker = facts.software.docker
    is_read = not (systemd and docker is not None and docker.needs_reload)
    read = () if is_read else (Command(("systemctl", "daemon-reload"), timeout_seconds=60),)
    silence = Command(("systemctl", "stop", "docker.socket"), ok_codes=(0, 5), timeout_seconds=_START_SECONDS)
    return Step(
        id="start-docker",
        node=facts.name,
        title="Start Docker, now and at every boot" if systemd else "Start Docker",
        why="The deployment needs a running Docker daemon.",
        commands=(*read, Command(start, timeout_seconds=_START_SECONDS)),
        undo=(*((silence,) if systemd else ()), Command(stop, timeout_seconds=_START_SECONDS)),
        requires=requires,
        settles=("docker-stopped/",),
        records=(*(_UNITS if systemd else ()), *_zone(site)),
    )


def _zone(site: Site) -> tuple[str, ...]:
    """dockerd writes a zone for its bridges into firewalld's own settings, and leaves it there."""
    return (f"file:{_ZONE}",) if site.facts.firewall.backend == "firewalld" else ()
