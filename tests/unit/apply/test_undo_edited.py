"""What somebody wrote into a file between two runs, or after a run that was cut off, is not lost by undoing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.apply.plans import plan_of, sh, step
from tests.unit.apply.test_undo import apply, directories, undo, without_root
from wizard.apply.history import Done, read_run, still_done
from wizard.apply.records import NAME
from wizard.apply.settings import KeptValue
from wizard.model.origin import ExitCode
from wizard.model.plan import KeyChange, MergeFile, Plan, Step, WriteFile

THEIRS = '{"log-driver": "json-file", "data-root": "/srv/docker"}'


def logging(path: Path, old: str | None = None) -> Step:
    change = KeyChange(("log-driver",), "json-file", old=old)
    return step("docker-settings", MergeFile(str(path), "json", (change,), root=False))


def restart(path: Path) -> Step:
    """The same step when nothing is to be set any more: it writes nothing."""
    return step("docker-settings", sh("true"), records=(f"file:{path}",))


def written(path: Path) -> Step:
    return step("docker-repository", WriteFile(str(path), "deb ours\n", root=False))


def cut_off(tmp_path: Path) -> None:
    """The last run was killed before it could note what its step left."""
    path = Path(directories(tmp_path)[0]) / NAME
    document = json.loads(path.read_text())
    for item in document["steps"][-1]["files"]:
        item.update(after=None, after_mode=None, after_uid=None, after_gid=None)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize("before", [None, '{"debug": true}'])
def test_keys_that_somebody_set_between_two_runs_stay(tmp_path: Path, before: str | None) -> None:
    target = tmp_path / "daemon.json"
    if before:
        target.write_text(before)
    apply(tmp_path, plan_of(logging(target)))
    target.write_text(THEIRS)
    apply(tmp_path, plan_of(restart(target)))
    plan = undo(tmp_path)
    assert any(
        "changed since by somebody else: only log-driver there is put back" in note for note in plan.notes
    )
    assert apply(tmp_path, plan) == ExitCode.DONE
    assert json.loads(target.read_text()) == {"data-root": "/srv/docker"}
    assert undo(tmp_path) == Plan()


def test_also_where_the_second_run_set_a_key_again_and_a_third_came(tmp_path: Path) -> None:
    target = tmp_path / "daemon.json"
    apply(tmp_path, plan_of(logging(target)))
    target.write_text('{"log-driver": "syslog", "mtu": 1400}')
    apply(tmp_path, plan_of(logging(target, old="syslog")))
    apply(tmp_path, plan_of(restart(target)))
    assert apply(tmp_path, undo(tmp_path)) == ExitCode.DONE
    assert json.loads(target.read_text()) == {"log-driver": "syslog", "mtu": 1400}


def test_runs_with_nobody_in_between_go_back_byte_for_byte(tmp_path: Path) -> None:
    target = tmp_path / "daemon.json"
    target.write_text('{ "debug":true }')
    apply(tmp_path, plan_of(logging(target)))
    cut_off(tmp_path)
    apply(tmp_path, plan_of(restart(target)))
    cut_off(tmp_path)
    apply(tmp_path, plan_of(restart(target)))
    plan = undo(tmp_path)
    assert plan.notes == () and apply(tmp_path, without_root(plan)) == ExitCode.DONE
    assert target.read_text() == '{ "debug":true }'


def test_a_whole_file_that_somebody_wrote_between_two_runs_comes_back(tmp_path: Path) -> None:
    target = tmp_path / "docker.list"
    apply(tmp_path, plan_of(written(target)))
    target.write_text("deb https://mirror.internal\n")
    apply(tmp_path, plan_of(written(target)))
    apply(tmp_path, plan_of(written(target)))
    plan = undo(tmp_path)
    assert any("was changed by somebody else between two runs" in note for note in plan.notes)
    assert apply(tmp_path, without_root(plan)) == ExitCode.DONE
    assert target.read_text() == "deb https://mirror.internal\n"
    assert undo(tmp_path) == Plan()


def test_a_whole_file_that_a_second_run_did_not_come_to_is_somebodys(tmp_path: Path) -> None:
    target = tmp_path / "docker.list"
    apply(tmp_path, plan_of(written(target)))
    target.write_text("deb https://mirror.internal\n")
    failing = step("docker-repository", sh("exit 1"), *written(target).commands)
    assert apply(tmp_path, plan_of(failing)) == ExitCode.STEP_FAILED
    plan = undo(tmp_path)
    assert plan.steps() == () and plan.stays == (str(target),)
    assert "has been changed since by somebody else and is left as it is" in plan.notes[0]


@pytest.mark.parametrize("content", ["deb ours\n", "deb https://mirror.internal\n"])
@pytest.mark.parametrize("before", [None, "deb old\n"])
def test_after_a_kill_only_what_was_to_be_written_is_ours(
    tmp_path: Path, before: str | None, content: str
) -> None:
    target = tmp_path / "docker.list"
    if before:
        target.write_text(before)
    apply(tmp_path, plan_of(written(target)))
    cut_off(tmp_path)
    target.write_text(content)
    plan = undo(tmp_path)
    if content != "deb ours\n":
        assert plan.steps() == () and plan.stays == (str(target),)
        return
    assert apply(tmp_path, without_root(plan)) == ExitCode.DONE
    assert (target.read_text() if target.exists() else None) == before


@pytest.mark.parametrize("before", [None, "old\n"])
def test_a_file_that_no_action_writes_is_ours_only_where_there_was_none(
    tmp_path: Path, before: str | None
) -> None:
    """firewalld's zone, which dockerd makes; and daemon.json, while Docker is only restarted."""
    target = tmp_path / "file"
    if before:
        target.write_text(before)
    apply(tmp_path, plan_of(step("start", sh(f"echo new >{target}"), records=(f"file:{target}",))))
    cut_off(tmp_path)
    plan = undo(tmp_path)
    if before:
        assert plan.steps() == () and plan.stays == (str(target),)
    else:
        assert apply(tmp_path, without_root(plan)) == ExitCode.DONE
        assert not target.exists()


