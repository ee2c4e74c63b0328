"""A directory opened part by part, each looked at as it is opened: what was checked is what is written into."""

from __future__ import annotations

import errno
import os
import stat

from wizard.machine.private import UnsafePath, check_parent, trusted_owners

_PART = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LINKS_LIMIT = 40


def open_directory(path: str, *, make_mode: int | None = None, any_owner: bool = False) -> int:
    """A descriptor of the directory at an absolute path; nobody but root and us could bend the way to it.

    make_mode: parts that are missing are made with exactly this mode, whatever the umask; None: none is made.
    any_owner: a part may belong to somebody else, or be open to others; links are not followed from there on.
    Raises OSError: FileNotFoundError, NotADirectoryError, UnsafePath for a part that can't be trusted.
    """
    walk = _Walk(make_mode, any_owner)
    try:
        walk.go(path)
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=walk.here)
    finally:
        os.close(walk.here)


class _Walk:
    """Where we are, and how we may go on. is_led: somebody else could have laid what lies here."""

    def __init__(self, make_mode: int | None, any_owner: bool) -> None:
        self.here = os.open("/", _PART)
        self._seen = "/"
        self._make_mode = make_mode
        self._any_owner = any_owner
        self._trusted = trusted_owners()
        self._is_led = False
        self._links = 0

    def go(self, path: str) -> None:
        waiting = _parts(path)
        while waiting:
            name = waiting.pop(0)
            whole = os.path.join(self._seen, name)
            found = self._look(name, whole)
            if not stat.S_ISLNK(found.st_mode):
                self._enter(name, whole)
                continue
            target = self._read_link(name, whole, found)
            waiting = [*_parts(target), *waiting]
            if target.startswith("/"):
                self._move(os.open("/", _PART), "/")
                self._is_led = False

    def _look(self, name: str, whole: str) -> os.stat_result:
        try:
            return os.stat(name, dir_fd=self.here, follow_symlinks=False)
        except FileNotFoundError:
            if self._make_mode is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), whole) from None
        try:
            os.mkdir(name, 0o700, dir_fd=self.here)
        except FileExistsError:
            return os.stat(name, dir_fd=self.here, follow_symlinks=False)
        made = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.here)
        try:
            os.fchmod(made, self._make_mode)
            return os.fstat(made)
        finally:
            os.close(made)

    def _enter(self, name: str, whole: str) -> None:
        try:
            inner = os.open(name, _PART, dir_fd=self.here)
        except OSError as error:
            raise OSError(error.errno, error.strerror, whole) from None
        seen = os.path.dirname(self._seen) if name == ".." else whole
        try:
            check_parent(seen, os.fstat(inner), self._trusted)
        except UnsafePath:
            if not self._any_owner:
                os.close(inner)
                raise
            self._is_led = True
        self._move(inner, seen)

    def _read_link(self, name: str, whole: str, found: os.stat_result) -> str:
        check_parent(whole, found, self._trusted)
        self._links += 1
        if self._is_led:
            raise UnsafePath(f"{whole} is a symbolic link where somebody else could have laid it", whole)
        if self._links > _LINKS_LIMIT:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), whole)
        return os.readlink(name, dir_fd=self.here)

    def _move(self, inner: int, seen: str) -> None:
        os.close(self.here)
        self.here, self._seen = inner, seen


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
