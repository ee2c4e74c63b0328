"""The storage estimate: ours, not the vendor's. It informs and warns, it never blocks."""

from __future__ import annotations

from wizard.model.usage import SizingTables, StorageNeed, TableName, Usage

_MB_PER_GB = 1000
_USERS_PER_LOG_UNIT = 10_000


def storage_need(usage: Usage, table: TableName, tables: SizingTables) -> StorageNeed:
    """GB (10^9 bytes), each part rounded up to a whole one.

    Messages and media: MB a user and month x MAU x months kept; plus the growth buffer on them; plus logs of
    1 GB a day for each 10,000 MAU x days kept. Backup: 3 x the data (messages, media and buffer; logs are not
    backed up). Source: our rule, bands from what Mattermost publishes for work chat.
    """
    floor = tables.floor_gb[table]
    if usage.mau is None:
        return StorageNeed(required=floor, estimated=None, backup=None)
    mb = tables.content_mb[usage.content] * usage.mau * usage.retention_months
    messages = _up(mb, _MB_PER_GB)
    with_buffer = _up(mb * (100 + usage.growth_buffer_percent), 100 * _MB_PER_GB)
    logs = _up(usage.mau * tables.log_gb_per_day_per_10k_mau * usage.log_retention_days, _USERS_PER_LOG_UNIT)
    return StorageNeed(
        required=floor,
        estimated=with_buffer + logs,
        backup=with_buffer * tables.backup_factor,
        messages=messages,
        buffer=with_buffer - messages,
        logs=logs,
    )


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
