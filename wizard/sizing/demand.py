"""What one node is held against."""

from __future__ import annotations

from wizard.model.deployment import Requirements
from wizard.model.usage import Sizing


def demand(sizing: Sizing, node_count: int) -> Requirements | None:
    """The cluster total divided by the nodes, rounded up; storage is the published floor for each data host.

    None beyond the published range, where there is no size to hold a host against.
    """
    if sizing.table is None:
        return None
    nodes = max(1, node_count)
    return Requirements(
        vcpus=-(-sizing.vcpus // nodes),
        memory_gib=-(-sizing.memory_gib // nodes),
        storage_gb=sizing.storage_gb.required,
        production=sizing.environment == "production",
    )
