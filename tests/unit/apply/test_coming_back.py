"""Coming back to runs that are not as expected: order, other versions, damage, and what a killed one left at work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.apply.plans import ROOT, is_there, machine, plan_of, runner_argv, sh, step
from tests.unit.apply.test_detached import until
from wizard.apply.changes import changes
from wizard.apply.ending import ending
from wizard.apply.journal import read_events
from wizard.apply.liveness import ProcessMark
from wizard.apply.runfile import RUN_VERSION, read_run_file, write_run_file
from wizard.apply.runner import run
from wizard.apply.runs import all_runs, create_run, last_run, launch, load_plan
from wizard.apply.saying import short_words
from wizard.apply.undo import undo_plan
from wizard.apply.undopackages import Packages
from wizard.machine.local import LocalMachine
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan, WriteFile
from wizard.model.session import RunRecord
from wizard.planning.packages import install

NO_PACKAGES = Packages({}, lambda _manager, _names: frozenset())


def done(session: Path, plan: Plan) -> RunRecord:
    found = create_run(str(session), plan)
    run(plan, found.directory, machine(), lambda _step: None)
    return found


def renamed(found: RunRecord, name: str) -> str:
    directory = os.path.join(os.path.dirname(found.directory), name)
    os.rename(found.directory, directory)
    return directory


def edit(path: str, **keys: object) -> None:
    data = json.loads(Path(path).read_text())
    Path(path).write_text(json.dumps({**data, **keys}))


# Order


def test_the_run_made_last_is_the_last_also_after_the_clock_was_set_back(tmp_path: Path) -> None:
    first = renamed(create_run(str(tmp_path), Plan()), "20261124T120000Z-00")
    second = renamed(create_run(str(tmp_path), Plan()), "20261124T110000Z-00")
    third = renamed(create_run(str(tmp_path), Plan()), "20200101T000000Z-00")
    assert [found.directory for found in all_runs(str(tmp_path))] == [third, second, first]
    assert [found.number for found in all_runs(str(tmp_path))] == [3, 2, 1]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 10**5 - 1), min_size=1, max_size=6, unique=True),
    st.data(),
)
def test_runs_without_a_number_have_their_place_by_name(
    tmp_path_factory: pytest.TempPathFactory, hours: list[int], data: st.DataObject
) -> None:
    """Numbers decide among those that have one; with none at all, names do; one that lost its own stays last."""
    session = tmp_path_factory.mktemp("session")
    names = [f"2026{hour:05d}"[:8] + f"T{hour:06d}Z-00" for hour in hours]
    made = [renamed(create_run(str(session), Plan()), name) for name in names]
    assert [found.directory for found in all_runs(str(session))] == made[::-1]
    lost = data.draw(st.sets(st.sampled_from(made)))
    for directory in lost:
        Path(directory, "run.json").write_text("{")
    kept = [found.directory for found in all_runs(str(session)) if found.directory not in lost]
    assert kept == [directory for directory in made[::-1] if directory not in lost]
    for directory in made:
        Path(directory, "run.json").write_text("{")
    assert [found.directory for found in all_runs(str(session))] == sorted(made, reverse=True)


def test_a_damaged_last_run_is_still_the_last(tmp_path: Path) -> None:
    create_run(str(tmp_path), Plan())
    last = create_run(str(tmp_path), Plan())
    Path(last.directory, "run.json").write_bytes(b"\0\0\0")
    found = last_run(str(tmp_path))
    assert found is not None and found.directory == last.directory
    assert "damaged" in ending(found).message
    assert create_run(str(tmp_path), Plan()).number == 2


# Other versions, and damage


def test_a_run_of_a_newer_version_is_told_and_nothing_of_it_is_guessed(tmp_path: Path) -> None:
    target = tmp_path / "file"
    found = done(tmp_path, plan_of(step("write", WriteFile(str(target), "x", root=False))))
    edit(found.directory + "/run.json", version=RUN_VERSION + 1, nodes=["chat-2"])
    last = last_run(str(tmp_path))
    assert last is not None and last.number == 1
    assert "newer version" in ending(last).message and "All steps are done" in ending(last).message
    with pytest.raises(Failure) as failure:
        undo_plan([found.directory], (), host=NO_PACKAGES)
    assert failure.value.code == ExitCode.SESSION_UNUSABLE
    assert "newer version" in failure.value.seen and "install.sh" in failure.value.next_step
    assert target.exists()
    assert "newer version" in changes([found.directory])[0]
    edit(found.directory + "/plan.json", nodes=[])
    with pytest.raises(Failure, match="newer version"):
        load_plan(found.directory)


def test_a_plan_of_a_newer_version_is_not_done(tmp_path: Path) -> None:
    target = tmp_path / "file"
    plan = plan_of(step("write", WriteFile(str(target), "x", root=False)))
    found = create_run(str(tmp_path), plan)
    edit(found.directory + "/run.json", version=RUN_VERSION + 1)
    with pytest.raises(Failure, match="newer version"):
        run(plan, found.directory, machine(), lambda _step: None)
    assert not target.exists()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_text(""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "nested": lambda path: path.write_text("[" * 100_000),
    "more in it": lambda path: edit(str(path), more=1),
    "another": lambda path: path.write_text('{"steps": []}'),
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", ["records.json", "plan.json"])
def test_undo_refuses_where_its_records_are_damaged(tmp_path: Path, name: str, how: str) -> None:
    target = tmp_path / "file"
    found = done(tmp_path, plan_of(step("write", WriteFile(str(target), "x", root=False))))
    other = done(tmp_path, plan_of(step("other", WriteFile(str(tmp_path / "2"), "x", root=False))))
    DAMAGE[how](Path(found.directory, name))
    directories = [other.directory, found.directory]
    with pytest.raises(Failure) as failure:
        undo_plan(directories, (), host=NO_PACKAGES)
    assert failure.value.code == ExitCode.SESSION_UNUSABLE
    assert "guess" in failure.value.why
    assert f"mv {found.directory} {found.directory}.aside" in failure.value.next_step
    assert "not all that it changed is known" in changes(directories)[0]
    # As it says: put aside, the rest can be undone.
    os.rename(found.directory, found.directory + ".aside")
    left = [item.directory for item in all_runs(str(tmp_path))]
    assert [item.id for item in undo_plan(left, (), host=NO_PACKAGES).steps()] == ["undo-other"]


def test_undo_refuses_where_the_records_are_gone(tmp_path: Path) -> None:
    found = done(tmp_path, plan_of(step("write", WriteFile(str(tmp_path / "file"), "x", root=False))))
    os.unlink(found.directory + "/records.json")
    with pytest.raises(Failure, match="lost"):
        undo_plan([found.directory], (), host=NO_PACKAGES)


@pytest.mark.parametrize("how", ["gone", "cut"])
def test_a_file_whose_kept_copy_is_damaged_is_left_as_it_is(tmp_path: Path, how: str) -> None:
    target, other = tmp_path / "file", tmp_path / "other"
    target.write_text("theirs")
    writes = (WriteFile(str(target), "ours", root=False), WriteFile(str(other), "ours", root=False))
    found = done(tmp_path, plan_of(step("write", *writes)))
    (kept,) = Path(found.directory).glob("kept-*")
    kept.unlink() if how == "gone" else kept.write_text("the")
    plan = undo_plan([found.directory], (), host=NO_PACKAGES)
    assert [getattr(action, "argv", ()) for action in plan.steps()[0].commands] == [
        ("rm", "-f", "--", str(other))
    ]
    assert plan.notes == (
        f"The copy of {target} that was kept is damaged or gone, so the file is left as it is.",
    )


@pytest.fixture(scope="module")
def whole_journal(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunRecord, bytes]:
    found = done(
        tmp_path_factory.mktemp("session"),
        plan_of(
            step("one", sh("echo caf\u00e9; echo two")), step("two", sh("exit 3")), step("three", sh("true"))
        ),
    )
    return found, Path(found.journal).read_bytes()


def test_a_journal_cut_at_any_byte_says_what_its_whole_lines_say(
    whole_journal: tuple[RunRecord, bytes], tmp_path: Path
) -> None:
    found, whole = whole_journal
    events = read_events(found.journal)
    cut_run = replace(found, directory=str(tmp_path), journal=str(tmp_path / "journal.jsonl"))
    note = read_run_file(found.directory)
    assert note is not None and note.process is not None
    gone = replace(note, exit_code=None, message="", process=replace(note.process, pid=2**22 + 1))
    write_run_file(str(tmp_path), gone)
    for cut in range(len(whole) + 1):
        Path(cut_run.journal).write_bytes(whole[:cut])
        lines = whole[:cut].count(b"\n")
        # The last line may be there but for its line end: then it is whole as well.
        is_whole = cut < len(whole) and whole[cut : cut + 1] == b"\n"
        assert read_events(cut_run.journal) == events[: lines + is_whole]
        how = ending(cut_run)
        if lines + is_whole == len(events):
            assert (how.state, how.code) == ("failed", ExitCode.STEP_FAILED)
            continue
        assert how.state == "interrupted"
        told = [event for event in events[: lines + is_whole] if event.step]
        if not told:
            assert "before its first step" in how.message
        else:
            place = "after" if told[-1].event == "step-finished" else "in the middle of"
            assert f"{place} {told[-1].step}: its process is gone" in how.message


def test_a_restart_of_the_host_is_told_as_what_ended_the_run(tmp_path: Path) -> None:
    found = create_run(str(tmp_path), Plan())
    note = read_run_file(found.directory)
    assert note is not None
    write_run_file(found.directory, replace(note, process=ProcessMark(1, 1, "another boot")))
    assert "this host was restarted since" in ending(found).message


# Left at work


def killed_while(tmp_path: Path, script: str) -> tuple[RunRecord, int]:
    """A run whose runner was killed while this script ran; and the script's process."""
    mark = tmp_path / "pid"
    plan = plan_of(step("one", sh(f"echo $$ > {mark}.new; mv {mark}.new {mark}; {script}")))
    found = create_run(str(tmp_path), plan)
    found = launch(found, runner_argv(found.directory))
    assert found.pid is not None
    until(mark.exists)
    os.kill(found.pid, signal.SIGKILL)
    until(lambda: not is_there(found.pid or 0))
    return found, int(mark.read_text())


