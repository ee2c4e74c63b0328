"""attach, apply's view and undo: real runs of harmless commands."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.apply.plans import plan_of, runner_argv, sh, step
from tests.unit.cli.console import Stream, answers_file, run, start
from wizard.apply.liveness import ProcessMark
from wizard.apply.runfile import RunFile, read_run_file, write_run_file
from wizard.apply.runs import create_run, last_run, launch
from wizard.cli.environment import Environment
from wizard.cli.follow import follow_run, start_run
from wizard.cli.options import Arguments, read_arguments
from wizard.cli.privilege import without_session
from wizard.cli.prompts.talk import Leave
from wizard.machine.marks import boot_id, start_ticks
from wizard.model.event import Event
from wizard.model.plan import Plan, Stage, WriteFile
from wizard.model.session import RunRecord
from wizard.workflow import act, parting

EVENT_KEYS = ["at", "event", "step", "node", "status", "message"]


def test_attach_follows_to_the_end(session: str) -> None:
    start(session, plan_of(step("one", sh("echo first; sleep 0.3; echo last")), step("two", sh("true"))))
    ran = run("attach", "--session", session)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert [line.split()[:2] for line in lines] == [["done", "one"], ["done", "two"]]
    assert "log.txt" in ran.err


def test_attach_again_shows_the_last_run(session: str) -> None:
    start(session, plan_of(step("one", sh("true"))))
    first = run("attach", "--json", "--session", session)
    again = run("attach", "--json", "--session", session)
    events = [json.loads(line) for line in again.out.splitlines()]
    assert (first.code, first.out) == (again.code, again.out)
    assert all(list(event) == EVENT_KEYS for event in events)
    assert [events[0]["event"], events[-1]["event"]] == ["run-started", "run-finished"]


def test_a_failed_step_is_told_with_its_log(session: str) -> None:
    start(session, plan_of(step("bad", sh("echo the reason >&2; exit 3")), step("never", sh("true"))))
    ran = run("attach", "--session", session)
    assert ran.code == 6
    assert ran.out.startswith("failed") and "never" not in ran.out
    assert "the reason" in ran.err and "log.txt" in ran.err and "apply" in ran.err
    assert run("status", "--json", "--session", session).document["state"] == "failed"


def test_what_is_left_out_is_told_with_its_reason_and_is_not_where_the_run_stands(session: str) -> None:
    bad = step("bad", sh("echo the reason >&2; exit 3"))
    start(session, plan_of(bad, step("later", sh("true"), requires=("bad",))))
    ran = run("attach", "--session", session)
    assert ran.out.splitlines()[-1] == "skipped  later  Not run: it needs bad, which is not done."
    assert run("status", "--json", "--session", session).document["step"] == "bad"


def test_leaving_the_view_leaves_the_work(session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    record = start(session, plan_of(step("slow", sh("sleep 1"))))

    def left(_record: RunRecord, _meanwhile: Callable[[], None]) -> list[Event]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(act, "follow", left)
        ran = run("attach", "--session", session)
    assert ran.code == 130 and "attach" in ran.err
    assert run("status", "--json", "--session", session).document["state"] == "running"
    assert run("attach", "--session", session).code == 0
    assert last_run(session) is not None and record.directory == last_run(session).directory  # type: ignore[union-attr]


def test_ctrl_c_while_the_runner_starts_says_how_to_come_back(
    session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on its way, in a session of its own: Ctrl-C does not reach it."""

    def started(record: RunRecord, _argv: list[str]) -> RunRecord:
        launch(record, runner_argv(record.directory))
        raise KeyboardInterrupt

    err = Stream()
    with monkeypatch.context() as patched:
        patched.setattr("wizard.apply.runs.launch", started)
        plan = plan_of(step("slow", sh("sleep 1")))
        assert start_run(session, plan, Environment(Stream(), Stream(), err, {})) is None
    assert f"`cometchat-wizard attach --session {session}`" in err.getvalue()
    assert act.live_run(session) is not None
    assert run("attach", "--session", session).code == 0


