"""Files of a host that nobody vouches for: size-limited, never a device, never a wait."""

from __future__ import annotations

import os
import stat

from wizard.machine.owned import weak_spot
from wizard.machine.rootenv import SYSTEM_DIRECTORIES, own_directories

NAMES_LIMIT = 10_000


def read_text(path: str, limit_bytes: int) -> str | None:
    """The first `limit_bytes` of a regular file as text; `.gz` is unpacked within the same limit.

    None where it is missing, not readable or anything but a regular file (a FIFO or a device would hang us).
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = _read(descriptor, limit_bytes)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    if path.endswith(".gz"):
        content = _unpacked(content, limit_bytes)
    return content.decode("utf-8", "replace")


def _read(descriptor: int, limit_bytes: int) -> bytes:
    pieces: list[bytes] = []
    left = limit_bytes
    while left > 0:
        piece = os.read(descriptor, left)
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _unpacked(content: bytes, limit_bytes: int) -> bytes:
    import zlib

    try:
        return zlib.decompressobj(wbits=31).decompress(content, limit_bytes)
    except zlib.error:
        return b""


def read_names(path: str) -> tuple[str, ...] | None:
    """The entries of a directory, sorted, at most NAMES_LIMIT; None if it can't be listed."""
    found: list[str] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                found.append(entry.name)
                if len(found) >= NAMES_LIMIT:
                    break
    except (OSError, ValueError):
        return None
    return tuple(sorted(found))


def read_link(path: str) -> str | None:
    """Where a symbolic link points to, None if it is none."""
    try:
        return os.readlink(path)
    except (OSError, ValueError):
        return None


def exists(path: str) -> bool:
    """True if something is at this path and may be looked at."""
    try:
        os.stat(path)
    except (OSError, ValueError):
        return False
    return True


def search_path(environment_path: str) -> tuple[str, ...]:
    """The absolute directories of PATH, then those that a plain user's PATH or sudo leaves out.

    As root those alone in which nobody else can put a program.
    """
    if os.geteuid() == 0:
        return own_directories(environment_path)
    directories = [entry for entry in environment_path.split(":") if entry.startswith("/")]
    return tuple(dict.fromkeys((*directories, *SYSTEM_DIRECTORIES)))


def find_program(program: str, directories: tuple[str, ...]) -> str | None:
    """The first executable file of that name; as root one that others could change is passed over."""
    for directory in directories:
        path = f"{directory}/{program}"
        try:
            if stat.S_ISREG(os.stat(path).st_mode) and os.access(path, os.X_OK) and _may_run(path):
                return path
        except (OSError, ValueError):
            continue
    return None


def _may_run(path: str) -> bool:
    return os.geteuid() != 0 or not weak_spot(path)
