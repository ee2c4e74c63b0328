"""What must hold right before a step, else it ends without having changed anything."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from wizard.apply.records import digest_of
from wizard.machine.outcome import Machine
from wizard.model.plan import Command, Step

_PID_FILE = "/run/docker.pid"
_ALLOW = "Nothing was changed. Stop them first, or allow it: software.restart_docker: true."


def guard_problem(step: Step, machine: Machine) -> str:
    """Why the step must not begin, as a sentence; "" where nothing stands against it."""
    for name in step.guards:
        kind, _, subject = name.partition(":")
        if kind == "not-installed" and subject:
            problem = rpm_installed(machine, subject)
        elif kind == "unchanged" and subject:
            problem = file_changed(*subject.split(":", 1))
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
    if digest_of(path) == digest:
        return ""
    return (
        f"{path} was changed by somebody else after this plan was made, so nothing of this step was done. "
        "Look at the file, then undo again: what is still to be taken back is worked out anew."
    )


def docker_in_use(machine: Machine) -> str:
    """Containers, volumes and a swarm are the operator's: with any of them there, Docker stays."""
    containers = _lines(machine, "docker", "ps", "-aq")
    volumes = _lines(machine, "docker", "volume", "ls", "-q")
    swarm = _lines(machine, "docker", "info", "--format", "{{.Swarm.LocalNodeState}}")
    if containers is None or volumes is None or swarm is None:
        return docker_leftovers(_data_root())
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
    if not _daemon_runs():
        return ""
    return f"Docker does not say whether containers run, and a restart would end them. {_ALLOW}"


def _daemon_runs() -> bool:
    try:
        with open(_PID_FILE, encoding="ascii", errors="replace") as file:
            pid = int(file.read(20).strip() or "0")
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return os.path.basename(file.read(4096).split(b"\0")[0]) == b"dockerd"
    except (OSError, ValueError):
        return False


def docker_leftovers(root: str) -> str:
    """The same from Docker's data directory, for when no daemon answers."""
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
    return _stays(found)


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


def _data_root() -> str:
    try:
        with open("/etc/docker/daemon.json", encoding="utf-8") as file:
            root = json.load(file).get("data-root")
    except (OSError, ValueError, AttributeError):
        root = None
    return root if isinstance(root, str) and os.path.isabs(root) else "/var/lib/docker"


_GUARDS: dict[str, Callable[[Machine], str]] = {"docker-unused": docker_in_use, "docker-idle": docker_busy}
