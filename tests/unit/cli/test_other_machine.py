"""A session that was copied to another machine: said, its answers may come along, what its runs did is not touched."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hosts import load as host_of
from tests.unit.apply.plans import plan_of, step
from tests.unit.apply.test_undo import apply
from tests.unit.cli.console import answers_file, run
from wizard.apply.runfile import read_run_file, write_run_file
from wizard.apply.runs import all_runs
from wizard.machine import identity
from wizard.model.answers import Answers, UsageAnswers
from wizard.model.machine import MachineMark
from wizard.model.plan import WriteFile
from wizard.model.session import SessionState
from wizard.store.seen import Seen, keep_seen
from wizard.workflow import act, hold, keep, look, machines
from wizard.workflow.resume import changed_since, last_change

ANSWERED = Answers(usage=UsageAnswers(environment="testing", mau=500))
HERE, THERE = "3d1219c7c4c5404aaa1f6d2a48adfda4", "0d1219c7c4c5404aaa1f6d2a48adfda4"
HARDWARE = "4c4c4544-0043-3010-8052-b4c04f4e3732", "5c4c4544-0043-3010-8052-b4c04f4e3732"


class Machines:
    """What this machine's files say of it."""

    def __init__(self, place: Path) -> None:
        self.id, self.hardware = place / "machine-id", place / "product_uuid"

    def are(self, machine_id: str, hardware: str = HARDWARE[0]) -> None:
        self.id.write_text(machine_id + "\n")
        self.hardware.write_text(hardware + "\n")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machines:
    found = Machines(tmp_path)
    monkeypatch.setattr(identity, "_ID_FILE", str(found.id))
    monkeypatch.setattr(identity, "_HARDWARE_FILE", str(found.hardware))
    monkeypatch.setattr(identity, "_CONTAINER_FILES", ())
    found.are(THERE)
    return found


@pytest.fixture
def session(tmp_path: Path, machine: Machines) -> str:
    """Made there, with a run that wrote a file and a look at the host; then the machine is another one, with that very
    file on it (which is somebody else's here).
    """
    place = tmp_path / "session"
    keep.save(str(place), SessionState(answers=ANSWERED, changed_at="2026-01-01T00:00:00Z", page="review"))
    written = WriteFile(str(tmp_path / "curl"), "theirs\n", root=False)
    apply(place, plan_of(step("install-curl", written)))
    host = look.survey(ANSWERED, reader=host_of("ubuntu-24.04")).hosts[0]
    keep_seen(str(place), Seen(replace(host, memory_bytes=1), replace(host, memory_bytes=1)))
    machine.are(HERE)
    return str(place)


def runs_of(session: str) -> list[str]:
    return sorted(path.name for path in Path(session, "runs").iterdir())


def test_both_carry_the_mark(session: str, machine: Machines) -> None:
    machine.are(THERE)
    mark = identity.this_machine()
    document = json.loads(Path(session, "session.json").read_text())
    assert document["machine"] == {"id": mark.id, "hardware": mark.hardware}
    found = read_run_file(all_runs(session)[0].directory)
    assert found is not None and found.machine == mark
    assert THERE not in Path(session, "session.json").read_text()


@pytest.mark.parametrize(
    "command", [("undo", "--all", "--yes"), ("attach",), ("apply", "--yes"), ("undo", "--all")]
)
def test_unattended_nothing_is_done(session: str, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(*command, "--session", session, host="ubuntu-24.04")
    assert done.code == 7
    assert "made on another machine: its machine-id is not this one's" in done.err
    assert "--machine new" in done.err and "--machine same" in done.err
    assert (tmp_path / "curl").exists() and len(runs_of(session)) == 1


def test_also_with_an_answers_file_and_for_an_export(session: str, tmp_path: Path) -> None:
    named = answers_file(tmp_path)
    assert run("apply", "--yes", "--answers", named, "--session", session, host="ubuntu-24.04").code == 7
    assert run("export", str(tmp_path / "out"), "--session", session, host="ubuntu-24.04").code == 7
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["status", "check", "plan", "answers"])
def test_what_only_reads_says_it_and_changes_nothing(session: str, command: str) -> None:
    before = Path(session, "session.json").read_bytes()
    done = run(command, "--session", session, host="ubuntu-24.04")
    assert "made on another machine" in done.err and done.code in (0, 3, 4)
    assert Path(session, "session.json").read_bytes() == before


def test_status_counts_none_of_its_runs(session: str) -> None:
    document = run("status", "--json", "--session", session).document
    assert document["run"] is None and document["waiting"] == [] and document["state"] == "answering"
    assert document["details"]["other_machine"] is True and "changed" not in document["details"]


def test_nothing_of_its_runs_is_told_undone_or_compared(session: str) -> None:
    host = look.survey(ANSWERED, reader=host_of("ubuntu-24.04")).hosts[0]
    assert act.current_run(session) is None and act.live_run(session) is None
    assert act.undo_plan(session).steps() == () and act.changes(session) == ()
    assert act.waiting_for_reboot(session) == () and not act.was_rebooted(session)
    assert last_change(session, ANSWERED) is None and changed_since(session, ANSWERED, host) is None


def test_new_takes_the_answers_along_and_puts_the_runs_aside(session: str, tmp_path: Path) -> None:
    (name,) = runs_of(session)
    done = run("undo", "--all", "--yes", "--machine", "new", "--session", session)
    assert done.code == 0 and "nothing to undo" in done.err, done.err
    assert (tmp_path / "curl").exists()
    assert runs_of(session) == []
    (aside,) = Path(session).glob("runs.other-machine-*")
    assert (aside / name / "log.txt").exists() and aside.stat().st_mode & 0o777 == 0o700
    assert not Path(session, "seen.json").exists()
    state = keep.load(session)
    assert (state.answers, state.page, state.notice) == (ANSWERED, "review", "")
    assert state.machine == identity.this_machine()


