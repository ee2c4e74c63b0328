"""Whole disks, and which of them carry a device through partitions, dm and md; from /sys."""

from __future__ import annotations

from wizard.machine.readoutcome import Reader
from wizard.model.facts import DiskFacts
from wizard.model.plain import shown

# Block devices that are no disk of their own.
NOT_DISKS = ("loop", "ram", "zram", "sr", "fd", "dm-", "md", "nbd", "drbd", "zd", "bcache")
DEPTH_LIMIT = 16


def read_disks(reader: Reader) -> tuple[DiskFacts, ...]:
    """Every whole disk with a size, by name."""
    found: list[DiskFacts] = []
    for name in reader.names("/sys/block") or ():
        if name.startswith(NOT_DISKS):
            continue
        size = parse_sectors(reader.text(f"/sys/block/{name}/size"))
        if size:
            found.append(DiskFacts(shown(name, 60), size, is_rotational(reader, name)))
    return tuple(found)


def parse_sectors(text: str | None) -> int | None:
    """/sys/block/*/size (always units of 512 bytes) in bytes."""
    word = (text or "").strip()
    return int(word) * 512 if word.isascii() and word.isdigit() and len(word) < 19 else None


def is_rotational(reader: Reader, disk: str) -> bool | None:
    """What the kernel says of a disk; virtual disks often say True whatever lies beneath."""
    word = (reader.text(f"/sys/block/{disk}/queue/rotational") or "").strip()
    return {"0": False, "1": True}.get(word)


def disks_beneath(reader: Reader, device: str, source: str) -> tuple[str, ...]:
    """Names of the whole disks beneath a mounted device (`major:minor`; `source` where that is anonymous, as btrfs's
    is).

    () where none can be found: network and memory file systems, overlays, ZFS.
    """
    target = reader.link(f"/sys/dev/block/{device}")
    if target is not None:
        name = target.rstrip("/").rpartition("/")[2]
    elif source.startswith("/dev/"):
        real = reader.value("nearest", source) or {}
        name = str(real.get("path", "")).rpartition("/")[2] if real.get("exists") else ""
    else:
        return ()
    found: list[str] = []
    _walk(reader, name, found, 0)
    return tuple(sorted(set(found)))


def _walk(reader: Reader, name: str, found: list[str], depth: int) -> None:
    if not name or depth > DEPTH_LIMIT or len(found) > 1000:
        return
    slaves = reader.names(f"/sys/class/block/{name}/slaves") or ()
    for slave in slaves:
        _walk(reader, slave, found, depth + 1)
    if slaves:
        return
    if reader.exists(f"/sys/class/block/{name}/partition"):
        parent = (reader.link(f"/sys/class/block/{name}") or "").rstrip("/").split("/")
        if len(parent) > 1:
            _walk(reader, parent[-2], found, depth + 1)
    elif reader.exists(f"/sys/block/{name}"):
        found.append(name)


def rotational_of(reader: Reader, disks: tuple[str, ...]) -> bool | None:
    """True if any of them turns; None if none is known to and one is not known."""
    kinds = [is_rotational(reader, disk) for disk in disks]
    if True in kinds:
        return True
    return None if not kinds or None in kinds else False
