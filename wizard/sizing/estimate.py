"""From usage to a size: cluster totals, each number with its reason and its origin."""

from __future__ import annotations

from wizard.model.finding import Finding
from wizard.model.origin import Origin
from wizard.model.usage import PublishedRow, Row, Sizing, SizingTables, StorageNeed, Usage
from wizard.sizing.choose import covering_row, is_high_concurrency, is_over_baseline
from wizard.sizing.storage import storage_need

_PAGE = "vendor: Prerequisites, production hardware"


def estimate(usage: Usage, tables: SizingTables) -> Sizing:
    """The size that a usage needs. Never refuses: beyond the published range table and row are None.

    Source: the vendor's tables (assets/sizing.json) and, where the page is silent, our rules, marked derived.
    """
    if usage.environment == "testing":
        return _testing(usage, tables)
    row = covering_row(usage, tables)
    return _beyond(usage, tables) if row is None else _published(usage, row, tables)


def _testing(usage: Usage, tables: SizingTables) -> Sizing:
    return Sizing(
        environment="testing",
        table="testing",
        row=None,
        mau=usage.mau,
        pcc=usage.pcc,
        vcpus=tables.testing_vcpus,
        memory_gib=tables.testing_memory_gib,
        storage_gb=storage_need(usage, "testing", tables),
        websocket_replicas=_replicas(usage, tables),
        origins=_origins(usage, "published"),
        because=(
            f"The vendor's minimum for testing and QA, whatever the usage: {tables.testing_vcpus} vCPU, "
            f"{tables.testing_memory_gib} GB RAM, {tables.floor_gb['testing']} GB SSD. Not for production.",
        ),
        findings=(),
    )


def _published(usage: Usage, row: PublishedRow, tables: SizingTables) -> Sizing:
    is_exact = row.mau == usage.mau and row.pcc == usage.pcc
    storage = storage_need(usage, row.table, tables)
    return Sizing(
        environment="production",
        table=row.table,
        row=Row(row.mau, row.pcc),
        mau=usage.mau,
        pcc=usage.pcc,
        vcpus=row.vcpus,
        memory_gib=row.memory_gib,
        storage_gb=storage,
        websocket_replicas=_replicas(usage, tables),
        origins=_origins(usage, "published" if is_exact else "derived"),
        because=(*_row_reasons(usage, row, is_exact, tables), *_storage_reasons(storage, tables)),
        findings=tuple(
            finding for finding in (_size_derived(usage, row, is_exact), _table_choice(usage, row)) if finding
        ),
    )


def _row_reasons(usage: Usage, row: PublishedRow, is_exact: bool, tables: SizingTables) -> list[str]:
    mau, pcc = usage.mau or 0, usage.pcc or 0
    reasons = []
    if usage.origins["pcc"] == "derived":
        reasons.append(f"Peak connections not given: {tables.default_pcc_percent} % of the users, {pcc:,}.")
    if is_exact:
        reasons.append(
            f"The vendor publishes this very pair: {mau:,} MAU with {pcc:,} PCC, {row.table} table."
        )
    else:
        reasons.append(
            f"The smallest published row that covers both {mau:,} MAU and {pcc:,} PCC: "
            f"{row.mau:,} / {row.pcc:,} of the {row.table} table."
        )
    if usage.table_choice != "auto":
        reasons.append(f"The {usage.table_choice} table was chosen by hand.")
    elif is_high_concurrency(usage):
        reasons.append("At 10 % of the users or more at once, the vendor's high-concurrency table applies.")
    elif is_over_baseline(usage):
        reasons.append(
            "Between 5 and 10 % the page is silent; both tables were looked at, covering is the safe reading."
        )
    return reasons


def _storage_reasons(storage: StorageNeed, tables: SizingTables) -> list[str]:
    reasons = [f"Storage starts at {storage.required} GB SSD in the vendor's guidance for this table."]
    if storage.estimated is not None and storage.estimated > tables.range_top_gb:
        reasons.append(
            f"The estimate of {storage.estimated:,} GB is beyond the vendor's range of "
            f"{tables.range_top_gb:,} GB: media belongs in object storage."
        )
    return reasons


