"""What must hold right before a step, else it ends without having changed anything."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from wizard.apply.dockerroot import CannotTell, daemon_words, data_roots
from wizard.apply.inplace import other_rights, parse_rights, rights_of, taken
from wizard.apply.records import digest_of
from wizard.machine.outcome import Machine
from wizard.model.plan import Command, Step

_ALLOW = "Nothing was changed. Stop them first, or allow it: software.restart_docker: true."
_SINCE_THE_PLAN = (
    "after this plan was made, so nothing of this step was done. Look at the file, then undo again: what is still to "
    "be taken back is worked out anew."
)
# With userns-remap Docker keeps its data in a directory named by the first user and group that it maps to.
_REMAPPED = re.compile(r"[0-9]+\.[0-9]+")


def guard_problem(step: Step, machine: Machine) -> str:
    """Why the step must not begin, as a sentence; "" where nothing stands against it."""
    for name in step.guards:
        kind, _, subject = name.partition(":")
        if kind == "not-installed" and subject:
            problem = rpm_installed(machine, subject)
        elif kind == "unchanged" and subject:
            problem = file_changed(*subject.split(":", 1))
        elif kind == "rights" and subject:
            problem = rights_changed(subject)
        elif kind == "plain" and subject:
            problem = file_taken(subject)
        else:
            check = _GUARDS.get(name)
            problem = f"This wizard does not know the guard {name}." if check is None else check(machine)
        if problem:
            return problem
    return ""


def rpm_installed(machine: Machine, package: str) -> str:
    """dnf replaces what a new package declares obsolete, and no option of it prevents that."""
    if _lines(machine, "rpm", "-q", package) is None:
        return ""
    return (
        f"{package} is installed, and the installation would take it away. Nothing is removed unasked: "
        "allow it by name (software.remove), or remove it yourself."
    )


def file_changed(digest: str, path: str) -> str:
    """Between the plan and its step somebody may have edited a file that is about to be put back."""
    if problem := file_taken(path):
        return problem
    return "" if digest_of(path) == digest else f"{path} was changed by somebody else {_SINCE_THE_PLAN}"


def file_taken(path: str) -> str:
    """The same where a link, a directory or the like has come into its place."""
    trouble = taken(path)
    return f"{path} {trouble}: that came {_SINCE_THE_PLAN}" if trouble else ""


def rights_changed(subject: str) -> str:
    """The same for its rights and owner. subject: `MODE:UID:GID:PATH`."""
    *numbers, path = subject.split(":", 3)
    trouble = other_rights(rights_of(path), parse_rights(":".join(numbers)))
    return f"{path} {trouble}: that came {_SINCE_THE_PLAN}" if trouble else ""


def docker_in_use(machine: Machine) -> str:
    """Containers, volumes and a swarm are the operator's: with any of them there, Docker stays."""
    containers = _lines(machine, "docker", "ps", "-aq")
    volumes = _lines(machine, "docker", "volume", "ls", "-q")
    swarm = _lines(machine, "docker", "info", "--format", "{{.Swarm.LocalNodeState}}")
    if containers is None or volumes is None or swarm is None:
        return _silent_docker(machine)
    found = [
        text
        for text, is_there in (
            (f"{len(containers)} container(s)", bool(containers)),
            (f"{len(volumes)} volume(s)", bool(volumes)),
            ("a swarm", swarm[-1:] not in ([], ["inactive"])),
        )
        if is_there
    ]
    return _stays(found)


def docker_busy(machine: Machine) -> str:
    """Containers may have been started since the plan was made; those of a daemon with live-restore go on."""
    lines = _lines(machine, "docker", "info", "--format", "{{.LiveRestoreEnabled}} {{.ContainersRunning}}")
    words = (lines or [""])[-1].split()
    if len(words) == 2 and words[1].isdecimal():
        is_idle = words[0] == "true" or int(words[1]) == 0
        return (
            ""
            if is_idle
            else f"{words[1]} container(s) run here by now, and a restart of Docker would end them. {_ALLOW}"
        )
    if not daemon_words():
        return ""
    return f"Docker does not say whether containers run, and a restart would end them. {_ALLOW}"


def docker_leftovers(*roots: str) -> str:
    """The same from Docker's data directories, for when no daemon answers."""
    found = [text for root in roots for place in (root, *_remapped(root)) for text in _leftovers(place)]
    return _stays(list(dict.fromkeys(found)))


def _silent_docker(machine: Machine) -> str:
    try:
        return docker_leftovers(*data_roots(machine))
    except CannotTell as error:
        return (
            f"Docker was left alone: no daemon answers, and {error}, so it is not known where this host's containers "
            "and volumes are, nor whether there are any. Mend that, or start Docker, then undo again; or look "
            "yourself, and remove Docker's packages by hand where nothing of it is needed."
        )


def _remapped(root: str) -> list[str]:
    try:
        with os.scandir(root) as entries:
            return sorted(
                entry.path
                for entry in entries
                if _REMAPPED.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            )
    except OSError:
        return []  # Where there is something that can't be read, looking for its containers tells so.


def _leftovers(root: str) -> list[str]:
    found = []
    for name, text in (("containers", "containers"), ("volumes", "volumes")):
        try:
            with os.scandir(os.path.join(root, name)) as entries:
                if any(entry.is_dir(follow_symlinks=False) for entry in entries):
                    found.append(text)
        except FileNotFoundError:
            continue
        except OSError:
            found.append(f"perhaps {text} (not readable)")
    if os.path.exists(os.path.join(root, "swarm", "docker-state.json")):
        found.append("a swarm")
    return found


def _stays(found: list[str]) -> str:
    if not found:
        return ""
    return (
        f"Docker was left alone: this host still has {', '.join(found)}. "
        "Remove them first if they are not needed, then undo again."
    )


def _lines(machine: Machine, *argv: str) -> list[str] | None:
    lines: list[str] = []
    outcome = machine.run(Command(argv, root=False, timeout_seconds=30), lines.append)
    return lines if outcome.is_done() else None


_GUARDS: dict[str, Callable[[Machine], str]] = {"docker-unused": docker_in_use, "docker-idle": docker_busy}
