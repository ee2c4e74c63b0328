"""estimate: a size from usage alone; reads and writes nothing but our own tables."""

from __future__ import annotations

from wizard.model.answers import Answers, UsageAnswers
from wizard.model.usage import Sizing, SizingTables, Usage
from wizard.sizing.estimate import estimate as estimate_usage
from wizard.sizing.usage import settle_usage
from wizard.store.assets import sizing_tables

_tables: list[SizingTables] = []


def tables() -> SizingTables:
    """The vendor's tables and our constants, read once."""
    if not _tables:
        _tables.append(sizing_tables())
    return _tables[0]


def estimate(usage: UsageAnswers) -> Sizing:
    """The size for these answers. Raises Failure (bad input) with each problem's path."""
    return estimate_usage(settle_usage(usage, tables()), tables())


def settled(answers: Answers) -> tuple[Usage, Sizing] | tuple[None, None]:
    """Usage and size of a session, or nothing where usage is not answered yet.

    Raises Failure where it is answered and does not add up.
    """
    if answers.usage.mau is None and answers.usage.environment != "testing":
        return None, None
    usage = settle_usage(answers.usage, tables())
    return usage, estimate_usage(usage, tables())
