"""A file that others keep settings in, too: read at the moment of writing, and given back with our keys set."""

from __future__ import annotations

import os
import stat

from wizard.model.merging import merged
from wizard.model.plan import MergeFile

LIMIT_BYTES = 4 * 1024 * 1024


def with_keys(directory_fd: int, name: str, file: MergeFile) -> tuple[bytes | None, int]:
    """Content and mode to write; the content None where the keys are set already.

    Raises CannotMerge for a file that is not what it should be, OSError for one that can't be read whole.
    """
    from wizard.machine.files import read_in

    try:
        mode = stat.S_IMODE(os.lstat(name, dir_fd=directory_fd).st_mode)
        before = read_in(directory_fd, name, LIMIT_BYTES)
    except FileNotFoundError:
        return merged(file, None), file.mode
    content = merged(file, before)
    return (None if content == before else content), mode
