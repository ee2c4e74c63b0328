"""What every page of the wizard has: title, step list, body, one line of message, one line of keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from wizard.model.failure import Failure
from wizard.tui import glyphs
from wizard.tui.form import FieldLabel, Hint, mark_label, path_of
from wizard.tui.rail import rail
from wizard.tui.setup import PAGES, TITLES, Setup
from wizard.tui.widgets.choice import Choice
from wizard.tui.widgets.field import Field
from wizard.tui.widgets.push import Push

if TYPE_CHECKING:
    from wizard.model.finding import Finding
    from wizard.model.need import Need
    from wizard.tui.app import WizardApp


class Page(Screen[None]):
    """One step of the wizard. Subclasses give `page`, `compose_body`, and what their buttons do."""

    page: ClassVar[str] = ""
    help_text: ClassVar[str] = ""
    keys: ClassVar[str] = "F5 look again"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+b", "back", "Back", show=False),
        Binding("ctrl+n,f8", "next", "Next", show=False),
        Binding("f5,ctrl+r", "look", "Look again", show=False),
        Binding("f1", "help", "Help", show=False),
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    @property
    def wizard(self) -> WizardApp:
        """The app, by its own type."""
        return cast("WizardApp", self.app)

    @property
    def setup(self) -> Setup:
        """What the wizard knows."""
        return self.wizard.setup

    @property
    def text_width(self) -> int:
        """Cells of a line in the body."""
        return max(40, self.app.size.width - 17 - 4)

    def compose(self) -> ComposeResult:
        """Title, steps, body, message, keys."""
        yield Static(self._title(), id="title", markup=False)
        with Container(id="middle"):
            yield Static(rail(self.setup, self.page), id="rail", markup=False)
            with Container(id="body"):
                yield from self.compose_body()
        yield Static("", id="message", markup=False)
        yield Static(self._keys(), id="keys", markup=False)

    def compose_body(self) -> Iterable[Widget]:
        """The page's own widgets."""
        raise NotImplementedError

    def buttons(self, *before: Push, next_words: str = "Next") -> Iterable[Widget]:
        """The row of buttons at the foot of the body."""
        with Container(classes="buttons"):
            yield from before
            yield Push("Back", id="back")
            if self.page != PAGES[-1]:
                yield Push(next_words, id="next")

    def knows_more(self) -> None:
        """Answers, survey or findings changed: show them. Subclasses extend."""
        self.query_one("#rail", Static).update(rail(self.setup, self.page))

    def needs(self, table: str) -> tuple[Need, ...]:
        """Rows of need and found, () while the host is not known or the usage does not add up."""
        from wizard.workflow import decide

        if self.setup.survey is None:
            return ()
        try:
            return decide.needs(self.setup.answers, self.setup.survey, table)
        except Failure:
            return ()

    def show_finding(self, group: tuple[Finding, ...]) -> None:
        """Look at findings of one id, and perhaps accept them."""
        from wizard.tui.dialogs import finding_dialog

        if not group:
            self.say("Nothing to say about this row: all is well.")
            return
        dialog = finding_dialog(group, self.app.size.width - 6)
        self.app.push_screen(dialog, lambda reason: self._accept(group[0], reason))

    def _accept(self, finding: Finding, reason: str | None) -> None:
        if reason is not None:
            self.setup.accept(finding, reason)
            self.say("Accepted; the reason goes into the config." if reason else "No longer accepted.")
            self.knows_more()

    def part_seen(self) -> None:
        """A part of the survey came in; only the page that shows them cares."""

    def say(self, words: str, severity: str = "note") -> None:
        """One line for the operator, drawn without markup; '' clears it."""
        mark = "" if severity == "note" or not words else f"{glyphs.SEVERITY[severity]} "
        text = Content.styled(f"{mark}{words}", glyphs.STYLE[severity])
        self.query_one("#message", Static).update(text)

    def answer(self, path: str, text: str) -> None:
        """One answer as typed: kept if it can be one, else its field says what is wrong."""
        from wizard.workflow.ask import typed

        try:
            value = typed(path, text)
        except ValueError as error:
            self._show_problem(path, str(error))
            return
        self._show_problem(path, "")
        stale = self.setup.change(path, value)
        self.say(stale or "")
        self.knows_more()

    def leave(self) -> bool:
        """Called before Next: False keeps the operator here, at the field that is wrong."""
        for hint in self.query(Hint):
            if hint.problem:
                field = self.query_one(f"#{(hint.id or '').removeprefix('hint-')}", Field)
                field.focus()
                self.say(f"{field_label(self, field)}: {hint.problem}", "blocker")
                return False
        return True

    def action_back(self) -> None:
        """The page before this one."""
        index = PAGES.index(self.page)
        if index > 0:
            self.wizard.open_page(PAGES[index - 1])

    def action_next(self) -> None:
        """The page after this one."""
        index = PAGES.index(self.page)
        if self.leave() and index + 1 < len(PAGES):
            self.wizard.open_page(PAGES[index + 1])

    def action_look(self) -> None:
        """Survey again."""
        self.say("Looking at this host again...")
        self.wizard.look()

    def action_help(self) -> None:
        """Words of help for this page."""
        from wizard.tui.dialogs import COMMON_HELP, TextDialog

        self.app.push_screen(TextDialog(f"Help: {TITLES[self.page]}", self.help_text + COMMON_HELP))

    def on_push_pushed(self, event: Push.Pushed) -> None:
        """Back and Next; the page handles its own."""
        if event.push.id == "next":
            self.action_next()
        elif event.push.id == "back":
            self.action_back()
        else:
            self.pushed(event.push.id or "")

    def pushed(self, name: str) -> None:
        """One of the page's own buttons."""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field goes to the next one."""
        event.stop()
        self.submitted(event.input.id or "")

    def submitted(self, name: str) -> None:
        """Enter in the field of that id: on to the next one, unless something is wrong with this one."""
        wrong = [hint.problem for hint in self.query(f"#hint-{name}").results(Hint) if hint.problem]
        if not wrong:
            self.focus_next()
            return
        field = self.query_one(f"#{name}", Field)
        self.say(f"{field_label(self, field)}: {wrong[0]}", "blocker")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Each key stroke is an answer."""
        path = path_of(event.input.id)
        if "." in path and event.input.is_mounted:
            self.answer(path, event.value)

    def on_choice_chosen(self, event: Choice.Chosen) -> None:
        """A choice is an answer."""
        path = path_of(event.choice.id)
        if "." in path:
            self.answer(path, event.value)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Mark the label of the focused field."""
        mark_label(self, event.widget, is_focused=True)

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Take the mark away."""
        mark_label(self, event.widget, is_focused=False)

    def _show_problem(self, path: str, problem: str) -> None:
        name = path.replace(".", "--")
        for hint in self.query(f"#hint-{name}").results(Hint):
            hint.show(problem)
        for field in self.query(f"#{name}").results(Field):
            field.set_class(bool(problem), "-wrong")
        if problem:
            self.say(problem[0].upper() + problem[1:], "blocker")

    def _title(self) -> Content:
        number = PAGES.index(self.page)
        where = f"Step {number} of {len(PAGES) - 1}" if number else ""
        name = " CometChat on-premise setup"
        return Content(f"{name}{where.rjust(max(1, self.app.size.width - len(name) - 1))}")

    def _keys(self) -> Content:
        return Content.styled(f" F1 help  Esc back  Ctrl+N next  {self.keys}  Ctrl+Q leave", "dim")


def field_label(page: Page, field: Field) -> str:
    """The words before a field."""
    return next((label.words for label in page.query(f"#label-{field.id}").results(FieldLabel)), "This field")
