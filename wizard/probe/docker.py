"""Docker's engine and swarm: the daemon is asked, not only the client; podman and snap posing as docker are told
apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wizard.machine.readoutcome import Outcome, Reader
from wizard.model.facts import DockerFacts, DockerKind, DockerState, SwarmFacts
from wizard.model.plain import shown, without_userinfo

VERSION_COMMAND = ("docker", "version", "--format", "{{json .}}")
INFO_COMMAND = ("docker", "info", "--format", "{{json .}}")
COMPOSE_COMMAND = ("docker", "compose", "version", "--short")
UNIT_COMMAND = ("systemctl", "show", "--property=NeedDaemonReload", "docker.service")
SOCKETS = ("/run/docker.sock", "/var/run/docker.sock")
SWARM_STATES = ("inactive", "pending", "active", "error", "locked")


def parse_document(text: str) -> Mapping[str, Any]:
    """A JSON object, {} for anything else."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def read_docker(
    reader: Reader, version: Outcome | None, info: Outcome | None, unit: Outcome | None = None
) -> DockerFacts | None:
    """None where no `docker` is on this host."""
    if version is None or version.path is None:
        return None
    document = parse_document(version.stdout)
    client, server = _part(document, "Client"), _part(document, "Server")
    kind = _kind(reader, version, client, server)
    state = parse_state(version, server)
    daemon = parse_document(info.stdout) if info is not None and state == "running" else {}
    configured = parse_document(reader.text("/etc/docker/daemon.json", 1 << 20) or "")
    return DockerFacts(
        version=_text(server, "Version") if state == "running" else None,
        client=_text(client, "Version"),
        state=state,
        kind=kind,
        path=shown(version.path),
        live_restore=_flag(daemon, "LiveRestoreEnabled", _flag(configured, "live-restore", None)),
        firewall_backend=_text(_part(daemon, "FirewallBackend"), "Driver")
        or _text(configured, "firewall-backend"),
        root_directory=_text(daemon, "DockerRootDir") or _text(configured, "data-root"),
        running=_count(daemon, "ContainersRunning"),
        log_driver=_used(daemon, "LoggingDriver"),
        http_proxy=_used(daemon, "HttpProxy"),
        https_proxy=_used(daemon, "HttpsProxy"),
        no_proxy=_used(daemon, "NoProxy"),
        needs_reload=parse_unit_state(unit),
    )


def parse_unit_state(unit: Outcome | None) -> bool | None:
    """`NeedDaemonReload=yes`; None where systemd was not asked or does not say."""
    said = unit.stdout.strip() if unit is not None and unit.succeeded else ""
    return {"NeedDaemonReload=yes": True, "NeedDaemonReload=no": False}.get(said)


def parse_state(version: Outcome, server: Mapping[str, Any]) -> DockerState:
    """running if the daemon answered; unreachable if this user may not ask it, or it was silent."""
    if _text(server, "Version"):
        return "running"
    # A client that may not read its own configuration complains of permissions as well.
    said = version.stderr.lower()
    denied = "permission denied while trying to connect" in said or "connect: permission denied" in said
    if version.state == "timed-out" or denied:
        return "unreachable"
    return "stopped"


def _kind(
    reader: Reader, version: Outcome, client: Mapping[str, Any], server: Mapping[str, Any]
) -> DockerKind:
    path = version.path or ""
    target = str((reader.value("nearest", path) or {}).get("path", path))
    if (
        path.startswith("/snap/")
        or target == "/usr/bin/snap"
        or target.startswith(("/snap/", "/var/lib/snapd/"))
    ):
        return "snap"
    if (
        is_podman(version, client, server)
        or target.endswith("/podman")
        or _is_podman_script(reader.text(path, 2048))
    ):
        return "podman"
    return "docker"


def is_podman(version: Outcome, client: Mapping[str, Any], server: Mapping[str, Any]) -> bool:
    """podman says so on standard error, names its components so, or spells its keys its own way."""
    components = server.get("Components")
    names = (
        [str(item.get("Name", "")) for item in components if isinstance(item, dict)]
        if isinstance(components, list)
        else []
    )
    return (
        "podman" in version.stderr.lower()
        or "podman engine" in " ".join(names).lower()
        or "APIVersion" in client
    )


def _is_podman_script(text: str | None) -> bool:
    return bool(text) and str(text).startswith("#!") and "podman" in str(text)


def parse_swarm(docker: DockerFacts | None, info: Outcome | None) -> SwarmFacts:
    """What the daemon says of its swarm; all None where it can't be asked."""
    if docker is None or docker.state != "running" or info is None:
        return SwarmFacts()
    swarm = _part(parse_document(info.stdout), "Swarm")
    state = swarm.get("LocalNodeState")
    nodes = swarm.get("Nodes")
    is_manager = swarm.get("ControlAvailable")
    return SwarmFacts(
        state=state if state in SWARM_STATES else None,
        is_manager=is_manager if isinstance(is_manager, bool) else None,
        node_count=nodes if isinstance(nodes, int) and is_manager is True else None,
    )


def _part(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = document.get(key)
    return part if isinstance(part, dict) else {}


def _text(document: Mapping[str, Any], key: str) -> str | None:
    text = document.get(key)
    return shown(text, 200) or None if isinstance(text, str) else None


def _used(document: Mapping[str, Any], key: str) -> str | None:
    """A setting as the daemon says it, "" for none; who asks it masked, as Docker itself does by `xxxxx:xxxxx@`."""
    text = document.get(key)
    return shown(without_userinfo(text.strip()), 300) if isinstance(text, str) else None


def _count(document: Mapping[str, Any], key: str) -> int | None:
    count = document.get(key)
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


def _flag(document: Mapping[str, Any], key: str, otherwise: bool | None) -> bool | None:
    flag = document.get(key)
    return flag if isinstance(flag, bool) else otherwise
