"""What a host has, in the words of the tables; None where it could not be read."""

from __future__ import annotations

from wizard.checks.units import gb_text, gib_text
from wizard.model.facts import DirectoryFacts, DockerFacts, HostFacts, KernelFacts, ToolFacts


def space_text(directory: DirectoryFacts) -> str | None:
    """Free room."""
    return None if directory.free_bytes is None else f"{gb_text(directory.free_bytes)} free"


def disk_text(directory: DirectoryFacts) -> str | None:
    """The kind of disk, and which ones lie beneath."""
    if directory.rotational is None:
        return None
    disks = f" ({', '.join(directory.disks)})" if directory.disks else ""
    return ("rotational" if directory.rotational else "SSD") + disks


def filesystem_text(directory: DirectoryFacts) -> str | None:
    """The file system, XFS with its ftype."""
    if directory.filesystem != "xfs" or directory.ftype is None:
        return directory.filesystem
    return f"xfs, ftype={int(directory.ftype)}"


def kernel_text(kernel: KernelFacts) -> str | None:
    """The features that are missing or unknown, else that all are there."""
    features = {"overlay": kernel.overlay, "VXLAN": kernel.vxlan, "IPVS": kernel.ipvs, "ESP": kernel.esp}
    missing = [name for name, value in features.items() if value is False]
    unread = [name for name, value in features.items() if value is None]
    if len(unread) == len(features):
        return None
    parts = [f"no {', '.join(missing)}"] if missing else []
    parts += [f"{', '.join(unread)} unknown"] if unread else []
    return "; ".join(parts) or "all four"


def swap_text(swap_bytes: int | None) -> str | None:
    """Swap that is switched on."""
    if swap_bytes is None:
        return None
    return f"{gib_text(swap_bytes)} on" if swap_bytes else "off"


def nofile_text(nofile: tuple[int, int] | None) -> str | None:
    """Soft and hard limit of open files; a negative one is none at all."""
    if nofile is None:
        return None
    return " / ".join("unlimited" if limit < 0 else f"{limit:,}" for limit in nofile)


def clock_text(is_synchronised: bool | None) -> str | None:
    """Whether the clock is synchronised."""
    if is_synchronised is None:
        return None
    return "in step" if is_synchronised else "not in step"


def limits_text(host: HostFacts) -> str:
    """The control group's limits."""
    parts = []
    if host.limits.vcpus is not None:
        parts.append(f"{host.limits.vcpus:g} vCPU")
    if host.limits.memory_bytes is not None:
        parts.append(gib_text(host.limits.memory_bytes))
    return ", ".join(parts) or "none"


def privilege_text(host: HostFacts) -> str:
    """Root, or a user with or without sudo."""
    if host.privilege.is_root:
        return "root"
    user = host.privilege.user or "not root"
    return f"{user}, with sudo" if host.privilege.sudo else f"{user}, no sudo"


def docker_text(docker: DockerFacts | None) -> str:
    """The engine, and what is odd about it."""
    if docker is None:
        return "not installed"
    if docker.kind == "podman":
        return "podman, posing as docker"
    version = docker.version or (f"client {docker.client}" if docker.client else "version unknown")
    snap = ", a snap" if docker.kind == "snap" else ""
    state = {
        "running": "",
        "stopped": ", daemon stopped",
        "unreachable": ", daemon not asked (no permission)",
    }
    return version + snap + state[docker.state]


def compose_text(compose: ToolFacts | None, v1: ToolFacts | None) -> str:
    """The plugin, or that only v1 is there."""
    if compose is None and v1 is not None:
        return f"only v1 ({v1.version or 'version unknown'})"
    return tool_text(compose)


def tool_text(tool: ToolFacts | None) -> str:
    """A program's version."""
    return "not installed" if tool is None else tool.version or "version unknown"
