"""Bytes as people read them. Whole numbers only: two checks of one host then say the same."""

from __future__ import annotations

GB = 10**9
GIB = 2**30


def gb_text(size_bytes: int) -> str:
    """Disks: whole GB of 10^9 bytes, rounded down."""
    return f"{size_bytes // GB:,} GB"


def gib_text(size_bytes: int) -> str:
    """Memory: GiB of 2^30 bytes with one digit (15.5 GiB), whole from 100 on."""
    gib = size_bytes / GIB
    return f"{gib:,.0f} GiB" if gib >= 100 else f"{gib:.1f}".removesuffix(".0") + " GiB"
