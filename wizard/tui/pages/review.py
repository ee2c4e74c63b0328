"""Review: what stands open, and every value with where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget
from textual.widgets import Static

from wizard.model.failure import Failure
from wizard.tui import glyphs
from wizard.tui.page import Page
from wizard.tui.tables import cut, find, group_rows, groups
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.workflow import decide


class ReviewPage(Page):
    """Findings first, values after."""

    page = "review"
    keys = "Enter look, accept  F5 again"
    help_text: ClassVar[str] = """\
Blockers first. One that may be accepted is accepted by its id
with a reason that you type; id and reason go into the config,
so that whoever reads it later knows what was known.

Below stands every value with where it came from:
published  the vendor's tables      derived    our rule on them
estimated  our assumption           default    not answered
detected   read from this host      typed      answered by you"""

    def compose_body(self) -> Iterable[Widget]:
        """Verdict and list."""
        yield Static(self._verdict(), id="verdict", markup=False, classes="head")
        yield Rows(self._rows(), id="list")
        yield from self.buttons()

    def on_mount(self) -> None:
        """Open findings are walked through; without any, go on."""
        is_open = self.setup.survey is None or any(item.blocks for item in self.setup.findings)
        self.query_one("#list" if is_open else "#next").focus()

    def knows_more(self) -> None:
        """Something changed."""
        super().knows_more()
        self.query_one("#verdict", Static).update(self._verdict())
        self.query_one("#list", Rows).show(self._rows())

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """A finding, to look at and perhaps accept."""
        self.show_finding(find(self.setup.findings, event.key))

    def _verdict(self) -> str:
        if self.setup.survey is None:
            return "Looking at this host..."
        open_ones = decide.export_blockers(self.setup.findings)
        warnings = sum(1 for item in self.setup.findings if item.severity == "warning")
        if open_ones:
            return f"{glyphs.BLOCKER} {len(open_ones)} in the way of the config, {warnings} warnings"
        return (
            f"{glyphs.OK} Nothing in the way of the config, {warnings} warning{'' if warnings == 1 else 's'}"
        )

    def _rows(self) -> list[Row]:
        if self.setup.survey is None:
            return []
        width = self.text_width
        rows = [line for group in groups(self.setup.findings) for line in group_rows(group, width)]
        try:
            values = decide.review_rows(self.setup.answers, self.setup.survey, self.setup.findings)
        except Failure:
            return rows
        section = ""
        for value in values:
            if value.section != section:
                section = value.section
                rows += [row(""), row(section, "bold")]
            label = cut(value.label, 24).ljust(25)
            room = width - 3 - 25 - 10
            rows.append(
                Row(((f"  {label}", ""), (cut(value.value, room - 2).ljust(room), ""), (value.origin, "dim")))
            )
        return rows


PAGE = ReviewPage
