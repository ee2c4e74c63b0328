"""What only a reboot makes true: kept until this host has been booted, told with its reason, cancelled by an undo."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

import wizard.apply.reboot as reboot
from tests.unit.apply.plans import machine, plan_of, sh, step, text_of
from tests.unit.apply.test_undo import without_root
from wizard.apply.ending import REBOOTED
from wizard.apply.journal import read_events
from wizard.apply.reboot import is_this_boot, waiting_for_reboot
from wizard.apply.runfile import RunFile, Waiting, read_run_file, write_run_file
from wizard.apply.runner import run
from wizard.apply.runs import all_runs, create_run, ending
from wizard.apply.undo import undo_plan
from wizard.apply.undopackages import Packages
from wizard.machine.marks import boot_id, start_ticks
from wizard.machine.outcome import Outcome
from wizard.model.origin import ExitCode
from wizard.model.plan import Command, Plan, Step, WriteFile

WHY = "Logins keep their old limit."


def limits(tmp_path: Path, *before: Command, text: str = "x") -> Step:
    return step(
        "limits", *before, WriteFile(str(tmp_path / "limits.conf"), text, root=False), needs_reboot=WHY
    )


def do(tmp_path: Path, plan: Plan, verify=lambda _step: None) -> ExitCode:
    found = create_run(str(tmp_path), plan)
    return run(plan, found.directory, machine(), verify, reboot_file=str(tmp_path / "no-such-file"))


def waits(tmp_path: Path) -> list[str]:
    return [item.step for item in waiting_for_reboot([item.directory for item in all_runs(str(tmp_path))])]


def undo(tmp_path: Path) -> Plan:
    return without_root(
        undo_plan(
            [item.directory for item in all_runs(str(tmp_path))],
            host=Packages({}, lambda _manager, _names: frozenset()),
        )
    )


@pytest.fixture
def boot(monkeypatch: pytest.MonkeyPatch):
    """Boots this host anew, as far as a run can tell."""

    def again(number: int) -> None:
        monkeypatch.setattr(reboot, "boot_id", lambda: f"boot-{number}")

    return again


def test_a_step_that_needs_a_reboot_ends_the_run_so(tmp_path: Path) -> None:
    assert do(tmp_path, plan_of(limits(tmp_path), step("other", sh("true")))) == ExitCode.REBOOT_NEEDED
    found = all_runs(str(tmp_path))[0]
    assert ending(found).state == "reboot-needed" and ending(found).code == ExitCode.REBOOT_NEEDED
    last = read_events(found.journal)[-1]
    assert last.status == "done" and WHY in last.message and WHY in ending(found).message
    assert waits(tmp_path) == ["limits"]


def test_after_the_reboot_it_is_done_and_says_so(tmp_path: Path, boot) -> None:
    do(tmp_path, plan_of(limits(tmp_path)))
    boot(2)
    found = ending(all_runs(str(tmp_path))[0])
    assert (found.state, found.code, found.message) == ("done", ExitCode.DONE, REBOOTED)
    assert waits(tmp_path) == []
    assert do(tmp_path, plan_of(step("other", sh("true")))) == ExitCode.DONE


def test_a_container_that_was_started_anew_was_rebooted_too(tmp_path: Path, monkeypatch) -> None:
    do(tmp_path, plan_of(limits(tmp_path)))
    monkeypatch.setattr(reboot, "start_ticks", lambda _pid: (start_ticks(1) or 0) + 1000)
    assert waits(tmp_path) == [] and ending(all_runs(str(tmp_path))[0]).state == "done"


def test_it_still_waits_after_a_later_run_that_needs_none(tmp_path: Path) -> None:
    do(tmp_path, plan_of(limits(tmp_path)))
    assert do(tmp_path, plan_of(step("other", sh("true")))) == ExitCode.REBOOT_NEEDED
    assert WHY in ending(all_runs(str(tmp_path))[0]).message


def test_it_still_waits_where_a_later_step_failed_and_the_run_is_done_again(tmp_path: Path) -> None:
    plan = plan_of(limits(tmp_path), step("bad", sh("exit 3")))
    assert do(tmp_path, plan) == ExitCode.STEP_FAILED
    assert ending(all_runs(str(tmp_path))[0]).state == "failed" and waits(tmp_path) == ["limits"]
    assert do(tmp_path, plan_of(step("bad", sh("true")))) == ExitCode.REBOOT_NEEDED


def test_a_step_that_failed_before_it_changed_a_file_waits_for_nothing(tmp_path: Path) -> None:
    assert do(tmp_path, plan_of(limits(tmp_path, sh("exit 1")))) == ExitCode.STEP_FAILED
    assert waits(tmp_path) == []


def test_a_step_that_failed_after_it_changed_a_file_waits(tmp_path: Path) -> None:
    assert do(tmp_path, plan_of(limits(tmp_path)), lambda _step: "still low") == ExitCode.STEP_FAILED
    assert waits(tmp_path) == ["limits"]


def test_it_is_noted_before_the_step_changes_anything(tmp_path: Path) -> None:
    found = create_run(str(tmp_path), Plan())
    looks = sh(f"grep -q '{WHY}' {found.directory}/run.json")
    plan = plan_of(limits(tmp_path, looks))
    assert run(plan, found.directory, machine(), lambda _step: None) == ExitCode.REBOOT_NEEDED


def test_undone_before_the_reboot_nothing_waits(tmp_path: Path) -> None:
    do(tmp_path, plan_of(limits(tmp_path)))
    assert do(tmp_path, undo(tmp_path)) == ExitCode.DONE
    assert waits(tmp_path) == [] and not (tmp_path / "limits.conf").exists()


def test_undone_after_the_reboot_it_waits_for_the_next_and_done_again_for_none(tmp_path: Path, boot) -> None:
    do(tmp_path, plan_of(limits(tmp_path)))
    # The first run was in an earlier boot than this one.
    directory = all_runs(str(tmp_path))[0].directory
    found = read_run_file(directory)
    assert found is not None and found.process is not None
    write_run_file(directory, replace(found, process=replace(found.process, boot_id="an earlier one")))
    assert do(tmp_path, undo(tmp_path)) == ExitCode.REBOOT_NEEDED
    assert waits(tmp_path) == ["undo-limits"]
    assert do(tmp_path, plan_of(limits(tmp_path))) == ExitCode.DONE
    assert waits(tmp_path) == []
    boot(3)
    assert waits(tmp_path) == []


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (["limits", "limits"], ["limits"]),
        (["limits", "undo-limits", "undo-limits"], []),  # the first undo was cut off, say
        (["undo-limits", "undo-limits"], ["undo-limits"]),
        (["limits", "undo-limits", "limits"], ["limits"]),
        (["limits", "system", "undo-limits"], ["system"]),
    ],
)
def test_what_is_as_it_was_at_the_boot_waits_for_nothing(
    tmp_path: Path, done: list[str], expected: list[str]
) -> None:
    for number, name in enumerate(done):
        found = create_run(str(tmp_path), Plan())
        write_run_file(found.directory, RunFile(str(number), "t", waiting=(Waiting(name, WHY),)))
    assert waits(tmp_path) == expected


def test_boots_that_can_not_be_told_apart_count_as_one() -> None:
    assert is_this_boot(RunFile("x", "t"))
    found = create_mark(boot_id="", ticks=None)
    assert is_this_boot(found)
    assert not is_this_boot(create_mark("another", None))
    assert is_this_boot(create_mark(boot_id(), start_ticks(1)))


def create_mark(boot_id: str, ticks: int | None) -> RunFile:
    from wizard.apply.liveness import ProcessMark

    return RunFile("x", "t", ProcessMark(1, 1, boot_id), init_ticks=ticks)


def test_run_files_of_the_version_before_are_read(tmp_path: Path) -> None:
    found = create_run(str(tmp_path), Plan())
    Path(os.path.join(found.directory, "run.json")).write_text(
        '{"id": "x", "started_at": "t", "exit_code": 10}'
    )
    assert ending(found).state == "reboot-needed"
    assert waits(tmp_path) == []


class WithNeedsRestarting:
    """This machine, but for needs-restarting and dnf, which say what they are told to."""

    def __init__(self, *said: tuple[int, str]) -> None:
        self.said = list(said)
        self.real = machine()

    def run(self, command, on_line, on_idle=None, on_start=None):
        if command.argv[0] == "dnf":
            return Outcome(0)
        if command.argv[0] != "needs-restarting":
            return self.real.run(command, on_line, on_idle, on_start)
        code, line = self.said.pop(0)
        on_line(line)
        return Outcome(code)

    def write(self, file):
        return self.real.write(file)

    def stop(self) -> None:
        self.real.stop()


NEEDED = (1, "Reboot is required to fully utilize these updates.")
NOT_NEEDED = (0, "Reboot should not be necessary.")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((NOT_NEEDED, NEEDED), ExitCode.REBOOT_NEEDED),
        ((NOT_NEEDED, NOT_NEEDED), ExitCode.DONE),
        ((NEEDED,), ExitCode.DONE),  # before this run already
        ((NOT_NEEDED, (1, "Error: Failed to load the configuration")), ExitCode.DONE),
    ],
)
def test_what_dnf_installed_may_ask_for_it(tmp_path: Path, said, expected) -> None:
    plan = plan_of(step("install", Command(("dnf", "install", "x"), root=False, waits_for="dnf")))
    found = create_run(str(tmp_path), plan)
    host = WithNeedsRestarting(*said)
    file = str(tmp_path / "no-such-file")
    assert run(plan, found.directory, host, lambda _step: None, reboot_file=file) == expected
    assert host.said == []
    assert waits(tmp_path) == (["system"] if expected == ExitCode.REBOOT_NEEDED else [])


def test_without_dnf_its_program_is_not_asked(tmp_path: Path) -> None:
    plan = plan_of(step("one", sh("true")))
    found = create_run(str(tmp_path), plan)
    assert run(plan, found.directory, WithNeedsRestarting(), lambda _step: None) == ExitCode.DONE
    assert "needs-restarting" not in text_of(found.directory, "log.txt")


def test_waiting_is_told_with_the_step_once(tmp_path: Path) -> None:
    for text in ("one", "two"):
        do(tmp_path, plan_of(limits(tmp_path, text=text)))
    runs = [item.directory for item in all_runs(str(tmp_path))]
    assert waiting_for_reboot(runs) == (Waiting("limits", WHY),)


def test_an_undo_that_is_refused_leaves_what_waits_for_the_reboot(tmp_path: Path) -> None:
    """Another step was undone before it: what that one changed is not this one's."""
    other = step("proxy", WriteFile(str(tmp_path / "proxy.conf"), "y", root=False))
    assert do(tmp_path, plan_of(limits(tmp_path), other)) == ExitCode.REBOOT_NEEDED
    plan = undo(tmp_path)
    (tmp_path / "limits.conf").write_text("somebody else's")
    assert do(tmp_path, plan) == ExitCode.STEP_FAILED
    assert not (tmp_path / "proxy.conf").exists() and (tmp_path / "limits.conf").exists()
    assert waits(tmp_path) == ["limits"]
