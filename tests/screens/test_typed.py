"""What is typed and not left yet is saved however one goes away from it; what is wrong holds nobody and is not kept."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.screens.app import FEW, Wizard, running, state_of
from tests.screens.test_leaving import at_work, has_left
from wizard.tui.setup import Setup
from wizard.tui.watch import Watch
from wizard.tui.widgets.field import Field
from wizard.workflow import hold, keep

pytestmark = pytest.mark.screens
PROXY = "http://proxy.example:3128"


async def type_proxy(wizard: Wizard, text: str) -> None:
    await wizard.focus_on("network--proxy")
    await wizard.type(text)


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_leaving_takes_it(key: str):
    async with running("software", FEW) as wizard:
        await type_proxy(wizard, PROXY)
        await wizard.pilot.press(key)
        assert await has_left(wizard)
    assert wizard.saved().answers.network.proxy == PROXY


async def test_leaving_after_a_question_takes_it(tmp_path: Path):
    async with at_work(tmp_path) as (wizard, _run):
        await type_proxy(wizard, PROXY)
        await wizard.press("ctrl+q")
        await wizard.at("LeaveDialog")
        await wizard.pilot.press("enter")
        assert await has_left(wizard)
    assert wizard.saved().answers.network.proxy == PROXY


@pytest.mark.parametrize(("key", "page"), [("escape", "host"), ("ctrl+b", "host"), ("ctrl+n", "ports")])
async def test_another_page_takes_it_and_the_plan_knows(key: str, page: str):
    async with running("software", FEW, host="ubuntu-24.04") as wizard:
        await type_proxy(wizard, PROXY)
        await wizard.press(key)
        await wizard.at(page)
        assert wizard.saved().answers.network.proxy == PROXY
        assert wizard.setup.plan is not None
        assert any(step.id == "proxy-apt" for step in wizard.setup.plan.steps())
        await wizard.press("ctrl+n" if page == "host" else "escape")
        await wizard.at("software")
        assert wizard.one("#network--proxy", Field).value == PROXY


async def test_nothing_of_a_password_is_kept():
    async with running("software", FEW) as wizard:
        await type_proxy(wizard, "http://anna:s3cr3t-canary@proxy:3128")
        await wizard.press("escape")
        await wizard.at("host")
    assert wizard.saved().answers.network.proxy == "http://***@proxy:3128"


@pytest.mark.parametrize("key", ["ctrl+q", "escape"])
async def test_what_is_wrong_is_not_kept_and_holds_nobody(key: str):
    async with running("software", FEW) as wizard:
        await type_proxy(wizard, PROXY)
        await wizard.press("tab")
        assert wizard.answers.network.proxy == PROXY
        await type_proxy(wizard, " and more")
        await wizard.pilot.press(key)
        if key == "escape":
            await wizard.at("host")
        else:
            assert await has_left(wizard)
    assert wizard.saved().answers.network.proxy == PROXY


async def test_what_is_taken_away_is_gone():
    async with running("software", FEW) as wizard:
        await type_proxy(wizard, PROXY)
        await wizard.press("tab")
        await wizard.focus_on("network--proxy")
        await wizard.press("ctrl+u", "escape")
        await wizard.at("host")
    assert wizard.saved().answers.network.proxy is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (PROXY, PROXY),
        ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128"),
        ("http://anna:s3cr3t-canary@proxy:3128", "http://***@proxy:3128"),
        # Perhaps the start of a password.
        ("http://anna:4711", None),
        ("http://anna:4711ca", None),
        # Or of a token: a whole address has a host with a dot, or in brackets, and a port.
        ("http://ghp-s3cr3t", None),
        ("http://eyJh.s3cr3t", None),
        ("http://ghp-s3cr3t@proxy:3128", "http://***@proxy:3128"),
        ("http", None),
    ],
)
def test_cut_off_it_is_saved_too_but_for_half_a_password(text: str, kept: str | None):
    setup = Setup("session", state_of(FEW, "software"))
    setup.on_change = lambda: pytest.fail("no timer is set from a signal's handler")
    setup.typed["network.proxy"] = text
    setup.is_dirty = True
    setup.save_cut_off()
    assert keep.load("session").answers.network.proxy == kept and not setup.typed


@pytest.mark.parametrize("way", ["signal", "taken"])
async def test_a_hang_up_and_another_wizard_save_it(monkeypatch: pytest.MonkeyPatch, way: str):
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    with hold.acquire("session", {}) as lock:
        async with running("software", FEW) as wizard:
            watch = Watch(wizard.on, lock)
            await type_proxy(wizard, PROXY)
            if way == "signal":
                watch._on_signal(signal.SIGHUP, None)
            else:
                watch._stopped.set()  # its grace is over at once
                watch._hand_over()
                assert await has_left(wizard)
            assert wizard.saved().answers.network.proxy == PROXY
    assert bool(ended) == (way == "signal")


async def test_a_crash_saves_it():
    with pytest.raises(ZeroDivisionError):
        async with running("software", FEW) as wizard:
            await type_proxy(wizard, PROXY)
            wizard.on.call_later(lambda: 1 // 0)
            await wizard.until(lambda: wizard.on.crash is not None, "the crash")
    assert keep.load("session").answers.network.proxy == PROXY
