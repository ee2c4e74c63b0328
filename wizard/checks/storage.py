"""The data directory: room, kind of disk, file system."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from wizard.checks.make import blocker, note, unknown, warning
from wizard.checks.units import GB, gb_text
from wizard.model.answers import StorageAnswers
from wizard.model.deployment import Requirements
from wizard.model.facts import DirectoryFacts, HostFacts
from wizard.model.finding import Finding
from wizard.model.formats import shell
from wizard.model.usage import Sizing

_PAGE = "vendor: Prerequisites, storage guidance"
FULL_PERCENT = 75
_RANGE_TOP_GB = 2000


def check_storage(
    host: HostFacts,
    storage: StorageAnswers,
    requirements: Requirements | None,
    sizing: Sizing | None,
    node_count: int,
) -> Iterator[Finding]:
    """storage-short, storage-estimate, disk-rotational, disk-full, filesystem-ftype, data-directory-missing.

    requirements and sizing: None where there is no size. node_count: what the estimate is divided by.
    """
    directory = host.data_directory
    if requirements is not None:
        yield from _floor(host.name, directory, requirements)
    if sizing is not None and sizing.table is not None:
        yield from _estimate(host.name, directory, storage, sizing, node_count)
    yield from _disk(host.name, directory)
    yield from _missing_directory(host.name, directory, storage)
    yield from unknown("storage", list(_unread(directory)), host.name)


def check_storage_range(sizing: Sizing | None) -> Iterator[Finding]:
    """storage-estimate for the deployment: an estimate beyond 2 TB is beyond the vendor's range."""
    estimated = sizing.storage_gb.estimated if sizing else None
    if estimated is not None and estimated > _RANGE_TOP_GB:
        yield warning(
            "storage-estimate",
            seen=f"The estimate is {estimated:,} GB of data and logs, over 2 TB.",
            why="The vendor's guidance ends at 2 TB. Photos, videos and files of this size belong in "
            "object storage.",
            fix="Plan object storage for media (ask CometChat for the setting), or shorten "
            "usage.retention_months, usage.log_retention_days or the content band if they are set too high.",
            source="rule: our estimate (MB per user and month), held against the vendor's range",
            subject="range",
        )


def _floor(node: str, directory: DirectoryFacts, requirements: Requirements) -> Iterator[Finding]:
    if directory.free_bytes is not None and directory.free_bytes < requirements.storage_gb * GB:
        yield blocker(
            "storage-short",
            seen=f"{gb_text(directory.free_bytes)} free for {directory.path} where "
            f"{requirements.storage_gb} GB are needed to start with.",
            why="This is the vendor's published floor for new data and logs; a full disk stops the "
            "databases.",
            fix="Enlarge the file system, free space on it, or set storage.data_directory to a larger disk "
            "(df -h shows them).",
            source=_PAGE,
            node=node,
        )


def _estimate(
    node: str, directory: DirectoryFacts, storage: StorageAnswers, sizing: Sizing, node_count: int
) -> Iterator[Finding]:
    estimated, backup = sizing.storage_gb.estimated, sizing.storage_gb.backup or 0
    if estimated is None or directory.free_bytes is None:
        return
    nodes = max(1, node_count)
    has_backup_here = _is_same_disk(directory, storage.backup_directory)
    data = -(-estimated // nodes)
    need = data + (-(-backup // nodes) if has_backup_here else 0)
    if directory.free_bytes >= need * GB:
        return
    with_backup = f" plus {need - data:,} GB of backups on the same disk" if has_backup_here else ""
    share = f", this node's share of {estimated:,} GB on {nodes} nodes" if nodes > 1 else ""
    yield warning(
        "storage-estimate",
        seen=f"{gb_text(directory.free_bytes)} free for {directory.path}; we estimate {data:,} "
        f"GB{share}{with_backup}.",
        why="The estimate is ours, not the vendor's: users x content x months kept, a growth buffer, and "
        "logs. With less room the disk fills before the retention time is over.",
        fix="Use a larger disk, keep less (usage.retention_months, usage.log_retention_days), "
        + (
            "or put storage.backup_directory on another disk."
            if has_backup_here
            else "or add a disk before it is full."
        ),
        source="rule: our storage estimate, it never blocks",
        node=node,
    )


def _is_same_disk(directory: DirectoryFacts, backup: str | None) -> bool:
    """As far as paths tell: the backup lies in the data directory, or under the mount point that holds it."""
    if not backup:
        return False
    backup = posixpath.normpath(backup)
    places = [directory.path] + ([directory.mount_point] if directory.mount_point else [])
    return any(
        backup == place or backup.startswith(place.rstrip("/") + "/")
        for place in map(posixpath.normpath, places)
    )


def _disk(node: str, directory: DirectoryFacts) -> Iterator[Finding]:
    if directory.rotational:
        disks = ", ".join(directory.disks) or "unnamed"
        yield warning(
            "disk-rotational",
            seen=f"The kernel calls the disk under {directory.path} rotational ({disks}).",
            why="Databases and Kafka need SSD or NVMe, at least 3,000 IOPS. Virtual disks often say "
            "rotational whatever lies beneath.",
            fix="If this is a virtual disk, make sure that an SSD lies beneath. Else move "
            "storage.data_directory to an SSD.",
            source="vendor: Prerequisites, storage performance",
            node=node,
        )
    if directory.used_percent is not None and directory.used_percent > FULL_PERCENT:
        yield warning(
            "disk-full",
            seen=f"The file system of {directory.path} is over {FULL_PERCENT} % full "
            f"({directory.used_percent} %).",
            why="The vendor alerts at 75 %; images and logs will take more, and a full disk stops the "
            "databases.",
            fix=f"Free space (du -xh {shell.word(directory.mount_point or directory.path)} | sort -h | tail), or use "
            "another disk.",
            source="vendor: persistence and backup, alert at 75 %",
            node=node,
        )
    if directory.filesystem == "xfs" and directory.ftype is False:
        yield blocker(
            "filesystem-ftype",
            seen=f"{directory.path} is on XFS without ftype (ftype=0).",
            why="Docker's overlay2 storage needs ftype=1; without it images break in odd ways, and it "
            "can't be switched on.",
            fix="Make a new file system (mkfs.xfs -n ftype=1 DEVICE), copy the data over, and put the data "
            "directory on it.",
            source="field: Docker's overlay2 on XFS",
            node=node,
        )


def _missing_directory(node: str, directory: DirectoryFacts, storage: StorageAnswers) -> Iterator[Finding]:
    if storage.data_directory and directory.exists is False:
        yield note(
            "data-directory-missing",
            seen=f"{directory.path} does not exist yet; the file system of "
            f"{directory.mount_point or 'its parent'} was looked at instead.",
            why="If a disk is to be mounted there, the room and the kind of disk shown are not its own.",
            fix=f"Mount the disk, then check again: findmnt --target {shell.word(directory.path)}",
            source="field: data directory not mounted yet",
            node=node,
        )


def _unread(directory: DirectoryFacts) -> Iterator[str]:
    if directory.free_bytes is None:
        yield "free space"
    if directory.used_percent is None:
        yield "how full the disk is"
    if directory.rotational is None:
        yield "the kind of disk"
    if directory.filesystem is None:
        yield "the file system"
    elif directory.filesystem == "xfs" and directory.ftype is None:
        yield "XFS ftype"
