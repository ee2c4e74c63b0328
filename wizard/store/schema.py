"""JSON Schema (2020-12) of the answers and of the deployment, from the rules that parsing uses."""

from __future__ import annotations

from typing import Any, Literal

from wizard.model.answers import Answers
from wizard.store.answers import API_VERSION
from wizard.store.convert import LONGEST_LIST
from wizard.store.described import DESCRIPTIONS
from wizard.store.rules import RULES, SERVICE_KEYS
from wizard.store.shape import Shape, parts_of

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {"whole": "integer", "text": "string", "claim": "boolean"}


def schema(kind: Literal["answers", "deployment"]) -> dict[str, Any]:
    """The JSON Schema of a file. What a schema can't say (PCC above MAU) is in its descriptions."""
    if kind == "deployment":
        from wizard.store.deployment_schema import deployment_schema

        return {"$schema": _DIALECT, "title": "CometChat wizard: deployment", **deployment_schema()}
    header = {
        "apiVersion": {"const": API_VERSION},
        "kind": {"const": "Answers"},
    }
    whole = _noun(Answers, "")
    whole["properties"] = {**header, **whole["properties"]}
    return {"$schema": _DIALECT, "title": "CometChat wizard: answers", **whole}


def value_schema(shape: Shape, path: str, is_required: bool = True) -> dict[str, Any]:
    """The schema of one value; null is 'not answered' wherever an answer may be left out."""
    described = {"description": DESCRIPTIONS[path]} if path in DESCRIPTIONS else {}
    made = {**described, **_bare(shape, path)}
    if is_required:
        return made
    if "type" in made:
        return {**made, "type": [made["type"], "null"]}
    if "enum" in made:
        return {**made, "enum": [*made["enum"], None]}
    return {**made, "anyOf": [*made["anyOf"], {"type": "null"}]}


def _bare(shape: Shape, path: str) -> dict[str, Any]:
    rule = RULES.get(path)
    constraints = dict(rule.schema) if rule else {}
    if shape.kind == "noun" and shape.noun is not None:
        return _noun(shape.noun, path)
    if shape.kind == "list" and shape.item is not None:
        unique = {} if shape.item.kind == "noun" else {"uniqueItems": True}
        items = {"items": value_schema(shape.item, f"{path}[]"), "maxItems": LONGEST_LIST}
        return {"type": "array", **items, **unique}
    if shape.kind == "map" and shape.item is not None:
        item = value_schema(shape.item, f"{path}.*", is_required=False)
        return {
            "type": "object",
            "properties": dict.fromkeys(SERVICE_KEYS, item),
            "additionalProperties": False,
        }
    if shape.kind == "words":
        return {"enum": list(shape.words)}
    if shape.kind == "whole-or-text":
        return constraints
    return {"type": _TYPES[shape.kind], **constraints}


def _noun(noun: type[Any], path: str) -> dict[str, Any]:
    parts = parts_of(noun)
    required = [part.name for part in parts if part.is_required]
    properties = {
        part.name: value_schema(part.shape, f"{path}.{part.name}".lstrip("."), part.is_required)
        for part in parts
    }
    made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": required} if required else made