def test_ctrl_c_before_the_runner_is_just_an_interruption(
    session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_session: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(act, "_still_going_on", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        start_run(session, plan_of(step("one", sh("true"))), Environment(Stream(), Stream(), Stream(), {}))
    assert not isinstance(caught.value, act.Detached) and last_run(session) is None


def test_who_leaves_after_asking_for_a_stop_is_told_that_it_stops(session: str) -> None:
    record = start(session, plan_of(step("slow", sh("sleep 1")), step("never", sh("true"))))
    assert "The work goes on" in parting.goes_on(record)
    act.request_stop(record)
    assert parting.goes_on(record).startswith(parting.STOPS)
    assert run("attach", "--session", session).code == 130


def test_the_usual_session_is_not_named(session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMETCHAT_WIZARD_SESSION", session)
    assert parting.attach_command(session) == "cometchat-wizard attach"
    assert parting.attach_command("/a b") == "cometchat-wizard attach --session '/a b'"


def test_a_view_that_is_called_away_leaves_the_work(session: str) -> None:
    record = start(session, plan_of(step("slow", sh("sleep 1"))))
    calls: list[None] = []

    def meanwhile() -> None:
        calls.append(None)
        if len(calls) > 3:
            raise Leave("Somebody takes this session over.")

    with pytest.raises(Leave):
        follow_run(record, Environment(Stream(), Stream(), Stream(), {}), as_json=False, meanwhile=meanwhile)
    assert act.ending(record).state == "running"
    assert run("attach", "--session", session).code == 0


def test_a_runner_that_has_said_its_last_word_is_waited_for(session: str) -> None:
    """It locks out the next run until its process is gone, some milliseconds later."""
    record = create_run(session, plan_of(step("one", sh("true"))))
    with subprocess.Popen(["sleep", "60"]) as process:
        mark = ProcessMark(process.pid, start_ticks(process.pid) or 0, boot_id())
        run_file = RunFile(os.path.basename(record.directory), record.started_at, mark)
        write_run_file(record.directory, run_file)
        found = act._still_going_on(session)
        assert found is not None and found.pid == process.pid
        write_run_file(record.directory, replace(run_file, exit_code=6))
        threading.Timer(0.2, process.kill).start()
        assert act._still_going_on(session) is None
        assert process.wait(10)


def test_there_is_one_run_at_a_time(session: str) -> None:
    start(session, plan_of(step("slow", sh("sleep 1.5"))))
    with pytest.raises(Exception, match="still going on"):
        act.start(session, plan_of(step("other", sh("true"))))
    assert run("attach", "--session", session).code == 0


def test_a_second_apply_follows_the_run_at_work_and_then_looks_what_is_left(
    session: str, tmp_path: Path
) -> None:
    record = start(session, plan_of(step("slow", sh("sleep 1"))))
    answers = answers_file(tmp_path)
    ran = run("apply", "--yes", "--session", session, "--answers", answers, host="ubuntu-24.04")
    assert act.ending(record).state == "done"
    assert ran.out.splitlines()[0].split()[:2] == ["done", "slow"]
    # What is left would be done now; a recorded host can't be changed.
    assert ran.code == 2 and "at work already" in ran.err and "recorded host" in ran.err


def test_a_second_apply_ends_as_the_run_that_it_follows(session: str, tmp_path: Path) -> None:
    start(session, plan_of(step("bad", sh("sleep 0.5; exit 3"))))
    ran = run("apply", "--yes", "--session", session, "--answers", answers_file(tmp_path))
    assert ran.code == 6 and "bad failed" in ran.err


def test_undo_asks_and_takes_back(session: str, tmp_path: Path) -> None:
    from wizard.model.plan import WriteFile

    target = tmp_path / "made.txt"
    made = step(
        "make-file", WriteFile(str(target), "content", 0o644, root=False), records=(f"file:{target}",)
    )
    start(session, plan_of(made))
    assert run("attach", "--session", session).code == 0
    assert target.read_text() == "content"
    planned = run("undo", "--json", "--session", session)
    assert planned.code == 2 and "Look at" not in planned.err
    assert (
        f"The plan above is what would be done: `cometchat-wizard undo --all --yes --session {session}` does it, "
        f"`cometchat-wizard undo STEP --yes --session {session}` one step of it." in planned.err
    )
    named = run("undo", "make-file", "--session", session)
    assert (
        named.code == 2
        and f"`cometchat-wizard undo make-file --yes --session {session}` does it." in named.err
    )
    assert planned.document["stages"][0]["steps"][0]["commands"]
    assert run("undo", "--yes", "--session", session).code == 2
    declined = run("undo", "--all", "--session", session, typed="n\n")
    assert declined.code == 130 and target.exists()
    assert run("undo", "nothing", "--session", session).code == 2
    if os.geteuid() == 0:
        undone = run("undo", "make-file", "--yes", "--json", "--session", session)
        assert undone.code == 0 and undone.document["stages"] and "make-file" in undone.err
        assert not target.exists()
        assert run("undo", "--all", "--session", session, "--yes").code == 0


def test_the_session_goes_along_to_root() -> None:
    assert without_session(("--session", "/a", "apply", "--yes")) == ["apply", "--yes"]
    assert without_session(("apply", "--session=/a", "--json")) == ["apply", "--json"]


def test_becoming_root_starts_sudo_in_place(
    session: str, as_user_with_sudo: Callable[[], list[list[str]]]
) -> None:
    from tests.unit.cli.console import Stream
    from wizard.cli import privilege
    from wizard.workflow import keep

    keep.save_answers(session, keep.load(session), keep.load(session).answers)
    started = as_user_with_sudo()
    arguments: Arguments = read_arguments(["apply", "--yes", "--session", session])
    terminal = Environment(Stream(is_terminal=True), Stream(), Stream(is_terminal=True), {})
    with pytest.raises(SystemExit):
        privilege.become_root(arguments, terminal, session, ())
    (command,) = started
    assert command[:2] == ["/usr/bin/sudo", "--"]
    assert command[-4:] == ["--adopt", session, "apply", "--yes"]


@pytest.mark.skipif(os.geteuid() != 0, reason="a session of another user can only be made by root")
def test_adopting_a_users_session(session: str, tmp_path: Path) -> None:
    users = tmp_path / "users"
    run(
        "apply",
        "--session",
        str(users),
        "--answers",
        answers_file(tmp_path),
        host="ubuntu-24.04",
        typed="n\n",
    )
    for path in (users, *users.iterdir()):
        os.chown(path, 1234, 1234)
    target = str(tmp_path / "roots")
    ran = run("status", "--json", "--adopt", str(users), "--session", target, environ={"SUDO_UID": "1234"})
    assert ran.code == 0 and "usage.mau" in ran.document["answered"]
    assert run("status", "--adopt", str(users), "--session", target).code == 2


def test_an_undo_that_was_cut_off_is_gone_on_with_by_undo(session: str) -> None:
    """`apply` would install again what it took away."""
    undoing = Plan((Stage("undo", "Undo", (step("undo-one", sh("true")),)),))
    for plan, verb, other in (
        (undoing, "undo", "apply"),
        (plan_of(step("one", sh("true"))), "apply", "undo"),
    ):
        record = create_run(session, plan)
        gone = ProcessMark(1, 1, "an earlier boot")
        write_run_file(record.directory, RunFile(Path(record.directory).name, record.started_at, gone))
        ran = run("attach", "--session", session)
        assert ran.code == 6
        assert f"{verb.capitalize()} again; what is" in ran.err and f"`cometchat-wizard {verb}`" in ran.err
        assert f"wizard {other}" not in ran.err and f"{other.capitalize()} again" not in ran.err
        told = run("status", "--session", session).out.partition("\n\n")[0]
        assert told.startswith("interrupted: ")
        assert f"`cometchat-wizard {verb}`" in " ".join(told.split())
        assert f"wizard {other}" not in told


def test_an_undo_that_was_stopped_says_undo_too(session: str) -> None:
    undoing = Plan((Stage("undo", "Undo", (step("undo-one", sh("true")),)),))
    record = create_run(session, undoing)
    act.request_stop(record)
    launch(record, runner_argv(record.directory))
    ran = run("attach", "--session", session)
    assert ran.code == 130
    assert "undo again to go on" in ran.err and "`cometchat-wizard undo` goes on" in ran.err
    assert "apply" not in ran.err.lower()


def _rebooted(record: RunRecord) -> None:
    """As if the run had been done in an earlier boot."""
    found = read_run_file(record.directory)
    assert found is not None and found.process is not None
    write_run_file(
        record.directory, replace(found, process=replace(found.process, boot_id="the boot before this one"))
    )


def test_a_reboot_that_is_needed_is_told_until_it_has_come(session: str, tmp_path: Path) -> None:
    why = "Logins keep their old limit."
    limits = WriteFile(str(tmp_path / "limits.conf"), "x", root=False)
    record = start(session, plan_of(step("limits", limits, needs_reboot=why), step("other", sh("true"))))
    ran = run("attach", "--session", session)
    assert ran.code == 10
    assert why in ran.err and "sudo systemctl reboot" in ran.err
    document = run("status", "--json", "--session", session).document
    assert (document["state"], document["waiting"], document["step"]) == ("reboot-needed", [why], None)
    told = run("status", "--session", session).out
    assert "reboot" in told and why in told and "starts" not in told

    _rebooted(record)
    document = run("status", "--json", "--session", session).document
    assert (document["state"], document["waiting"]) == ("done", [])
    ran = run("attach", "--session", session)
    assert ran.code == 0 and "has been rebooted since" in ran.err and "systemctl reboot" not in ran.err


ALL_THERE = """\
apiVersion: cometchat-wizard/v1
kind: Answers
usage: {environment: testing}
network: {firewall: leave}
accepted:
  - {id: storage-short, reason: a recorded host}
"""


def test_apply_with_nothing_left_still_tells_of_the_reboot_and_then_that_it_was_seen(
    session: str, tmp_path: Path
) -> None:
    limits = WriteFile(str(tmp_path / "limits.conf"), "x", root=False)
    record = start(session, plan_of(step("limits", limits, needs_reboot="Logins keep their old limit.")))
    assert run("attach", "--session", session).code == 10
    words = ["apply", "--yes", "--answers", answers_file(tmp_path, ALL_THERE), "--session", session]
    ran = run(*words, host="ubuntu-24.04-docker")
    assert ran.code == 10, ran.err
    assert "Nothing to do." in ran.err and "keep their old limit" in ran.err and "systemctl reboot" in ran.err
    _rebooted(record)
    ran = run(*words, host="ubuntu-24.04-docker")
    assert ran.code == 0, ran.err
    assert "The reboot that the last run asked for was seen." in ran.err


def test_a_needed_reboot_stands_beside_an_export(session: str, tmp_path: Path) -> None:
    limits = WriteFile(str(tmp_path / "limits.conf"), "x", root=False)
    record = start(session, plan_of(step("limits", limits, needs_reboot="Logins keep their old limit.")))
    assert run("attach", "--session", session).code == 10
    words = ("--session", session, "--answers", answers_file(tmp_path, ALL_THERE))
    ran = run("export", str(tmp_path / "out"), *words, host="ubuntu-24.04-docker")
    assert ran.code == 0, ran.err
    assert run("status", "--json", *words).document["state"] == "reboot-needed"
    _rebooted(record)
    assert run("status", "--json", *words).document["state"] in ("exported", "done")
