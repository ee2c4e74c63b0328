"""What stands where a step left its file, and is the operator's by now, is left and said: links and the like."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.apply.plans import plan_of, sh, step, text_of
from tests.unit.apply.test_undo import apply, directories, undo, without_root
from wizard.apply.records import NAME
from wizard.model.origin import ExitCode
from wizard.model.plan import Command, KeyChange, MergeFile, Plan, Step, WriteFile

IS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root can give files to others and mount")


def writes(target: Path, text: str = "ours\n") -> Step:
    """As real steps are: what they write is also what their planned undo takes away."""
    return step(
        "docker-repository",
        WriteFile(str(target), text, root=False),
        undo=(Command(("rm", "-f", str(target)), root=False),),
    )


def by_link(target: Path) -> None:
    target.with_name("theirs").write_text("ours\n")
    target.unlink()
    target.symlink_to(target.with_name("theirs"))


def by_dangling_link(target: Path) -> None:
    target.unlink()
    target.symlink_to("/nowhere/theirs")


def by_directory(target: Path) -> None:
    target.unlink()
    target.mkdir()
    (target / "theirs").write_text("theirs")


def by_pipe(target: Path) -> None:
    target.unlink()
    os.mkfifo(target)


def by_socket(target: Path) -> None:
    target.unlink()
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(target))


def by_hard_link(target: Path) -> None:
    os.link(target, target.with_name("theirs"))


def by_mode(target: Path) -> None:
    target.chmod(0o600)


def by_linked_directory(target: Path) -> None:
    target.parent.rename(target.parent.with_name("moved"))
    target.parent.symlink_to(target.parent.with_name("moved"))


def by_open_directory(target: Path) -> None:
    target.parent.chmod(0o777)


EVERY_WAY: dict[Callable[[Path], None], str] = {
    by_link: "is a symbolic link by now (to ",
    by_dangling_link: "is a symbolic link by now (to /nowhere/theirs)",
    by_directory: "is a directory by now",
    by_pipe: "is no plain file by now",
    by_socket: "is no plain file by now",
    by_hard_link: "has a second name by now (a hard link)",
    by_mode: "has other rights by now (0600",
    by_linked_directory: "is reached through a symbolic link by now",
    by_open_directory: "could be swapped",
}
ways = pytest.mark.parametrize("change", EVERY_WAY, ids=lambda way: way.__name__)


def state(directory: Path) -> dict[str, tuple[int, str]]:
    """All that is there, links not followed."""
    found = {}
    for path in sorted(directory.rglob("*")):
        status = path.lstat()
        text = os.readlink(path) if path.is_symlink() else ""
        if stat.S_ISREG(status.st_mode):
            text = path.read_text()
        found[str(path.relative_to(directory))] = (status.st_mode, text)
    return found


@pytest.mark.parametrize("before", [None, "theirs before\n"])
@ways
def test_it_is_left_and_said(tmp_path: Path, change: Callable[[Path], None], before: str | None) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    target = etc / "docker.list"
    if before is not None:
        target.write_text(before)
    apply(tmp_path, plan_of(writes(target)))
    change(target)
    found = state(etc)
    plan = undo(tmp_path)
    assert (plan.steps(), plan.stays) == ((), (str(target),))
    assert any(str(target) in note and EVERY_WAY[change] in note for note in plan.notes), plan.notes
    assert apply(tmp_path, plan) == ExitCode.DONE
    assert state(etc) == found
    assert undo(tmp_path).stays == (str(target),), "it is said each time"


@ways
def test_also_where_it_came_to_be_so_after_the_undo_was_shown(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    target = etc / "docker.list"
    apply(tmp_path, plan_of(writes(target)))
    shown = without_root(undo(tmp_path))
    assert shown.steps()
    change(target)
    found = state(etc)
    assert apply(tmp_path, shown) == ExitCode.STEP_FAILED
    assert state(etc) == found
    assert EVERY_WAY[change] in text_of(directories(tmp_path)[0], "run.json")


@ways
def test_also_where_a_cut_off_step_noted_nothing(tmp_path: Path, change: Callable[[Path], None]) -> None:
    if change is by_mode:
        pytest.skip("what a step that was cut off left of rights is not known")
    etc = tmp_path / "etc"
    etc.mkdir()
    target = etc / "docker.list"
    apply(tmp_path, plan_of(writes(target)))
    path = Path(directories(tmp_path)[0]) / NAME
    document = json.loads(path.read_text())
    document["steps"][-1]["files"][0].update(after=None, after_mode=None, after_uid=None, after_gid=None)
    path.write_text(json.dumps(document))
    change(target)
    found = state(etc)
    assert undo(tmp_path).stays == (str(target),)
    assert state(etc) == found


@as_root
def test_a_file_that_was_given_to_somebody_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "docker.list"
    apply(tmp_path, plan_of(writes(target)))
    os.chown(target, 12345, 0)
    plan = undo(tmp_path)
    assert plan.steps() == () and plan.stays == (str(target),)
    assert "belongs to another user or group by now (12345:0" in plan.notes[0]


@as_root
def test_a_file_with_something_mounted_over_it_is_left(tmp_path: Path) -> None:
    """Mounted in a namespace of its own: the undo is planned in there."""
    target = tmp_path / "with blank" / "docker.list"
    apply(tmp_path, plan_of(writes(target)))
    target.with_name("theirs").write_text("ours\n")
    script = (
        "import subprocess, sys, pathlib; from tests.unit.apply.test_undo import undo\n"
        "target = pathlib.Path(sys.argv[2]); theirs = str(target.with_name('theirs'))\n"
        "subprocess.run(['mount', '--bind', theirs, str(target)], check=True)\n"
        "plan = undo(pathlib.Path(sys.argv[1])); print(len(plan.steps()), plan.stays, plan.notes)"
    )
    done = subprocess.run(
        [
            "unshare",
            "-m",
            "--propagation",
            "private",
            sys.executable,
            "-c",
            script,
            str(tmp_path),
            str(target),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        check=False,
    )
    assert done.stdout.startswith(f"0 ({str(target)!r},)"), done.stderr
    assert "has something mounted over it by now" in done.stdout


def test_a_file_in_place_of_the_link_that_was_written_through_is_the_operators(tmp_path: Path) -> None:
    """/etc/x was a link when the step wrote; the planned `rm /etc/x` would take what stands there now."""
    real, name = tmp_path / "srv" / "x", tmp_path / "x"
    real.parent.mkdir()
    real.write_text("before\n")
    name.symlink_to(real)
    apply(tmp_path, plan_of(writes(name)))
    assert real.read_text() == "ours\n" and name.is_symlink()
    name.unlink()
    name.write_text("theirs\n")
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert (name.read_text(), real.read_text()) == ("theirs\n", "before\n")


def test_a_link_that_was_there_before_is_written_through_and_undone_through(tmp_path: Path) -> None:
    """Settings kept elsewhere and linked into /etc stay linked."""
    real, name = tmp_path / "srv" / "daemon.json", tmp_path / "daemon.json"
    real.parent.mkdir()
    real.write_text('{"debug": true}')
    name.symlink_to(real)
    change = KeyChange(("log-driver",), "json-file")
    apply(tmp_path, plan_of(step("docker-settings", MergeFile(str(name), "json", (change,), root=False))))
    assert name.is_symlink() and json.loads(real.read_text())["log-driver"] == "json-file"
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert name.is_symlink() and real.read_text() == '{"debug": true}'


def test_of_a_shared_file_with_other_rights_the_keys_alone_go_and_the_rights_stay(tmp_path: Path) -> None:
    target = tmp_path / "daemon.json"
    target.write_text('{"debug": true}')
    change = KeyChange(("log-driver",), "json-file")
    apply(tmp_path, plan_of(step("docker-settings", MergeFile(str(target), "json", (change,), root=False))))
    target.chmod(0o640)
    assert apply(tmp_path, undo(tmp_path)) == ExitCode.DONE
    assert json.loads(target.read_text()) == {"debug": True}
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_keys_are_not_taken_out_of_what_a_link_leads_to_by_then(tmp_path: Path) -> None:
    target, theirs = tmp_path / "daemon.json", tmp_path / "theirs.json"
    change = KeyChange(("log-driver",), "json-file")
    apply(tmp_path, plan_of(step("docker-settings", MergeFile(str(target), "json", (change,), root=False))))
    target.write_text('{"log-driver": "json-file", "debug": true}')
    shown = undo(tmp_path)
    theirs.write_text(target.read_text())
    target.unlink()
    target.symlink_to(theirs)
    assert apply(tmp_path, shown) == ExitCode.STEP_FAILED
    assert json.loads(theirs.read_text()) == {"log-driver": "json-file", "debug": True}


def test_a_mode_is_not_put_back_through_a_link(tmp_path: Path) -> None:
    target, theirs = tmp_path / "file", tmp_path / "theirs"
    target.write_text("same")
    target.chmod(0o600)
    apply(tmp_path, plan_of(step("files", WriteFile(str(target), "same", 0o644, root=False))))
    shown = without_root(undo(tmp_path))
    theirs.write_text("same")
    theirs.chmod(0o644)
    target.unlink()
    target.symlink_to(theirs)
    assert apply(tmp_path, shown) == ExitCode.STEP_FAILED
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o644


def test_two_steps_that_left_other_rights_on_one_file_are_undone_together(tmp_path: Path) -> None:
    target = tmp_path / "file"
    first = step("one", WriteFile(str(target), "one", 0o644, root=False))
    second = step("two", WriteFile(str(target), "two", 0o600, root=False))
    apply(tmp_path, plan_of(first, second))
    plan = undo(tmp_path)
    assert plan.stays == () and [item.id for item in plan.steps()] == ["undo-two", "undo-one"]
    assert apply(tmp_path, without_root(plan)) == ExitCode.DONE
    assert not target.exists() and undo(tmp_path) == Plan()


def test_rights_that_a_later_run_set_are_ours(tmp_path: Path) -> None:
    target = tmp_path / "file"
    for mode in (0o644, 0o600):
        apply(tmp_path, plan_of(step("write", WriteFile(str(target), "x", mode, root=False))))
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert not target.exists()


def test_a_planned_rm_of_what_no_step_recorded_is_done_as_planned(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("")
    made = step("a", sh("true"), undo=(Command(("rm", "-f", str(other)), root=False),))
    apply(tmp_path, plan_of(made))
    plan = undo(tmp_path)
    assert apply(tmp_path, replace(plan)) == ExitCode.DONE
    assert not other.exists()
