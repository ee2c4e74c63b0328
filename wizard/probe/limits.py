"""The cgroup's limits on CPU and memory along its parents, both cgroup versions."""

from __future__ import annotations

from collections.abc import Callable

from wizard.machine.mounts import Mount
from wizard.model.facts import LimitFacts

# cgroup v1 writes "no limit" as the largest multiple of a page below 2^63.
NO_LIMIT_BYTES = 1 << 60
PARENTS_LIMIT = 64


def cgroup_version(mounts: tuple[Mount, ...]) -> int | None:
    """2 where the unified hierarchy is in charge, 1 where a v1 controller is mounted (hybrid counts as 1)."""
    kinds = {mount.filesystem for mount in mounts}
    if "cgroup" in kinds:
        return 1
    return 2 if "cgroup2" in kinds else None


def cgroup_paths(cgroup: str | None) -> dict[str, str]:
    """/proc/self/cgroup as controller to path; the unified hierarchy's controller reads ''."""
    paths: dict[str, str] = {}
    for line in (cgroup or "").splitlines():
        parts = line.split(":", 2)
        if len(parts) == 3 and parts[2].startswith("/"):
            for controller in parts[1].split(","):
                paths.setdefault(controller, parts[2])
    return paths


def directories(controller: str, paths: dict[str, str], mounts: tuple[Mount, ...]) -> tuple[str, ...]:
    """The cgroup's directory and its parents up to the mount point, nearest first; () where not mounted here."""
    path = paths.get(controller)
    mount = next((mount for mount in mounts if _carries(mount, controller)), None)
    if path is None or mount is None:
        return ()
    # Inside a container without a cgroup namespace the path is the host's, and the mount starts at its
    # own root.
    root = mount.root.rstrip("/")
    inside = path[len(root) :] if path == root or path.startswith(root + "/") else ""
    found = [mount.point]
    for part in [part for part in inside.split("/") if part and part != ".."][:PARENTS_LIMIT]:
        found.append(f"{found[-1].rstrip('/')}/{part}")
    return tuple(reversed(found))


def _carries(mount: Mount, controller: str) -> bool:
    if controller == "":
        return mount.filesystem == "cgroup2"
    return mount.filesystem == "cgroup" and controller in mount.options.split(",")


def read_limits(
    text: Callable[[str], str | None], cgroup: str | None, mounts: tuple[Mount, ...]
) -> LimitFacts:
    """The tightest limit of the cgroup and its parents; `text` gives a file's content or None."""
    paths = cgroup_paths(cgroup)
    unified = directories("", paths, mounts)
    vcpus = [parse_cpu_max(text(f"{directory}/cpu.max")) for directory in unified]
    memory = [parse_bytes(text(f"{directory}/memory.max")) for directory in unified]
    for directory in directories("cpu", paths, mounts):
        quota = text(f"{directory}/cpu.cfs_quota_us")
        period = text(f"{directory}/cpu.cfs_period_us")
        vcpus.append(parse_cpu_max(f"{quota or ''} {period or ''}"))
    for directory in directories("memory", paths, mounts):
        memory.append(parse_bytes(text(f"{directory}/memory.limit_in_bytes")))
    return LimitFacts(
        vcpus=min((limit for limit in vcpus if limit is not None), default=None),
        memory_bytes=min((limit for limit in memory if limit is not None), default=None),
    )


def parse_cpu_max(text: str | None) -> float | None:
    """`200000 100000` to 2.0; None for `max`, -1 and what is no number."""
    words = (text or "").split()
    if len(words) != 2 or not all(word.isascii() and word.isdigit() and len(word) < 19 for word in words):
        return None
    quota, period = int(words[0]), int(words[1])
    return round(quota / period, 2) if quota > 0 and period > 0 else None


def parse_bytes(text: str | None) -> int | None:
    """A limit in bytes; None for `max`, for v1's 'no limit' and for what is no number."""
    word = (text or "").strip()
    if not (word.isascii() and word.isdigit() and len(word) < 25):
        return None
    limit = int(word)
    return limit if 0 < limit < NO_LIMIT_BYTES else None
