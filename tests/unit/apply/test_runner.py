"""The runner in this process, with real commands."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.apply.plans import machine, plan_of, runner_argv, sh, step, text_of
from wizard.apply.journal import read_events
from wizard.apply.records import read_records
from wizard.apply.runner import run
from wizard.apply.runs import create_run, ending, request_stop
from wizard.model.event import Event
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan, Step, WriteFile
from wizard.model.session import RunRecord


def all_well(_step: Step) -> str | None:
    return None


def did(
    tmp_path: Path, *steps: Step, verify=all_well, **more
) -> tuple[ExitCode, tuple[Event, ...], RunRecord]:
    plan = plan_of(*steps)
    found = create_run(str(tmp_path), plan)
    code = run(plan, found.directory, machine(), verify, **more)
    return code, read_events(found.journal), found


def test_all_steps_done(tmp_path: Path) -> None:
    code, events, found = did(tmp_path, step("one", sh("echo hello")), step("two", sh("echo there")))
    assert code == ExitCode.DONE
    told = [(item.event, item.step, item.status) for item in events if item.event != "step-output"]
    assert told == [
        ("run-started", None, None),
        ("step-started", "one", None),
        ("step-finished", "one", "done"),
        ("step-started", "two", None),
        ("step-finished", "two", "done"),
        ("run-finished", None, "done"),
    ]
    log = text_of(found.directory, "log.txt")
    assert "$ sh -c 'echo hello'\nhello\n" in log
    assert ending(found).state == "done"
    assert not os.path.exists(os.path.join(found.directory, "reserve"))


def test_what_a_killed_run_left_goes_with_the_next_one(tmp_path: Path) -> None:
    killed = Path(create_run(str(tmp_path), plan_of(step("one", sh("true")))).directory)
    kept = {path.name: path.read_bytes() for path in killed.iterdir()}
    (killed / "reserve").write_bytes(bytes(65536))
    gone = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True).stdout.strip()
    (killed / f".records.json.{gone}.0123456789.tmp").write_text('{"steps": [')
    did(tmp_path, step("two", sh("true")))
    assert {path.name: path.read_bytes() for path in killed.iterdir()} == kept


def test_a_failed_step_ends_the_run_with_what_was_said(tmp_path: Path) -> None:
    code, events, found = did(
        tmp_path,
        step("bad", sh("echo Reading lists; echo 'E: Unable to locate package jqq' >&2; exit 100")),
        step("needs-bad", sh("touch " + str(tmp_path / "x")), requires=("bad",)),
        step("free", sh("touch " + str(tmp_path / "x"))),
    )
    assert code == ExitCode.STEP_FAILED
    assert not (tmp_path / "x").exists()
    finished = [(item.step, item.status) for item in events if item.event == "step-finished"]
    assert finished == [("bad", "failed"), ("needs-bad", "skipped")]
    assert "`sh` ended with exit code 100. It said: E: Unable to locate package jqq" in events[-1].message
    assert "2 later steps were not run" in events[-1].message
    assert (events[-1].event, events[-1].status) == ("run-finished", "failed")
    assert ending(found).code == ExitCode.STEP_FAILED


def test_what_an_earlier_step_could_not_read_is_told_where_a_later_one_fails(tmp_path: Path) -> None:
    """As apt says it (measured): reading the lists ends well although the repository is down."""
    down = "W: Failed to fetch http://192.0.2.7/./InRelease  Unable to connect to 192.0.2.7:http:"
    lists = sh(f"echo '{down}'; echo 'W: Some index files failed to download.'", waits_for="apt")
    missing = sh("echo 'E: Unable to locate package jq' >&2; exit 100", waits_for="apt")
    code, events, _found = did(tmp_path, step("refresh-packages", lists), step("install-jq", missing))
    assert code == ExitCode.STEP_FAILED
    ended = {item.step: item.message for item in events if item.event == "step-finished"}
    assert ended["refresh-packages"] == f"Done, but not everything could be read: {down}"
    assert "It said: E: Unable to locate package jq. Before that: W: Failed to fetch" in ended["install-jq"]
    assert "That server did not answer" in ended["install-jq"]


def test_only_what_is_seen_afterwards_is_believed(tmp_path: Path) -> None:
    code, events, _ = did(tmp_path, step("one", sh("true")), verify=lambda _step: "jq is still missing.")
    assert code == ExitCode.STEP_FAILED
    assert "The commands said done, but jq is still missing." in events[-1].message


def test_a_verification_that_fails_itself_is_a_failed_step(tmp_path: Path) -> None:
    def broken(_step: Step) -> str | None:
        raise Failure("The survey could not be read.")

    code, events, _ = did(tmp_path, step("one", sh("true")), verify=broken)
    assert code == ExitCode.STEP_FAILED
    assert "the survey could not be read" in events[-1].message


def test_a_mistake_of_ours_still_gives_the_last_word(tmp_path: Path) -> None:
    def broken(_step: Step) -> str | None:
        raise ZeroDivisionError

    plan = plan_of(step("one", sh("true")))
    found = create_run(str(tmp_path), plan)
    with pytest.raises(ZeroDivisionError):
        run(plan, found.directory, machine(), broken)
    events = read_events(found.journal)
    assert [item.status for item in events[-2:]] == ["failed", "failed"]
    assert ending(found).code == ExitCode.UNEXPECTED


def test_the_stop_request_is_read_between_steps(tmp_path: Path) -> None:
    plan = plan_of(step("one", sh("true")), step("two", sh("touch " + str(tmp_path / "x"))))
    found = create_run(str(tmp_path), plan)

    def verify(_step: Step) -> str | None:
        request_stop(found)
        return None

    assert run(plan, found.directory, machine(), verify) == ExitCode.INTERRUPTED
    assert not (tmp_path / "x").exists()
    assert "Stopped before two, as asked" in read_events(found.journal)[-1].message
    assert ending(found).state == "stopped"


def test_a_reboot_that_became_needed(tmp_path: Path) -> None:
    flag = tmp_path / "reboot-required"
    code, events, found = did(tmp_path, step("one", sh(f"touch {flag}")), reboot_file=str(flag))
    assert code == ExitCode.REBOOT_NEEDED
    assert "reboot" in events[-1].message
    assert events[-1].status == "done"
    assert ending(found).state == "reboot-needed"
    code, _, _ = did(tmp_path, step("one", sh("true")), reboot_file=str(flag))
    assert code == ExitCode.REBOOT_NEEDED, "it is what this session asked for, and it has not come"
    code, _, _ = did(tmp_path / "another", step("one", sh("true")), reboot_file=str(flag))
    assert code == ExitCode.DONE, "it was needed before that session did anything"


def test_much_output_is_measured_out_but_logged_whole(tmp_path: Path) -> None:
    _, events, found = did(
        tmp_path, step("one", sh("i=0; while [ $i -lt 3000 ]; do echo l$i; i=$((i+1)); done"))
    )
    assert sum(item.event == "step-output" for item in events) < 12
    assert text_of(found.directory, "log.txt").count("\nl") == 3000
    assert [item.message for item in events if item.event == "step-output"][-1] == "l2999"


def test_no_password_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://bob:canary%21@proxy:1")
    _, _, found = did(
        tmp_path,
        step(
            "one",
            sh("echo $https_proxy; echo 'bad word canary!'; echo E: http://u:canary2@h/ failed; exit 1"),
        ),
    )
    for name in ("log.txt", "journal.jsonl", "run.json"):
        assert "canary" not in text_of(found.directory, name)


def test_what_a_step_replaces_is_kept_before_it(tmp_path: Path) -> None:
    old = tmp_path / "old.conf"
    old.write_text("before")
    old.chmod(0o640)
    new = tmp_path / "new.conf"
    _, _, found = did(
        tmp_path,
        step(
            "files",
            WriteFile(str(old), "after", root=False),
            sh(f"echo made > {new}"),
            records=(f"file:{new}",),
        ),
    )
    record = read_records(found.directory).steps[0]
    kept = {item.path: item for item in record.files}
    assert record.begun == 2
    assert kept[str(new)].before == ""
    assert kept[str(new)].after not in ("", None)
    assert kept[str(old)].mode == 0o640
    assert text_of(found.directory, str(kept[str(old)].kept)) == "before"


def test_a_file_that_cannot_be_kept_is_not_changed(tmp_path: Path) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(5 * 1024 * 1024)
    code, events, _ = did(tmp_path, step("one", WriteFile(str(big), "x", root=False)))
    assert code == ExitCode.STEP_FAILED
    assert "not begun" in events[-1].message
    assert big.stat().st_size == 5 * 1024 * 1024


def test_a_run_is_done_once(tmp_path: Path) -> None:
    _, _, found = did(tmp_path, step("one", sh("true")))
    with pytest.raises(Failure) as failure:
        run(plan_of(), found.directory, machine(), all_well)
    assert failure.value.code == 7


def test_a_run_that_others_could_swap_is_refused(tmp_path: Path) -> None:
    found = create_run(str(tmp_path), Plan())
    os.chmod(tmp_path / "runs", 0o777)
    with pytest.raises(Failure) as failure:
        run(Plan(), found.directory, machine(), all_well)
    assert failure.value.code == 7


def test_nothing_to_do(tmp_path: Path) -> None:
    code, events, _ = did(tmp_path)
    assert code == ExitCode.DONE
    assert events[-1].message == "There was nothing to do."


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
def test_a_full_disk_still_ends_with_a_sentence(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k,mode=700", "tmpfs", str(disk)]).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        fill = f"cat /dev/zero > {disk}/ballast; i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done"
        plan = plan_of(step("fill", sh(fill)), step("next", sh(f"touch {tmp_path}/x")))
        found = create_run(str(disk), plan)
        ended = subprocess.run(runner_argv(found.directory), capture_output=True, text=True)
        assert ended.returncode == ExitCode.SESSION_UNUSABLE, ended.stderr
        assert "Traceback" not in ended.stderr
        assert not (tmp_path / "x").exists()
        last = read_events(found.journal)[-1]
        assert (last.event, last.status) == ("run-finished", "failed")
        assert "No space left on device" in last.message
        assert json.loads(text_of(found.directory, "run.json"))["exit_code"] == 7
    finally:
        subprocess.run(["umount", str(disk)], check=True)
