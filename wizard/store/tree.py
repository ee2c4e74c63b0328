"""Files below a directory that is open already, reached without following any link."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from wizard.machine.files import UnsafePath, write_in
from wizard.machine.private import others_may_write

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Tree:
    """The files below `root_fd`. any_owner: directories in it may belong to somebody else."""

    def __init__(self, root_fd: int, *, any_owner: bool = False) -> None:
        self.fd = root_fd
        self._any_owner = any_owner

    @contextmanager
    def parent(self, path: str, make: bool = True) -> Iterator[tuple[int, str]]:
        """The open directory that holds `path`, and the last name. make: directories that are missing, 0700."""
        *parts, name = path.split("/")
        current = os.dup(self.fd)
        try:
            for part in parts:
                inner = _entered(current, part, make=make)
                os.close(current)
                current = inner
                if not self._any_owner:
                    refuse_open(os.fstat(current), part)
            yield current, name
        finally:
            os.close(current)

    def has(self, path: str) -> bool:
        """Whether anything is there."""
        try:
            with self.parent(path, make=False) as (directory_fd, name):
                return is_there(directory_fd, name)
        except FileNotFoundError:
            return False

    def write(self, path: str, content: bytes) -> None:
        """Write a file whole, 0600. Raises OSError."""
        with self.parent(path) as (directory_fd, name):
            write_in(directory_fd, name, content)

    def take(self, other: Tree, path: str) -> None:
        """Put another tree's file in place of this one's. Raises OSError."""
        with other.parent(path) as source, self.parent(path) as place:
            os.rename(source[1], place[1], src_dir_fd=source[0], dst_dir_fd=place[0])

    def remove(self, path: str) -> None:
        """A file, and its directory where that holds nothing more; what is gone already is fine."""
        try:
            with self.parent(path, make=False) as (directory_fd, name):
                os.unlink(name, dir_fd=directory_fd)
            if "/" in path:
                os.rmdir(os.path.dirname(path), dir_fd=self.fd)
        except OSError:
            return


def refuse_open(found: os.stat_result, name: str) -> None:
    """Raise UnsafePath for a directory that is not ours alone to write to."""
    if found.st_uid != os.geteuid():
        raise UnsafePath(f"{name} belongs to another user (uid {found.st_uid})", name)
    if others_may_write(found):
        raise UnsafePath(f"other users may write to {name}", name)


def is_there(directory_fd: int, name: str) -> bool:
    """Whether a directory has anything of that name, links not followed."""
    try:
        os.stat(name, dir_fd=directory_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def remove_whole(directory_fd: int, name: str) -> None:
    """Remove a directory of ours and all in it; what can't be removed stays."""
    try:
        inner = os.open(name, DIRECTORY, dir_fd=directory_fd)
    except OSError:
        return
    try:
        if os.fstat(inner).st_uid != os.geteuid():
            return
        for other in os.listdir(inner):
            try:
                os.unlink(other, dir_fd=inner)
            except OSError:
                remove_whole(inner, other)
    finally:
        os.close(inner)
    try:
        os.rmdir(name, dir_fd=directory_fd)
    except OSError:
        return


def _entered(directory_fd: int, name: str, *, make: bool) -> int:
    if make:
        try:
            os.mkdir(name, 0o700, dir_fd=directory_fd)
        except FileExistsError:
            pass
    return os.open(name, DIRECTORY, dir_fd=directory_fd)
