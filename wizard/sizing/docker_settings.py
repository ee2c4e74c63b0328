"""What daemon.json should say: logs that are rotated, and open files for containers."""

from __future__ import annotations

from typing import Any

from wizard.model.docker_settings import DockerSettings
from wizard.model.facts import HostFacts
from wizard.sizing.host_settings import NR_OPEN

# Ours: 250 MB of logs for each container.
LOG_MAX_SIZE, LOG_MAX_FILE = "50m", "5"
# Vendor, host tuning for high concurrency; a container's own limit is not the host's.
CONTAINER_NOFILE = 500_000
_JSON_FILE = "json-file"


def missing_settings(host: HostFacts, found: DockerSettings) -> tuple[tuple[tuple[str, ...], Any], ...]:
    """Path and value of each key to be set: none that is there, nor one that the daemon's command line gives."""
    changes: list[tuple[tuple[str, ...], Any]] = []
    if rotation_is_missing(found):
        wanted = (
            (("log-driver",), _JSON_FILE, found.log_driver),
            (("log-opts", "max-size"), LOG_MAX_SIZE, found.log_max_size),
            (("log-opts", "max-file"), LOG_MAX_FILE, found.log_max_file),
        )
        changes += [(path, value) for path, value, now in wanted if now is None]
    if nofile_is_missing(found) and nofile_may_be_set(host):
        limit = {"Name": "nofile", "Hard": CONTAINER_NOFILE, "Soft": CONTAINER_NOFILE}
        changes.append((("default-ulimits", "nofile"), limit))
    return tuple(changes)


def rotation_is_missing(found: DockerSettings) -> bool:
    """Whether container logs grow without an end: `json-file`, the default, without a size."""
    is_ours = not {"log-driver", "log-opt"} & set(found.flags)
    return is_ours and found.log_driver in (None, _JSON_FILE) and found.log_max_size is None


def nofile_is_missing(found: DockerSettings) -> bool:
    """Whether containers get as many open files as Docker likes."""
    return found.nofile is None and "default-ulimit" not in found.flags


def nofile_may_be_set(host: HostFacts) -> bool:
    """Whether a container may have that many: else none would start. A host that is a container itself may not be
    allowed to raise its own limit.
    """
    most = host.tuning.sysctl.get(NR_OPEN)
    if most is not None and most < CONTAINER_NOFILE:
        return False
    may_raise = host.tuning.may_raise_limits
    if may_raise is None:
        may_raise = host.container is None
    return may_raise or (host.nofile is not None and host.nofile[1] >= CONTAINER_NOFILE)
