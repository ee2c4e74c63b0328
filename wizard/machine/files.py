"""Files written whole or not at all, and read without being led astray by links, pipes or size."""

from __future__ import annotations

import errno
import os
import stat

from wizard.machine.private import UnsafePath, ensure_private_directory, refuse_others

__all__ = [
    "UnsafePath",
    "ensure_private_directory",
    "leftovers",
    "open_record",
    "open_regular",
    "open_to_write",
    "read_in",
    "read_open",
    "read_record",
    "read_small",
    "sweep_temporary",
    "write_atomic",
    "write_in",
]


def write_atomic(path: str, content: bytes | str, mode: int = 0o600) -> None:
    """Write `path` so that it holds the old content or the new one at every moment, also after a power cut.

    A symbolic link at `path` is replaced, not followed. Raises OSError; then nothing half-written is left.
    """
    directory, name = os.path.split(os.path.abspath(path))
    directory_fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        write_in(directory_fd, name, content, mode)
    finally:
        os.close(directory_fd)


def write_in(
    directory_fd: int,
    name: str,
    content: bytes | str,
    mode: int = 0o600,
    owner: tuple[int, int] | None = None,
) -> None:
    """`write_atomic` inside a directory that is already open; owner: uid and gid. Raises OSError."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = f".{name[:200]}.{os.getpid()}.{os.urandom(5).hex()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file_fd = os.open(temporary, flags, 0o600, dir_fd=directory_fd)
    try:
        try:
            _write_all(file_fd, data)
            if owner is not None:
                os.fchown(file_fd, *owner)
            os.fchmod(file_fd, mode)
            os.fsync(file_fd)
        finally:
            os.close(file_fd)
        os.rename(temporary, name, src_dir_fd=directory_fd, dst_dir_fd=directory_fd)
    except BaseException:
        _unlink_quietly(temporary, directory_fd)
        raise
    _sync_directory(directory_fd)


def read_small(path: str, limit_bytes: int, *, follow: bool = False, owner_uid: int | None = None) -> bytes:
    """The bytes of a regular file of at most `limit_bytes`; pipes and devices are refused without waiting.

    follow: accept a symbolic link. owner_uid: refuse a file of anybody else. Raises OSError:
    IsADirectoryError, EINVAL where it is no regular file, EFBIG where it is too large, ELOOP for a link,
    UnsafePath for the owner.
    """
    return read_in(None, path, limit_bytes, follow=follow, owner_uid=owner_uid)


def open_regular(path: str) -> int:
    """A descriptor to read a regular file of any size; pipes and devices are refused without waiting, links too.

    Raises OSError as `read_small` does.
    """
    return _open_regular(None, path, None, follow=False, owner_uid=None)


def open_record(path: str) -> int:
    """A descriptor to read what we noted ourselves: a regular file of any size that nobody else can have written.

    It and its directory belong to us or to root, nobody else may write to them, and neither is a link. Every reader of
    sessions and runs comes through here. Raises OSError as `read_small` does; UnsafePath where others could have
    written it.
    """
    directory, name = os.path.split(os.path.abspath(path))
    directory_fd = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        refuse_others(os.fstat(directory_fd), directory)
        file_fd = _open_regular(directory_fd, name, None, follow=False, owner_uid=None)
    except UnsafePath:
        raise
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(directory_fd)
    try:
        refuse_others(os.fstat(file_fd), path)
    except UnsafePath:
        os.close(file_fd)
        raise
    return file_fd


def read_record(path: str, limit_bytes: int) -> bytes:
    """All of what `open_record` opens, at most `limit_bytes`. Raises OSError: EFBIG where it is more."""
    file_fd = open_record(path)
    try:
        return _read_up_to(file_fd, path, limit_bytes)
    finally:
        os.close(file_fd)


def open_to_write(path: str, mode: int) -> int:
    """A descriptor to write a regular file, made with 0600 where it is missing; others are refused as `read_small`
    does. mode: os.O_RDWR, os.O_WRONLY, with os.O_APPEND or without. Raises OSError.
    """
    flags = mode | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    file_fd = os.open(path, flags, 0o600)
    try:
        _refuse_oddities(os.fstat(file_fd), path, None, None)
    except OSError:
        os.close(file_fd)
        raise
    return file_fd


def read_in(
    directory_fd: int | None,
    name: str,
    limit_bytes: int,
    *,
    follow: bool = False,
    owner_uid: int | None = None,
) -> bytes:
    """`read_small` inside a directory that is already open."""
    file_fd = _open_regular(directory_fd, name, limit_bytes, follow=follow, owner_uid=owner_uid)
    try:
        return _read_up_to(file_fd, name, limit_bytes)
    finally:
        os.close(file_fd)


def read_open(file_fd: int, name: str, limit_bytes: int) -> bytes:
    """The bytes of an open file, refused as `read_small` does. Raises OSError."""
    _refuse_oddities(os.fstat(file_fd), name, limit_bytes, None)
    return _read_up_to(file_fd, name, limit_bytes)


def sweep_temporary(directory: str | int) -> None:
    """Remove what writers that were killed left behind; files of writers that still live stay.

    directory: its path, or a descriptor of it.
    """
    for name in os.listdir(directory):
        if _written_by_the_dead(name) is None:
            continue
        if isinstance(directory, int):
            _unlink_quietly(name, directory)
        else:
            _unlink_quietly(os.path.join(directory, name), None)


def leftovers(path: str) -> tuple[str, ...]:
    """What writers of this file left beside it when they were killed; () where the directory can't be read."""
    directory, name = os.path.split(path)
    try:
        found = os.listdir(directory)
    except OSError:
        return ()
    return tuple(
        os.path.join(directory, other) for other in sorted(found) if _written_by_the_dead(other) == name[:200]
    )


