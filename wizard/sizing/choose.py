"""Which published row covers a usage: the smallest whose MAU and PCC both do."""

from __future__ import annotations

from wizard.model.usage import PublishedRow, SizingTables, Usage

_BASELINE_PERCENT = 5
_HIGH_CONCURRENCY_PERCENT = 10


def is_high_concurrency(usage: Usage) -> bool:
    """True at 10 % of MAU or more, where the page names its second table.

    Connections that were not given are 5 % by our rule, also where rounding makes one of ten users of them.
    """
    if usage.origins["pcc"] == "derived":
        return False
    return (usage.pcc or 0) * 100 >= (usage.mau or 0) * _HIGH_CONCURRENCY_PERCENT


def is_over_baseline(usage: Usage) -> bool:
    """True over 5 % of MAU, the share that the page's baseline table is for."""
    if usage.origins["pcc"] == "derived":
        return False
    return (usage.pcc or 0) * 100 > (usage.mau or 0) * _BASELINE_PERCENT


def covering_row(usage: Usage, tables: SizingTables) -> PublishedRow | None:
    """The smallest covering row of the tables that may be used; None where none covers.

    At 10 % of MAU or more among the high-concurrency rows only; under it among both tables, the page being silent
    between 5 and 10 %. On equal vCPU the high-concurrency row wins over 5 %, the baseline row at or under.
    A table chosen by the operator is the only one looked at.
    """
    if usage.mau is None or usage.pcc is None:
        return None
    mau, pcc = usage.mau, usage.pcc
    if usage.table_choice != "auto":
        allowed: tuple[str, ...] = (usage.table_choice,)
    elif is_high_concurrency(usage):
        allowed = ("high-concurrency",)
    else:
        allowed = ("baseline", "high-concurrency")
    preferred = "high-concurrency" if is_over_baseline(usage) else "baseline"
    rows = [row for row in tables.rows if row.table in allowed and row.mau >= mau and row.pcc >= pcc]
    return min(rows, key=lambda row: (row.vcpus, row.table != preferred), default=None)
