"""Why a value differs between two files, as far as the files themselves tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

# What follows from what: the part on the left is worked out from the answers on the right.
_FOLLOWS = {
    "usage.pcc": ("usage.mau",),
    "sizing": ("usage.", "rules"),
    "requirements": ("usage.", "nodes", "rules"),
    "services": ("domain.",),
    "domain.hosts": ("domain.primary",),
    "tls": ("tls.certificate", "tls.key"),
    "left_for_later": ("usage.mau", "domain.primary", "tls.certificate", "tls.key"),
}
_NAMED = 3
_WORKED_OUT = frozenset(("derived", "estimated", "published"))


class Reasons:
    """Why values differ between two files. changed: the paths of all differences.

    What is asked of every difference is worked out once: there may be tens of thousands of each.
    """

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any], changed: Sequence[str]) -> None:
        self._old = old
        self._new = new
        self._origins = (_origins(old), _origins(new))
        self._changed = {
            starts: tuple(islice((path for path in changed if path.startswith(starts)), _NAMED + 2))
            for starts in {(), *_FOLLOWS.values()}
        }

    def reason(self, path: str) -> str:
        """One sentence for the difference at a path."""
        before, after = (origins.get(path) for origins in self._origins)
        return _reason(path, self._old, self._new, (before, after), self._causes(path))

    def _causes(self, path: str) -> str:
        """The paths that this one follows from and that differ too, as a list in words; '' if there are none."""
        section = re.split(r"[.\[]", path, maxsplit=1)[0]
        names = ["requirements"] if ".requirements" in path else [path, path.rpartition(".")[0], section]
        starts = next((_FOLLOWS[name] for name in names if name in _FOLLOWS), ())
        found = [one for one in self._changed[starts] if one != path]
        if len(found) > _NAMED:
            return f"{', '.join(found[:_NAMED])} and more"
        return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)


def _reason(
    path: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    origins: tuple[str | None, str | None],
    causes: str,
) -> str:
    before, after = _at(old, path), _at(new, path)
    if path == "rules":
        return "The two files come from different versions of the sizing rules."
    if before is None and isinstance(after, Mapping) and path.endswith("]"):
        return "Only in the second file."
    if after is None and isinstance(before, Mapping) and path.endswith("]"):
        return "Only in the first file."
    if new.get("kind") != "Deployment":
        return _answered(before, after)
    return _by_origin(*origins, causes)


def _by_origin(before: str | None, after: str | None, causes: str) -> str:
    if "typed" in (before, after) and not {before, after} & _WORKED_OUT:
        return _typed(before, after)
    if causes:
        return f"It follows from {causes}."
    if {before, after} & _WORKED_OUT:
        return "It is worked out, and what it is worked out from was found different."
    if "detected" in (before, after):
        return "It was found different."
    return "The default is different."


def _answered(before: Any, after: Any) -> str:
    if before is None:
        return "Answered only in the second file."
    if after is None:
        return "Answered only in the first file: without an answer, the default counts."
    return "Answered differently."


def _typed(before: str | None, after: str | None) -> str:
    if before == after:
        return "Typed differently."
    words = {"typed": "typed", "default": "the default", "detected": "found on the host", None: "not there"}
    return f"It was {words.get(before, before)} and is {words.get(after, after)} now."


def _origins(document: Mapping[str, Any]) -> dict[str, str]:
    """The origin of each value, and of what holds values that of the first one beneath it."""
    origins = document.get("origins")
    if not isinstance(origins, Mapping):
        return {}
    above: dict[str, str] = {}
    for path, value in origins.items():
        for part in re.finditer(r"[.\[]", path):
            above.setdefault(path[: part.start()], str(value))
    return {**above, **{path: str(value) for path, value in origins.items()}}


def _at(document: Any, path: str) -> Any:
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if index:
            is_there = isinstance(document, list) and int(index) < len(document)
            document = document[int(index)] if is_there else None
        else:
            document = document.get(name) if isinstance(document, Mapping) else None
    return document
