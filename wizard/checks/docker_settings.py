"""What Docker's daemon is told in daemon.json."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checks.make import unknown, warning
from wizard.checks.versions import at_least
from wizard.model.answers import NetworkAnswers
from wizard.model.facts import HostFacts
from wizard.model.finding import Finding
from wizard.sizing.docker_settings import (
    LOG_MAX_FILE,
    LOG_MAX_SIZE,
    nofile_is_missing,
    nofile_may_be_set,
    proxy_waits,
    rotation_is_missing,
    settings_wait,
)

# Since then containers get systemd's 1,024, where they had a million before.
_FEW_FILES_SINCE = "29"
_FIX = "The plan does it: sudo cometchat-wizard apply docker-settings"


def check_docker_settings(host: HostFacts, network: NetworkAnswers) -> Iterator[Finding]:
    """docker-settings-broken, docker-log-rotation, docker-nofile, docker-restart-due; only where Docker is there."""
    docker, found = host.software.docker, host.docker_settings
    if docker is None or docker.kind != "docker":
        return
    yield from _restart_due(host, network)
    if found is None:
        yield from unknown("docker-settings", ["Docker's settings (daemon.json)"], host.name)
        return
    if found.problem:
        yield warning(
            "docker-settings-broken",
            seen=found.problem,
            why="Docker reads this file at its start: the next restart of it, or of the host, would fail.",
            fix="Mend it by hand, then look: dockerd --validate --config-file /etc/docker/daemon.json",
            source="field: daemon.json is merged, never written anew",
            node=host.name,
        )
        return
    if rotation_is_missing(found):
        yield warning(
            "docker-log-rotation",
            seen="Docker keeps the logs of containers without a limit (daemon.json sets no max-size).",
            why="A chatty container fills the disk in days, and a full disk stops the databases.",
            fix=_FIX,
            source=f"field: log rotation; ours are {LOG_MAX_FILE} files of {LOG_MAX_SIZE.upper()}B for a container",
            node=host.name,
            fixable=True,
        )
    if nofile_is_missing(found) and nofile_may_be_set(host) and at_least(docker.version, _FEW_FILES_SINCE):
        yield warning(
            "docker-nofile",
            seen="Containers get 1,024 open files: this Docker gives no more, and daemon.json sets no other number.",
            why="Every connection is an open file: at the limit new ones are refused.",
            fix=_FIX,
            source="field: moby#51485",
            node=host.name,
            fixable=True,
        )


def _restart_due(host: HostFacts, network: NetworkAnswers) -> Iterator[Finding]:
    docker = host.software.docker
    if settings_wait(host):
        yield warning(
            "docker-restart-due",
            seen="Docker does not use daemon.json as it is: the file was changed after Docker had started.",
            why="Docker reads it only at its start: until then it runs as before, and an error in it shows only then.",
            fix=_FIX,
            source="field: a written file is no proof",
            node=host.name,
            subject="daemon.json",
            fixable=True,
        )
    if network.proxy and proxy_waits(host):
        uses = (docker.https_proxy or docker.http_proxy if docker else "") or "no proxy"
        yield warning(
            "docker-restart-due",
            seen=f"Docker says that it uses {uses}, and not what is set for it in its files.",
            why="It was started before that was set, so images are pulled as before.",
            fix="The plan does it: sudo cometchat-wizard apply proxy-docker",
            source="field: a written file is no proof",
            node=host.name,
            subject="proxy",
            fixable=True,
        )
