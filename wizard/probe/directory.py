"""The file system that holds the data directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.machine.mounts import Mount, mount_of
from wizard.machine.readoutcome import Outcome, Reader
from wizard.model.facts import DirectoryFacts
from wizard.model.plain import shown
from wizard.probe.disks import disks_beneath, rotational_of

# Block size, blocks, free, available, inodes, free inodes: statvfs's numbers from a process that can be
# killed.
STAT_COMMAND = ("stat", "-f", "-c", "%S %b %f %a %c %d", "--")


def directory_commands(mounts: tuple[Mount, ...], path: str) -> dict[str, tuple[str, ...]]:
    """What must be asked of programs: XFS's ftype, and the free space of what may hang."""
    mount = mount_of(mounts, path)
    if mount is None:
        return {}
    if mount.filesystem == "xfs":
        return {"xfs_info": ("xfs_info", mount.point)}
    return {"stat": (*STAT_COMMAND, mount.point)} if mount.may_hang else {}


def read_directory(
    reader: Reader, path: str, mounts: tuple[Mount, ...], outcomes: Mapping[str, Outcome]
) -> DirectoryFacts:
    """Facts of the mount that holds `path` or its nearest existing parent; outcomes of directory_commands."""
    hanging = mount_of(mounts, path)
    mount: Mount | None
    if hanging is not None and hanging.may_hang:
        mount, exists, numbers = hanging, None, parse_stat(outcomes.get("stat"))
    else:
        nearest = reader.value("nearest", path) or {}
        exists = nearest.get("exists")
        mount = mount_of(mounts, str(nearest.get("path", path)))
        # A link may lead onto a network mount.
        safe = mount is None or not mount.may_hang
        numbers = reader.value("statvfs", str(nearest.get("path", path))) if safe else None
    if mount is None:
        return DirectoryFacts(path=shown(path), exists=exists, **space(numbers))
    disks = disks_beneath(reader, mount.device, mount.source)
    return DirectoryFacts(
        path=shown(path),
        exists=exists,
        mount_point=shown(mount.point),
        filesystem=shown(mount.filesystem, 60),
        rotational=rotational_of(reader, disks),
        ftype=parse_ftype(outcomes.get("xfs_info")) if mount.filesystem == "xfs" else None,
        disks=tuple(shown(disk, 60) for disk in disks),
        **space(numbers),
    )


def space(numbers: Mapping[str, Any] | None) -> dict[str, Any]:
    """Sizes as DirectoryFacts names them; used_percent as df counts it, rounded up."""
    if not numbers:
        return {}
    block = int(numbers["f_frsize"])
    used = int(numbers["f_blocks"]) - int(numbers["f_bfree"])
    usable = used + int(numbers["f_bavail"])
    return {
        "size_bytes": int(numbers["f_blocks"]) * block,
        "free_bytes": int(numbers["f_bavail"]) * block,
        "used_percent": -(-used * 100 // usable) if usable > 0 else None,
        "free_inodes": int(numbers["f_favail"]) if int(numbers["f_files"]) else None,
    }


def parse_stat(outcome: Outcome | None) -> dict[str, int] | None:
    """The line of STAT_COMMAND as statvfs's numbers."""
    words = outcome.stdout.split() if outcome is not None and outcome.succeeded else []
    if len(words) != 6 or not all(word.isascii() and word.isdigit() and len(word) < 20 for word in words):
        return None
    keys = ("f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_favail")
    return dict(zip(keys, map(int, words), strict=True))


def parse_ftype(outcome: Outcome | None) -> bool | None:
    """`ftype=1` of xfs_info; an xfs_info that prints none is older than the feature, so None."""
    text = outcome.stdout if outcome is not None and outcome.succeeded else ""
    _, found, rest = text.partition("ftype=")
    return {"0": False, "1": True}.get(rest[:1]) if found else None
