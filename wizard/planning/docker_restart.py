"""Restarting Docker for a setting: only where it ends nobody's containers, or where that was answered."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.facts import DockerFacts
from wizard.model.ownfiles import DAEMON_JSON
from wizard.model.plan import Command
from wizard.planning.site import Site
from wizard.planning.software import older

RESTART_SECONDS = 300
# Fails where the file is not there, which is how most hosts are, and how an undo leaves them.
VALIDATE = ("dockerd", "--validate", "--config-file", DAEMON_JSON)
IDLE = "docker-idle"
_HOW = (
    "When that may be, allow it on the Software page or in the answers (software.restart_docker: true); or stop them "
    "first."
)


@dataclass(frozen=True, slots=True)
class Restart:
    """commands: what it takes; is_restart: Docker is among it, and must be back afterwards. refused: why it must not
    be, as a sentence; "" where it may. guards: what must hold right before it. note: what the operator should read.
    """

    commands: tuple[Command, ...] = ()
    is_restart: bool = False
    undo: tuple[Command, ...] = ()
    guards: tuple[str, ...] = ()
    refused: str = ""
    note: str = ""


def runs_docker(site: Site) -> bool:
    """Whether a daemon of Docker's own runs here, as far as can be told."""
    docker = site.facts.software.docker
    return docker is not None and docker.kind == "docker" and docker.state != "stopped"


def docker_restart(site: Site, *, is_upgraded: bool, reload: bool = False) -> Restart:
    """What it takes for a new setting to be in effect. is_upgraded: the same plan brings a newer Docker, which starts
    anew by itself. reload: systemd has to read the unit again first.
    """
    again = (_systemctl("daemon-reload"),) if reload else ()
    undo = (*again, *_back(site))
    docker = site.facts.software.docker
    if not runs_docker(site) or is_upgraded:
        # A unit that systemd has read before stays as it was read, also where it is started only later.
        return Restart(again if docker is not None and docker.kind == "docker" else (), undo=undo)
    refused = _refused(site)
    if refused:
        return Restart(undo=undo, refused=refused)
    guards = () if site.answers.software.restart_docker else (IDLE,)
    return Restart((*again, *_restart(site)), True, undo, guards, note=_note(site))


def ended_by_restart(docker: DockerFacts | None, *, is_allowed: bool) -> str | None:
    """What a restart would end (`3 containers`), where the operator has to say whether that may be, or has said so;
    None where there is nothing to say.
    """
    if docker is None or docker.state != "running" or docker.live_restore:
        return None
    if docker.running == 0 and not is_allowed:
        return None
    count = "an unknown number of" if docker.running is None else str(docker.running)
    return f"{count} container{'' if docker.running == 1 else 's'}"


def _refused(site: Site) -> str:
    docker = site.facts.software.docker
    if docker is None or docker.live_restore or site.answers.software.restart_docker:
        return ""
    if docker.running is None:
        # Whoever is not root can't look; the runner is root, and looks right before the restart.
        is_silent = docker.state == "running" or site.facts.privilege.is_root
        return (
            f"Docker does not say how many containers run, and a restart would end them. {_HOW}"
            if is_silent
            else ""
        )
    if docker.running:
        return f"{_containers(docker.running)}, and restarting Docker would end them for some seconds or more. {_HOW}"
    return ""


def _note(site: Site) -> str:
    docker = site.facts.software.docker
    parts = ["Docker is restarted for its settings."]
    running = None if docker is None else docker.running
    if docker is not None and docker.live_restore and running != 0:
        parts.append("The containers keep running meanwhile (live-restore is on).")
    elif running:
        parts.append(
            f"{_containers(running)}: the restart ends them, and only those with a restart policy, and a swarm's "
            "services, are started again. software.restart_docker allows it."
        )
    elif running is None:
        parts.append(
            "It is only done while no container runs." if not site.answers.software.restart_docker else ""
        )
    else:
        parts.append("No container runs.")
    if running != 0:
        parts.append("A container that exists keeps its old log settings and limits until it is made anew.")
    if site.facts.swarm.state == "active":
        parts.append(
            "This host is part of a swarm, which misses it for that time: do one node after the other."
        )
    if site.facts.docker_settings is not None and site.facts.docker_settings.is_newer:
        parts.append(
            "daemon.json was changed after Docker had started: what else was changed in it takes effect, too."
        )
    return " ".join(part for part in parts if part)


def _containers(count: int) -> str:
    return "1 container is running" if count == 1 else f"{count} containers are running"


def _restart(site: Site) -> tuple[Command, ...]:
    if not has_systemd(site):
        return (Command(("service", "docker", "restart"), timeout_seconds=RESTART_SECONDS),)
    return (*_validate(site), *_systemd_restart("restart"))


def _back(site: Site) -> tuple[Command, ...]:
    """After an undo. By then Docker may be stopped, or gone (5: there is no such unit)."""
    if not has_systemd(site):
        return ()
    return (*_validate(site), *_systemd_restart("try-restart"))


def _validate(site: Site) -> tuple[Command, ...]:
    """Docker 23 and later says what is wrong in daemon.json while the old daemon still runs."""
    docker = site.facts.software.docker
    if docker is None or docker.version is None or older(docker.version, "23"):
        return ()
    return (Command(VALIDATE, timeout_seconds=60, may_be_missing=True, only_where=DAEMON_JSON),)


def _systemd_restart(verb: str) -> tuple[Command, ...]:
    # systemd allows Docker three starts a minute, and this plan may not be the only one at it.
    return (
        _systemctl("reset-failed", "docker"),
        Command(
            ("systemctl", verb, "docker"),
            timeout_seconds=RESTART_SECONDS,
            ok_codes=(0, 5) if verb != "restart" else (0,),
        ),
    )


def _systemctl(*words: str) -> Command:
    return Command(
        ("systemctl", *words), timeout_seconds=60, ok_codes=(0, 1, 5) if "reset-failed" in words else (0,)
    )


def has_systemd(site: Site) -> bool:
    """Whether systemd starts services here; where that could not be read, outside a container, it does."""
    facts = site.facts
    return facts.init == "systemd" or (facts.init is None and facts.container is None)
