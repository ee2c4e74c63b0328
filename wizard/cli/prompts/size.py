"""Usage, line by line, and the size that follows."""

from __future__ import annotations

from wizard.cli.estimate import size_lines
from wizard.cli.prompts.talk import Talk
from wizard.model.failure import Failure
from wizard.workflow import size


def usage(talk: Talk) -> None:
    """Who uses it and how much."""
    talk.head("Usage")
    tables = size.tables()
    talk.answer(
        "usage.environment",
        "For",
        "production",
        "Testing is the vendor's minimum, whatever the usage, and not for production.",
        ("production", "testing"),
    )
    while True:
        talk.answer(
            "usage.mau", "Monthly active users", "not answered", "People active in a month, a whole number."
        )
        talk.answer(
            "usage.pcc",
            "Peak connections at once",
            f"{tables.default_pcc_percent} % of the users",
            "The most connections at one moment: a number, or per cent of the users such as 7.5%.",
        )
        talk.answer(
            "usage.table",
            "Sizing table",
            "auto",
            "auto takes the smallest published row that covers both numbers.",
            ("auto", "baseline", "high-concurrency"),
        )
        talk.answer(
            "usage.content",
            "Content",
            "moderate",
            "What users send: mostly text, some pictures, or much media. It moves the storage estimate.",
            ("text", "moderate", "heavy"),
        )
        for name, label, default in (
            ("retention_months", "Messages kept, months", tables.default_retention_months),
            ("log_retention_days", "Logs kept, days", tables.default_log_retention_days),
            ("growth_buffer_percent", "Growth buffer, per cent", tables.default_growth_buffer_percent),
        ):
            talk.answer(
                f"usage.{name}", label, str(default), "It moves the storage estimate, which never blocks."
            )
        if _show_size(talk):
            return


def _show_size(talk: Talk) -> bool:
    """True where the usage adds up; else what is wrong was said."""
    try:
        sizing = size.estimate(talk.answers.usage)
    except Failure as failure:
        talk.say(failure.seen)
        for problem in failure.problems:
            talk.say(f"{problem.path} {problem.problem}.", "  ")
        return False
    talk.show(["", *size_lines(sizing, talk.environment)])
    return True
