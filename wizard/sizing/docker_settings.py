"""What daemon.json should say: logs that are rotated, and open files for containers."""

from __future__ import annotations

import re
from typing import Any

from wizard.model.docker_settings import DockerSettings
from wizard.model.facts import HostFacts
from wizard.sizing.host_settings import NR_OPEN

# Ours: 250 MB of logs for each container.
LOG_MAX_SIZE, LOG_MAX_FILE = "50m", "5"
# Vendor, host tuning for high concurrency; a container's own limit is not the host's.
CONTAINER_NOFILE = 500_000
# Of the daemon's flags: it reads another file than daemon.json.
OTHER_FILE = "config-file"
_USER = re.compile(r"//[^/@]*@")
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


def settings_wait(host: HostFacts) -> bool:
    """Whether the daemon that runs has not read daemon.json as it is: a written file is no proof that it is used."""
    docker, found = host.software.docker, host.docker_settings
    if docker is None or found is None or docker.kind != "docker" or docker.state == "stopped":
        return False
    if found.problem or OTHER_FILE in found.flags:
        return False
    # A file that was moved there keeps its old time: then what the daemon says of itself tells.
    is_other = None not in (found.log_driver, docker.log_driver) and found.log_driver != docker.log_driver
    return bool(found.is_newer) or (is_other and "log-driver" not in found.flags)


def proxy_waits(host: HostFacts) -> bool:
    """Whether the daemon that runs uses another proxy than its files say, and a restart would change that.

    Where it was started with them and uses another one all the same, something else sets that one.
    """
    docker, found = host.software.docker, host.docker_settings
    if docker is None or docker.kind != "docker" or docker.state != "running":
        return False
    uses = {"HTTP_PROXY": docker.http_proxy, "HTTPS_PROXY": docker.https_proxy, "NO_PROXY": docker.no_proxy}
    if not any(_is_other(host, key, used) for key, used in uses.items() if used is not None):
        return False
    newer = found is not None and (found.is_newer or found.drop_in_is_newer)
    return bool(newer) or docker.needs_reload is True


def _is_other(host: HostFacts, key: str, used: str) -> bool:
    told = {host.proxies.get(f"docker {name}") for name in (key, key.lower())} - {None}
    return bool(told) and _bare(used) not in {_bare(address or "") for address in told}


def same_proxy(one: str, other: str) -> bool:
    """Whether two addresses are the same proxy, whoever asks it."""
    return _bare(one) == _bare(other)


def _bare(address: str) -> str:
    """Without the user, whom Docker does not tell."""
    return _USER.sub("//", address).rstrip("/")


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
