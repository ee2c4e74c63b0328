"""Files put back as they were: whole where nobody touched them since, else only the keys that are ours."""

from __future__ import annotations

import hashlib
import os

from wizard.apply.history import Done
from wizard.apply.records import FILE_LIMIT_BYTES, KeptFile
from wizard.machine.files import read_small
from wizard.model.merging import CannotMerge, inverse, key_name, merged, still_ours
from wizard.model.plan import Action, Command, MergeFile


class Files:
    """Files as they will be when the undo has come so far: two steps may have changed the same one."""

    def __init__(self) -> None:
        self._later: dict[str, bytes | None] = {}

    def content(self, path: str) -> bytes | None:
        """None where there is no file, or where it can't be read."""
        if path not in self._later:
            self._later[path] = _read(path)
        return self._later[path]

    def put(self, path: str, content: bytes | None) -> None:
        """What an action that has been planned will have made of it."""
        self._later[path] = content


def undo_file(done: Done, item: KeptFile, files: Files, notes: list[str]) -> Action | None:
    """Put a file back, or remove it; None where it is as it was, or where somebody changed it since.

    Of a file that keys were merged into and that somebody changed since, the keys alone are taken back.
    """
    content = files.content(item.path)
    current = _digest(content)
    if current == item.before:
        return None
    merges = tuple(file for file in done.merges if os.path.realpath(file.write) == item.path)
    kept = None if item.kept is None else _read(item.kept)
    if not _is_ours(item, merges, content, kept):
        if merges:
            return _take_keys_back(item.path, content, merges, files, notes)
        notes.append(f"{item.path} has been changed since by somebody else and is left as it is.")
        return None
    files.put(item.path, kept)
    if item.kept is None:
        return Command(("rm", "-f", "--", item.path), timeout_seconds=60)
    # From the run's own copy, so that the content, which may be private, is in no plan.
    owner = ("-o", str(item.uid), "-g", str(item.gid))
    return Command(
        ("install", "-m", f"{item.mode:o}", *owner, "--", item.kept, item.path), timeout_seconds=60
    )


def _is_ours(
    item: KeptFile, merges: tuple[MergeFile, ...], content: bytes | None, kept: bytes | None
) -> bool:
    """Whether the file is as the step left it."""
    if item.after is not None:
        return _digest(content) == item.after
    if not merges:
        return True
    # The run was cut off: it holds what was to be written, or somebody else's words.
    try:
        made = kept
        for file in merges:
            made = merged(file, made)
    except CannotMerge:
        return False
    return made == content


def _take_keys_back(
    path: str, content: bytes | None, merges: tuple[MergeFile, ...], files: Files, notes: list[str]
) -> Action | None:
    back = inverse(merges, like=merges[-1])
    try:
        ours = still_ours(back, content)
        action = MergeFile(path, back.format, ours, back.mode, back.root)
        files.put(path, merged(action, content))
    except CannotMerge:
        ours = ()
    if not ours:
        notes.append(f"{path} has been changed since by somebody else and is left as it is.")
        return None
    names = ", ".join(map(key_name, ours))
    notes.append(f"{path} has been changed since by somebody else: only {names} there is put back.")
    left = [change for change in back.changes if change not in ours and change.old != change.new]
    if left:
        notes.append(
            f"{', '.join(map(key_name, left))} in {path} has another value by now and is left as it is."
        )
    return action


def _read(path: str) -> bytes | None:
    try:
        return read_small(path, FILE_LIMIT_BYTES)
    except OSError:
        return None


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()
