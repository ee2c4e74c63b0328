"""Files in an undo: put back as they were, or taken away; what somebody else changed since is left."""

from __future__ import annotations

import os
from collections.abc import Sequence

from wizard.apply.records import KeptFile, digest_of, mode_of
from wizard.model.plan import Command

_SECONDS = 60


def is_theirs(item: KeptFile) -> bool:
    """True where a file is neither as it was before the step nor as the step left it."""
    return item.after is not None and digest_of(item.path) not in (item.before, item.after)


def file_commands(files: Sequence[KeptFile]) -> tuple[Command, ...]:
    """Everything that brings these files back; nothing for those that are as they were, or somebody else's by now."""
    mine = [item for item in files if not is_theirs(item)]
    return (*(command for item in mine for command in _back(item)), *_without_directories(mine))


def file_guards(files: Sequence[KeptFile]) -> tuple[str, ...]:
    """Each file that is put back must still be as it is now when its turn comes."""
    return tuple(
        f"unchanged:{digest_of(item.path)}:{item.path}"
        for item in files
        if not is_theirs(item) and _back(item)
    )


def _back(item: KeptFile) -> tuple[Command, ...]:
    if digest_of(item.path) == item.before:
        return _mode_back(item)
    if item.kept is None:
        return (_command("rm", "-f", "--", item.path),)
    # From the run's own copy, so that the content, which may be private, is in no plan. First beside it, then in its
    # place: a file that is half there would pass for somebody else's.
    beside = os.path.join(os.path.dirname(item.path), f".{os.path.basename(item.path)}.undo")
    owner = ("-o", str(item.uid), "-g", str(item.gid))
    return (
        _command("install", "-m", f"{item.mode:o}", *owner, "--", item.kept, beside),
        _command("mv", "-f", "-T", "--", beside, item.path),
    )


def _mode_back(item: KeptFile) -> tuple[Command, ...]:
    """Where the step changed nothing but the mode."""
    changed = item.before != "" and item.after_mode is not None and item.after_mode != item.mode
    if not changed or mode_of(item.path) != item.after_mode:
        return ()
    return (_command("chmod", f"{item.mode:o}", "--", item.path),)


def _without_directories(files: Sequence[KeptFile]) -> tuple[Command, ...]:
    """Directories that the step made, where nothing else lies in them. 1: they are gone already."""
    made = {name for item in files if not item.before for name in item.missing if os.path.isdir(name)}
    return tuple(
        Command(
            ("rmdir", "--ignore-fail-on-non-empty", "--", name), timeout_seconds=_SECONDS, ok_codes=(0, 1)
        )
        for name in sorted(made, key=len, reverse=True)
    )


def _command(*argv: str) -> Command:
    return Command(argv, timeout_seconds=_SECONDS)
