"""Values with their origins in one tree, so that what is written and where it came from can't drift apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from wizard.model.origin import Origin

Scalar: TypeAlias = "str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Sourced:
    """One written leaf: a scalar, null, or an empty list or mapping (None of them: `[]`, `{}`)."""

    value: Scalar | tuple[()] | Mapping[str, str]
    origin: Origin


Tree: TypeAlias = "Sourced | Mapping[str, Tree] | list[Tree]"


def each(values: Iterable[Scalar], origin: Origin) -> Tree:
    """A list whose items share one origin; the empty list is a leaf."""
    items: list[Tree] = [Sourced(value, origin) for value in values]
    return items or Sourced((), origin)


def answered(value: Scalar, default: Scalar = None) -> Sourced:
    """What was typed, else the default."""
    return Sourced(default, "default") if value is None else Sourced(value, "typed")


def typed_list(values: tuple[str, ...]) -> Tree:
    """A list that was typed; empty it is the default."""
    return each(values, "typed" if values else "default")


def values(tree: Tree) -> object:
    """The tree without origins: dicts, lists and scalars, as they are written."""
    if isinstance(tree, Sourced):
        if isinstance(tree.value, tuple):
            return []
        return dict(tree.value) if isinstance(tree.value, Mapping) else tree.value
    if isinstance(tree, list):
        return [values(item) for item in tree]
    return {key: values(item) for key, item in tree.items()}


def leaves(tree: Tree, path: str = "") -> Iterator[tuple[str, Sourced]]:
    """Every leaf with its dotted path (`nodes[0].name`), in the order of writing."""
    if isinstance(tree, Sourced):
        yield path, tree
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from leaves(item, f"{path}[{index}]")
    else:
        for key, item in tree.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