def test_what_a_killed_runner_left_at_work_is_known_by_name(tmp_path: Path) -> None:
    found, pid = killed_while(tmp_path, "sleep 60")
    try:
        how = ending(found)
        assert how.state == "interrupted"
        assert how.leftover is not None and how.leftover.pid == pid
        assert f"which it started, is still at work (process {pid})" in how.message
    finally:
        os.killpg(pid, signal.SIGKILL)
    until(lambda: ending(found).leftover is None)
    assert "still at work" not in ending(found).message


def test_a_number_given_to_another_process_since_is_nobody_left(tmp_path: Path) -> None:
    found, pid = killed_while(tmp_path, "sleep 60")
    note = read_run_file(found.directory)
    assert note is not None and note.command is not None
    mark = note.command.process
    for other in (replace(mark, start_ticks=mark.start_ticks + 1), replace(mark, boot_id="another")):
        write_run_file(found.directory, replace(note, command=replace(note.command, process=other)))
        assert ending(found).leftover is None
    os.killpg(pid, signal.SIGKILL)


def test_the_command_is_named_as_people_speak_of_it() -> None:
    command = install("apt", ("jq",))
    assert command.argv[0] == "env" and len(command.argv) > 12
    assert short_words(command) == "apt-get install -y --no-remove jq"
    assert short_words(install("dnf", ("jq",))) == "dnf -y install jq"


