"""The sections of deployment.yaml, each leaf with its origin."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.arrange.hosts import host_name
from wizard.arrange.settings import is_filled_in
from wizard.arrange.sourced import Sourced, Tree, answered, each, typed_list
from wizard.model.deployment import Deployment, Node
from wizard.model.origin import Origin
from wizard.model.plain import without_userinfo
from wizard.model.usage import Sizing

DEFAULT_DOCKER_FROM = "docker-repository"
DEFAULT_DATA_DIRECTORY = "/var/lib/docker"
DEFAULT_FIREWALL = "manage"
_NONE: Mapping[str, str] = {}


def sections(deployment: Deployment) -> dict[str, Tree]:
    """Everything that deployment.yaml holds below its heading, in the order of writing."""
    answers = deployment.answers
    return {
        "usage": _usage(deployment),
        "sizing": _sizing(deployment.sizing),
        "nodes": [_node(deployment, index, node) for index, node in enumerate(deployment.nodes)],
        "software": {
            "docker_from": answered(answers.software.docker_from, DEFAULT_DOCKER_FROM),
            "remove": typed_list(answers.software.remove),
            "restart_docker": answered(answers.software.restart_docker, False),
        },
        "storage": {
            "data_directory": answered(answers.storage.data_directory, DEFAULT_DATA_DIRECTORY),
            "backup_directory": answered(answers.storage.backup_directory),
        },
        "network": _network(deployment),
        "domain": _domain(deployment),
        "services": _services(deployment),
        "tls": _tls(deployment),
        "accepted": [
            {
                "id": Sourced(item.id, "typed"),
                "node": Sourced(item.node, "typed"),
                "reason": Sourced(item.reason, "typed"),
            }
            for item in deployment.accepted
        ]
        or Sourced((), "default"),
        "skipped": [
            {"step": Sourced(item.step, "typed"), "reason": Sourced(item.reason, "typed")}
            for item in deployment.skipped
        ]
        or Sourced((), "default"),
        "left_for_later": each(left_for_later(deployment), "derived"),
    }


def left_for_later(deployment: Deployment) -> tuple[str, ...]:
    """Paths of the answers that a deployment can't go without and that nobody has given yet."""
    answers = deployment.answers
    missing = {
        "usage": deployment.usage is None,
        "domain.primary": not answers.domain.primary,
        "tls.certificate": not answers.tls.certificate,
        "tls.key": not answers.tls.key,
    }
    return tuple(path for path, is_missing in missing.items() if is_missing)


def _usage(deployment: Deployment) -> Tree:
    usage = deployment.usage
    if usage is None:
        return Sourced(None, "default")
    origins = {"table": usage.origins.get("table_choice", "default"), **usage.origins}
    return {
        key: Sourced(value, "default" if value is None else origins.get(key, "default"))
        for key, value in (
            ("environment", usage.environment),
            ("mau", usage.mau),
            ("pcc", usage.pcc),
            ("table", usage.table_choice),
            ("content", usage.content),
            ("retention_months", usage.retention_months),
            ("log_retention_days", usage.log_retention_days),
            ("growth_buffer_percent", usage.growth_buffer_percent),
        )
    }


def _sizing(sizing: Sizing | None) -> Tree:
    """Beyond the published range there is no size to plan with: null; the estimate is for the sales sheet."""
    if sizing is None:
        return Sourced(None, "default")
    is_plan = sizing.table is not None
    storage = sizing.storage_gb

    def number(key: str, value: int | None, otherwise: Origin = "derived") -> Sourced:
        return Sourced(value, sizing.origins.get(key, otherwise)) if is_plan else Sourced(None, "derived")

    return {
        "environment": Sourced(sizing.environment, sizing.origins.get("environment", "default")),
        "table": Sourced(sizing.table, sizing.origins.get("table", "derived")),
        "row": Sourced(None, sizing.origins.get("row", "derived"))
        if sizing.row is None
        else {"mau": number("row", sizing.row.mau), "pcc": number("row", sizing.row.pcc)},
        "mau": Sourced(sizing.mau, "default" if sizing.mau is None else sizing.origins.get("mau", "typed")),
        "pcc": Sourced(sizing.pcc, sizing.origins.get("pcc", "derived")),
        "vcpus": number("vcpus", sizing.vcpus),
        "memory_gib": number("memory_gib", sizing.memory_gib),
        "storage_gb": {
            "required": number("storage_gb.required", storage.required, "published"),
            "estimated": number("storage_gb.estimated", storage.estimated, "estimated"),
            "backup": number("storage_gb.backup", storage.backup, "estimated"),
        },
        "websocket_replicas": number("websocket_replicas", sizing.websocket_replicas),
        "because": each(sizing.because, "derived") if is_plan else Sourced((), "derived"),
    }


