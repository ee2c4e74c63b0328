"""Fields for answers: a label, the field, a hint that turns into what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from wizard.model.answers import Answers
from wizard.model.change import answered
from wizard.tui import glyphs
from wizard.tui.widgets.choice import Choice
from wizard.tui.widgets.field import Field


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. path: of the answer. options: (value, words) for a choice, () for a text field.

    default: what counts while nothing is answered (a choice's first mark, a field's placeholder).
    """

    path: str
    label: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    default: str = ""


class FieldLabel(Static):
    """The words before a field, with a mark while the field has the focus: without colour its edge can't be seen."""

    def __init__(self, words: str, field_id: str) -> None:
        super().__init__(f"  {words}", id=f"label-{field_id}", markup=False, classes="label")
        self.words = words

    def mark(self, is_focused: bool) -> None:
        """Show or drop the mark before the words."""
        text = f"{glyphs.HERE if is_focused else ' '} {self.words}"
        self.update(Content.styled(text, "bold" if is_focused else ""))


def mark_label(screen: Screen[Any], widget: Widget, *, is_focused: bool) -> None:
    """Show or drop the mark at the label of a field or choice that got or lost the focus."""
    if isinstance(widget, (Field, Choice)):
        for label in screen.query(f"#label-{widget.id}").results(FieldLabel):
            label.mark(is_focused)


class Hint(Static):
    """A dim word of help behind a field; in its place what is wrong, when something is."""

    def __init__(self, words: str, field_id: str) -> None:
        super().__init__(Content(words), id=f"hint-{field_id}", markup=False, classes="hint")
        self.words = words
        self.problem = ""

    def rename(self, words: str) -> None:
        """Other words of help."""
        if words != self.words:
            self.words = words
            if not self.problem:
                self.update(Content(words))

    def show(self, problem: str) -> None:
        """What is wrong with the field; '' brings the hint back."""
        if problem != self.problem:
            self.problem = problem
            self.update(
                Content.styled(f"{glyphs.BLOCKER} {problem}", "bold ansi_red")
                if problem
                else Content(self.words)
            )


def widget_id(path: str) -> str:
    """`usage.mau` as a widget's id."""
    return path.replace(".", "--")


def path_of(name: str | None) -> str:
    """A widget's id back to the path."""
    return (name or "").replace("--", ".")


def field_text(value: Any) -> str:
    """An answer as it stands in its field."""
    if value is None or value == ():
        return ""
    if isinstance(value, (tuple, list)):
        return ", ".join(str(item) for item in value)
    return str(value)


def ask_widgets(
    asks: Iterable[Ask], answers: Answers, shown_defaults: Mapping[str, str] | None = None
) -> Iterable[Widget]:
    """Three widgets for each question, for a grid of three columns; a choice spans two."""
    for ask in asks:
        name = widget_id(ask.path)
        value = field_text(answered(answers, ask.path))
        yield FieldLabel(ask.label, name)
        if ask.options:
            choice = Choice(ask.options, value or ask.default, id=name)
            choice.add_class("wide")
            yield choice
        else:
            default = (shown_defaults or {}).get(ask.path, ask.default)
            yield Field(value, id=name, placeholder=default)
            yield Hint(ask.hint, name)
