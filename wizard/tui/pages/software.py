"""Software: what is needed and found, the plan as exact commands, and doing it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input

from wizard.model.plan import Plan, Step
from wizard.tui import glyphs
from wizard.tui.allowing import ask_to_remove, ask_to_restart
from wizard.tui.commands import plan_rows, step_rows
from wizard.tui.dialogs import ReasonDialog, TextDialog
from wizard.tui.form import Ask, ask_widgets
from wizard.tui.page import Page
from wizard.tui.rail import page_of
from wizard.tui.tables import Group, cut, group_of, group_row, groups, head, need_row
from wizard.tui.widgets.field import Field
from wizard.tui.widgets.push import Push
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import wrapped
from wizard.workflow import decide

_ASKS = (
    Ask(
        "software.docker_from",
        "Docker from",
        options=(
            ("docker-repository", "Docker's own"),
            ("distribution", "distribution"),
            ("offline", "offline"),
        ),
        default="docker-repository",
    ),
    Ask("network.proxy", "Proxy", "only if downloads need one", default="none"),
)
_PROXY_FIELD = "network--proxy"


class SoftwarePage(Page):
    """Needs on top, the plan below, and the button that does it."""

    page = "software"
    keys = "Enter details  F5 again  L log"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("l,L", "log", "Log of the last run", show=False)]
    help_text: ClassVar[str] = """\
The plan lists exactly what would be done; press Enter on a
step for its commands, why it is there and how it is undone,
or to skip it with a reason. Nothing is removed that you did
not name.

Docker's own         the newest engine, from docker.com
distribution         what this system packages itself
offline              only repositories that are set up already

Docker is restarted for new settings only while no container
runs, unless you allow it: Enter on its finding.

Installing runs in a process of its own: if the line drops, it
goes on, and the next start shows it again. Afterwards the host
is looked at again, and only what is then seen counts.

