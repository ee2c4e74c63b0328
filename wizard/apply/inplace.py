"""Whether what stands at a path can still be the file that a step left there; else it is somebody's, and stays."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from wizard.machine.private import UnsafePath, refuse_unsafe_parents
from wizard.model.plain import shown

_LINK_LIMIT = 200
_MOUNTS = "/proc/self/mountinfo"


@dataclass(frozen=True, slots=True)
class Rights:
    """Mode (without the type) and owner of a file; None: not known."""

    mode: int
    uid: int | None = None
    gid: int | None = None

    def __str__(self) -> str:
        """`644:0:0`"""
        return ":".join((f"{self.mode:o}", *("" if item is None else str(item) for item in self.owner)))

    @property
    def owner(self) -> tuple[int | None, int | None]:
        """uid and gid."""
        return self.uid, self.gid


def parse_rights(text: str) -> Rights:
    """What `str` made. Raises ValueError."""
    mode, uid, gid = text.split(":")
    return Rights(int(mode, 8), int(uid) if uid else None, int(gid) if gid else None)


def rights_of(path: str) -> Rights | None:
    """None where there is nothing, or where it can't be told. A link's own, not of what it leads to."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return Rights(stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)


def taken(path: str) -> str:
    """Why what is there must not be touched in place of a file that a step left, as the end of a sentence.

    "" for a plain file with one name, which nobody but root and us can swap, and where nothing is there.
    """
    directory = os.path.dirname(path)
    if (real := os.path.realpath(directory)) != directory:
        return f"is reached through a symbolic link by now ({shown(directory)} leads to {shown(real, _LINK_LIMIT)})"
    try:
        refuse_unsafe_parents(directory)
        found = os.lstat(path)
    except UnsafePath as error:
        return f"could be swapped by others now: {shown(str(error.strerror))}"
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return f"can't be looked at ({error.strerror or 'input/output error'})"
    return _other_kind(path, found)


def other_rights(found: Rights | None, left: Rights | None) -> str:
    """What is other than a step left it, as the end of a sentence; "" where one of the two is not known."""
    if found is None or left is None:
        return ""
    if None not in left.owner and found.owner != left.owner:
        return (
            f"belongs to another user or group by now ({found.uid}:{found.gid}, it was {left.uid}:{left.gid})"
        )
    return (
        f"has other rights by now ({found.mode:04o}, it was {left.mode:04o})"
        if found.mode != left.mode
        else ""
    )


def _other_kind(path: str, found: os.stat_result) -> str:
    if stat.S_ISLNK(found.st_mode):
        return f"is a symbolic link by now (to {shown(_target(path), _LINK_LIMIT)})"
    if stat.S_ISDIR(found.st_mode):
        return "is a directory by now"
    if not stat.S_ISREG(found.st_mode):
        return "is no plain file by now"
    if found.st_nlink > 1:
        return "has a second name by now (a hard link)"
    return "has something mounted over it by now" if _is_mounted_over(path) else ""


def _target(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return "?"


def _is_mounted_over(path: str) -> bool:
    """A file of the same disk can be mounted over another one: only the kernel's list tells."""
    try:
        with open(_MOUNTS, "rb") as file:
            points = [line.split(b" ")[4] for line in file if line.count(b" ") > 5]
    except OSError:
        return False
    wanted = os.fsencode(path)
    for character in (b"\\", b" ", b"\t", b"\n"):
        wanted = wanted.replace(character, b"\\%03o" % ord(character))
    return wanted in points
