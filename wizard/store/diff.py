"""What differs between two answers files or two deployments, and why, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wizard.model.failure import Failure
from wizard.model.masking import mask
from wizard.model.plain import shown
from wizard.store.answers import answers_plain, read_answers, read_document
from wizard.store.reasons import reason

# Times and what only explains: not what the deployment is.
_LEFT_OUT = frozenset(("apiVersion", "kind", "origins", "metadata", "at", "generated_at", "read_at"))
_LEFT_OUT_PATHS = frozenset(("sizing.because",))
_KEYS = {"nodes": ("name",), "accepted": ("id", "node"), "skipped": ("step",)}


def diff(one: str, other: str) -> list[dict[str, Any]]:
    """[{path, old, new, because}] for two files of one kind; [] where nothing but times differs.

    Nodes are compared by name, acceptances by id and node, skipped steps by step. A path's index is the
    second file's, or the first's for what is gone. Failure, code 2: unreadable, or of two kinds.
    """
    old, new = _document(one), _document(other)
    if old.get("kind") != new.get("kind"):
        raise Failure(
            "One file holds answers, the other one a deployment.",
            next_step="Compare two answers files, or two deployment files.",
        )
    found = list(_differences(old, new, ""))
    return [
        {
            "path": path,
            "old": before,
            "new": after,
            "because": reason(path, old, new, [each[0] for each in found]),
        }
        for path, before, after in found
    ]


def _document(path: str) -> Mapping[str, Any]:
    data = read_document(path)
    if isinstance(data, Mapping) and data.get("kind") == "Deployment":
        safe: Mapping[str, Any] = _safe(data)
        return safe
    return answers_plain(read_answers(path))


def _safe(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {shown(str(key), 100): _safe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_safe(item) for item in value]
    return shown(mask(value)) if isinstance(value, str) else value


def _differences(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            inner = f"{path}.{key}" if path else key
            if key not in _LEFT_OUT and inner not in _LEFT_OUT_PATHS:
                yield from _differences(old.get(key), new.get(key), inner)
    elif path in _KEYS and _is_groups(old) and _is_groups(new):
        yield from _by_key(old or [], new or [], path)
    elif old != new and not (_is_nothing(old) and _is_nothing(new)):
        yield path, old, new


def _by_key(old: list[Any], new: list[Any], path: str) -> Iterator[tuple[str, Any, Any]]:
    before = {_key(item, path): (index, item) for index, item in enumerate(old)}
    after = {_key(item, path): (index, item) for index, item in enumerate(new)}
    for key in dict.fromkeys((*before, *after)):
        if key in before and key in after:
            yield from _differences(before[key][1], after[key][1], f"{path}[{after[key][0]}]")
        elif key in before:
            yield f"{path}[{before[key][0]}]", before[key][1], None
        else:
            yield f"{path}[{after[key][0]}]", None, after[key][1]


def _key(item: Mapping[str, Any], path: str) -> tuple[str, ...]:
    return tuple(str(item.get(name)) for name in _KEYS[path])


def _is_groups(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(item, Mapping) for item in value))


def _is_nothing(value: Any) -> bool:
    return value is None or value == [] or value == {}
