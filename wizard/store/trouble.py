"""What the operating system refused, as a sentence with a next step."""

from __future__ import annotations

import errno

from wizard.machine.files import UnsafePath
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import shown

_NOTHING_LOST = "What was saved before is still there."

_SENTENCES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: (
        "The disk that holds {path} is full.",
        "Free some space there (`df -h {path}` shows how much is left), then start again.",
    ),
    errno.EDQUOT: (
        "This user's disk quota is used up at {path}.",
        "Free some space (`quota` shows the limit), then start again.",
    ),
    errno.EROFS: (
        "{path} is on a file system that can't be written to.",
        "Mount it for writing, or name another directory{option}.",
    ),
    errno.EACCES: (
        "This user may not write to {path}.",
        "Start as the user that it belongs to, or name another directory{option}.",
    ),
    errno.EPERM: (
        "This user may not write to {path}.",
        "Start as the user that it belongs to, or name another directory{option}.",
    ),
    errno.ELOOP: (
        "{path} is a symbolic link, and a link can lead a write somewhere else.",
        "Name the real directory{option}, or remove the link.",
    ),
    errno.ENOTDIR: (
        "{path} is not a directory, or something on the way to it isn't one.",
        "Name another directory{option}.",
    ),
    errno.EISDIR: ("{path} is a directory where a file should be.", "Move it away, then start again."),
    errno.EFBIG: ("{path} is far too large to be what it should be.", "Move it away, then start again."),
    errno.EINVAL: ("{path} is not a regular file.", "Move it away, then start again."),
}


_NOT_READABLE = (
    "This user may not read {path}.",
    "Start as the user that it belongs to, or name another directory{option}.",
)


def unusable(
    error: OSError, path: str, option: str = " with --session DIR", *, reading: bool = False
) -> Failure:
    """The Failure, code 7, for an OSError at `path`. option: how another directory is named. reading: not writing."""
    where = (
        shown(error.filename)
        if isinstance(error.filename, str) and error.filename.startswith("/")
        else shown(path)
    )
    if isinstance(error, UnsafePath) and where != shown(path):
        return Failure(
            f"{where} is not relied on: {shown(str(error.strerror))}.",
            why="Whoever can write there could have put answers in it, which become commands run as root.",
            next_step="Look at what it says and whose it is. Where all is yours, make it so: `chown` it to yourself, "
            f"`chmod go-w` it. Else move it away, or start anew{option}.",
            code=ExitCode.SESSION_UNUSABLE,
        )
    if isinstance(error, UnsafePath):
        return Failure(
            f"The directory {shown(path)} can't be used: {shown(str(error.strerror))}.",
            why="Answers that become commands run as root must not be open to others.",
            next_step=f"Name a directory of your own{option}.",
            code=ExitCode.SESSION_UNUSABLE,
        )
    verb = "read" if reading else "written to"
    seen, next_step = _SENTENCES.get(
        error.errno or 0,
        (f"{{path}} can't be {verb}: {shown(str(error.strerror))}.", "Name another directory{option}."),
    )
    if reading and error.errno in (errno.EACCES, errno.EPERM):
        seen, next_step = _NOT_READABLE
    return Failure(
        seen.format(path=where),
        why=_NOTHING_LOST,
        next_step=next_step.format(path=where, option=option),
        code=ExitCode.SESSION_UNUSABLE,
    )
