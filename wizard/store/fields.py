"""One answer as typed into a field: the same rules as for a whole file."""

from __future__ import annotations

import re
from typing import Any

from wizard.model.answers import Answers
from wizard.store.convert import scalar
from wizard.store.refused import Refused
from wizard.store.rules import SERVICE_KEYS
from wizard.store.shape import Shape, parts_of

_GROUPED = re.compile(r"[0-9]{1,3}(?:[ ,_'\u00a0\u202f][0-9]{3})+")


def field_problem(path: str, value: object) -> str | None:
    """What is wrong with this text for the answer at `path` (`usage.mau`, `nodes[0].address`); None: nothing.

    Empty text is 'not answered' and right everywhere. The text never holds the value. KeyError: no such path.
    """
    try:
        parse_field(path, value)
    except Refused as refused:
        return str(refused)
    return None


def parse_field(path: str, text: object) -> Any:
    """The typed value of this text: a number, text, true or false, or a tuple (comma or blank between).

    None for empty text, () for an empty list. Raises Refused (a ValueError) with the rest of a sentence;
    KeyError: no such path.
    """
    shape, rule_path = _shape_at(path)
    typed = str(text).strip() if not isinstance(text, (tuple, list)) else text
    if shape.kind == "list" and shape.item is not None and shape.item.kind != "noun":
        items = [item for item in re.split(r"[,\s]+", typed) if item] if isinstance(typed, str) else typed
        item_shape = shape.item
        return tuple(dict.fromkeys(_parse(item_shape, str(item), f"{rule_path}[]") for item in items))
    return None if typed == "" else _parse(shape, str(typed), rule_path)


def _parse(shape: Shape, text: str, rule_path: str) -> Any:
    return scalar(shape, _typed(shape, text), rule_path)


def _typed(shape: Shape, text: str) -> Any:
    if shape.kind in ("whole", "whole-or-text"):
        digits = re.sub(r"[^0-9]", "", text) if _GROUPED.fullmatch(text) else text
        return int(digits) if re.fullmatch(r"[+-]?[0-9]{1,18}", digits, re.ASCII) else text
    if shape.kind == "claim":
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    return text


def _shape_at(path: str) -> tuple[Shape, str]:
    """The shape and the rule's path; `nodes[3].name`, `nodes[].name` and `nodes.name` are the same field."""
    shape = Shape("noun", noun=Answers)
    rule_path = ""
    for name in re.sub(r"\[\d*\]", "", path).split("."):
        if shape.kind == "list" and shape.item is not None:
            shape, rule_path = shape.item, f"{rule_path}[]"
        if shape.kind == "map" and shape.item is not None and name in SERVICE_KEYS:
            shape, rule_path = shape.item, f"{rule_path}.*"
            continue
        if shape.noun is None:
            raise KeyError(path)
        found = {part.name: part.shape for part in parts_of(shape.noun)}
        shape, rule_path = found[name], f"{rule_path}.{name}".lstrip(".")
    if path.endswith("]") and shape.kind == "list" and shape.item is not None:
        return shape.item, f"{rule_path}[]"
    return shape, rule_path
