"""Setting keys in a file that others keep settings in, too: everything else in it stays. Pure, bytes to bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from wizard.model.mergingini import IniText
from wizard.model.mergingjson import JsonText
from wizard.model.mergingrefused import CannotMerge
from wizard.model.plan import KeyChange, MergeFile

__all__ = ["CannotMerge", "inverse", "key_name", "merged", "still_ours", "value_text"]


def merged(file: MergeFile, content: bytes | None) -> bytes:
    """The content with the keys set; the same bytes where they are set already. None: there is no file yet.

    Raises CannotMerge where the content is not what the file should be, or where a key has by now neither the old nor
    the new value: then it is somebody else's.
    """
    text = _parsed(file, content)
    is_changed = False
    for change in file.changes:
        now = text.value(change.path)
        if _same(now, change.new):
            continue
        if not _same(now, change.old):
            raise CannotMerge(
                f"{key_name(change)} in {file.write} has been changed by somebody else since this was planned, so "
                "the file was left as it was. Plan again to see how it stands now."
            )
        text.put(change.path, change.new)
        is_changed = True
    return text.content() if is_changed or content is None else content


def inverse(files: Iterable[MergeFile], *, like: MergeFile) -> MergeFile:
    """What takes back these merges into one file (the earliest first): each key as it was before the first of them, or
    before the last where somebody else had given it another value in between.
    """
    changes: dict[tuple[str, ...], KeyChange] = {}
    for file in files:
        for change in file.changes:
            first = changes.get(change.path)
            goes_on = first is not None and (_same(first.old, change.old) or _same(first.new, change.old))
            old = first.new if first is not None and goes_on else change.old
            changes[change.path] = KeyChange(change.path, new=old, old=change.new)
    return replace(like, changes=tuple(changes.values()))


def still_ours(file: MergeFile, content: bytes | None) -> tuple[KeyChange, ...]:
    """Those changes of a file whose key still has the value it is to be changed from. Raises CannotMerge."""
    text = _parsed(file, content)
    return tuple(
        change
        for change in file.changes
        if _same(text.value(change.path), change.old) and not _same(change.old, change.new)
    )


def key_name(change: KeyChange) -> str:
    """The key for people: `log-opts max-size`."""
    return " ".join(change.path)


def value_text(value: Any) -> str:
    """A value for people; None is a key that is not there."""
    return "not set" if value is None else value if isinstance(value, str) else json.dumps(value)


def _parsed(file: MergeFile, content: bytes | None) -> JsonText | IniText:
    if file.format == "json":
        return JsonText(file.write, content)
    return IniText(file.write, content)


def _same(one: Any, other: Any) -> bool:
    # As JSON, since True and 1 are equal in Python and not in a settings file.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