def test_no_password_stands_in_the_note_of_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://bob:canary%21@proxy:1")
    found = done(tmp_path, plan_of(step("one", sh("true http://x:canary2@h/ canary%21"))))
    text = Path(found.directory, "run.json").read_text()
    assert "true http" in text and "canary" not in text


DIES = f"""
import os, signal, sys
sys.path.insert(0, {ROOT!r})
from wizard.machine.local import LocalMachine
from wizard.model.plan import Command
def die(pid):
    os.write(1, str(pid).encode())
    os.kill(os.getpid(), signal.SIGKILL)
LocalMachine().run(Command(("touch", sys.argv[1]), root=False), print, None, die)
"""


def test_killed_before_the_process_is_noted_its_program_never_begins(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", DIES, str(tmp_path / "x")], capture_output=True)
    assert ended.returncode == -signal.SIGKILL
    until(lambda: not is_there(int(ended.stdout)))
    assert not (tmp_path / "x").exists()


def test_a_process_that_cannot_be_noted_does_not_begin(tmp_path: Path) -> None:
    def full(_pid: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        LocalMachine().run(sh(f"touch {tmp_path}/x"), print, None, full)
    assert not (tmp_path / "x").exists()


def test_the_noted_process_is_the_program_itself_with_nothing_to_read(tmp_path: Path) -> None:
    noted: list[int] = []
    lines: list[str] = []
    outcome = LocalMachine().run(sh("echo $$; cat; readlink /proc/$$/fd/0"), lines.append, None, noted.append)
    assert outcome.exit_code == 0
    assert lines == [str(noted[0]), "/dev/null"]