def _written_by_the_dead(name: str) -> str | None:
    """Which file this is the temporary one of, where its writer is gone; None for every other file."""
    parts = name.rsplit(".", 3)
    is_ours = name.startswith(".") and len(parts) == 4 and parts[3] == "tmp"
    return parts[0][1:] if is_ours and not _is_alive(parts[1]) else None


def _is_alive(pid: str) -> bool:
    if not (pid.isascii() and pid.isdigit() and len(pid) < 10):
        return True
    return os.path.exists(f"/proc/{pid}")


def _write_all(file_fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file_fd, rest) :]


def _open_regular(
    directory_fd: int | None, name: str, limit_bytes: int | None, *, follow: bool, owner_uid: int | None
) -> int:
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    file_fd = os.open(name, flags, dir_fd=directory_fd)
    try:
        _refuse_oddities(os.fstat(file_fd), name, limit_bytes, owner_uid)
    except OSError:
        os.close(file_fd)
        raise
    return file_fd


def _read_up_to(file_fd: int, name: str, limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    room = limit_bytes + 1
    while room > 0:
        part = os.read(file_fd, min(room, 1 << 20))
        if not part:
            return b"".join(parts)
        parts.append(part)
        room -= len(part)
    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), name)


def _refuse_oddities(
    found: os.stat_result, name: str, limit_bytes: int | None, owner_uid: int | None
) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", name)
    if owner_uid is not None and found.st_uid != owner_uid:
        raise UnsafePath(f"it belongs to another user (uid {found.st_uid})", name)
    if limit_bytes is not None and found.st_size > limit_bytes:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), name)


def _unlink_quietly(name: str, directory_fd: int | None) -> None:
    try:
        os.unlink(name, dir_fd=directory_fd)
    except OSError:
        return


def _sync_directory(directory_fd: int) -> None:
    try:
        os.fsync(directory_fd)
    except OSError as error:
        # Some network and FUSE file systems can't sync a directory; the rename has happened all the same.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
