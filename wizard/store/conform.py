"""Does data keep to a JSON Schema? Only the keywords that our own schemas use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wizard.model.failure import Problem

_NAMES = {
    "object": "a group of `key: value` lines",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def conform(data: Any, schema: Mapping[str, Any], path: str = "") -> Iterator[Problem]:
    """Every problem with its path; never a value in its text."""
    if "anyOf" in schema and all(any(conform(data, one, path)) for one in schema["anyOf"]):
        yield Problem(path, "has none of the forms that it may have")
        return
    if "const" in schema and data != schema["const"]:
        yield Problem(path, f"must be {schema['const']}")
    elif "enum" in schema and not any(data == word and type(data) is type(word) for word in schema["enum"]):
        yield Problem(path, f"must be one of: {', '.join(_word(word) for word in schema['enum'])}")
    elif "type" in schema and not _is_typed(data, schema["type"]):
        yield Problem(path, f"must be {_named(schema['type'])}")
    elif isinstance(data, Mapping):
        yield from _group(data, schema, path)
    elif isinstance(data, list):
        yield from _list(data, schema, path)
    else:
        yield from _scalar(data, schema, path)


def _group(data: Mapping[Any, Any], schema: Mapping[str, Any], path: str) -> Iterator[Problem]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in data:
            yield Problem(_joined(path, key), "is missing")
    others = schema.get("additionalProperties", True)
    for key, value in data.items():
        name = key if isinstance(key, str) and re.fullmatch(r"[\w.:\[\]-]{1,100}", key, re.ASCII) else "(key)"
        if key in properties:
            yield from conform(value, properties[key], _joined(path, name))
        elif others is False:
            yield Problem(_joined(path, name), "is not a known key")
        elif isinstance(others, Mapping):
            yield from conform(value, others, _joined(path, name))


def _list(data: list[Any], schema: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if len(data) < schema.get("minItems", 0):
        yield Problem(path, "must not be empty")
    if len(data) > schema.get("maxItems", len(data)):
        yield Problem(path, f"must have {schema['maxItems']:,} entries or less")
        return
    if schema.get("uniqueItems") and len(set(map(_frozen, data))) < len(data):
        yield Problem(path, "holds the same twice")
    for index, item in enumerate(data):
        yield from conform(item, schema.get("items", {}), f"{path}[{index}]")


def _frozen(value: Any) -> Any:
    """The same value as a key, equal where the values are."""
    if isinstance(value, Mapping):
        return frozenset((key, _frozen(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return (type(value), value)


def _scalar(data: Any, schema: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if isinstance(data, str):
        if "pattern" in schema and not re.search(schema["pattern"], data):
            yield Problem(path, "has not the form that it must have")
        elif len(data) > schema.get("maxLength", len(data)):
            yield Problem(path, f"must be {schema['maxLength']:,} characters or less")
    elif isinstance(data, int) and not isinstance(data, bool):
        if data < schema.get("minimum", data):
            yield Problem(path, f"must be {schema['minimum']:,} or more")
        elif data > schema.get("maximum", data):
            yield Problem(path, f"must be {schema['maximum']:,} or less")


def _is_typed(data: Any, wanted: str | list[str]) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    return any(_is_one(data, name) for name in names)


def _is_one(data: Any, name: str) -> bool:
    if name == "integer":
        return isinstance(data, int) and not isinstance(data, bool)
    kinds: dict[str, type[Any] | tuple[type[Any], ...]] = {
        "object": Mapping,
        "array": list,
        "string": str,
        "boolean": bool,
        "null": type(None),
    }
    return isinstance(data, kinds[name])


def _named(wanted: str | list[str]) -> str:
    names = [wanted] if isinstance(wanted, str) else wanted
    return " or ".join(_NAMES[name] for name in names)


def _word(word: object) -> str:
    return "null" if word is None else str(word)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
