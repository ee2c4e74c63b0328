"""Dialogs over a page: a text to read, a finding to look at and perhaps accept, a reason to give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantBlur, DescendantFocus
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from wizard.model.failure import Failure
from wizard.model.finding import Finding
from wizard.tui import glyphs
from wizard.tui.form import FieldLabel, mark_label
from wizard.tui.widgets.field import Field
from wizard.tui.widgets.push import Push
from wizard.tui.widgets.rows import Row, Rows, row
from wizard.tui.words import wrapped

COMMON_HELP = """

Keys
  Tab, Shift+Tab    next and previous field
  Enter             next field, or push the button
  arrows, space     choose, scroll
  Ctrl+N            next page        Esc or Ctrl+B  page before
  F5 or Ctrl+R      look at this host again
  Ctrl+L            draw the screen anew
  Ctrl+Q            save and leave; start again to go on here

Everything is saved as you give it. If the line drops, log in
again and start the wizard: it goes on where you were.
To copy text, use your terminal's own selection (the mouse is
left to it). On a slow line, `ssh -C` compresses what is sent."""

WORDS = {"blocker": "Blocker", "warning": "Warning", "note": "Note"}


class Dialog(ModalScreen[str | None]):
    """A full-width sheet: title, body, buttons. Escape dismisses with None."""

    keys: ClassVar[str] = "Esc close"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+b", "close", "Close", show=False)]
    DEFAULT_CSS = """
    Dialog { background: ansi_default; }
    Dialog .reason { grid-size: 2; grid-columns: 10 1fr; margin: 1 0; }
    Dialog #sheet { height: 1fr; padding: 1 2 0 2; layout: vertical; }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.sheet_title = title

    def compose(self) -> ComposeResult:
        """The sheet."""
        yield Static(f" {self.sheet_title}", id="title", markup=False)
        with Container(id="sheet"):
            yield from self.compose_sheet()
        yield Static("", id="message", markup=False)
        yield Static(f" {self.keys}", id="keys", markup=False)

    def compose_sheet(self) -> Iterable[Widget]:
        """The body."""
        raise NotImplementedError

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Mark the label of the focused field."""
        mark_label(self, event.widget, is_focused=True)

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Take the mark away."""
        mark_label(self, event.widget, is_focused=False)

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)

    def on_push_pushed(self, event: Push.Pushed) -> None:
        """Every button dismisses with its own name, unless a dialog says otherwise."""
        self.pushed(event.push.id or "")

    def pushed(self, name: str) -> None:
        """A button was pushed."""
        self.dismiss(None if name == "close" else name)


class TextDialog(Dialog):
    """A text to read, scrolled with the arrow keys."""

    def __init__(
        self,
        title: str,
        text: str | list[Row],
        *,
        buttons: tuple[tuple[str, str], ...] = (),
        is_careful: bool = False,
    ) -> None:
        super().__init__(title)
        self.text = text
        self.extra = buttons
        self.is_careful = is_careful

    def compose_sheet(self) -> Iterable[Widget]:
        """The text, nothing of it cut off, and the buttons."""
        rows = self.text
        if isinstance(rows, str):
            rows = [row(line) for line in wrapped(rows, self.app.size.width - 6)]
        yield Rows(rows, id="text", is_menu=False)
        with Container(classes="buttons"):
            for name, words in self.extra:
                yield Push(words, id=name)
            yield Push("Close", id="close")

    def on_mount(self) -> None:
        """Arrows scroll at once where there is nothing to answer; else the likely answer, unless care is due."""
        likely = f"#{self.extra[0][0]}" if self.extra and not self.is_careful else "#text"
        self.query_one(likely).focus()


class ReasonDialog(Dialog):
    """Text to read and a reason to type; dismisses with the reason, '' to take one back, None to leave it."""

    def __init__(
        self,
        title: str,
        rows: list[Row],
        *,
        words: str,
        reason: str = "",
        can_accept: bool = True,
        purpose: str = "why this is fine here; it goes into the config",
    ) -> None:
        super().__init__(title)
        self.purpose = purpose
        self.rows = rows
        self.words = words
        self.reason = reason
        self.can_accept = can_accept

    def compose_sheet(self) -> Iterable[Widget]:
        """The text, the reason, the buttons."""
        yield Rows(self.rows, id="text", is_menu=False)
        if self.can_accept:
            with Container(classes="form reason"):
                yield FieldLabel("Reason", "reason")
                yield Field(self.reason, id="reason", placeholder=self.purpose)
        with Container(classes="buttons"):
            if self.can_accept:
                yield Push(self.words, id="accept")
                if self.reason:
                    yield Push("Take back", id="take-back")
            yield Push("Close", id="close")

    def on_mount(self) -> None:
        """The cursor where the next thing is typed."""
        self.query_one("#reason" if self.can_accept else "#text").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter accepts."""
        event.stop()
        self.pushed("accept")

    def pushed(self, name: str) -> None:
        """A reason must be given to accept."""
        if name == "accept":
            reason = self.query_one("#reason", Field).value.strip()
            if reason:
                self.dismiss(reason)
            else:
                self.query_one("#message", Static).update(
                    " Give a reason first: whoever reads the config will ask."
                )
                self.query_one("#reason").focus()
        else:
            self.dismiss("" if name == "take-back" else None)


def finding_dialog(group: tuple[Finding, ...], width: int) -> ReasonDialog:
    """Look at the findings of one id, and accept them where that may be done."""
    finding = group[0]
    return ReasonDialog(
        f"{WORDS[finding.severity]}: {finding.id}",
        finding_rows(group, width),
        words="Accept with this reason",
        reason=finding.accepted or "",
        can_accept=finding.acceptable,
    )


def finding_rows(group: tuple[Finding, ...], width: int) -> list[Row]:
    """All of the findings of one id, wrapped."""
    finding = group[0]
    mark = glyphs.SEVERITY[finding.severity]
    rows = [
        Row(((f"{mark} {WORDS[finding.severity]}  ", glyphs.STYLE[finding.severity]), (finding.id, "bold")))
    ]
    if finding.node:
        rows.append(row(f"Host: {finding.node}", "dim"))
    seen = "\n".join(item.seen for item in group)
    for title, text in (("Seen", seen), ("Why it matters", finding.why), ("What to do", finding.fix)):
        rows += [row(""), row(title, "bold"), *(row(line) for line in wrapped(text, width))]
    rows += [row(""), row(f"Source: {finding.source}", "dim")]
    if finding.fixable:
        rows.append(row("The plan mends this: install on the Software page.", "dim"))
    elif finding.acceptable:
        rows.append(row("You may go on without: accept it with a reason.", "dim"))
    elif finding.severity == "blocker":
        rows.append(row("This one can't be accepted.", "dim"))
    return rows


def problem_lines(failure: Failure) -> str:
    """A failure as text to read: what was seen, every problem with its path, what to do."""
    lines = [failure.seen, ""]
    lines += [f"  {item.path}: {item.problem}" for item in failure.problems]
    if failure.why:
        lines += ["", failure.why]
    return "\n".join([*lines, "", failure.next_step])