def _beyond(usage: Usage, tables: SizingTables) -> Sizing:
    """Outside every table: a size in proportion to the last row, marked estimated, never a plan."""
    mau, pcc = usage.mau or 0, usage.pcc or 0
    name = (
        "high-concurrency"
        if is_over_baseline(usage) or usage.table_choice == "high-concurrency"
        else "baseline"
    )
    top = max((row for row in tables.rows if row.table == name), key=lambda row: row.mau)
    vcpus = max(_share(top.vcpus * mau, top.mau), _share(top.vcpus * pcc, top.pcc), top.vcpus)
    limit = max(tables.rows, key=lambda row: row.pcc)
    seen = f"{mau:,} monthly users with {pcc:,} peak connections."
    return Sizing(
        environment="production",
        table=None,
        row=None,
        mau=usage.mau,
        pcc=usage.pcc,
        vcpus=vcpus,
        memory_gib=2 * vcpus,
        storage_gb=storage_need(usage, top.table, tables),
        websocket_replicas=_replicas(usage, tables),
        origins={**_origins(usage, "estimated"), "table": "derived"},
        because=(
            f"No published row covers this: the tables end at {limit.mau:,} MAU and {limit.pcc:,} PCC.",
            f"{vcpus:,} vCPU is the last {name} row in proportion: "
            "an estimate for the talk with the vendor, not a plan.",
        ),
        findings=(
            Finding(
                id="beyond-swarm",
                severity="blocker",
                seen=seen,
                why=f"The vendor sizes Docker Swarm up to {limit.mau:,} MAU and {limit.pcc:,} PCC and recommends "
                "Kubernetes beyond.",
                fix="Talk to CometChat's sales team; the exported sales sheet holds what that talk needs. "
                "If the numbers were a slip, correct MAU or PCC.",
                source=_PAGE,
                subject="",
            ),
        ),
    )


def _size_derived(usage: Usage, row: PublishedRow, is_exact: bool) -> Finding | None:
    if is_exact:
        return None
    return Finding(
        id="size-derived",
        severity="note",
        seen=f"{usage.mau:,} MAU with {usage.pcc:,} PCC is no published pair; sized by the row of "
        f"{row.mau:,} MAU and {row.pcc:,} PCC ({row.table}).",
        why="The vendor publishes sizes for ten pairs only; we never interpolate downwards.",
        fix="Nothing to do. If the row looks far too large, check MAU and PCC.",
        source="rule: smallest covering row",
    )


def _table_choice(usage: Usage, row: PublishedRow) -> Finding | None:
    if usage.table_choice != "baseline" or not is_high_concurrency(usage):
        return None
    return Finding(
        id="table-choice",
        severity="warning",
        seen=f"The baseline table was chosen for {usage.pcc:,} connections at once, 10 % of the users or more.",
        why="The vendor recommends its high-concurrency table from 10 % on; "
        "the baseline row has less for each connection.",
        fix="Choose auto or high-concurrency, unless the peak is short and a slow minute is fine.",
        source=_PAGE,
        subject=row.table,
    )


def _replicas(usage: Usage, tables: SizingTables) -> int | None:
    return None if usage.pcc is None else _share(usage.pcc, tables.pcc_per_websocket_replica)


def _share(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _origins(usage: Usage, size: Origin) -> dict[str, Origin]:
    return {
        "environment": usage.origins["environment"],
        "mau": usage.origins["mau"],
        "pcc": usage.origins["pcc"],
        "table": "typed"
        if usage.table_choice != "auto"
        else ("published" if size == "published" else "derived"),
        "row": "published",
        "vcpus": size,
        "memory_gib": size,
        "storage_gb.required": "published",
        "storage_gb.estimated": "estimated",
        "storage_gb.backup": "estimated",
        "websocket_replicas": "derived",
    }
