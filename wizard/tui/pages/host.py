"""This host: what is needed, what is there, and whether that will do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import ClassVar

from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from wizard.model.facts import OsFacts
from wizard.model.plain import shown
from wizard.tui.form import Ask, ask_widgets
from wizard.tui.page import Page
from wizard.tui.rail import page_of
from wizard.tui.tables import cut, group_of, group_row, groups, head, need_row
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import wrapped
from wizard.workflow.look import DEFAULT_DATA_DIRECTORY

_DATA = "storage.data_directory"
_ASKS = (
    Ask(_DATA, "Data directory", "Docker's data"),
    Ask("storage.backup_directory", "Backup directory", "may stay empty", default="none yet"),
)
_LOOK_SECONDS = 0.8


class HostPage(Page):
    """The survey against the size."""

    page = "host"
    keys = "F5 look again  Enter why"
    help_text: ClassVar[str] = """\
Facts are read from this host; nothing is changed by looking.
CPU, memory and disk are held against the size of the Usage
page, divided by the nodes that the answers list (one here).

Memory may be 10 % under the nominal size: a '16 GB' machine
shows 15.4 to 15.6 GiB. Disks count in GB (10^9 bytes).

Press Enter on a row to see what was seen, why it matters and
what to do, and to accept a blocker with a reason where that
may be done."""

    DEFAULT_CSS = """
    HostPage .form { grid-size: 3; grid-columns: 19 26 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._timer_is_set = False

    def compose_body(self) -> Iterable[Widget]:
        """Heading and table."""
        yield Static(self._heading(), id="heading", markup=False, classes="head")
        yield Rows(self._rows(), id="table")
        with Container(classes="form"):
            yield from ask_widgets(_ASKS, self.setup.answers, {_DATA: DEFAULT_DATA_DIRECTORY})
        yield from self.buttons()

    def on_mount(self) -> None:
        """Arrow keys walk the table."""
        self.query_one("#table").focus()

    def knows_more(self) -> None:
        """The survey came in, or an answer changed its judgement."""
        super().knows_more()
        self.query_one("#heading", Static).update(self._heading())
        self.query_one("#table", Rows).show(self._rows())

    def answer(self, path: str, text: str) -> None:
        """Another data directory is looked at once it is typed."""
        super().answer(path, text)
        if self.setup.wants_look and not self._timer_is_set:
            self._timer_is_set = True
            self.set_timer(_LOOK_SECONDS, self._look_at_directory)

    def _look_at_directory(self) -> None:
        self._timer_is_set = False
        self.wizard.look()

    def part_seen(self) -> None:
        """Show parts of the first survey as they come in."""
        if self.setup.survey is None:
            self.query_one("#table", Rows).show(self._rows())

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Why this verdict."""
        self.show_finding(group_of(self.setup.findings, self.needs("host"), event.key))

    def _heading(self) -> str:
        if self.setup.survey is None:
            return "Looking at this host..."
        host = self.setup.survey.hosts[0]
        words = [host.hostname or host.name, system_words(host.os), host.cpu.model or ""]
        lead = cut(", ".join(word for word in words if word), self.text_width - 20)
        return f"{lead}  (seen {host.read_at[11:16]} UTC)"

    def _rows(self) -> list[Row]:
        if self.setup.survey is None:
            return [
                row(cut(f"{name:<16}{part_text(noun)}", self.text_width - 4), "dim")
                for name, noun in self.wizard.parts.items()
            ]
        needs = self.needs("host")
        shown_ids = {need.finding_id for need in needs}
        others = [
            item for item in self.setup.findings if page_of(item) == "host" and item.id not in shown_ids
        ]
        rows: list[Row] = []
        if self.setup.since is not None:
            lines = wrapped(self.setup.since.sentence(), self.text_width - 4)
            rows = [*(row(line, "bold") for line in lines), row("")]
        rows += [head(self.text_width), *(need_row(need, self.text_width) for need in needs)]
        if others:
            rows += [row(""), *(group_row(group, self.text_width) for group in groups(others))]
        return rows


def system_words(system: OsFacts) -> str:
    """The system's name with its release."""
    name = system.name or system.id or "a system that does not say what it is"
    return f"{name} {system.version}" if system.version and system.version not in name else name


def part_text(noun: object) -> str:
    """A part of the survey in one line, while the rest is still on its way."""
    if is_dataclass(noun):
        values = (getattr(noun, item.name) for item in fields(noun))
        return shown(
            ", ".join(str(value) for value in values if isinstance(value, (str, int, float)) and value)
        )
    if isinstance(noun, (tuple, list, dict)):
        return f"{len(noun)} found"
    return shown(str(noun))


PAGE = HostPage
