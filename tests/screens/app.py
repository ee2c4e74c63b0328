"""Opens the wizard on a recorded host and waits for it as a person does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from textual.events import Paste
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from tests.hosts import load
from tests.screens.recorded import NOW, outside
from wizard.machine.reading import Reader
from wizard.model.answers import Answers, DomainAnswers, UsageAnswers
from wizard.model.session import SessionState
from wizard.tui.app import WizardApp
from wizard.tui.setup import PAGES, Setup
from wizard.tui.widgets.rows import Rows
from wizard.workflow import keep

SESSION = "session"  # in the test's own directory
HOST = "ubuntu-24.04-docker"
BEGUN = Answers(usage=UsageAnswers(mau=50000), domain=DomainAnswers(primary="chat.example.com"))
FEW = Answers(usage=UsageAnswers(environment="testing", mau=500))

Kind = TypeVar("Kind", bound=Widget)


def state_of(answers: Answers, page: str | None = None) -> SessionState:
    """A session with these answers that stopped at `page`, every page before it seen."""
    seen = PAGES[: PAGES.index(page)] if page else ()
    return SessionState(answers=answers, changed_at=NOW, page=page, seen_pages=tuple(seen))


def make_app(
    page: str = "welcome",
    answers: Answers | None = None,
    *,
    host: str | Reader = HOST,
    state: SessionState | None = None,
) -> WizardApp:
    """A wizard that opens on `page`. answers None: an empty session, unless `state` is given."""
    given = state or (SessionState() if answers is None else state_of(answers, page))
    reader = load(host) if isinstance(host, str) else host
    return WizardApp(Setup(SESSION, given), page, reader=reader, look_outside=outside)


@dataclass
class Wizard:
    """One running wizard. on: its app. pilot: its keyboard."""

    on: WizardApp
    pilot: Pilot[int]

    @property
    def setup(self) -> Setup:
        return self.on.setup

    @property
    def answers(self) -> Answers:
        return self.on.setup.answers

    @property
    def screen(self) -> Any:
        return self.on.screen

    @property
    def page(self) -> str:
        """The page in front, or the dialog's class over it."""
        return getattr(self.on.screen, "page", "") or type(self.on.screen).__name__

    @property
    def message(self) -> str:
        return str(self.one("#message", Static).content)

    @property
    def focus(self) -> str:
        """The id of the widget with the focus."""
        return (self.on.focused.id if self.on.focused is not None else None) or ""

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(
            "".join(segment.text for segment in strip) for strip in self.screen._compositor.render_strips()
        )

    def saved(self) -> SessionState:
        """The session as it lies on disk."""
        return keep.load(SESSION)

    def one(self, selector: str, kind: type[Kind]) -> Kind:
        return self.on.screen.query_one(selector, kind)

    async def press(self, *keys: str) -> None:
        """Keys, then everything that follows from them."""
        await self.pilot.press(*keys)
        await self.done()

    async def paste(self, text: str) -> None:
        """Text from the terminal's clipboard, in one piece."""
        self.on.post_message(Paste(text))
        await self.pilot.pause()
        await self.done()

    async def done(self) -> None:
        """Wait until no key is at work (wizard/tui/keys.py holds the next one back until then)."""
        order = self.on.keys_in_order
        await self.until(lambda: not (order._at_work or order._waiting), "the keys")

    async def type(self, text: str) -> None:
        """Characters, one key each."""
        await self.pilot.press(*[_KEYS.get(character, character) for character in text])
        await self.done()

    async def until(self, is_so: Callable[[], bool], what: str, seconds: float = 10) -> None:
        """Wait; AssertionError with the screen after the deadline."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not is_so():
            assert loop.time() < deadline, f"waited for {what}\n{self.text}"
            await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def at(self, page: str) -> None:
        """Wait for a page (or a dialog's class) that is drawn."""
        await self.until(lambda: self.page == page and self.screen.is_mounted, page)

    async def looked(self) -> None:
        """Wait until the host was looked at and nothing is on its way."""
        await self.until(lambda: self.setup.survey is not None and not self.on.is_looking, "the survey")

    async def focus_on(self, name: str) -> None:
        """Tab until the widget of that id has the focus."""
        for _ in range(40):
            if self.focus == name:
                return
            await self.press("tab")
        raise AssertionError(f"Tab never reaches #{name}\n{self.text}")

    async def enter_on(self, key: str, selector: str) -> None:
        """Enter on the row with this key; the way there is `cursor_to`'s to prove, key by key."""
        rows = self.one(selector, Rows)
        assert any(item.key == key for item in rows.rows), f"no row {key}\n{self.text}"
        rows.focus()
        rows.move_to(key)
        await self.pilot.pause()
        await self.press("enter")

    async def cursor_to(self, key: str, selector: str = "Rows") -> None:
        """Arrow down in the list with the focus until its cursor is on the row with this key."""
        rows = self.one(selector, Rows)
        assert any(item.key == key for item in rows.rows), f"no row {key}\n{self.text}"
        await self.press("home")
        for _ in range(len(rows.rows)):
            if rows.rows[rows.cursor].key == key:
                return
            await self.press("down")
        raise AssertionError(f"the cursor never reaches {key}\n{self.text}")


_KEYS = {
    " ": "space", ".": "full_stop", ",": "comma", "%": "percent_sign", "/": "slash", "-": "minus",
    "_": "underscore", ":": "colon", "'": "apostrophe", "[": "left_square_bracket",
    "]": "right_square_bracket", "(": "left_parenthesis", ")": "right_parenthesis", "*": "asterisk",
}  # fmt: skip


@asynccontextmanager
async def running(
    page: str = "welcome",
    answers: Answers | None = None,
    *,
    host: str | Reader = HOST,
    state: SessionState | None = None,
    size: tuple[int, int] = (80, 24),
    looked: bool = True,
) -> AsyncIterator[Wizard]:
    """The wizard on a page, its first look at the host done."""
    app = make_app(page, answers, host=host, state=state)
    async with app.run_test(size=size) as pilot:
        wizard = Wizard(app, pilot)
        await wizard.at(page)
        if looked:
            await wizard.looked()
        yield wizard
