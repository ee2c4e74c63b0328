"""What daemon.json needs: logs that are rotated, and open files for containers. What an operator set there stays."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.docker_settings import DockerSettings
from wizard.model.merging import inverse, key_name
from wizard.model.ownfiles import DAEMON_JSON
from wizard.model.plan import KeyChange, MergeFile, Step
from wizard.planning.docker_restart import IDLE, Restart, docker_restart, runs_docker
from wizard.planning.site import Site
from wizard.planning.software import keeps_other_docker
from wizard.sizing.docker_settings import (
    CONTAINER_NOFILE,
    LOG_MAX_FILE,
    LOG_MAX_SIZE,
    OTHER_FILE,
    missing_settings,
    nofile_is_missing,
    nofile_may_be_set,
    settings_wait,
)

_OTHER_FILE = (
    f"Docker is started with another settings file (--config-file) and does not read {DAEMON_JSON}, so nothing is set "
    "there. Set log rotation in that file."
)


@dataclass(frozen=True, slots=True)
class SettingsWork:
    """The steps, and what the operator should read before them."""

    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()


def docker_settings(site: Site, *, is_upgraded: bool) -> SettingsWork:
    """docker-settings where a key is missing, or where Docker has not been restarted since the keys were set.

    is_upgraded: this plan brings a newer Docker, which starts anew by itself.
    """
    if keeps_other_docker(site):
        return SettingsWork()
    found = site.facts.docker_settings
    if found is None:
        return SettingsWork(
            notes=(f"{DAEMON_JSON} can't be read by this user, so Docker's settings are not planned.",)
        )
    if found.problem or OTHER_FILE in found.flags:
        return SettingsWork(notes=(found.problem or _OTHER_FILE,))
    changes = tuple(KeyChange(path, value) for path, value in missing_settings(site.facts, found))
    waits = settings_wait(site.facts) and runs_docker(site) and not is_upgraded
    kept = (*_kept(found), *_too_high(site, found))
    if not changes and not waits:
        return SettingsWork(notes=kept)
    restart = docker_restart(site, is_upgraded=is_upgraded)
    if restart.refused:
        what = ", ".join(map(key_name, changes))
        words = (
            f"{DAEMON_JSON}: {what} is not set."
            if changes
            else f"Docker does not use {DAEMON_JSON} as it is: it was changed after Docker started."
        )
        return SettingsWork(notes=(f"{words} {restart.refused}", *kept))
    step = _step(site, changes, restart)
    return SettingsWork((step,), (*((restart.note,) if restart.note else ()), *kept))


def _kept(found: DockerSettings) -> tuple[str, ...]:
    """What stays although we would have set it otherwise."""
    notes: list[str] = []
    if "log-driver" in found.flags or "log-opt" in found.flags:
        notes.append(
            "Docker's log settings are given on its command line, so they are left to whoever wrote them."
        )
    if "default-ulimit" in found.flags:
        notes.append(
            "Docker's default-ulimit is given on its command line, so it is left to whoever wrote it."
        )
    soft, hard = found.nofile or (None, None)
    low = [number for number in (soft, hard) if number is not None and 0 <= number < CONTAINER_NOFILE]
    if low:
        notes.append(
            f"Containers get {min(low):,} open files (default-ulimits in {DAEMON_JSON}); many connections need "
            f"{CONTAINER_NOFILE:,}. It was set by somebody, so it stays: change it there if it was not meant."
        )
    return tuple(notes)


def _too_high(site: Site, found: DockerSettings) -> tuple[str, ...]:
    if not nofile_is_missing(found) or nofile_may_be_set(site.facts):
        return ()
    return (
        f"Containers are not given {CONTAINER_NOFILE:,} open files: this host may not allow so many (it is a container "
        "itself, or fs.nr_open is lower), and then none would start.",
    )


def _step(site: Site, changes: tuple[KeyChange, ...], restart: Restart) -> Step:
    file = MergeFile(DAEMON_JSON, "json", changes)
    merge = (file,) if changes else ()
    title, why = _words(changes)
    return Step(
        id="docker-settings",
        node=site.facts.name,
        title=title,
        why=why,
        commands=(*merge, *restart.commands),
        undo=(inverse([file], like=file), *restart.undo),
        # After a restart the daemon must be back, or the step has failed.
        settles=(
            *(("docker-log-rotation/", "docker-nofile/") if changes else ()),
            *(("docker-stopped/", "docker-restart-due/daemon.json") if restart.is_restart else ()),
        ),
        records=(f"file:{DAEMON_JSON}",),
        guards=restart.guards,
        undo_guards=(IDLE,),
    )


def _words(changes: tuple[KeyChange, ...]) -> tuple[str, str]:
    if not changes:
        return (
            "Restart Docker, so that daemon.json takes effect",
            "daemon.json was changed after Docker had started, and Docker reads it only at its start.",
        )
    names = {change.path[0] for change in changes}
    reasons = []
    if names & {"log-driver", "log-opts"}:
        reasons.append(
            f"Without a limit the log of a container grows until the disk is full: {LOG_MAX_FILE} files of "
            f"{LOG_MAX_SIZE.upper()}B each are kept (our figures)."
        )
    if "default-ulimits" in names:
        reasons.append(
            "Docker 29 gives a container 1,024 open files unless told otherwise; many connections need "
            f"{CONTAINER_NOFILE:,}."
        )
    reasons.append("Keys that are set there already stay as they are.")
    parts = [
        *(["log rotation"] if names & {"log-driver", "log-opts"} else []),
        *(["open files"] if "default-ulimits" in names else []),
    ]
    return f"Docker's settings: {', '.join(parts)}", " ".join(reasons)