L                    the whole log of the last run: search it with
                     /, write it to a file with W"""
    DEFAULT_CSS = """
    SoftwarePage .form { grid-size: 3; grid-columns: 14 19 1fr; }
    SoftwarePage .wide { column-span: 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._had_steps = False

    def compose_body(self) -> Iterable[Widget]:
        """Source, table and plan, buttons."""
        yield Rows(self._rows(), id="table")
        with Container(classes="form"):
            yield from ask_widgets(_ASKS, self.setup.answers)
        yield from self.buttons(
            Push(self._install_words(), id="install"), Push("All commands", id="commands")
        )

    def on_mount(self) -> None:
        """The likely next thing: install, or go on."""
        self.query_one("#install" if self._steps() else "#next").focus()

    def knows_more(self) -> None:
        """Survey or plan changed; the first one moves the focus to what is likely next."""
        is_first = not self._had_steps and bool(self._steps())
        self._had_steps = self._had_steps or is_first
        if is_first and self.query_one("#next").has_focus:
            self.query_one("#install").focus()
        super().knows_more()
        self.query_one("#table", Rows).show(self._rows())
        self.query_one("#install", Push).rename(self._install_words())

    def pushed(self, name: str) -> None:
        """Install, or show everything."""
        if name == "commands":
            self.app.push_screen(
                TextDialog("All commands, in order", plan_rows(self._plan(), self.app.size.width - 6))
            )
        elif name == "install":
            self.wizard.confirm_run(tuple(step.id for step in self._steps()))

    def action_log(self) -> None:
        """What was said when something was installed last."""
        self.wizard.show_log()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A proxy is taken whole: half of one may be a name and the start of a password that looks like a port."""
        if event.input.id == _PROXY_FIELD:
            event.prevent_default()
            self.setup.typed["network.proxy"] = event.value

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """Now it is whole; a password in it is not kept, and no longer shown."""
        if event.input.id == _PROXY_FIELD:
            self._take_proxy()

    def leave(self) -> bool:
        """What stands in the field counts, also where it was not left yet."""
        self._take_proxy()
        return super().leave()

    def _take_proxy(self) -> None:
        field = self.query_one(f"#{_PROXY_FIELD}", Field)
        kept = self.setup.answers.network.proxy
        if field.value.strip() != (kept or ""):
            self.answer("network.proxy", field.value)
            if self.setup.answers.network.proxy != kept:
                field.value = self.setup.answers.network.proxy or ""

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """A row's finding, or a step's commands."""
        kind, _, rest = event.key.partition(":")
        if kind == "step":
            self._show_step(rest)
            return
        group = group_of(self.setup.findings, self.needs("software"), event.key)
        names = decide.removable(group)
        ended = self._would_end(group)
        if names:
            ask_to_remove(self, group, names)
        elif ended:
            ask_to_restart(self, group, ended)
        else:
            self.show_finding(group)

    def _would_end(self, group: Group) -> str | None:
        survey = self.setup.survey
        return None if survey is None else decide.would_end(group, self.setup.answers, survey)

    def _show_step(self, step_id: str) -> None:
        step = next((item for item in self._whole().steps() if item.id == step_id), None)
        if step is None:
            return
        reason = next((skip.reason for skip in self.setup.answers.skipped if skip.step == step_id), "")
        dialog = ReasonDialog(
            f"Step: {step.id}",
            step_rows(step, self.app.size.width - 6),
            words="Skip with this reason",
            reason=reason,
            purpose="why this is not done here; it goes into the config",
        )
        self.app.push_screen(dialog, lambda given: self._skip(step_id, given))

    def _skip(self, step_id: str, reason: str | None) -> None:
        if reason is not None:
            self.setup.skip(step_id, reason)
            self.say(
                "Skipped; the reason goes into the config." if reason else "The step is back in the plan."
            )
            self.knows_more()

    def _plan(self) -> Plan:
        return self.setup.plan or Plan()

    def _whole(self) -> Plan:
        if self.setup.survey is None:
            return Plan()
        return decide.full_plan(self.setup.answers, self.setup.survey)

    def _steps(self) -> tuple[Step, ...]:
        return tuple(step for step in self._plan().steps() if not step.id.startswith("firewall-"))

    def _install_words(self) -> str:
        if self.setup.plan is None:
            return "Looking..."
        count = len(self._steps())
        return f"Install: {count} step{'' if count == 1 else 's'}" if count else "Nothing to install"

    def _rows(self) -> list[Row]:
        if self.setup.survey is None:
            return [row("Looking at this host...", "dim")]
        width = self.text_width
        needs = self.needs("software")
        shown_ids = {need.finding_id for need in needs}
        rows = [row(line, "bold") for line in self._leftover_lines(width)]
        rows += [head(width), *(need_row(need, width) for need in needs)]
        others = [
            item for item in self.setup.findings if page_of(item) == "software" and item.id not in shown_ids
        ]
        rows += [group_row(group, width) for group in groups(others)]
        return [*rows, row(""), *self._plan_rows(width)]

    def _leftover_lines(self, width: int) -> list[str]:
        if not self.wizard.leftover:
            return []
        words = f"{self.wizard.leftover} Once it has finished, this host is looked at again."
        return [*wrapped(words, width - 3), ""]

    def _plan_rows(self, width: int) -> list[Row]:
        plan = self._plan()
        rows = (
            [row(f"{glyphs.WARNING} would be removed: {', '.join(plan.removes)}", "ansi_yellow")]
            if plan.removes
            else []
        )
        skipped = {skip.step for skip in self.setup.answers.skipped}
        steps = [step for step in self._whole().steps() if not step.id.startswith("firewall-")]
        if not steps:
            rows.append(row("The plan is empty: nothing needs to be installed.", "bold"))
        for number, step in enumerate(steps, 1):
            words = f"{number:>2}. {step.title}"
            if step.id in skipped:
                rows.append(Row(((cut(f"{words} (skipped)", width - 3), "dim"),), key=f"step:{step.id}"))
            else:
                rows.append(Row(((cut(words, width - 3), ""),), key=f"step:{step.id}"))
        rows += [row(line, "dim") for note in plan.notes for line in wrapped(note, width - 3)]
        return rows


PAGE = SoftwarePage
