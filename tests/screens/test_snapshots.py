"""One picture of each screen at both sizes; without colour for two of them. Renew with --snapshot-update."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest
from textual.pilot import Pilot

from tests.screens.app import BEGUN, HOST, Wizard, make_app, state_of
from tests.screens.runs import NOW, SavedRun, as_it_was
from wizard.model.answers import Acceptance, Answers, DomainAnswers, TlsAnswers, UsageAnswers
from wizard.model.session import RunRecord
from wizard.tui.setup import PAGES
from wizard.workflow import log as log_module
from wizard.workflow import progress

pytestmark = pytest.mark.screens
SIZES = [(80, 24), (120, 36)]
FULL = Answers(
    usage=UsageAnswers(mau=50000, pcc="7.5%", content="heavy"),
    domain=DomainAnswers(primary="chat.example.com", hosts={"dashboard": "portal.chat.example.com"}),
    tls=TlsAnswers(certificate="/etc/ssl/chat.pem", key="/etc/ssl/chat.key"),
    accepted=(Acceptance("vcpus-short", "more come on Monday", "recorded-host"),),
)
# Each page on a host that has something to show there.
ON = {"software": "rhel-9-podman-docker", "ports": "rhel-9", "host": "ubuntu-24.04-disk-full"}

Before = Callable[[Pilot], Awaitable[None]]


def looked(more: Callable[[Wizard], Awaitable[None]] | None = None) -> Before:
    """Wait for the survey, then do what the picture needs."""

    async def before(pilot: Pilot) -> None:
        wizard = Wizard(pilot.app, pilot)  # type: ignore[arg-type]
        await wizard.looked()
        if more is not None:
            await more(wizard)
        await pilot.pause(0.05)

    return before


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("page", PAGES)
def test_page(page: str, size: tuple[int, int], snap_compare):
    app = make_app(page, FULL, host=ON.get(page, HOST))
    assert snap_compare(app, terminal_size=size, run_before=looked())


def test_first_start(snap_compare):
    assert snap_compare(make_app(), terminal_size=(80, 24), run_before=looked())


def test_what_is_wrong_with_a_field(snap_compare):
    async def type_it(wizard: Wizard) -> None:
        await wizard.type("x")
        await wizard.press("ctrl+n")

    assert snap_compare(make_app("usage", BEGUN), terminal_size=(80, 24), run_before=looked(type_it))


def test_go_on(snap_compare):
    app = make_app("welcome", state=state_of(FULL, "ports"))
    assert snap_compare(app, terminal_size=(80, 24), run_before=looked())


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_finding(size: tuple[int, int], snap_compare):
    async def open_it(wizard: Wizard) -> None:
        await wizard.cursor_to("finding:vcpus-short@recorded-host")
        await wizard.press("enter")
        await wizard.at("ReasonDialog")

    assert snap_compare(make_app("review", FULL), terminal_size=size, run_before=looked(open_it))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_help(size: tuple[int, int], snap_compare):
    async def open_it(wizard: Wizard) -> None:
        await wizard.press("f1")
        await wizard.at("TextDialog")

    assert snap_compare(make_app("usage", FULL), terminal_size=size, run_before=looked(open_it))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("how", ["running", "stopping", "failed", "done", "undone"])
def test_run(how: SavedRun, size: tuple[int, int], snap_compare, monkeypatch: pytest.MonkeyPatch):
    record = as_it_was(how)
    monkeypatch.setattr(progress, "time", SimpleNamespace(time=lambda: NOW))
    app = make_app("software", FULL, host="ubuntu-24.04")
    assert snap_compare(app, terminal_size=size, run_before=looked(following(record, is_old=how == "undone")))


def following(record: RunRecord, *keys: str, is_old: bool = False) -> Callable[[Wizard], Awaitable[None]]:
    """The run's screen, then keys."""

    async def follow(wizard: Wizard) -> None:
        wizard.on.call_later(lambda: wizard.on.follow_run(record, was_over=is_old))
        await wizard.at("RunScreen")
        await wizard.looked()
        await wizard.press(*keys)

    return follow


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("how", ["running", "stopping"])
def test_leaving(how: SavedRun, size: tuple[int, int], snap_compare, monkeypatch: pytest.MonkeyPatch):
    record = as_it_was(how)
    monkeypatch.setattr(progress, "time", SimpleNamespace(time=lambda: NOW))
    app = make_app("software", FULL, host="ubuntu-24.04")
    assert snap_compare(app, terminal_size=size, run_before=looked(following(record, "ctrl+q")))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_blocked(size: tuple[int, int], snap_compare):
    async def install(wizard: Wizard) -> None:
        await wizard.focus_on("install")
        await wizard.press("enter")
        await wizard.at("TextDialog")

    assert snap_compare(
        make_app("software", BEGUN, host="ubuntu-24.04"), terminal_size=size, run_before=looked(install)
    )


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_last_run_on_welcome(size: tuple[int, int], snap_compare):
    as_it_was("failed")
    app = make_app("welcome", state=state_of(FULL, "ports"))
    assert snap_compare(app, terminal_size=size, run_before=looked())


LOG_KEYS = {
    "end": (),
    "search": ("slash", *"docker"),
    "found": ("home", "slash", *"docker", "enter"),
    "nothing": ("slash", *"podman", "enter"),
    "write": ("w",),
    "there": ("w", "enter"),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("what", LOG_KEYS)
def test_log(what: str, size: tuple[int, int], snap_compare, monkeypatch: pytest.MonkeyPatch):
    record = as_it_was("failed")
    monkeypatch.setattr("os.path.expanduser", lambda path: path.replace("~", "/root"))

    def is_there(_run: RunRecord, path: str, *, replace: bool) -> tuple[str, int]:
        raise log_module.FileIsThere(
            f"{path} is there already.", next_step="Name another file, or replace it."
        )

    monkeypatch.setattr(log_module, "write_copy", is_there)

    async def show(wizard: Wizard) -> None:
        wizard.on.call_later(wizard.on.show_log, record)
        await wizard.at("LogScreen")
        await wizard.until(lambda: "follows the end" in wizard.text.split("\n")[0], "the title")
        await wizard.press(*LOG_KEYS[what])

    app = make_app("software", FULL, host="ubuntu-24.04")
    assert snap_compare(app, terminal_size=size, run_before=looked(show))


@pytest.mark.parametrize("page", ["usage", "review"])
def test_without_colour(page: str, snap_compare, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(page, FULL)
    assert snap_compare(app, terminal_size=(80, 24), run_before=looked())
