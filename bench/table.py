"""The results and how they are printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One result. measured and target in `unit`; detail: what it was made from. target None: told for comparison."""

    what: str
    measured: float
    target: float | None
    unit: str
    detail: str = ""

    @property
    def passed(self) -> bool:
        """At or under the target, or without one."""
        return self.target is None or self.measured <= self.target


def amount(value: float, unit: str) -> str:
    """`1.27 x`, `3,412 B`, `14 ms`."""
    return f"{value:.2f} {unit}" if unit == "x" else f"{value:,.0f} {unit}"


def lines(rows: list[Row]) -> list[str]:
    """A Markdown table, as it goes into the README."""
    cells = [("what", "measured", "target", "", "made from")]
    for row in rows:
        target = "" if row.target is None else f"<= {amount(row.target, row.unit)}"
        verdict = "" if row.target is None else ("pass" if row.passed else "FAIL")
        cells.append((row.what, amount(row.measured, row.unit), target, verdict, row.detail))
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    printed = []
    for line in cells:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        printed.append(f"| {' | '.join(padded)} |")
    printed.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return printed
