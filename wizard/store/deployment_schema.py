"""The schema of deployment.yaml. Keys may be added to what we write; the ones here are the promise."""

from __future__ import annotations

from typing import Any

from wizard.model.answers import UsageAnswers
from wizard.store.answers import API_VERSION
from wizard.store.rules import RULES
from wizard.store.shape import parts_of

_ORIGINS = ["published", "derived", "estimated", "default", "detected", "typed"]
_WHOLE = {"type": ["integer", "null"], "minimum": 0}
_TEXT = {"type": ["string", "null"]}
_CLAIM = {"type": ["boolean", "null"]}
_TEXTS = {"type": "array", "items": {"type": "string"}}


def deployment_schema() -> dict[str, Any]:
    """The schema without its heading."""
    return _group(
        {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": "Deployment"},
            "rules": {"type": "string", "pattern": r"\S"},
            "usage": _or_null(_usage()),
            "sizing": _or_null(_sizing()),
            "nodes": {"type": "array", "minItems": 1, "items": _node()},
            "software": _group(
                {"docker_from": _words(["docker-repository", "distribution", "offline"]), "remove": _TEXTS}
            ),
            "storage": _group(
                {"data_directory": _ruled("storage.data_directory"), "backup_directory": _TEXT}
            ),
            "network": _network(),
            "domain": _domain(),
            "services": {"type": "object"},
            "tls": _group({"certificate": _TEXT, "key": _TEXT}),
            "accepted": _list(
                {"id": _ruled("accepted[].id"), "node": _TEXT, "reason": _ruled("accepted[].reason")}
            ),
            "skipped": _list({"step": _ruled("skipped[].step"), "reason": _ruled("skipped[].reason")}),
            "origins": {"type": "object", "additionalProperties": _words(_ORIGINS)},
        }
    )


def _usage() -> dict[str, Any]:
    words = {part.name: part.shape.words for part in parts_of(UsageAnswers) if part.shape.words}
    return _group(
        {
            "environment": _words([*words["environment"]]),
            "mau": _WHOLE,
            "pcc": _WHOLE,
            "table": _words([*words["table"]]),
            "content": _words([*words["content"]]),
            "retention_months": _WHOLE,
            "log_retention_days": _WHOLE,
            "growth_buffer_percent": _WHOLE,
        }
    )


def _sizing() -> dict[str, Any]:
    return _group(
        {
            "environment": _words(["production", "testing"]),
            "table": _words(["baseline", "high-concurrency", "testing", None]),
            "row": _or_null(_group({"mau": _WHOLE, "pcc": _WHOLE})),
            "mau": _WHOLE,
            "pcc": _WHOLE,
            "vcpus": _WHOLE,
            "memory_gib": _WHOLE,
            "storage_gb": _group({"required": _WHOLE, "estimated": _WHOLE, "backup": _WHOLE}),
            "websocket_replicas": _WHOLE,
        }
    )


def _node() -> dict[str, Any]:
    return _group(
        {
            "name": {"type": "string", "pattern": r"\S"},
            "address": _ruled("nodes[].address"),
            "roles": {"type": "array", "items": _words(["manager", "worker"])},
            "vcpus": _WHOLE,
            "memory_gib": _WHOLE,
        }
    )


def _network() -> dict[str, Any]:
    return _group(
        {
            "firewall": _words(["manage", "leave"]),
            "allow_from": {"type": "array", "items": _ruled("network.allow_from[]")},
            "advertise_address": _TEXT,
            "address_pool": _TEXT,
            "encrypted_overlay": _CLAIM,
            "proxy": {"type": ["string", "null"], **RULES["network.proxy"].schema},
        }
    )


def _domain() -> dict[str, Any]:
    return _group(
        {
            "primary": {"type": ["string", "null"], **RULES["domain.primary"].schema},
            "hosts": {"type": "object", "additionalProperties": _ruled("domain.hosts.*")},
            "extra_allowed": {"type": "array", "items": _ruled("domain.extra_allowed[]")},
        }
    )


def _ruled(path: str) -> dict[str, Any]:
    return {"type": "string", **RULES[path].schema}


def _words(words: list[Any]) -> dict[str, Any]:
    return {"enum": words}


def _list(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _group(properties)}


def _group(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of these keys, and may have more."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _or_null(group: dict[str, Any]) -> dict[str, Any]:
    return {**group, "type": [group["type"], "null"]}
