"""The run screen only reads the journal: running, done, failed, stopped, skipped, retried."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hosts import load
from tests.screens.app import BEGUN, FEW, Wizard, running
from tests.screens.recorded import outside
from tests.screens.runs import as_it_was, finished, gate_of, gated, long_plan, plan_of, start
from wizard.apply.runfile import read_run_file, write_run_file
from wizard.apply.runs import all_runs
from wizard.model.answers import Answers
from wizard.model.plan import Plan, Stage, Step, WriteFile
from wizard.model.session import RunRecord
from wizard.tui.looking import Looker
from wizard.workflow import act

pytestmark = pytest.mark.screens
HOST = "ubuntu-24.04"


async def follow(wizard: Wizard, run: RunRecord) -> None:
    wizard.on.call_later(wizard.on.follow_run, run)
    await wizard.at("RunScreen")


async def test_it_follows_a_run_to_its_end(tmp_path: Path):
    gate = tmp_path / "gate"
    wait = ("sh", "-c", f"echo waiting for it; while [ ! -e '{gate}' ]; do sleep 0.05; done")
    async with running("software", FEW, host=HOST) as wizard:
        run, work = start(plan_of(first=("true",), second=wait, third=("true",)))
        await follow(wizard, run)
        await wizard.until(
            lambda: re.search(r"▸ Do second +running +\d:\d\d", wizard.text) is not None, "the second step"
        )
        assert re.search(r"✓ Do first +done +0:0\d", wizard.text) and "· Do third" in wizard.text
        assert re.search(r"Tools +1 of 3", wizard.text), "the stage with its count"
        assert "1 of 3 steps" in wizard.text and "Installing" in wizard.text
        await wizard.until(lambda: "waiting for it" in wizard.text, "the tail of the output")
        assert "Stop after this step" in wizard.text and "Retry" not in wizard.text
        gate.touch()
        await wizard.until(lambda: "Installed" in wizard.text, "the end")
        work.join(10)
        assert "3 of 3 steps" in wizard.text and "Retry" not in wizard.text and wizard.focus == "close"
        await wizard.press("enter")
        await wizard.at("software")
        await wizard.looked()


async def test_sixteen_steps_in_five_stages_fit_and_the_one_that_runs_is_in_view(tmp_path: Path):
    plan = gated(long_plan(), tmp_path)
    ids = [step.id for step in plan.steps()]
    titles = {step.id: step.title for step in plan.steps()}
    async with running("software", FEW, host=HOST) as wizard:
        run, work = start(plan)
        await follow(wizard, run)
        for number, ident in enumerate(ids):
            here = rf"▸ {re.escape(titles[ident])} +running +0:\d\d"
            await wizard.until(lambda: bool(re.search(here, wizard.text)), f"{ident} in view")  # noqa: B023
            assert f"{number} of 16 steps" in wizard.text
            gate_of(tmp_path, ident).touch()
        await wizard.until(lambda: "Installed" in wizard.text, "the end")
        work.join(10)
        for _ in range(30):
            await wizard.press("up")
        assert "Prepare the packages" in wizard.text, "the steps scroll from any button"
        await wizard.press("end")
        assert re.search(r"✓ Let HTTPS in, port 443 +done", wizard.text)


async def test_a_run_that_was_over_before_says_so_and_offers_nothing_by_itself():
    async with running("software", FEW, host=HOST) as wizard:
        record = as_it_was("failed")
        wizard.on.call_later(lambda: wizard.on.follow_run(record, was_over=True))
        await wizard.at("RunScreen")
        await wizard.until(lambda: "Installing stopped" in wizard.text, "the end")
        assert re.search(r"✗ Install Docker Compose +failed +0:10", wizard.text)
        assert re.search(r"· Start Docker, also at boot +not run", wizard.text)
        assert re.search(r"5 of 16 steps +0:57", wizard.text), "up to its end, not up to now"
        assert wizard.focus == "close" and not wizard.on.is_looking


async def test_a_long_message_is_reached_to_its_end():
    words = " ".join(f"word{number}" for number in range(120))
    async with running("software", FEW, host=HOST) as wizard:
        run = finished(plan_of(first=("false",)))
        found = read_run_file(run.directory)
        assert found is not None
        write_run_file(run.directory, replace(found, message=words))
        await follow(wizard, run)
        await wizard.until(lambda: "Installing stopped" in wizard.text, "the end")
        assert "word119" not in wizard.text
        await wizard.focus_on("tail")
        await wizard.press("end")
        assert "word119" in wizard.text and "word0 " not in wizard.text


async def test_a_run_whose_plan_is_gone_is_told(tmp_path: Path):
    async with running("software", FEW, host=HOST) as wizard:
        record = finished(plan_of(first=("true",)))
        Path(record.directory, "plan.json").write_text("[]")
        wizard.on.call_later(wizard.on.follow_run, record)
        await wizard.at("TextDialog")
        assert "is not a plan of this wizard" in wizard.text


async def test_leaving_the_screen_leaves_the_run_alone(tmp_path: Path):
    gate = tmp_path / "gate"
    wait = ("sh", "-c", f"while [ ! -e '{gate}' ]; do sleep 0.05; done")
    async with running("software", FEW, host=HOST) as wizard:
        run, work = start(plan_of(first=wait, second=("true",)))
        await follow(wizard, run)
        await wizard.press("escape")
        await wizard.at("software")
        assert work.is_alive()
        wizard.on.call_later(wizard.on.confirm_run, ("install-jq",))
        await wizard.at("RunScreen")
        gate.touch()
        await wizard.until(lambda: "2 of 2 steps" in wizard.text, "the end")
        work.join(10)


async def test_stop_after_this_step(tmp_path: Path):
    gate = tmp_path / "gate"
    wait = ("sh", "-c", f"while [ ! -e '{gate}' ]; do sleep 0.05; done")
    async with running("software", FEW, host=HOST) as wizard:
        run, work = start(plan_of(first=wait, second=("false",)))
        await follow(wizard, run)
        await wizard.focus_on("stop")
        await wizard.press("enter")
        assert "stops once the step it is at is finished" in wizard.text and wizard.focus == "close"
        gate.touch()
        await wizard.until(lambda: "Installing stopped" in wizard.text, "the end")
        work.join(10)
        assert re.search(r"✓ Do first +done", wizard.text) and "· Do second" in wizard.text
        assert wizard.focus == "retry" and "[ Go on ]" in wizard.text and "Skip" not in wizard.text


async def test_a_failed_step_is_skipped_with_a_reason_and_the_rest_is_offered(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(act, "is_root", lambda: True)
    async with running("software", FEW, host=HOST) as wizard:
        await follow(wizard, finished(plan_of(first=("true",), install_jq=("false",), third=("true",))))
        await wizard.until(lambda: "Installing stopped" in wizard.text, "the end")
        assert re.search(r"✗ Do install jq +failed", wizard.text) and "install-jq failed:" in wizard.text
        assert wizard.focus == "retry"
        await wizard.looked()
        await wizard.focus_on("skip")
        await wizard.press("enter")
        await wizard.at("ReasonDialog")
        assert "Skip install-jq" in wizard.text and "▸ Reason" in wizard.text
        await wizard.press("tab")
        assert "▸ Reason" not in wizard.text, "the mark goes with the focus"
        await wizard.press("escape")
        await wizard.at("RunScreen")
        await wizard.press("enter")
        await wizard.at("ReasonDialog")
        await wizard.type("not needed")
        await wizard.press("enter")
        await wizard.at("TextDialog")
        assert [skip.step for skip in wizard.answers.skipped] == ["install-jq"]
        assert "These commands will be run" in wizard.text and wizard.focus == "yes"
        assert len(all_runs("session")) == 1, "nothing runs before the yes"
        await wizard.press("escape")
        await wizard.at("software")


async def test_retry_waits_for_what_is_seen_after_the_run(monkeypatch: pytest.MonkeyPatch):
    """Pressed while the host is still looked at: a plan from before the run would do what is done already."""
    gate = threading.Event()

    def slow(answers: Answers):
        gate.wait(5)
        return outside(answers)

    monkeypatch.setattr(act, "is_root", lambda: True)
    async with running("software", FEW, host=HOST) as wizard:
        wizard.on.looker = Looker(wizard.on, load(HOST), slow)
        await follow(wizard, finished(plan_of(install_jq=("false",))))
        await wizard.until(lambda: wizard.focus == "retry" and wizard.on.is_looking, "the end, and a look")
        await wizard.press("enter")
        await wizard.at("software")
        assert wizard.message == "Looking at what is left to do..."
        gate.set()
        await wizard.at("TextDialog")
        assert "These commands will be run" in wizard.text and wizard.focus == "yes"


async def test_a_look_of_before_the_end_of_a_run_is_not_the_last():
    gate = threading.Event()
    looks: list[Answers] = []

    def slow(answers: Answers):
        looks.append(answers)
        gate.wait(5)
        return outside(answers)

    async with running("software", FEW, host=HOST) as wizard:
        wizard.on.looker = Looker(wizard.on, load(HOST), slow)
        wizard.on.look()
        await follow(wizard, finished(plan_of(first=("true",))))
        await wizard.until(lambda: "Installed" in wizard.text, "the end")
        gate.set()
        await wizard.until(lambda: len(looks) == 2 and not wizard.on.is_looking, "another look")


async def test_a_runner_that_has_said_its_last_word_is_not_followed_again(monkeypatch: pytest.MonkeyPatch):
    """Its process goes a few milliseconds later; who is quick with Retry meets it."""
    monkeypatch.setattr(act, "is_root", lambda: True)
    async with running("software", FEW, host=HOST) as wizard:
        _run, work = start(plan_of(first=("false",)))
        work.join(10)
        assert act.current_run("session").pid is not None, "the thread's process goes on"  # type: ignore[union-attr]
        wizard.on.call_later(wizard.on.confirm_run, ("install-jq",))
        await wizard.at("TextDialog")
        assert "These commands will be run" in wizard.text


async def test_the_commands_are_shown_and_only_yes_starts_them(monkeypatch: pytest.MonkeyPatch):
    started: list[Plan] = []

    def begin(_session: str, plan: Plan) -> RunRecord:
        started.append(plan)
        return finished(plan_of(first=("true",)))

    monkeypatch.setattr(act, "is_root", lambda: True)
    monkeypatch.setattr(act, "start", begin)
    async with running("software", FEW, host=HOST) as wizard:
        assert wizard.focus == "install"
        await wizard.press("enter")
        await wizard.at("TextDialog")
        await wizard.press("escape")
        await wizard.at("software")
        assert not started
        await wizard.press("enter")
        await wizard.at("TextDialog")
        await wizard.press("enter")
        await wizard.at("RunScreen")
        plan = wizard.setup.plan
        assert plan is not None
        assert [step.id for step in started[0].steps()] == [
            step.id for step in plan.steps() if not step.id.startswith("firewall-")
        ]
        await wizard.until(lambda: "Installed" in wizard.text, "the end")


async def test_without_root_sudo_is_asked_outside_of_the_pages(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(act, "is_root", lambda: False)
    async with running("software", FEW, host=HOST) as wizard:
        wizard.setup.is_dirty = True
        await wizard.press("enter")
        await wizard.at("TextDialog")
        assert "needs root" in wizard.text and wizard.focus == "sudo"
        await wizard.pilot.press("enter")
        await wizard.pilot.pause()
        assert wizard.on.after == "sudo" and wizard.saved().answers == FEW


async def test_where_root_must_not_run_this_wizard_no_button_starts_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(act, "is_root", lambda: False)
    monkeypatch.setattr(
        "wizard.machine.rootcommand.own_weak_spot", lambda: "/home/kim belongs to the user kim"
    )
    monkeypatch.setattr("wizard.machine.rootcommand.roots_command", lambda: None)
    monkeypatch.setattr("wizard.machine.rootcommand._installing", lambda: "/home/kim/r/install.sh")
    async with running("software", FEW, host=HOST) as wizard:
        await wizard.press("enter")
        await wizard.at("TextDialog")
        said = " ".join(wizard.text.replace("│", " ").split())
        assert "Root does not run this wizard, since /home/kim belongs to the user kim" in said
        assert "`sudo /home/kim/r/install.sh --install-only`" in said
        assert "Go on as root" not in said and wizard.focus != "sudo"


async def test_open_blockers_are_named_instead():
    async with running("software", BEGUN, host=HOST) as wizard:
        await wizard.press("enter")
        await wizard.at("TextDialog")
        assert "Blocked" in wizard.text and "vcpus-short" in wizard.text and "memory-short" in wizard.text
        words = "accept those that may be accepted: press Enter on their row on This host, Software or Review"
        assert words in " ".join(wizard.text.split()), "where that is done"
        await wizard.press("escape")
        await wizard.at("software")


async def test_hostile_output_is_shown_as_text():
    hostile = ("sh", "-c", r"printf '[/x] [red]boo[/]\033[2J\033]0;owned\007\n'; exit 3")
    async with running("software", FEW, host=HOST) as wizard:
        await follow(wizard, finished(plan_of(first=hostile)))
        await wizard.until(lambda: "Installing stopped" in wizard.text, "the end")
        assert "[red]boo[/]?[2J?]0;owned?" in wizard.text and "\x1b" not in wizard.text
        await wizard.focus_on("log")
        await wizard.press("enter")
        await wizard.at("LogScreen")
        await wizard.until(lambda: "red" in wizard.text, "the log")
        assert "[/x] [red]boo[/]" in wizard.text and "\x1b" not in wizard.text


async def test_the_changes_stand_on_done():
    async with running("done", FEW, host=HOST) as wizard:
        assert "Changed on this host" in wizard.text


def limits(tmp_path: Path) -> Plan:
    step = Step(
        "tune-open-files",
        "recorded-host",
        "Allow logins more open files",
        "a test",
        (WriteFile(str(tmp_path / "limits.conf"), "x", root=False),),
        needs_reboot="Logins keep their old limit.",
    )
    return Plan(stages=(Stage("tuning", "Settings of this host", (step,)),))


async def test_a_reboot_that_is_needed_is_said_with_what_to_do(tmp_path: Path):
    async with running("software", FEW, host=HOST) as wizard:
        await follow(wizard, finished(limits(tmp_path)))
        await wizard.until(lambda: "a reboot is needed" in wizard.text, "the end")
        text = " ".join(wizard.text.split())
        assert "Logins keep their old limit." in text and "sudo systemctl reboot" in text
        assert "Retry" not in wizard.text and wizard.focus == "close"


async def test_the_next_start_says_that_it_waits_and_then_that_it_has_come(tmp_path: Path):
    record = finished(limits(tmp_path))
    async with running("welcome", BEGUN, host=HOST) as wizard:
        text = " ".join(wizard.text.split())
        assert "A reboot is needed before going on" in text and "systemctl reboot" in text
    found = read_run_file(record.directory)
    assert found is not None and found.process is not None
    write_run_file(record.directory, replace(found, process=replace(found.process, boot_id="an earlier one")))
    async with running("welcome", BEGUN, host=HOST) as wizard:
        text = " ".join(wizard.text.split())
        assert "has been rebooted since" in text and "systemctl reboot" not in text
