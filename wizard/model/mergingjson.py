"""A JSON object (daemon.json) whose keys can be set: order, indentation and every other value stay."""

from __future__ import annotations

import json
import re
from typing import Any

from wizard.model.mergingrefused import CannotMerge
from wizard.model.plain import shown

_INDENT = re.compile(r"\{\s*?\n([ \t]+)\"")
_BOM = "\ufeff"


class JsonText:
    """The text of one file, and what it means. An empty file counts as an empty object, as for dockerd.

    Raises CannotMerge for anything that is not an object, and for one that names a key twice.
    """

    def __init__(self, path: str, content: bytes | None) -> None:
        self._path = path
        self._text = _decoded(path, content or b"")
        self._document = _document(path, self._text)

    def value(self, path: tuple[str, ...]) -> Any:
        """The value of a key, None where it is not there. Raises CannotMerge where a parent is no object."""
        part: Any = self._document
        for depth, name in enumerate(path):
            if part is None:
                return None
            if not isinstance(part, dict):
                raise CannotMerge(
                    f"{' '.join(path[:depth])} in {self._path} is not an object ({{...}}), so nothing can be set "
                    "in it. The file was left as it was; mend it there, then plan again."
                )
            part = part.get(name)
        return part

    def put(self, path: tuple[str, ...], value: Any) -> None:
        """Set a key, its parents too where they are not there; None takes it away, and parents left empty by that."""
        parents = [self._document]
        for name in path[:-1]:
            if parents[-1].get(name) is None:
                parents[-1][name] = {}
            parents.append(parents[-1][name])
        if value is not None:
            parents[-1][path[-1]] = value
            return
        for parent, name in zip(reversed(parents), reversed(path), strict=True):
            parent.pop(name, None)
            if parent:
                break

    def content(self) -> bytes:
        """The text anew, written as the old one was."""
        text = self._text.lstrip(_BOM)
        indent: str | int | None = 2
        if found := _INDENT.search(text):
            indent = found.group(1)
        elif "\n" not in text.strip() and text.strip() not in ("", "{}"):
            indent = None
        ending = "\n" if text.endswith("\n") or not text.strip() else ""
        start = _BOM if self._text.startswith(_BOM) else ""
        try:
            written = self._written(indent, is_ascii=text.isascii())
            return (start + written + ending).encode("utf-8")
        except UnicodeEncodeError:  # half a surrogate pair can only be written escaped, as it was
            return (start + self._written(indent, is_ascii=True) + ending).encode("utf-8")

    def _written(self, indent: str | int | None, *, is_ascii: bool) -> str:
        try:
            return json.dumps(self._document, indent=indent, ensure_ascii=is_ascii, allow_nan=False)
        except ValueError as error:
            raise _broken(self._path, "a number in it is too large") from error


def _decoded(path: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _broken(path, "it is not UTF-8") from error


def _document(path: str, text: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise _broken(path, f"it names {shown(name, 60)} twice")
            found[name] = value
        return found

    def refused(word: str) -> Any:
        raise _broken(path, f"{word} is no number there")

    stripped = text.lstrip(_BOM)
    if not stripped.strip():
        return {}
    try:
        document = json.loads(stripped, object_pairs_hook=unique, parse_constant=refused)
    except CannotMerge:
        raise
    except json.JSONDecodeError as error:
        raise _broken(path, f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise _broken(path, "it is too deep, or a number in it too long") from error
    if not isinstance(document, dict):
        raise _broken(path, "it is not an object in braces")
    return document


def _broken(path: str, why: str) -> CannotMerge:
    return CannotMerge(
        f"{path} is not settings in JSON as they should be ({why}). Nothing was changed in it: mend it there, "
        "then plan again."
    )
