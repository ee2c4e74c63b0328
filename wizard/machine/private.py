"""A directory that nobody else can change or read, reached by a path that nobody else can bend."""

from __future__ import annotations

import errno
import os
import stat


class UnsafePath(PermissionError):
    """A path that somebody else could change under us; `strerror` says in words what is wrong with it."""

    def __init__(self, reason: str, path: str) -> None:
        super().__init__(errno.EPERM, reason, path)


def ensure_private_directory(path: str, ours: tuple[str, ...] = ()) -> None:
    """Make `path` with 0700 where it is missing, and refuse it where somebody else could change it.

    An existing directory of ours is tightened to 0700 if it is empty or holds one of the names in `ours`;
    one that holds other things keeps its mode (it may be a home). None that holds anything may be writable by others.
    Raises OSError; UnsafePath where the directory, or one above it, can't be trusted.
    """
    whole = os.path.abspath(path)
    refuse_unsafe_parents(os.path.dirname(whole))
    make_directories(os.path.dirname(whole), 0o700)
    try:
        os.mkdir(whole, 0o700)
    except FileExistsError:
        _check_existing(whole, ours)


def make_directories(path: str, mode: int) -> None:
    """Make what is missing of an absolute path, each part with exactly this mode whatever the umask. Raises OSError."""
    if os.path.isdir(path):
        return
    make_directories(os.path.dirname(path), mode)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return
    os.chmod(path, mode)


def refuse_unsafe_parents(path: str) -> None:
    """Raise UnsafePath if anybody but root and us could swap a part of this absolute path for another one."""
    trusted = trusted_owners()
    seen = "/"
    for part in [part for part in path.split("/") if part]:
        seen = os.path.join(seen, part)
        try:
            found = os.lstat(seen)
        except FileNotFoundError:
            return
        check_parent(seen, found, trusted)
        if stat.S_ISLNK(found.st_mode):
            target = os.path.realpath(seen)
            refuse_unsafe_parents(target)
            seen = target


def refuse_foreign_directory(path: str) -> None:
    """Raise UnsafePath unless a directory that is there is ours alone to change, and so is the way to it.

    Changes nothing. Raises other OSErrors, FileNotFoundError where it is not there.
    """
    whole = os.path.abspath(path)
    found = os.lstat(whole)
    if not stat.S_ISDIR(found.st_mode):
        raise UnsafePath("it is a symbolic link or no directory", path)
    if found.st_uid != os.geteuid():
        raise UnsafePath(f"it belongs to another user (uid {found.st_uid})", path)
    if others_may_write(found):
        raise UnsafePath(
            "other users may write to it (`chmod go-w` closes it, once you have looked at it)", path
        )
    refuse_unsafe_parents(os.path.dirname(whole))


def trusted_owners() -> frozenset[int]:
    """Whose directories we rely on: root's, our own, and in a container those of whoever owns its root."""
    return frozenset({0, os.geteuid(), os.lstat("/").st_uid})


def check_parent(path: str, found: os.stat_result, trusted: frozenset[int]) -> None:
    """Raise UnsafePath for one part of a way that somebody else could swap, NotADirectoryError for what is none."""
    if found.st_uid not in trusted:
        reason = f"{path} belongs to another user (uid {found.st_uid}), who could swap what is in it"
        raise UnsafePath(reason, path)
    if stat.S_ISLNK(found.st_mode):
        return
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    if others_may_write(found) and not found.st_mode & stat.S_ISVTX:
        raise UnsafePath(f"other users may write to {path} and could swap what is in it", path)


def _check_existing(path: str, ours: tuple[str, ...]) -> None:
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        raise UnsafePath("it is a symbolic link; name the directory itself", path)
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    if found.st_uid != os.geteuid():
        raise UnsafePath(f"it belongs to another user (uid {found.st_uid})", path)
    if stat.S_IMODE(found.st_mode) == 0o700:
        return
    names = os.listdir(path)
    if names and others_may_write(found):
        # Tightened now, it would still hold what they have put there.
        raise UnsafePath("other users may write to it", path)
    if not names or any(name in ours for name in names):
        os.chmod(path, 0o700)


def refuse_others(found: os.stat_result, path: str) -> None:
    """Raise UnsafePath for what belongs neither to us nor to root, and for what others may write to."""
    if found.st_uid not in (0, os.geteuid()):
        raise UnsafePath(f"it belongs to another user (uid {found.st_uid})", path)
    if others_may_write(found):
        raise UnsafePath("other users may write to it", path)


def others_may_write(found: os.stat_result) -> bool:
    """True where anybody but the owner may, a user's own group without other members not counted."""
    if found.st_mode & stat.S_IWOTH:
        return True
    return bool(found.st_mode & stat.S_IWGRP) and not _is_private_group(found.st_gid)


def _is_private_group(gid: int) -> bool:
    """True for root's group and for a user's own group without other members (umask 002 systems)."""
    if gid == 0:
        return True
    import grp
    import pwd

    try:
        group, user = grp.getgrgid(gid), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return group.gr_name == user.pw_name and all(member == user.pw_name for member in group.gr_mem)