def test_a_setting_that_somebody_changed_between_two_runs_goes_back_to_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sys").mkdir()
    monkeypatch.setattr("wizard.apply.settings.PROC_SYS", str(tmp_path / "sys"))
    key = tmp_path / "sys" / "somaxconn"

    def done(value: str) -> Done:
        apply(tmp_path, plan_of(step("tune", sh(f"echo {value} >{key}"), records=("sysctl:somaxconn",))))
        return still_done([read_run(path) for path in directories(tmp_path)], {})[0]

    key.write_text("128\n")
    assert done("4096").values == (KeptValue("somaxconn", "128", "4096"),)
    assert done("8192").values == (KeptValue("somaxconn", "128", "8192"),)
    key.write_text("512\n")
    assert done("32768").values == (KeptValue("somaxconn", "512", "32768"),)


def moved_behind_a_link(target: Path) -> str:
    target.rename(target.with_name("theirs"))
    target.symlink_to(target.with_name("theirs"))
    return "is a symbolic link by now (to "


def replaced_by_a_directory(target: Path) -> str:
    target.unlink()
    target.mkdir()
    return "is a directory by now"


@pytest.mark.parametrize("change", [moved_behind_a_link, replaced_by_a_directory])
@pytest.mark.parametrize("before", [None, "{}"])
def test_what_can_not_be_read_any_more_is_said(
    tmp_path: Path, before: str | None, change: Callable[[Path], str]
) -> None:
    """It is there, so it is no file that was never made."""
    target = tmp_path / "daemon.json"
    if before:
        target.write_text(before)
    apply(tmp_path, plan_of(logging(target)))
    words = change(target)
    plan = undo(tmp_path)
    assert plan.steps() == () and plan.stays == (str(target),)
    assert f"{target} {words}" in plan.notes[0] and "see to it yourself" in plan.notes[0]


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """fs.nr_open of a host's own; the files of limits in a directory of the test's."""
    (tmp_path / "sys" / "fs").mkdir(parents=True)
    monkeypatch.setattr("wizard.apply.settings.PROC_SYS", str(tmp_path / "sys"))
    monkeypatch.setattr("wizard.apply.undoing.LOGINS_FILE", str(tmp_path / "limits.conf"))
    (tmp_path / "sys" / "fs" / "nr_open").write_text("300000\n")
    return tmp_path / "sys" / "fs" / "nr_open"


def tuned(tmp_path: Path, kernel: Path) -> None:
    """In two runs, as when the size became larger."""
    kernel_step = step("tune-kernel", sh(f"echo 1048576 >{kernel}"), records=("sysctl:fs.nr_open",))
    limits = WriteFile(str(tmp_path / "limits.conf"), "root hard nofile 500000\n", root=False)
    apply(tmp_path, plan_of(kernel_step))
    apply(tmp_path, plan_of(step("tune-open-files", limits)))


def test_the_kernel_keeps_what_a_limit_of_open_files_needs(tmp_path: Path, kernel: Path) -> None:
    tuned(tmp_path, kernel)
    plan = undo(tmp_path, "tune-kernel")
    assert plan.steps() == () and plan.stays == ("fs.nr_open",)
    assert plan.notes == (
        "tune-kernel stays while tune-open-files does: with fs.nr_open as it was, the limit of open files that was set "
        "could not be given, and nobody could log in. Undo both: `cometchat-wizard undo tune-open-files tune-kernel`.",
    )


def test_also_where_the_limits_stay_since_somebody_changed_them(tmp_path: Path, kernel: Path) -> None:
    tuned(tmp_path, kernel)
    (tmp_path / "limits.conf").write_text("root hard nofile 400000\n")
    plan = undo(tmp_path)
    assert plan.steps() == () and plan.stays == (str(tmp_path / "limits.conf"), "fs.nr_open")


def test_both_are_undone_together(tmp_path: Path, kernel: Path) -> None:
    tuned(tmp_path, kernel)
    plan = undo(tmp_path)
    assert [item.id for item in plan.steps()] == [
        "undo-tune-open-files",
        "undo-tune-kernel",
    ] and plan.stays == ()
