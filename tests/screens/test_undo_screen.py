"""Undo on the last page: what can be taken back, one step or all, and nothing before the yes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.screens.app import BEGUN, Wizard, running
from tests.screens.runs import finished, plan_of
from wizard.apply.runs import all_runs
from wizard.apply.undopackages import Packages
from wizard.model.plan import Command, Plan
from wizard.model.session import RunRecord
from wizard.workflow import act

pytestmark = pytest.mark.screens


@pytest.fixture(autouse=True)
def a_host_without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "wizard.apply.undo.ask_host", lambda: Packages({}, lambda _manager, _names: frozenset())
    )


def two_steps() -> Plan:
    """Two steps that can be undone, by a command each that needs no root."""
    plan = plan_of(firewall_http=("true",), firewall_https=("true",))
    (stage,) = plan.stages
    back = Command(("echo", "taken", "back"), root=False)
    return replace(
        plan, stages=(replace(stage, steps=tuple(replace(step, undo=(back,)) for step in stage.steps)),)
    )


async def open_undo(wizard: Wizard) -> None:
    await wizard.focus_on("undo")
    await wizard.press("enter")
    await wizard.at("UndoDialog")


async def test_without_changes_there_is_nothing_to_push(tmp_path: Path):
    async with running("done", BEGUN) as wizard:
        await wizard.looked()
        assert "Undo..." not in wizard.text


async def test_one_step_is_undone_after_its_commands_were_shown(monkeypatch: pytest.MonkeyPatch):
    started: list[Plan] = []

    def start(_session: str, plan: Plan) -> RunRecord:
        started.append(plan)
        return finished(plan)

    monkeypatch.setattr(act, "is_root", lambda: True)
    monkeypatch.setattr(act, "start", start)
    finished(two_steps())
    async with running("done", BEGUN) as wizard:
        await open_undo(wizard)
        assert wizard.text.index("(firewall-https)") < wizard.text.index("(firewall-http)")
        assert "Undo all 2 steps" in wizard.text
        await wizard.press("down", "enter")
        await wizard.at("TextDialog")
        assert "undo-firewall-http:" in wizard.text and "undo-firewall-https" not in wizard.text
        assert "echo taken back" in wizard.text
        await wizard.press("enter")
        assert started == [], "the commands are in front, not the yes"
        await wizard.focus_on("yes")
        await wizard.press("enter")
        await wizard.at("RunScreen")
        assert [step.id for plan in started for step in plan.steps()] == ["undo-firewall-http"]
        await wizard.press("escape")
        await wizard.at("done")
        await wizard.looked()
        await open_undo(wizard)
        assert "(firewall-http)" not in wizard.text and "Undo this step" in wizard.text


async def test_all_of_it_needs_a_yes_as_well(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(act, "is_root", lambda: True)
    finished(two_steps())
    async with running("done", BEGUN) as wizard:
        await open_undo(wizard)
        await wizard.focus_on("all")
        await wizard.press("enter")
        await wizard.at("TextDialog")
        assert "undo-firewall-https:" in wizard.text and "Undo these 2 steps now" in wizard.text
        await wizard.press("escape")
        await wizard.at("done")
        assert len(all_runs("session")) == 1


async def test_without_root_sudo_is_offered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(act, "is_root", lambda: False)
    finished(two_steps())
    async with running("done", BEGUN) as wizard:
        await open_undo(wizard)
        await wizard.focus_on("all")
        await wizard.press("enter")
        await wizard.at("TextDialog")
        assert "needs root" in wizard.text and "Go on as root" in wizard.text


async def test_what_stays_is_said_where_nothing_else_is_left():
    plan = two_steps()
    (stage,) = plan.stages
    file = Path("theirs")
    step = replace(
        stage.steps[0],
        commands=(Command(("sh", "-c", f"echo ours > {file.absolute()}"), root=False),),
        undo=(),
        records=(f"file:{file.absolute()}",),
    )
    finished(replace(plan, stages=(replace(stage, steps=(step,)),)))
    file.write_text("theirs")
    async with running("done", BEGUN) as wizard:
        await wizard.focus_on("undo")
        await wizard.press("enter")
        await wizard.at("TextDialog")
        assert "Nothing of this session is left to be undone." in wizard.text
        assert "changed since by somebody else" in " ".join(wizard.text.split())
