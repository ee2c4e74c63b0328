"""What steps planned as their own inverse, against what the records know better."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from wizard.apply.history import Done
from wizard.model.ownfiles import DAEMON_JSON
from wizard.model.plan import Action, Command
from wizard.planning.docker_restart import VALIDATE

# Removing any of these ends Docker on this host.
_ENGINES = frozenset({"docker-ce", "docker.io", "containerd.io", "containerd", "runc", "moby-engine"})


def plain_name(name: str, manager: str) -> str:
    """A package's name without its architecture: `libjq1:amd64` (apt), `jq.x86_64` (dnf)."""
    return name.partition(":")[0] if manager == "apt" else name.rpartition(".")[0] or name


def asked_for(others: Sequence[Done]) -> frozenset[str]:
    """Packages that steps which stay were asked to bring, whoever brought them in the end."""
    return frozenset(
        word
        for done in others
        for action in done.step.undo
        if isinstance(action, Command) and _removes_packages(action)
        for word in action.argv[action.argv.index("remove") + 1 if "remove" in action.argv else 0 :]
        if not word.startswith("-")
    )


def ends_docker(manager: str, actions: tuple[Action, ...], packages: tuple[str, ...]) -> bool:
    """True where these actions stop Docker or take it away."""
    if any(plain_name(name, manager) in _ENGINES for name in packages):
        return True
    return any(
        isinstance(action, Command)
        and {"stop", "disable"} & set(action.argv)
        and any(word.startswith("docker") for word in action.argv)
        for action in actions
    )


def planned(done: Done, installed: Mapping[str, str]) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """The planned inverse without what the records know better (packages, files, services, settings of the kernel), and
    with what they say of the firewall's rules: what comes before the files, and what comes after them because of them.
    """
    instead = {kept.withdraw: kept.back for kept in done.rules}
    paths = {item.path for item in done.files}
    first: list[Action] = []
    after: list[Action] = []
    seen_file = False
    for action in done.step.undo:
        if _is_recorded_file(action, paths):
            seen_file = True
        elif not (isinstance(action, Command) and _is_known_better(action, done, installed)):
            (after if seen_file else first).extend(_rule_back(action, instead))
    return tuple(first), tuple(after)


def _rule_back(action: Action, instead: Mapping[tuple[str, ...], tuple[str, ...]]) -> tuple[Action, ...]:
    """Other than planned where the rule was there before, or another one in its place."""
    if not isinstance(action, Command) or action.argv not in instead:
        return (_where_it_is(action),)
    back = instead[action.argv]
    return (replace(action, argv=back),) if back else ()


def _where_it_is(action: Action) -> Action:
    """Plans of the first release had Docker look at a file that their undo takes away."""
    if isinstance(action, Command) and action.argv == VALIDATE:
        return replace(action, only_where=DAEMON_JSON)
    return action


def _is_recorded_file(action: Action, paths: set[str]) -> bool:
    if isinstance(action, Command):
        return _touches(action, paths)
    return os.path.realpath(action.write) in paths


def _is_known_better(command: Command, done: Done, installed: Mapping[str, str]) -> bool:
    if _removes_packages(command) or _sets_kept(command, done):
        return True
    if done.knows_units and _switches(command):
        return True
    # Nothing was removed, or all of it is there again: then putting it back would only bring newer versions.
    is_back = "packages" in done.step.records and all(name in installed for name in done.removed)
    return is_back and _puts_back(command)


def _sets_kept(command: Command, done: Done) -> bool:
    return command.argv[0] == "sysctl" and any(
        word.startswith(f"{item.key}=") for item in done.values for word in command.argv[1:]
    )


def _removes_packages(command: Command) -> bool:
    words = set(command.argv)
    return bool(words & {"apt-get", "apt", "dnf", "yum"}) and bool(
        words & {"remove", "purge", "autoremove", "erase"}
    )


def _puts_back(command: Command) -> bool:
    return bool(set(command.argv) & {"apt-get", "dnf"}) and "install" in command.argv


def _switches(command: Command) -> bool:
    return command.argv[0] == "systemctl" and bool(
        {"start", "stop", "enable", "disable"} & set(command.argv[1:])
    )


def _touches(command: Command, paths: set[str]) -> bool:
    return command.argv[0] == "rm" and any(os.path.realpath(word) in paths for word in command.argv[1:])
