"""Usage with every default filled in, and the size that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from wizard.model.answers import Content, Environment, TableChoice
from wizard.model.finding import Finding
from wizard.model.origin import Origin

TableName = Literal["baseline", "high-concurrency", "testing"]


@dataclass(frozen=True, slots=True)
class Usage:
    """What the deployment is to carry. mau and pcc are None only for testing without numbers.

    origins: key (`mau`, `pcc`, ...) to where its value came from.
    """

    environment: Environment
    mau: int | None
    pcc: int | None
    table_choice: TableChoice
    content: Content
    retention_months: int
    log_retention_days: int
    growth_buffer_percent: int
    origins: Mapping[str, Origin]


@dataclass(frozen=True, slots=True)
class Row:
    """One published pair of the sizing tables."""

    mau: int
    pcc: int


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A row of a sizing table with what it asks for."""

    table: TableName
    mau: int
    pcc: int
    vcpus: int
    memory_gib: int


@dataclass(frozen=True, slots=True)
class SizingTables:
    """The vendor's tables and our constants, loaded from assets/sizing.json by the store."""

    rows: tuple[PublishedRow, ...]
    testing_vcpus: int
    testing_memory_gib: int
    floor_gb: Mapping[str, int]
    content_mb: Mapping[str, int]
    default_retention_months: int
    default_log_retention_days: int
    default_growth_buffer_percent: int
    log_gb_per_day_per_10k_mau: int
    backup_factor: int
    range_top_gb: int
    pcc_per_websocket_replica: int
    default_pcc_percent: int
    rules: str


@dataclass(frozen=True, slots=True)
class StorageNeed:
    """GB as disks count (10^9 bytes). required: the published floor. estimated and backup: ours, None without MAU.

    messages, buffer, logs: the parts of `estimated`, for the bars.
    """

    required: int
    estimated: int | None
    backup: int | None
    messages: int | None = None
    buffer: int | None = None
    logs: int | None = None


@dataclass(frozen=True, slots=True)
class Sizing:
    """Cluster totals. table and row are None beyond the published range (then vcpus and memory are estimated).

    because: one sentence for each decision. origins: key to origin; storage keys read `storage_gb.required`.
    """

    environment: Environment
    table: TableName | None
    row: Row | None
    mau: int | None
    pcc: int | None
    vcpus: int
    memory_gib: int
    storage_gb: StorageNeed
    websocket_replicas: int | None
    origins: Mapping[str, Origin]
    because: tuple[str, ...]
    findings: tuple[Finding, ...]
