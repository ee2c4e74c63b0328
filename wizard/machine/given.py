"""What an operator names to be read: a file, or the pipe that a shell's `<(...)` stands for."""

from __future__ import annotations

import errno
import os
import select
import stat
import time

from wizard.machine.files import read_open

# Whoever writes into it may have to work for it first.
PATIENCE_SECONDS = 60.0


def read_given(path: str, limit_bytes: int) -> bytes:
    """All of a regular file or of a pipe, at most `limit_bytes`; links are followed, devices refused without waiting.

    Raises OSError as `read_small` does, TimeoutError where a pipe was not closed in time.
    """
    # Opened once: a writer whose reader goes away is ended by that.
    file_fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if not stat.S_ISFIFO(os.fstat(file_fd).st_mode):
            return read_open(file_fd, path, limit_bytes)
        return _from_pipe(file_fd, path, limit_bytes, time.monotonic() + PATIENCE_SECONDS)
    finally:
        os.close(file_fd)


def _from_pipe(pipe_fd: int, path: str, limit_bytes: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    room = limit_bytes + 1
    poll = select.poll()
    poll.register(pipe_fd, select.POLLIN)
    while room > 0:
        # A pipe that nobody has opened for writing yet is not at its end: the poll waits for a writer, too.
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), path)
        part = os.read(pipe_fd, min(room, 1 << 16))
        if not part:
            return b"".join(parts)
        parts.append(part)
        room -= len(part)
    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
