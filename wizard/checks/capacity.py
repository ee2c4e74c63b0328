"""CPU and memory of each node against its share of the size."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checks.make import blocker, note, unknown, warning
from wizard.checks.nodes import Machine
from wizard.checks.units import GIB, gib_text
from wizard.model.deployment import Requirements
from wizard.model.facts import HostFacts
from wizard.model.finding import Finding
from wizard.model.usage import Sizing

_PAGE = "vendor: Prerequisites, production hardware"
_TESTING_PAGE = "vendor: Prerequisites, minimum hardware (testing / QA)"
# A machine sold as 16 GiB shows 15.4 to 15.6: kernel and firmware keep some.
_MEMORY_SHARE_PERCENT = 90


def has_enough_memory(memory_bytes: int, need_gib: int) -> bool:
    """With 10 % slack under the nominal size."""
    return memory_bytes * 100 >= need_gib * GIB * _MEMORY_SHARE_PERCENT


def check_capacity(machine: Machine, requirements: Requirements) -> Iterator[Finding]:
    """vcpus-short (no slack), memory-short (10 % slack)."""
    page = _PAGE if requirements.production else _TESTING_PAGE
    how = "measured" if machine.is_surveyed else "typed, this node is not surveyed yet"
    missing = []
    if machine.vcpus is None:
        missing.append("vCPU")
    elif machine.vcpus < requirements.vcpus:
        yield blocker(
            "vcpus-short",
            seen=f"{machine.vcpus} vCPU ({how}) where {requirements.vcpus} are needed: "
            f"{requirements.vcpus - machine.vcpus} short.",
            why="The vendor's sizes are what its services need at this usage; with less, messages slow "
            "down at the peak.",
            fix="Give the machine more vCPU, add nodes to the answers, or correct the usage if it is set "
            "too high.",
            source=page,
            node=machine.name,
        )
    if machine.memory_bytes is None:
        missing.append("memory")
    elif not has_enough_memory(machine.memory_bytes, requirements.memory_gib):
        yield blocker(
            "memory-short",
            seen=f"{gib_text(machine.memory_bytes)} of memory ({how}) where {requirements.memory_gib} GiB "
            "are needed (10 % under that would still do).",
            why="The data stores keep their working set in memory; when it runs out, the kernel kills one "
            "of them.",
            fix="Give the machine more memory, add nodes to the answers, or correct the usage if it is set "
            "too high.",
            source=page,
            node=machine.name,
        )
    yield from unknown(
        "capacity",
        missing,
        machine.name,
        "Survey the node, or type its machine in the answers (nodes: machine: vcpus, memory_gib).",
    )


def check_node_loss(machines: tuple[Machine, ...], sizing: Sizing) -> Iterator[Finding]:
    """node-loss: with several nodes, losing any one must leave the required total (N+1)."""
    if len(machines) < 2 or sizing.table is None:
        return
    shortfalls = []
    vcpus = [machine.vcpus for machine in machines if machine.vcpus is not None]
    if len(vcpus) == len(machines) and sum(vcpus) - max(vcpus) < sizing.vcpus:
        shortfalls.append(f"{sum(vcpus) - max(vcpus)} of {sizing.vcpus} vCPU")
    memory = [machine.memory_bytes for machine in machines if machine.memory_bytes is not None]
    if len(memory) == len(machines):
        left = sum(memory) - max(memory)
        if not has_enough_memory(left, sizing.memory_gib):
            shortfalls.append(f"{gib_text(left)} of {sizing.memory_gib} GiB memory")
    if shortfalls:
        yield warning(
            "node-loss",
            seen=f"If the largest of the {len(machines)} nodes is lost, {' and '.join(shortfalls)} are left.",
            why="Then the others can't carry the whole load, and one failed machine becomes an outage for "
            "everybody.",
            fix="Add a node, or make each node larger by this shortfall.",
            source="rule: N+1, losing any one node leaves the required total",
        )


def check_limits(host: HostFacts) -> Iterator[Finding]:
    """limits-below-machine: the cgroup's limits under what the machine has."""
    parts = []
    if host.limits.vcpus is not None and (host.cpu.vcpus is None or host.limits.vcpus < host.cpu.vcpus):
        machine = "an unknown number of" if host.cpu.vcpus is None else str(host.cpu.vcpus)
        parts.append(f"{host.limits.vcpus:g} of {machine} vCPU")
    limit = host.limits.memory_bytes
    if limit is not None and (host.memory_bytes is None or limit < host.memory_bytes):
        machine = "an unknown amount" if host.memory_bytes is None else gib_text(host.memory_bytes)
        parts.append(f"{gib_text(limit)} of {machine} memory")
    if parts:
        yield note(
            "limits-below-machine",
            seen=f"This process is limited to {' and '.join(parts)} (its control group).",
            why="The wizard itself seems to run in a container or under a limit. Docker's containers have "
            "a control group of their own, so the host is judged by the machine.",
            fix="If Docker will run under the same limit, raise it: systemctl show -p CPUQuotaPerSecUSec "
            "-p MemoryMax system.slice",
            source="rule: limits are reported apart from the machine",
            node=host.name,
        )


def check_usage_known(sizing: Sizing | None) -> Iterator[Finding]:
    """usage-missing: without a usage there is no size to hold the hosts against."""
    if sizing is None:
        yield note(
            "usage-missing",
            seen="The expected usage is not answered yet.",
            why="CPU, memory and storage can't be judged without it; everything else was checked.",
            fix="Answer usage.mau (and usage.pcc if you know it) in the wizard or in an answers file.",
            source="rule: what can't be judged is one note",
        )
