"""Undo in its parts: files, directories, services, what others need, what can't be done."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.apply.plans import machine, plan_of, sh, step, text_of
from tests.unit.apply.test_undo import apply, directories, docker_step, recorded, undo, without_root
from wizard.apply.guards import guard_problem
from wizard.apply.history import Done
from wizard.apply.packages import Unfinished, installed_packages
from wizard.apply.records import PackageChanges, Record, digest_of, read_records
from wizard.apply.undo import undo_plan
from wizard.apply.undocommands import planned
from wizard.apply.undopackages import Packages, needed_elsewhere
from wizard.apply.units import KeptUnit, merged, unit_commands, unit_is_there
from wizard.model.origin import ExitCode
from wizard.model.plan import Command, Plan, WriteFile

AT = "2026-01-01T00:00:00Z"
SYSTEMCTL = """#!/bin/sh
state=$(cat {state})
case "$1 $state" in
  "show off") printf 'UnitFileState=disabled\\nActiveState=inactive\\n' ;;
  "show on") printf 'UnitFileState=enabled\\nActiveState=active\\n' ;;
  *) echo "$@" >> {state}.calls; [ "$1" = enable ] && echo on > {state} || echo off > {state} ;;
esac
"""


def put_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    """A program of the test's own, before the real one on the PATH."""
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    (programs / name).write_text(text)
    (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


def test_directories_that_a_step_made_go_with_its_file_unless_others_use_them(tmp_path: Path) -> None:
    there, others = tmp_path / "a" / "b" / "file", tmp_path / "c" / "file"
    write = (WriteFile(str(there), "x", root=False), WriteFile(str(others), "x", root=False))
    apply(tmp_path, plan_of(step("files", *write)))
    (tmp_path / "c" / "theirs").write_text("")
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert not (tmp_path / "a").exists()
    assert os.listdir(tmp_path / "c") == ["theirs"]
    assert undo(tmp_path) == Plan()


def test_a_directory_is_taken_away_also_where_the_undo_was_cut_off_after_its_file(tmp_path: Path) -> None:
    target = tmp_path / "a" / "file"
    apply(tmp_path, plan_of(step("files", WriteFile(str(target), "x", root=False))))
    target.unlink()
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert not (tmp_path / "a").exists()


def test_a_changed_mode_comes_back_alone(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("same")
    target.chmod(0o640)
    apply(tmp_path, plan_of(step("files", WriteFile(str(target), "same", 0o644, root=False))))
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert undo(tmp_path) == Plan()


def test_a_file_is_put_back_in_one_move(tmp_path: Path) -> None:
    """Half of it would be neither the old content nor ours, and the next undo would take it for somebody else's."""
    target = tmp_path / "file"
    target.write_text("before")
    apply(tmp_path, plan_of(step("files", WriteFile(str(target), "after", root=False))))
    copy, move = (action.argv for action in undo(tmp_path).steps()[0].commands if isinstance(action, Command))
    assert copy[0] == "install" and copy[-1] == str(tmp_path / ".file.undo")
    assert move == ("mv", "-f", "-T", "--", copy[-1], str(target))
    # Cut off between the two: the next undo goes on.
    (tmp_path / ".file.undo").write_text("bef")
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert target.read_text() == "before" and not (tmp_path / ".file.undo").exists()


def test_a_file_changed_after_the_plan_was_shown_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("before")
    apply(tmp_path, plan_of(step("files", WriteFile(str(target), "after", root=False))))
    shown = without_root(undo(tmp_path))
    target.write_text("theirs")
    assert apply(tmp_path, shown) == ExitCode.STEP_FAILED
    assert target.read_text() == "theirs"
    assert "was changed by somebody else" in text_of(directories(tmp_path)[0], "journal.jsonl")
    assert guard_problem(step("x", guards=(f"unchanged:{digest_of(str(target))}:{target}",)), machine()) == ""


def test_what_stays_is_named_each_time_and_the_rest_is_undone(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    write = (WriteFile(str(theirs), "x", root=False), WriteFile(str(ours), "x", root=False))
    apply(tmp_path, plan_of(step("files", *write)))
    theirs.write_text("changed")
    plan = undo(tmp_path)
    assert plan.stays == (str(theirs),)
    assert apply(tmp_path, without_root(plan)) == ExitCode.DONE
    assert not ours.exists() and theirs.read_text() == "changed"
    again = undo(tmp_path)
    assert (again.steps(), again.stays) == ((), (str(theirs),))
    theirs.write_text("x")
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert not theirs.exists()


def test_what_can_not_be_undone_does_not_keep_the_rest(tmp_path: Path) -> None:
    """undo-b fails, undo-a had to come after it; c is nobody's concern."""
    marks = tmp_path / "c"
    back = sh(f"touch {marks}")
    steps = (
        step("c", sh("true"), undo=(back,)),
        step("a", sh("true"), undo=(sh("true"),)),
        step("b", sh("true"), undo=(sh("echo no; exit 3"),), requires=("a",)),
    )
    apply(tmp_path, plan_of(*steps))
    plan = undo(tmp_path)
    assert [item.id for item in plan.steps()] == ["undo-b", "undo-a", "undo-c"]
    assert apply(tmp_path, plan) == ExitCode.STEP_FAILED
    assert marks.exists()
    last = text_of(directories(tmp_path)[0], "run.json")
    assert "undo-b failed" in last and "undo-a had to wait for it" in last and "The other 1 are done" in last
    assert [item.id for item in undo(tmp_path).steps()] == ["undo-b", "undo-a"]


def test_a_plan_that_does_something_new_ends_with_its_first_failure(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert apply(tmp_path, plan_of(step("a", sh("exit 1")), step("b", sh(f"touch {mark}")))) == 6
    assert not mark.exists()


def test_a_service_goes_back_to_what_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "state"
    put_program(tmp_path, monkeypatch, "systemctl", SYSTEMCTL.format(state=state))
    start = step(
        "start-it",
        Command(("systemctl", "enable", "--now", "it"), root=False),
        undo=(Command(("systemctl", "disable", "--now", "it"), root=False),),
        records=("unit:it.service",),
    )
    state.write_text("off")
    apply(tmp_path, plan_of(start))
    (record,) = read_records(directories(tmp_path)[0]).steps
    assert record.units == (KeptUnit("it.service", False, False, True, True),)
    (back,) = undo(tmp_path).steps()
    argv = [action.argv for action in back.commands if isinstance(action, Command)]
    assert argv == [("systemctl", "disable", "it.service"), ("systemctl", "stop", "it.service")]


def test_a_service_that_ran_already_is_left_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ubuntu's docker.io starts its daemon when it is installed: the step after it has nothing to take back."""
    state = tmp_path / "state"
    put_program(tmp_path, monkeypatch, "systemctl", SYSTEMCTL.format(state=state))
    state.write_text("on")
    stop = Command(("systemctl", "disable", "--now", "it"), root=False)
    apply(tmp_path, plan_of(step("start-it", sh("true"), undo=(stop,), records=("unit:it.service",))))
    plan = undo(tmp_path, "start-it")
    assert plan.steps() == ()
    assert plan.notes == ("start-it: nothing of it is left to be taken back.",)


def test_where_systemd_does_not_say_the_planned_undo_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_program(tmp_path, monkeypatch, "systemctl", "#!/bin/sh\nexit 1\n")
    stop = Command(("systemctl", "disable", "--now", "it"), root=False)
    apply(tmp_path, plan_of(step("start-it", sh("true"), undo=(stop,), records=("unit:it.service",))))
    (back,) = undo(tmp_path).steps()
    assert back.commands == (stop,)


def test_units_of_two_runs_are_one_history() -> None:
    def there(_name: str) -> bool:
        return True

    first, second = KeptUnit("a", False, False, True, False), KeptUnit("a", True, False, True, True)
    (unit,) = merged((first,), (second,))
    assert [command.argv[1] for command in unit_commands((unit,), there)] == ["disable", "stop"]
    assert unit_commands((KeptUnit("a", True, True, False, False),), there)[0].argv == (
        "systemctl",
        "enable",
        "a",
    )


def test_a_service_of_a_run_that_was_cut_off_goes_back_to_what_it_was_not_to_what_was_planned() -> None:
    """The planned undo would switch off what its package had switched on before the step."""
    off, on, half = KeptUnit("a"), KeptUnit("b", True, True), KeptUnit("c", True, False)
    words = [command.argv[1:] for command in unit_commands((off, on, half), lambda _name: True)]
    assert words == [
        ("disable", "a"), ("stop", "a"), ("enable", "b"), ("start", "b"), ("enable", "c"), ("stop", "c"),
    ]  # fmt: skip
    stop = Command(("systemctl", "disable", "--now", "b"))
    done = Done(step("start-it", sh("true"), undo=(stop,)), "apt", units=(on,), is_whole=False)
    assert planned(done, {}) == ((), ())


def test_a_unit_whose_package_is_gone_went_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_program(tmp_path, monkeypatch, "systemctl", "#!/bin/sh\n[ $3 = gone ] && echo LoadState=not-found\n")
    units = tuple(KeptUnit(name, False, False, True, True) for name in ("gone", "there"))
    found = unit_commands(units, lambda name: unit_is_there(machine(), name))
    assert [command.argv[1:] for command in found] == [("disable", "there"), ("stop", "there")]


def test_packages_that_another_step_was_asked_for_stay_with_it(tmp_path: Path) -> None:
    """git comes with docker.io, and is a step of its own as well: undoing Docker alone leaves it."""
    tool = step(
        "install-git",
        Command(("apt-get", "install", "git"), waits_for="apt"),
        undo=(Command(("apt-get", "remove", "-y", "git")),),
        records=("packages",),
    )
    docker = Record(
        "install-docker", AT, "apt", None, PackageChanges({"docker.io": "26", "git": "2"}), begun=1
    )
    recorded(tmp_path, docker, docker_step())
    recorded(tmp_path, Record("install-git", AT, "apt", None, PackageChanges(), begun=1), tool)
    there = {"docker.io": "26", "git": "2"}
    assert undo(tmp_path, "install-docker", installed=there).removes == ("docker.io",)
    assert undo(tmp_path, installed=there).removes == ("docker.io", "git")
    assert undo(tmp_path, "install-docker", installed=there).stays == (), "nobody asked for git to go"


def test_what_others_need_stays_and_is_said(tmp_path: Path) -> None:
    changed = PackageChanges({"tool": "1", "library": "1"})
    recorded(tmp_path, Record("install-docker", AT, "apt", None, changed, begun=1), docker_step())
    there = {"tool": "1", "library": "1"}
    host = Packages(there, lambda _manager, names: frozenset(names) & {"library"})
    plan = undo_plan(directories(tmp_path), host=host)
    assert (plan.removes, plan.stays) == (("tool",), ("library",))
    assert plan.notes == ("install-docker: library: not removed, other software here needs it.",)


def test_what_only_a_later_undone_step_s_packages_need_goes_with_that_step(tmp_path: Path) -> None:
    """A cut off installation is finished under another step's name, which then brought what needs the first ones."""
    finish = step("finish-packages", sh("true"), records=("packages",))
    first = PackageChanges({"library": "1", "engine": "1"})
    recorded(tmp_path, Record("install-docker", AT, "apt", None, first, begun=1), docker_step())
    recorded(
        tmp_path,
        Record("finish-packages", AT, "apt", None, PackageChanges({"tool": "1"}), begun=1),
        finish,
    )
    recorded(tmp_path, Record("install-docker", AT, "apt", None, PackageChanges({}), begun=1), docker_step())
    there = {"library": "1", "engine": "1", "tool": "1"}

    def needed(_manager: str, names: Sequence[str]) -> frozenset[str]:
        return frozenset() if "tool" in names else frozenset(names) & {"library"}

    plan = undo_plan(directories(tmp_path), host=Packages(there, needed))
    assert [item.id for item in plan.steps()] == ["undo-install-docker", "undo-finish-packages"]
    removed = [
        action.argv for item in plan.steps() for action in item.commands if isinstance(action, Command)
    ]
    assert removed[1][-3:] == ("remove", "-y", "engine") and removed[3][-4:] == (
        *("remove", "-y"),
        *("tool", "library"),
    )
    assert (plan.stays, plan.later) == ((), ("library",))


def test_what_dpkg_left_unfinished_stays_in_sight_where_nothing_is_undone(tmp_path: Path) -> None:
    """Nothing to undo over a broken package is nothing done well: it is named, with what to type."""
    recorded(tmp_path, Record("install-docker", AT, "apt", None, PackageChanges({}), begun=1), docker_step())
    state = Unfinished("1", "amd64", is_broken=True)
    host = Packages({"theirs": "1"}, lambda _manager, _names: frozenset(), unfinished={"theirs": state})
    plan = undo_plan(directories(tmp_path), host=host)
    assert (plan.steps(), plan.stays) == ((), ("theirs",))
    assert "`sudo apt-get install --reinstall theirs`" in plan.notes[0]


def test_removed_packages_are_put_back_only_while_they_are_away(tmp_path: Path) -> None:
    """Else a retry of the undo would bring newer versions of what is there."""
    put_back = Command(("env", "apt-get", "install", "-y", "podman-docker"), waits_for="apt")
    conflicts = step("remove-conflicts", sh("true"), undo=(put_back,), records=("packages",))
    record = Record("remove-conflicts", AT, "apt", None, PackageChanges({}, {"podman-docker": "4"}), begun=1)
    recorded(tmp_path, record, conflicts)
    assert undo(tmp_path).steps()[0].commands == (put_back,)
    assert undo(tmp_path, installed={"podman-docker": "4"}) == Plan()


RPM = """#!/bin/sh
case "$*" in
  *--whatprovides*oci-runtime) echo runc.x86_64 ;;
  "--erase --test tool.x86_64 runc.x86_64")
    echo 'error: Failed dependencies:'
    echo '	oci-runtime is needed by (installed) podman-4:4.9.4-1.el9.x86_64'
    exit 1 ;;
  "--erase --test tool.x86_64") ;;
  *) exit 1 ;;
esac
"""


def test_rpm_names_what_is_needed_and_is_asked_who_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_program(tmp_path, monkeypatch, "rpm", RPM)
    asked = needed_elsewhere(machine(), "dnf", ("tool.x86_64", "runc.x86_64"))
    assert asked == frozenset({"runc.x86_64"})


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="asks the real dpkg")
def test_dpkg_names_what_it_would_not_remove() -> None:
    """Half of every Debian needs libc6; the rehearsal changes nothing and needs no root."""
    names = [name for name in machine_packages() if name.partition(":")[0] == "libc6"]
    assert needed_elsewhere(machine(), "apt", names) == frozenset(names)
    assert needed_elsewhere(machine(), "apt", ()) == frozenset()


def machine_packages() -> list[str]:
    return list(installed_packages(machine(), "apt"))


def test_a_step_that_is_only_named_again_has_nothing_left(tmp_path: Path) -> None:
    target = tmp_path / "file"
    apply(tmp_path, plan_of(step("write", WriteFile(str(target), "x", root=False))))
    apply(tmp_path, without_root(undo(tmp_path, "write")))
    assert undo(tmp_path, "write") == replace(
        Plan(), notes=("write: nothing of it is left to be taken back.",)
    )


def test_a_file_that_two_steps_wrote_goes_back_step_by_step(tmp_path: Path) -> None:
    target = tmp_path / "daemon.json"
    target.write_text("theirs")
    for name in ("one", "two"):
        apply(tmp_path, plan_of(step(name, WriteFile(str(target), name, root=False))))
    alone = undo(tmp_path, "one")
    assert (alone.steps(), alone.stays) == ((), (str(target),))
    assert "by the step two, which is to be undone first," in alone.notes[0]
    whole = undo(tmp_path)
    assert [item.id for item in whole.steps()] == ["undo-two", "undo-one"] and whole.notes == ()
    assert apply(tmp_path, without_root(whole)) == ExitCode.DONE
    assert target.read_text() == "theirs"
    assert undo(tmp_path) == Plan()


def test_a_file_that_a_step_might_have_changed_and_did_not_is_nobody_s_concern(tmp_path: Path) -> None:
    """dockerd writes firewalld's zone when it first runs, which can be a later step."""
    zone = tmp_path / "docker.xml"
    apply(tmp_path, plan_of(step("install", sh("true"), records=(f"file:{zone}",))))
    apply(tmp_path, plan_of(step("start", sh(f"echo zone > {zone}"), records=(f"file:{zone}",))))
    plan = undo(tmp_path)
    assert [item.id for item in plan.steps()] == ["undo-start"] and plan.stays == ()


def test_where_dpkg_was_cut_off_its_work_is_finished_first(tmp_path: Path) -> None:
    """Until then apt-get refuses every removal."""
    changed = PackageChanges({"jq": "1"})
    recorded(tmp_path, Record("install-docker", AT, "apt", None, changed, begun=1), docker_step())
    host = Packages({"jq": "1"}, lambda _manager, _names: frozenset(), is_cut_off=True)
    (only,) = undo_plan(directories(tmp_path), host=host).steps()
    words = [action.argv for action in only.commands if isinstance(action, Command)]
    assert words[0][-2:] == ("--configure", "-a")
    assert words[1][:4] == ("dpkg", "--no-act", "--force-remove-reinstreq", "--remove")


def test_a_package_that_is_half_removed_is_still_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "installed git 1\nhalf-installed net-tools 2\nconfig-files old 3\n"
    put_program(tmp_path, monkeypatch, "dpkg-query", f"#!/bin/sh\ncat <<'END'\n{said}END\n")
    assert installed_packages(machine(), "apt") == {"git": "1", "net-tools": "2"}