def test_same_counts_all_as_before(session: str, tmp_path: Path) -> None:
    done = run("attach", "--machine", "same", "--session", session)
    assert done.code == 0, done.err
    assert [item.id for item in act.undo_plan(session).steps()] == ["undo-install-curl"]
    assert keep.load(session).notice == ""
    # Also once it was saved again, and begun anew.
    keep.save(session, replace(keep.load(session), page="done"))
    assert len(machines.runs_here(session)) == 1


def test_same_said_on_a_copy_says_nothing_of_another_one(session: str, machine: Machines) -> None:
    run("attach", "--machine", "same", "--session", session)
    machine.are("1" + HERE[1:])
    assert run("attach", "--session", session).code == 7


def test_a_person_is_asked_and_may_leave_it_alone(session: str) -> None:
    done = run("attach", "--session", session, typed="\n")
    assert done.code == 7 and "What is this? (new, same; Enter leaves it alone)" in done.err
    assert "Left alone" in done.err and len(runs_of(session)) == 1
    done = run("attach", "--session", session, typed="what\nnew\n")
    assert done.code == 2 and "no run to follow" in done.err
    assert run("attach", "--session", session, typed="").code == 2, "it is asked once"


def test_the_wizard_asks_before_it_opens(session: str) -> None:
    opened: list[SessionState] = []

    def open_wizard(place: str, _imported: Answers | None) -> int:
        opened.append(keep.load(place))
        return 0

    environ = {"TERM": "xterm"}
    done = run("--session", session, typed="\n", environ=environ, open_wizard=open_wizard)
    assert (done.code, opened) == (7, [])
    done = run("--session", session, typed="new\n", environ=environ, open_wizard=open_wizard)
    assert done.code == 0 and opened[0].answers == ANSWERED and not opened[0].is_other_machine


def test_a_clone_with_the_same_machine_id_is_known_by_its_hardware(session: str, machine: Machines) -> None:
    machine.are(THERE, HARDWARE[1])
    done = run("undo", "--all", "--yes", "--session", session)
    assert done.code == 7 and "the hardware is another, as with a clone" in done.err


@pytest.mark.parametrize("gone", ["id", "hardware", "both"])
def test_what_is_not_known_here_claims_nothing(session: str, machine: Machines, gone: str) -> None:
    machine.are(THERE)
    for name in ("id", "hardware") if gone == "both" else (gone,):
        getattr(machine, name).unlink()
    assert not keep.load(session).is_other_machine
    assert len(act.undo_plan(session).steps()) == 1
    mark = keep.load(session).machine
    keep.save(session, keep.load(session))
    assert keep.load(session).machine == mark, "and what was known stays known"


def test_a_session_of_before_is_this_machines_and_says_so_from_the_next_save_on(session: str) -> None:
    path = Path(session, "session.json")
    document = json.loads(path.read_text())
    del document["machine"], document["machine_was"]
    path.write_text(json.dumps(document))
    directory = all_runs(session)[0].directory
    found = read_run_file(directory)
    assert found is not None
    write_run_file(directory, replace(found, machine=MachineMark()))
    state = keep.load(session)
    assert state.notice == "" and len(act.undo_plan(session).steps()) == 1
    keep.save(session, state)
    assert keep.load(session).machine == identity.this_machine()
    assert len(act.undo_plan(session).steps()) == 1


def test_a_run_that_was_copied_alone_is_not_this_machines(session: str, tmp_path: Path) -> None:
    """As after an rsync that leaves what is there."""
    other = tmp_path / "other"
    keep.save(str(other), SessionState(answers=ANSWERED, changed_at="2026-01-01T00:00:00Z"))
    shutil.copytree(Path(session, "runs"), other / "runs")
    assert act.undo_plan(str(other)).steps() == () and act.current_run(str(other)) is None


def test_one_copied_over_this_machines_own_keeps_its_runs(session: str, tmp_path: Path) -> None:
    own = tmp_path / "own"
    keep.save(str(own), SessionState(answers=ANSWERED, changed_at="2026-01-01T00:00:00Z"))
    apply(own, plan_of(step("ours", WriteFile(str(tmp_path / "ours"), "x", root=False))))
    mine = all_runs(str(own))[0].directory
    shutil.copy2(Path(session, "session.json"), own / "session.json")
    shutil.copytree(all_runs(session)[0].directory, own / "runs" / "20260101T000000Z-00")
    assert act.undo_plan(str(own)).steps() == ()
    run("attach", "--machine", "new", "--session", str(own))
    assert runs_of(str(own)) == [Path(mine).name]
    assert [item.id for item in act.undo_plan(str(own)).steps()] == ["undo-ours"]


def test_a_save_that_was_not_asked_for_takes_no_run_for_this_machines(session: str) -> None:
    keep.save(session, replace(keep.load(session), page="done"))
    assert act.undo_plan(session).steps() == () and runs_of(session) == []
    assert keep.load(session).answers == ANSWERED


def test_root_takes_no_session_along_over_another_machines(
    session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wizard.model.failure import Failure

    monkeypatch.setattr("os.geteuid", lambda: 0)
    source = tmp_path / "kims"
    keep.save(str(source), SessionState(answers=ANSWERED, changed_at="2026-01-01T00:00:00Z"))
    with pytest.raises(Failure) as failure:
        hold.adopt(str(source), session, {"SUDO_UID": str(source.stat().st_uid)})
    assert failure.value.code == 7 and (source / "session.json").exists() and len(runs_of(session)) == 1
