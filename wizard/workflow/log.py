"""The whole log of a run: to look at, to search, to write to a file."""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import shown
from wizard.model.session import RunRecord

if TYPE_CHECKING:
    from wizard.apply.log import Found as Found  # noqa: PLC0414 - front ends name them
    from wizard.apply.log import Line as Line  # noqa: PLC0414
    from wizard.apply.log import LogFile as LogFile  # noqa: PLC0414


class FileIsThere(Failure):
    """A file of that name is there already; it may be replaced if the operator says so."""


def open_log(run: RunRecord) -> LogFile:
    """The log, read by windows: `after`, `before`, `find`, `size`."""
    from wizard.apply.log import LogFile

    return LogFile(run.log)


def suggested_path(run: RunRecord) -> str:
    """Where a copy would go unless the operator names another place."""
    time = re.sub(r"[^0-9T]", "", run.started_at[:19])
    return os.path.expanduser(f"~/cometchat-wizard-log-{time}Z.txt")


def write_copy(run: RunRecord, path: str, *, replace: bool = False) -> tuple[str, int]:
    """Write the log as it is now to a file, 0600: the absolute path and its bytes.

    Raises FileIsThere unless replace, Failure where it can't be written.
    """
    from wizard.apply.log import LogFile
    from wizard.machine.giving import write_new

    if not path.strip():
        raise Failure("No file is named.", next_step="Type the path of a file.")
    target = os.path.abspath(os.path.expanduser(path.strip()))
    try:
        return target, write_new(target, LogFile(run.log).parts(), replace=replace)
    except FileExistsError:
        raise FileIsThere(
            f"{shown(target)} is there already.", next_step="Name another file, or replace it."
        ) from None
    except (OSError, ValueError) as error:
        raise _unwritable(error, target) from error


def _unwritable(error: OSError | ValueError, target: str) -> Failure:
    from wizard.machine.files import UnsafePath

    path, directory = shown(target), shown(os.path.dirname(target))
    seen, next_step = f"{path} can't be written.", "Name another file."
    if isinstance(error, UnsafePath):
        seen = f"{path} is not written: {shown(str(error.strerror))}."
    elif isinstance(error, FileNotFoundError):
        seen = f"There is no directory {directory}."
    elif isinstance(error, IsADirectoryError):
        seen, next_step = f"{path} is a directory.", "Name a file in it."
    elif isinstance(error, NotADirectoryError):
        seen = f"{directory} is not a directory."
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        seen, next_step = f"There is no space left for {path}.", "Name a file on another disk, or free some."
    elif isinstance(error, OSError):
        seen = f"{path} can't be written: {error.strerror or 'input/output error'}."
    return Failure(seen, next_step=next_step, code=ExitCode.BAD_INPUT)
