"""A file system that is full from the k-th write on, and a process that dies at it: for what a run writes of itself."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

Dies = Literal["before", "after"]


@contextmanager
def counted(directory: str, at_write: Callable[[int], None], after: Callable[[int], None]) -> Iterator[None]:
    """Tell each write to a file below `directory`, with its number from 1, before and after it happens."""
    real, count = os.write, 0
    root = os.path.realpath(directory) + "/"

    def write(descriptor: int, data: Any) -> int:
        nonlocal count
        if not os.readlink(f"/proc/self/fd/{descriptor}").startswith(root):
            return real(descriptor, data)
        count += 1
        number = count
        at_write(number)
        written = real(descriptor, data)
        after(number)
        return written

    os.write = write
    try:
        yield
    finally:
        os.write = real


class FullDisk:
    """No space from the k-th write on, until the run gives back what it kept in reserve. is_hit: it came to that."""

    def __init__(self, directory: str, k: int, on_full: Callable[[], None] = lambda: None) -> None:
        self.is_hit = False
        self._directory = directory
        self._k = k
        self._on_full = on_full

    @contextmanager
    def around(self) -> Iterator[None]:
        with counted(self._directory, self._at_write, lambda _number: None):
            yield

    def _at_write(self, number: int) -> None:
        if number == self._k:
            self.is_hit = True
            self._on_full()
        if number == self._k or (number > self._k and self._is_reserve_kept()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _is_reserve_kept(self) -> bool:
        return any("reserve" in names for _path, _directories, names in os.walk(self._directory))


def dies_at(directory: str, k: int, where: Dies, work: Callable[[], object]) -> bool:
    """Do `work` in a forked process that is killed before or after its k-th write. False where it came to its end."""
    pid = os.fork()
    if pid == 0:
        try:
            die = lambda number: os.kill(os.getpid(), signal.SIGKILL) if number == k else None  # noqa: E731
            nothing = lambda _number: None  # noqa: E731
            with counted(
                directory, die if where == "before" else nothing, die if where == "after" else nothing
            ):
                work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
