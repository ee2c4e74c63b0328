"""Who can change what lies at a path: each directory and link on the way to it, and what it leads to."""

from __future__ import annotations

import os
import stat

ROOT = frozenset({0})
_MOST_LINKS = 40


def weak_spot(path: str, owners: frozenset[int] = ROOT, *, holds_programs: bool = False) -> str:
    """What others than `owners` could change or exchange there, as a clause that begins with its path; "" for nothing.

    owners: user ids. holds_programs: it is a directory whose files are run by name, so nobody may add one: the sticky
    bit, which keeps others from exchanging what is there, does not help. Reads names, owners and modes alone.
    """
    if not path.startswith("/"):
        return f"{path or 'an empty name'} is not named from the root"
    return _Way(owners).walk(path, holds_programs=holds_programs)


def tree_weak_spot(directory: str, owners: frozenset[int] = ROOT) -> str:
    """The same for a directory and for all that is in it."""
    way = _Way(owners)
    found = way.walk(directory, holds_programs=True)
    if found:
        return found
    for parent, directories, files in os.walk(os.path.realpath(directory)):
        for name in (*directories, *files):
            found = way.entry(os.path.join(parent, name), holds_programs=True)
            if found:
                return found
    return ""


class _Way:
    """One look: what is known of groups is asked once."""

    def __init__(self, owners: frozenset[int]) -> None:
        self._owners = owners
        self._groups: dict[int, bool] = {0: True}
        self._links = 0

    def walk(self, path: str, *, holds_programs: bool) -> str:
        parts = [part for part in path.split("/") if part not in ("", ".")]
        here = "/"
        found = self.entry(here, holds_programs=holds_programs and not parts)
        for number, part in enumerate(parts):
            if found:
                return found
            is_open = _is_shared(here)
            here = os.path.dirname(here) if part == ".." else os.path.join(here, part)
            try:
                entry = os.lstat(here)
            except FileNotFoundError:
                return f"{here} is not there, and others could make it" if is_open else ""
            except OSError as error:
                return f"{here} can't be looked at ({error.strerror})"
            is_last = number == len(parts) - 1
            if not stat.S_ISLNK(entry.st_mode):
                found = self.entry(here, holds_programs=holds_programs and is_last)
                continue
            self._links += 1
            if entry.st_uid not in self._owners or self._links > _MOST_LINKS:
                return (
                    _belongs(here, entry.st_uid)
                    if self._links <= _MOST_LINKS
                    else f"{here} is a loop of links"
                )
            target = os.path.join(os.path.dirname(here), os.readlink(here))
            found = self.walk(target, holds_programs=holds_programs and is_last)
            here = os.path.realpath(here)
        return found

    def entry(self, path: str, *, holds_programs: bool) -> str:
        """The same for this one entry alone, its way left out. A link is followed."""
        try:
            entry = os.lstat(path)
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"{path} can't be looked at ({error.strerror})"
        if stat.S_ISLNK(entry.st_mode):
            return self.walk(path, holds_programs=holds_programs)
        if entry.st_uid not in self._owners:
            return _belongs(path, entry.st_uid)
        is_kept = stat.S_ISDIR(entry.st_mode) and entry.st_mode & stat.S_ISVTX and not holds_programs
        return "" if is_kept else self._written_by(path, entry)

    def _written_by(self, path: str, entry: os.stat_result) -> str:
        if entry.st_mode & stat.S_IWOTH:
            return f"{path} can be written by every user"
        if entry.st_mode & stat.S_IWGRP and (_has_list(path) or not self._is_trusted(entry.st_gid)):
            return f"{path} can be written by the group {_group_name(entry.st_gid)}"
        return ""

    def _is_trusted(self, group: int) -> bool:
        """True for a group without members but the owners: Debian's /usr/local belongs to such a one (staff)."""
        if group not in self._groups:
            self._groups[group] = _members(group) <= self._owners
        return self._groups[group]


def _is_shared(directory: str) -> bool:
    return bool(os.stat(directory).st_mode & (stat.S_IWOTH | stat.S_IWGRP))


def _has_list(path: str) -> bool:
    """Where an access control list is, the group's bits are the most that anybody in it may do."""
    try:
        os.getxattr(path, "system.posix_acl_access")
    except OSError:
        return False
    return True


def _members(group: int) -> set[int]:
    """The user ids that are in it, and -1, which nobody is, for a group that is not known: anybody may get it."""
    import grp
    import pwd

    try:
        names = grp.getgrgid(group).gr_mem
    except KeyError:
        return {-1}
    found = {user.pw_uid for user in pwd.getpwall() if user.pw_gid == group}
    for name in names:
        try:
            found.add(pwd.getpwnam(name).pw_uid)
        except KeyError:
            found.add(-1)
    return found


def _belongs(path: str, uid: int) -> str:
    import pwd

    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"number {uid}"
    return f"{path} belongs to the user {name}"


def _group_name(group: int) -> str:
    import grp

    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return f"number {group}"
