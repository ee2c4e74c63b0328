"""Usage answers to a complete Usage: defaults filled in, impossible values refused with their path."""

from __future__ import annotations

from typing import Final

from wizard.model.answers import Content, Environment, TableChoice, UsageAnswers
from wizard.model.failure import Failure, Problem
from wizard.model.origin import Origin
from wizard.model.usage import SizingTables, Usage

DEFAULT_ENVIRONMENT: Final[Environment] = "production"
DEFAULT_CONTENT: Final[Content] = "moderate"
DEFAULT_TABLE: Final[TableChoice] = "auto"


def settle_usage(answers: UsageAnswers, tables: SizingTables) -> Usage:
    """Fill in the defaults and work out the peak connections.

    Raises Failure (bad input) with every problem at once, each with its path (`usage.mau`, `usage.pcc`).
    Source of the defaults: assets/sizing.json.
    """
    environment = answers.environment or DEFAULT_ENVIRONMENT
    problems: list[Problem] = []
    pcc, pcc_origin = _peak_connections(answers, tables, problems)
    if answers.mau is None and environment == "production":
        problems.append(Problem("usage.mau", "is missing: production is sized from the monthly active users"))
    elif answers.mau is not None and answers.mau < 1:
        problems.append(Problem("usage.mau", "must be a whole number of users, 1 or more"))
    elif answers.mau is not None and pcc is not None and pcc > answers.mau:
        problems.append(
            Problem(
                "usage.pcc", f"{pcc:,} connections at once is more than the {answers.mau:,} users of a month"
            )
        )
    if pcc is not None and environment == "production" and not problems:
        problems.extend(_table_problems(answers, pcc, tables))
    if problems:
        raise Failure(
            "The usage does not add up.",
            next_step="Correct the values named and try again.",
            problems=tuple(problems),
        )
    origins: dict[str, Origin] = {
        "environment": "typed" if answers.environment else "default",
        "mau": "typed",
        "pcc": pcc_origin,
        "table_choice": "typed" if answers.table else "default",
    }
    for key in ("content", "retention_months", "log_retention_days", "growth_buffer_percent"):
        origins[key] = "default" if getattr(answers, key) is None else "typed"
    return Usage(
        environment=environment,
        mau=answers.mau,
        pcc=pcc,
        table_choice=answers.table or DEFAULT_TABLE,
        content=answers.content or DEFAULT_CONTENT,
        retention_months=_or(answers.retention_months, tables.default_retention_months),
        log_retention_days=_or(answers.log_retention_days, tables.default_log_retention_days),
        growth_buffer_percent=_or(answers.growth_buffer_percent, tables.default_growth_buffer_percent),
        origins=origins,
    )


def percent_of(mau: int, percent: str) -> int | None:
    """`7.5%` of mau, rounded up (covering is the safe reading), at least 1; None if it is no share of 0 to 100.

    Whole-number arithmetic: 10 % of 10,000 is exactly 1,000.
    """
    text = percent.strip().removesuffix("%").strip()
    whole, dot, fraction = text.partition(".")
    digits = (whole or "0") + fraction
    if not text or len(digits) > 12 or not (digits.isascii() and digits.isdigit()) or (dot and not fraction):
        return None
    scale: int = 100 * 10 ** len(fraction)
    if not 0 < int(digits) <= scale:
        return None
    return max(1, -(-mau * int(digits) // scale))


def _peak_connections(
    answers: UsageAnswers, tables: SizingTables, problems: list[Problem]
) -> tuple[int | None, Origin]:
    if answers.pcc is None:
        if answers.mau is None or answers.mau < 1:
            return None, "derived"
        return max(1, answers.mau * tables.default_pcc_percent // 100), "derived"
    if isinstance(answers.pcc, str):
        if answers.mau is None or answers.mau < 1:
            return None, "typed"
        pcc = percent_of(answers.mau, answers.pcc)
        if pcc is None:
            problems.append(
                Problem("usage.pcc", "must be a number, or a per cent of the users such as 5% or 7.5%")
            )
        return pcc, "typed"
    if answers.pcc < 1:
        problems.append(Problem("usage.pcc", "must be a whole number of connections, 1 or more"))
        return None, "typed"
    return answers.pcc, "typed"


def _table_problems(answers: UsageAnswers, pcc: int, tables: SizingTables) -> list[Problem]:
    """The baseline table has no row past its last one: refused where it was chosen by hand."""
    if answers.table != "baseline" or answers.mau is None:
        return []
    top = max((row for row in tables.rows if row.table == "baseline"), key=lambda row: row.pcc)
    if answers.mau > top.mau or pcc <= top.pcc or pcc > max(row.pcc for row in tables.rows):
        return []  # beyond every table: a finding, not a wrong answer
    return [
        Problem(
            "usage.table",
            f"the baseline table ends at {top.pcc:,} peak connections; choose auto or high-concurrency for {pcc:,}",
        )
    ]


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
