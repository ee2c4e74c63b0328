"""The Review page's rows: every value of the deployment, in words, with its origin."""

from __future__ import annotations

import re

from wizard.arrange.sections import sections
from wizard.arrange.sourced import Sourced, leaves
from wizard.model.deployment import Deployment
from wizard.model.plain import shown
from wizard.model.review import ReviewRow

_LABELS = {
    "usage.mau": "Monthly active users",
    "usage.pcc": "Peak connections",
    "usage.table": "Sizing table wanted",
    "usage.content": "Content",
    "usage.retention_months": "Messages kept, months",
    "usage.log_retention_days": "Logs kept, days",
    "usage.growth_buffer_percent": "Growth buffer, %",
    "sizing.table": "Sizing table used",
    "sizing.row.mau": "Row: monthly users",
    "sizing.row.pcc": "Row: connections",
    "sizing.mau": "Monthly active users",
    "sizing.pcc": "Peak connections",
    "sizing.vcpus": "vCPUs, whole cluster",
    "sizing.memory_gib": "Memory, GiB, whole cluster",
    "sizing.storage_gb.required": "Storage required, GB",
    "sizing.storage_gb.estimated": "Storage estimated, GB",
    "sizing.storage_gb.backup": "Backup estimated, GB",
    "sizing.websocket_replicas": "WebSocket replicas",
    "software.docker_from": "Docker comes from",
    "software.remove": "May be removed",
    "software.restart_docker": "Docker may restart",
    "network.allow_from": "May reach 80 and 443",
    "network.advertise_address": "Swarm address",
    "network.address_pool": "Swarm address pool",
    "network.encrypted_overlay": "Overlay encrypted",
    "domain.primary": "Primary domain",
    "domain.extra_allowed": "Also allowed",
    "tls.certificate": "Certificate",
    "tls.key": "Private key",
    "tls.names": "Certificate covers",
    "tls.not_after": "Certificate ends",
    "tls.matches": "Certificate and key match",
    "left_for_later": "Left for later",
}
_WORDS = {"vcpus": "vCPUs", "memory_gib": "memory, GiB", "storage_gb": "storage, GB", "requirements": "needs"}
_INDEX = re.compile(r"\[(\d+)\]$")


def review_rows(deployment: Deployment) -> tuple[ReviewRow, ...]:
    """One row for each leaf of deployment.yaml, but for the sentences of `sizing.because`."""
    return tuple(
        ReviewRow(
            section=re.split(r"[.\[]", path, maxsplit=1)[0],
            path=path,
            label=_label(path, deployment),
            value=_value(path, leaf),
            origin=leaf.origin,
        )
        for path, leaf in leaves(sections(deployment))
        if not path.startswith("sizing.because")
    )


def _value(path: str, leaf: Sourced) -> str:
    value = leaf.value
    if path == "network.allow_from" and not value:
        return "everywhere"
    if value is None:
        return "not answered" if leaf.origin == "default" else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return shown(str(value)) if isinstance(value, str) else "none"


def _label(path: str, deployment: Deployment) -> str:
    whole = _INDEX.sub("", path)
    if whole in _LABELS:
        return _LABELS[whole]
    section, _, rest = whole.partition(".")
    if section == "domain" and rest.startswith("hosts."):
        key = rest.removeprefix("hosts.")
        return next((host.title for host in deployment.hosts if host.key == key), key)
    if section == "services" and rest:
        return shown(rest.replace(".", " "))
    if section.startswith("nodes["):
        name = deployment.nodes[int(section[6:-1])].name
        return f"{name}: {_worded(rest)}"
    return _worded(rest or section).capitalize()


def _worded(path: str) -> str:
    return " ".join(_WORDS.get(part, part.replace("_", " ")) for part in path.split("."))
