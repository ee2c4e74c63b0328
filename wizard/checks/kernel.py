"""Kernel features that Docker and Swarm stand on, and what kind of guest this is."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checks.make import blocker, unknown, warning
from wizard.model.facts import HostFacts, KernelFacts
from wizard.model.finding import Finding


def check_kernel(host: HostFacts, needs_esp: bool) -> Iterator[Finding]:
    """kernel-overlay, kernel-vxlan, kernel-ipvs, kernel-esp. needs_esp: several nodes, encrypted overlay."""
    kernel, node = host.kernel, host.name
    if kernel.overlay is False:
        yield blocker(
            "kernel-overlay",
            seen=_seen(kernel, "the overlay file system"),
            why="Docker keeps images on it; without it each container is a full copy, slow and large.",
            fix="Try: sudo modprobe overlay. If that fails, boot the distribution's own kernel.",
            source="field: Docker's overlay2 storage",
            node=node,
        )
    if kernel.vxlan is False:
        yield blocker(
            "kernel-vxlan",
            seen=_seen(kernel, "VXLAN"),
            why="Swarm's overlay networks are VXLAN: without it, services can't reach each other.",
            fix="Try: sudo modprobe vxlan. On Red Hat's systems it is in kernel-modules; cloud kernels on "
            "Ubuntu have it in linux-modules-extra.",
            source="field: kernel without VXLAN",
            node=node,
        )
    if kernel.ipvs is False:
        yield warning(
            "kernel-ipvs",
            seen=_seen(kernel, "IPVS"),
            why="Swarm balances service addresses and published ports with it: ports published through the "
            "routing mesh may not answer.",
            fix="Try: sudo modprobe ip_vs. If that fails, boot the distribution's own kernel.",
            source="field: kernel without IPVS",
            node=node,
        )
    if kernel.esp is False:
        yield _esp(kernel, node, needs_esp)
    names = {"overlay": kernel.overlay, "VXLAN": kernel.vxlan, "IPVS": kernel.ipvs, "ESP": kernel.esp}
    yield from unknown("kernel", [name for name, value in names.items() if value is None], node)


def _esp(kernel: KernelFacts, node: str, needs_esp: bool) -> Finding:
    seen = _seen(kernel, "ESP (IPsec)")
    source = "field: docker/docs#8640"
    if needs_esp:
        return blocker(
            "kernel-esp",
            seen=seen,
            why="The overlay between the nodes is encrypted with it. Without it every node says Ready, and "
            "no service reaches another.",
            fix="Try: sudo modprobe esp4 && sudo modprobe xfrm_user. Or set network.encrypted_overlay to "
            "false if the network between the nodes is private.",
            source=source,
            node=node,
        )
    return warning(
        "kernel-esp",
        seen=seen,
        why="With one node nothing is encrypted between nodes; a second node with an encrypted overlay "
        "would be mute.",
        fix="Before you add nodes: sudo modprobe esp4 && sudo modprobe xfrm_user, or boot the "
        "distribution's own kernel.",
        source=source,
        node=node,
    )


def check_guest(host: HostFacts) -> Iterator[Finding]:
    """container-guest (LXC, OpenVZ), container-nested (other containers), cgroup-v1."""
    kind = (host.container or "").lower()
    if kind.startswith(("lxc", "openvz")):
        yield blocker(
            "container-guest",
            seen=f"This machine is a container of kind {kind}, not a virtual machine.",
            why="Docker in it depends on what the host allows: kernel modules, firewall rules and limits "
            "are not ours to set, and updates of the host break it.",
            fix="Use a virtual machine or a physical one. If your host is set up for nested Docker, accept "
            "container-guest with that reason.",
            source="field: Docker in LXC and OpenVZ guests",
            node=host.name,
        )
    elif kind:
        yield warning(
            "container-nested",
            seen=f"The wizard runs inside a container (kind {kind}).",
            why="Much of what was read here is the container's: software, ports, services and files of the "
            "host stay hidden.",
            fix="Run the wizard on the host itself.",
            source="rule: a survey from inside a container sees the container",
            node=host.name,
        )
    if host.cgroup_version == 1:
        yield warning(
            "cgroup-v1",
            seen="This host uses control groups of version 1.",
            why="Docker 29 calls them deprecated and a later one will stop to work with them (RHEL 8 still "
            "boots with v1).",
            fix="On RHEL 8: sudo grubby --update-kernel=ALL --args=systemd.unified_cgroup_hierarchy=1, "
            "then reboot; or use RHEL 9.",
            source="field: Docker 29 deprecates cgroup v1",
            node=host.name,
        )
    elif host.cgroup_version is None:
        yield from unknown(
            "cgroup", ["the version of control groups"], host.name, "Look it up: stat -fc %T /sys/fs/cgroup"
        )


def _seen(kernel: KernelFacts, feature: str) -> str:
    release = kernel.release or "release unknown"
    return f"The kernel ({release}) has no {feature}: not loaded, not built in, no module."
