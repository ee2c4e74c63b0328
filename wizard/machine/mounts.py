"""/proc/self/mountinfo, which mount holds a path, and whether following a path may wait for ever."""

from __future__ import annotations

import os
from dataclasses import dataclass

from wizard.machine.readfiles import read_link, read_text

MOUNTINFO = "/proc/self/mountinfo"
MOUNTINFO_LIMIT_BYTES = 4 << 20
_LINKS_LIMIT = 40

NETWORK_FILESYSTEMS = frozenset(
    (
        *(
            "9p",
            "afs",
            "autofs",
            "beegfs",
            "ceph",
            "cifs",
            "gfs",
            "gfs2",
            "glusterfs",
            "gpfs",
            "lustre",
            "ncpfs",
        ),
        *("nfs", "nfs4", "ocfs2", "smb2", "smb3", "smbfs", "virtiofs"),
    )
)


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo; device is `major:minor`, root the part of the file system that is mounted."""

    device: str
    root: str
    point: str
    filesystem: str
    source: str
    options: str = ""

    @property
    def may_hang(self) -> bool:
        """True for file systems that another machine or process serves: asking one can wait for ever."""
        return self.filesystem in NETWORK_FILESYSTEMS or self.filesystem.startswith("fuse")


def parse_mounts(mountinfo: str | None) -> tuple[Mount, ...]:
    """Every line that is whole, in order; octal escapes undone."""
    mounts: list[Mount] = []
    for line in (mountinfo or "").splitlines():
        fields = line.split(" ")
        if "-" not in fields[6:]:
            continue
        separator = fields.index("-", 6)
        after = fields[separator + 1 :]
        if len(after) < 2:
            continue
        mounts.append(
            Mount(
                device=fields[2],
                root=_unescaped(fields[3]),
                point=_unescaped(fields[4]),
                filesystem=after[0],
                source=_unescaped(after[1]),
                options=after[2] if len(after) > 2 else "",
            )
        )
    return tuple(mounts)


def _unescaped(text: str) -> str:
    for escape, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(escape, character)
    return text


def mount_of(mounts: tuple[Mount, ...], path: str) -> Mount | None:
    """The mount that holds an absolute, resolved path: the longest mount point, the last one of equals."""
    found: Mount | None = None
    for mount in mounts:
        inside = mount.point == "/" or path == mount.point or path.startswith(mount.point + "/")
        if inside and (found is None or len(mount.point) >= len(found.point)):
            found = mount
    return found


def read_mounts() -> tuple[Mount, ...]:
    """The mounts that this process sees."""
    return parse_mounts(read_text(MOUNTINFO, MOUNTINFO_LIMIT_BYTES))


def may_hang(path: str, mounts: tuple[Mount, ...]) -> bool:
    """Whether a path leads over a mount that another machine or process serves, told without asking that one.

    Each link is read only on a file system that answers. What leads nowhere can't hang.
    """
    if not any(mount.may_hang for mount in mounts):
        return False
    left = [part for part in reversed(path.split("/")) if part not in ("", ".")]
    current, links = "/", 0
    while left:
        part = left.pop()
        step = os.path.dirname(current) if part == ".." else f"{current.rstrip('/')}/{part}"
        mount = mount_of(mounts, step)
        if mount is not None and mount.may_hang:
            return True
        target = read_link(step)
        if target is None:
            current = step
            continue
        links += 1
        if links > _LINKS_LIMIT:
            return False
        current = "/" if target.startswith("/") else current
        left += [piece for piece in reversed(target.split("/")) if piece not in ("", ".")]
    return False
