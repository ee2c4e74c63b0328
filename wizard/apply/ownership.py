"""Whether a file is still as a step left it, by what is known of it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from wizard.apply.records import FILE_LIMIT_BYTES, KeptFile, digest_of_content, kept_content
from wizard.machine.files import read_small
from wizard.model.merging import CannotMerge, merged
from wizard.model.plain import shown
from wizard.model.plan import Action, MergeFile, WriteFile

_LINK_LIMIT = 200


def is_as_left(
    item: KeptFile, digest: str, commands: Sequence[Action], merges: Sequence[MergeFile] = ()
) -> bool:
    """Whether a file with this digest is as the step left it.

    digest: SHA-256, "" where there is no file. commands: the step's. merges: all that were made into shared files since
    `item.before`, the earliest first. Where the step was cut off and could not note what it left, the file must hold
    exactly what was to be written; what a program made by itself where there was nothing is taken for ours.
    """
    if item.after is not None:
        return digest == item.after
    merges = [file for file in merges if os.path.realpath(file.write) == item.path]
    whole = [
        file for file in commands if isinstance(file, WriteFile) and os.path.realpath(file.write) == item.path
    ]
    if not merges and not whole:
        return item.kept is None
    made = kept_content(item.kept) if item.kept else None
    if whole:
        made = whole[-1].content.encode("utf-8", "surrogateescape")
    try:
        for file in merges:
            made = merged(file, made)
    except CannotMerge:
        return False
    return digest_of_content(made) == digest


def unreadable(path: str) -> str:
    """Why what is there can't be read as a file, as the end of a sentence; "" where it can or where nothing is."""
    try:
        read_small(path, FILE_LIMIT_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        if os.path.islink(path):
            return f"is a symbolic link by now (to {shown(os.readlink(path), _LINK_LIMIT)})"
        return f"can't be read ({error.strerror or 'input/output error'})"
    return ""
