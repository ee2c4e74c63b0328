"""The summary's part on size: how much, why, and who says so."""

from __future__ import annotations

from wizard.model.deployment import Deployment
from wizard.model.formats.markdown import Marked, heading, item, table, text
from wizard.model.formats.text import Line, line
from wizard.model.usage import Sizing


def size_section(deployment: Deployment) -> list[Line]:
    """Size and reasons; beyond the published range a pointer to the sales sheet, no numbers."""
    sizing = deployment.sizing
    if sizing is None:
        return [heading(2, "Size"), line(""), line("No usage was given, so nothing was sized."), line("")]
    if sizing.table is None:
        return [
            heading(2, "Size"),
            line(""),
            line(
                "{} monthly users with {} peak connections are beyond",
                text(_number(sizing.mau)),
                text(_number(sizing.pcc)),
            ),
            line(
                "what the vendor publishes for Docker Swarm. There is no size to plan with: see sales-sheet.md"
            ),
            line("and talk to CometChat first."),
            line(""),
        ]
    return [
        heading(2, "Size"),
        line(""),
        line("For the whole cluster. Memory in GiB, storage in GB as disks count (10^9 bytes)."),
        line(""),
        *table(("what", "value", "origin"), _rows(deployment, sizing)),
        line(""),
        line(
            "Origins: published is in a vendor table; derived is our rule on published numbers; estimated is our"
        ),
        line(
            "assumption; default, detected and typed are what they say. Rules: {}.",
            text(deployment.rules or "not named"),
        ),
        line(""),
        *(line("- {}", item(reason)) for reason in sizing.because),
        line(""),
    ]


def _rows(deployment: Deployment, sizing: Sizing) -> list[tuple[Marked, ...]]:
    origins = deployment.origins
    row = "none (testing)" if sizing.row is None else f"{sizing.row.mau:,} MAU / {sizing.row.pcc:,} PCC"
    storage = sizing.storage_gb
    items = [
        ("Environment", sizing.environment, "environment"),
        ("Monthly active users", _number(sizing.mau), "mau"),
        ("Peak connections", _number(sizing.pcc), "pcc"),
        ("Table", sizing.table or "none", "table"),
        ("Row used", row, "row.mau" if sizing.row else "row"),
        ("vCPU", _number(sizing.vcpus), "vcpus"),
        ("Memory, GiB", _number(sizing.memory_gib), "memory_gib"),
        ("Storage to start with, GB", _number(storage.required), "storage_gb.required"),
        ("Storage estimated, GB", _number(storage.estimated), "storage_gb.estimated"),
        ("Backup estimated, GB", _number(storage.backup), "storage_gb.backup"),
        ("WebSocket replicas", _number(sizing.websocket_replicas), "websocket_replicas"),
    ]
    return [
        (text(label), text(value), text(origins.get(f"sizing.{key}", "derived")))
        for label, value, key in items
    ]


def _number(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"
