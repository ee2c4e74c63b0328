"""Usage: how many people, how busy; the size is worked out at every key stroke."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Container
from textual.widget import Widget

from wizard.model.failure import Failure
from wizard.model.usage import Sizing, StorageNeed
from wizard.tui import glyphs
from wizard.tui.form import Ask, Hint, ask_widgets, widget_id
from wizard.tui.page import Page
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import wrapped
from wizard.workflow import size

_ASKS = (
    Ask(
        "usage.environment",
        "For",
        options=(("production", "production"), ("testing", "testing, QA")),
        default="production",
    ),
    Ask("usage.mau", "Monthly users", "people active in a month (MAU)"),
    Ask("usage.pcc", "Peak at once", "connections (PCC), or like 7.5%"),
    Ask(
        "usage.table",
        "Sizing table",
        options=(("auto", "auto"), ("baseline", "baseline"), ("high-concurrency", "high concurrency")),
        default="auto",
    ),
    Ask(
        "usage.content",
        "Content",
        options=(("text", "text"), ("moderate", "moderate"), ("heavy", "heavy media")),
        default="moderate",
    ),
    Ask("usage.retention_months", "Keep messages", "months"),
    Ask("usage.log_retention_days", "Keep logs", "days"),
    Ask("usage.growth_buffer_percent", "Growth buffer", "per cent on top"),
)


class UsagePage(Page):
    """Usage on top, the size that follows from it below."""

    page = "usage"
    keys = "arrows choose"
    help_text: ClassVar[str] = """\
The vendor sizes by two numbers: monthly active users (MAU)
and peak concurrent connections (PCC): how many are connected
at the busiest moment. Leave PCC empty and 5 % of the users
are taken.

auto looks into both of the vendor's tables and takes the
smallest row that covers both numbers. From 10 % of the users
at once on only the high-concurrency table counts.

published  a number of the vendor's tables
derived    our rule on the vendor's numbers
estimated  our own assumption; change it if you know better

Storage: text is 3 MB a user and month, moderate 15, heavy 60.
The estimate informs; it never blocks."""
    DEFAULT_CSS = """
    UsagePage .form { grid-size: 3; grid-columns: 16 12 1fr; }
    UsagePage .wide { column-span: 2; }
    UsagePage #preview { margin: 1 0 0 0; }
    """

    def compose_body(self) -> Iterable[Widget]:
        """Fields and the preview."""
        tables = size.tables()
        defaults = {
            "usage.pcc": "5 %",
            "usage.retention_months": str(tables.default_retention_months),
            "usage.log_retention_days": str(tables.default_log_retention_days),
            "usage.growth_buffer_percent": str(tables.default_growth_buffer_percent),
        }
        with Container(classes="form"):
            yield from ask_widgets(_ASKS, self.setup.answers, defaults)
        yield Rows(self._preview(), id="preview", is_menu=False)
        yield from self.buttons()

    def on_mount(self) -> None:
        """The first thing to type is the number of users."""
        self.query_one("#usage--mau").focus()

    def knows_more(self) -> None:
        """The size, again."""
        super().knows_more()
        self.query_one("#preview", Rows).show(self._preview())

    def leave(self) -> bool:
        """Production needs its users; a sum that does not add up is said at its field."""
        if not super().leave():
            return False
        try:
            size.estimate(self.setup.answers.usage)
        except Failure as failure:
            problem = failure.problems[0]
            self.query_one(f"#{widget_id(problem.path)}").focus()
            self.say(problem.problem[0].upper() + problem.problem[1:], "blocker")
            return False
        return True

    def _preview(self) -> list[Row]:
        usage = self.setup.answers.usage
        if usage.mau is None and usage.environment != "testing":
            return [row("The size appears here once the users are known.", "dim")]
        try:
            sizing = size.estimate(usage)
        except Failure as failure:
            self._show_misfits(failure)
            return [
                row(f"{item.problem[0].upper()}{item.problem[1:]}", "bold ansi_red")
                for item in failure.problems
            ]
        self._show_misfits(None)
        return [
            *_size_rows(sizing, self.text_width),
            *_storage_rows(sizing.storage_gb, self.text_width),
            *self._reasons(sizing),
        ]

    def _show_misfits(self, failure: Failure | None) -> None:
        """Numbers that are each right and don't fit together are said at their field too."""
        if not self.is_mounted:
            return
        at = {widget_id(item.path) for item in failure.problems} if failure else set()
        for hint in self.query(Hint):
            name = (hint.id or "").removeprefix("hint-")
            if name in at and not hint.problem:
                hint.show("does not fit, see below")
            elif name not in at and hint.problem == "does not fit, see below":
                hint.show("")

    def _reasons(self, sizing: Sizing) -> list[Row]:
        rows = [row(line, "dim") for text in sizing.because for line in wrapped(text, self.text_width - 1)]
        for finding in sizing.findings:
            if finding.severity != "note":
                mark = glyphs.SEVERITY[finding.severity]
                lines = wrapped(f"{mark} {finding.seen} {finding.fix}", self.text_width - 1)
                rows[0:0] = [row(line, glyphs.STYLE[finding.severity]) for line in lines]
        return rows


def _size_rows(sizing: Sizing, width: int) -> list[Row]:
    pieces = [
        (f"{sizing.vcpus:,} vCPU  {sizing.memory_gib:,} GiB RAM", "bold"),
        (f" {sizing.origins['vcpus']}", "dim"),
    ]
    replicas = sizing.websocket_replicas
    if replicas is not None:
        words = f"   {replicas:,} WebSocket replica{'s' if replicas > 1 else ''}"
        more = [(words, "bold"), (" derived", "dim")]
        if sum(len(text) for text, _style in (*pieces, *more)) > width - 1:
            return [Row(tuple(pieces)), Row(((words.lstrip(), "bold"), (" derived", "dim")))]
        pieces += more
    return [Row(tuple(pieces))]


def _storage_rows(need: StorageNeed, width: int) -> list[Row]:
    first = Row(((f"{need.required:,} GB SSD to start with", "bold"), (" published", "dim")))
    if need.estimated is None or need.backup is None:
        return [first]
    parts = (("messages", need.messages or 0), ("growth", need.buffer or 0), ("logs", need.logs or 0))
    biggest = max(1, *(amount for _name, amount in parts))
    cells = max(10, min(30, width - 32))
    bars = [_bar_row(name, amount, amount / biggest, cells) for name, amount in parts]
    return [
        first,
        Row(((f"{need.estimated:,} GB in time, {need.backup:,} GB for backups", ""), (" estimated", "dim"))),
        *bars,
    ]


def _bar_row(name: str, amount: int, ratio: float, cells: int) -> Row:
    bar = glyphs.bar(ratio, cells)
    rest = f"{' ' * (cells - len(bar))}{amount:>9,} GB"
    return Row(((f"  {name:<9}", ""), (bar, glyphs.BAR_STYLE), (rest, "")))


PAGE = UsagePage