def _node(deployment: Deployment, index: int, node: Node) -> Tree:
    listed = deployment.answers.nodes
    answer = listed[index] if listed else None
    machine: Origin = node.machine_origin or "default"
    needs = node.requirements
    return {
        "name": Sourced(node.name, "typed" if answer else "detected"),
        "address": Sourced(node.address, "typed" if answer and answer.address != "local" else "default"),
        "roles": each(node.roles, "typed" if answer and answer.roles else "derived"),
        "vcpus": Sourced(node.vcpus, machine),
        "memory_gib": Sourced(node.memory_gib, machine),
        "requirements": Sourced(None, "derived")
        if needs is None
        else {
            "vcpus": Sourced(needs.vcpus, "derived"),
            "memory_gib": Sourced(needs.memory_gib, "derived"),
            "storage_gb": Sourced(needs.storage_gb, "published"),
        },
    }


def _network(deployment: Deployment) -> Tree:
    answers = deployment.answers.network
    advertise, pool = deployment.advertise_address, deployment.address_pool
    return {
        "firewall": answered(answers.firewall, DEFAULT_FIREWALL),
        "allow_from": typed_list(answers.allow_from),
        "advertise_address": answered(advertise)
        if answers.advertise_address
        else Sourced(advertise, "detected" if advertise else "default"),
        "address_pool": answered(pool) if answers.address_pool else Sourced(pool, "derived"),
        "encrypted_overlay": answered(answers.encrypted_overlay, True),
        "proxy": answered(None if answers.proxy is None else without_userinfo(answers.proxy)),
    }


def _domain(deployment: Deployment) -> Tree:
    answers = deployment.answers.domain
    return {
        "primary": answered(host_name(answers.primary) if answers.primary else None),
        "hosts": {host.key: Sourced(host.host, host.origin) for host in deployment.hosts}
        or Sourced(_NONE, "default"),
        "extra_allowed": typed_list(answers.extra_allowed),
    }


def _services(deployment: Deployment) -> Tree:
    if not deployment.services:
        return Sourced(_NONE, "default")
    settings = deployment.catalogue["settings"]
    return {
        key: {name: _setting(value, settings[key]["values"][name]) for name, value in service.items()}
        for key, service in deployment.services.items()
    }


def _setting(value: object, template: object) -> Tree:
    if isinstance(value, Mapping) and isinstance(template, Mapping):
        return {str(key): _setting(item, template[key]) for key, item in value.items()}
    origin: Origin = "derived" if is_filled_in(template) else "published"
    if isinstance(value, list):
        return each(value, origin)
    return Sourced(value if isinstance(value, (bool, int)) or value is None else str(value), origin)


def _tls(deployment: Deployment) -> Tree:
    """What openssl said of the files, but for the days left: those change by themselves."""
    answers, facts = deployment.answers.tls, deployment.tls
    seen: Origin = "default" if facts is None else "detected"
    return {
        "certificate": answered(answers.certificate),
        "key": answered(answers.key),
        "names": each(facts.names if facts else (), seen),
        "not_after": Sourced(facts.not_after if facts else None, seen),
        "matches": Sourced(facts.matches if facts else None, seen),
    }
