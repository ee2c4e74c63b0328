"""A file for the operator, at a path that the operator names: new, private, and not led astray."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable

from wizard.machine.private import UnsafePath, refuse_unsafe_parents


def write_new(path: str, parts: Iterable[bytes], *, replace: bool = False) -> int:
    """Write the parts to an absolute path, 0600; the number of bytes. Nothing is left half-written.

    replace: an own regular file that is there is replaced once the new one is whole. Raises OSError:
    FileExistsError where one is there and may not be replaced, UnsafePath for a symbolic link, for what belongs
    to somebody else, and where somebody else could swap a directory on the way.
    """
    directory, name = os.path.split(path)
    refuse_unsafe_parents(directory)
    directory_fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        is_there = _look(directory_fd, name, path)
        if is_there and not replace:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        if not is_there:
            return _write(directory_fd, name, parts)
        beside = f".{name[:200]}.{os.getpid()}.{os.urandom(5).hex()}.tmp"
        count = _write(directory_fd, beside, parts)
        try:
            os.rename(beside, name, src_dir_fd=directory_fd, dst_dir_fd=directory_fd)
        except OSError:
            os.unlink(beside, dir_fd=directory_fd)
            raise
        return count
    finally:
        os.close(directory_fd)


def _look(directory_fd: int, name: str, path: str) -> bool:
    """True where a file of ours is there. Raises OSError for anything else that is."""
    try:
        found = os.stat(name, dir_fd=directory_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(found.st_mode):
        raise UnsafePath("it is a symbolic link; name the file itself", path)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(found.st_mode):
        raise UnsafePath("it is not a regular file", path)
    if found.st_uid != os.geteuid():
        raise UnsafePath(f"it belongs to another user (uid {found.st_uid})", path)
    return True


def _write(directory_fd: int, name: str, parts: Iterable[bytes]) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file_fd = os.open(name, flags, 0o600, dir_fd=directory_fd)
    count = 0
    try:
        try:
            os.fchmod(file_fd, 0o600)
            for part in parts:
                rest = memoryview(part)
                while rest:
                    rest = rest[os.write(file_fd, rest) :]
                count += len(part)
            os.fsync(file_fd)
        finally:
            os.close(file_fd)
    except BaseException:
        os.unlink(name, dir_fd=directory_fd)
        raise
    return count
