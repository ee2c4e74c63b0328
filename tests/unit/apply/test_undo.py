"""Undo and the list of changes, from what real runs recorded."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.journeys.packages import alone
from tests.unit.apply.plans import machine, plan_of, sh, step, text_of
from wizard.apply.changes import changes
from wizard.apply.guards import docker_leftovers, guard_problem
from wizard.apply.packages import host_manager
from wizard.apply.records import NAME, PackageChanges, Record, Records
from wizard.apply.runner import run
from wizard.apply.runs import all_runs, create_run
from wizard.apply.undo import undo_plan
from wizard.apply.undopackages import Packages, needed_elsewhere
from wizard.machine.files import write_atomic
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import plain
from wizard.model.plan import Command, Plan, Step, WriteFile


def apply(tmp_path: Path, plan: Plan) -> ExitCode:
    found = create_run(str(tmp_path), plan)
    return run(plan, found.directory, machine(), lambda _step: None)


def directories(tmp_path: Path) -> list[str]:
    return [found.directory for found in all_runs(str(tmp_path))]


def undo(tmp_path: Path, *names: str, installed: dict[str, str] | None = None) -> Plan:
    host = Packages(installed or {}, lambda _manager, _packages: frozenset())
    return undo_plan(directories(tmp_path), names, host=host)


def without_root(plan: Plan) -> Plan:
    """The same plan for a test that is not root (install can't give files away then)."""
    from dataclasses import replace

    def mine(action):
        argv = tuple(word for word in getattr(action, "argv", ()))
        if argv[:1] == ("install",):
            argv = (*argv[:3], *argv[7:])
        return replace(action, root=False, argv=argv) if argv else replace(action, root=False)

    mine_all = plan_of(*(replace(item, commands=tuple(map(mine, item.commands))) for item in plan.steps()))
    return replace(plan, stages=mine_all.stages)


def test_files_come_back_and_new_ones_go(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"caf\xe9 before")
    old.chmod(0o600)
    apply(
        tmp_path,
        plan_of(
            step("files", WriteFile(str(old), "after", root=False), WriteFile(str(new), "x", root=False))
        ),
    )
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert old.read_bytes() == b"caf\xe9 before"
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert not new.exists()
    assert undo(tmp_path) == Plan(), "what is undone drops out"


def test_the_first_content_comes_back_after_several_runs(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("first")
    for text in ("second", "third"):
        apply(tmp_path, plan_of(step("write", WriteFile(str(target), text, root=False))))
    apply(tmp_path, without_root(undo(tmp_path)))
    assert target.read_text() == "first"


def test_done_again_after_an_undo_can_be_undone_again(tmp_path: Path) -> None:
    target = tmp_path / "file"
    for _ in range(2):
        apply(tmp_path, plan_of(step("write", WriteFile(str(target), "x", root=False))))
        assert len(undo(tmp_path).steps()) == 1
        apply(tmp_path, without_root(undo(tmp_path)))
        assert not target.exists()


def test_a_file_that_somebody_changed_since_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "file"
    apply(tmp_path, plan_of(step("write", WriteFile(str(target), "ours", root=False))))
    target.write_text("theirs")
    plan = undo(tmp_path)
    assert plan.steps() == ()
    assert "changed since" in plan.notes[0]


def test_no_content_is_in_the_undo_plan(tmp_path: Path) -> None:
    target = tmp_path / "proxy.conf"
    target.write_text("http://bob:canary@proxy")
    apply(tmp_path, plan_of(step("write", WriteFile(str(target), "new", root=False))))
    assert "canary" not in str(plain(undo(tmp_path)))


def test_steps_are_undone_in_reverse_and_alone(tmp_path: Path) -> None:
    plan = plan_of(
        step("one", WriteFile(str(tmp_path / "1"), "", root=False)),
        step("two", WriteFile(str(tmp_path / "2"), "", root=False), requires=("one",)),
    )
    apply(tmp_path, plan)
    whole = undo(tmp_path).steps()
    assert [item.id for item in whole] == ["undo-two", "undo-one"]
    assert whole[1].requires == ("undo-two",)
    assert [item.id for item in undo(tmp_path, "one").steps()] == ["undo-one"]


def test_an_unknown_step_is_bad_input(tmp_path: Path) -> None:
    apply(tmp_path, plan_of(step("one", sh("true"))))
    with pytest.raises(Failure) as failure:
        undo(tmp_path, "on")
    assert failure.value.code == ExitCode.BAD_INPUT
    assert "one" in failure.value.next_step


def test_nothing_to_undo(tmp_path: Path) -> None:
    assert undo(tmp_path) == Plan()
    apply(tmp_path, plan_of(step("one", sh("true"))))
    assert undo(tmp_path) == Plan()


def test_rules_are_undone_as_planned_also_after_a_failure(tmp_path: Path) -> None:
    back = Command(("ufw", "delete", "allow", "443/tcp"))
    apply(
        tmp_path, plan_of(step("rule", sh("exit 1"), undo=(back,)), step("later", sh("true"), undo=(back,)))
    )
    assert [(item.id, item.commands) for item in undo(tmp_path).steps()] == [("undo-rule", (back,))]


def recorded(tmp_path: Path, record: Record, *steps: Step) -> None:
    """A run whose records are constructed: what a package manager did on another host."""
    found = create_run(str(tmp_path), plan_of(*steps))
    run(plan_of(), found.directory, machine(), lambda _step: None)
    write_atomic(os.path.join(found.directory, NAME), __import__("json").dumps(plain(Records((record,)))))


def docker_step() -> Step:
    return step(
        "install-docker",
        Command(("apt-get", "install", "-y", "docker-ce"), waits_for="apt"),
        undo=(Command(("env", "X=1", "apt-get", "remove", "-y", "docker-ce"), waits_for="apt"),),
        records=("packages",),
    )


def test_only_newly_installed_packages_are_removed_never_purged(tmp_path: Path) -> None:
    changed = PackageChanges({"docker-ce": "5:29", "libslirp0": "4", "gone": "1"}, {}, {"libc6": ("1", "2")})
    recorded(
        tmp_path,
        Record("install-docker", "2026-01-01T00:00:00Z", "apt", None, changed, begun=1),
        docker_step(),
    )
    plan = undo(tmp_path, installed={"docker-ce": "5:29", "libslirp0": "4", "libc6": "2"})
    (only,) = plan.steps()
    rehearsal, removal = only.commands
    assert isinstance(rehearsal, Command)
    assert isinstance(removal, Command)
    assert rehearsal.argv == (
        "dpkg",
        "--no-act",
        "--force-remove-reinstreq",
        "--remove",
        "docker-ce",
        "libslirp0",
    )
    assert removal.argv[-4:] == ("remove", "-y", "docker-ce", "libslirp0")
    # Nobody asked for services to be restarted.
    assert {"NEEDRESTART_MODE=l", "NEEDRESTART_SUSPEND=1", "apt-get"} <= set(removal.argv)
    assert only.guards == ("docker-unused",)
    assert plan.removes == ("docker-ce", "libslirp0")
    assert "newer versions of libc6 (1, now 2)" in plan.notes[0]
    assert "no containers" in plan.notes[1]


def test_a_run_cut_off_in_an_installation_is_undone_from_what_is_there_now(tmp_path: Path) -> None:
    record = Record("install-docker", "2026-01-01T00:00:00Z", "dnf", {"bash.x86_64": "5"}, None, begun=1)
    recorded(tmp_path, record, docker_step())
    plan = undo(tmp_path, installed={"bash.x86_64": "5", "docker-ce.x86_64": "29"})
    (only,) = plan.steps()
    assert [action.argv for action in only.commands if isinstance(action, Command)] == [
        ("rpm", "--erase", "--test", "docker-ce.x86_64"),
        ("env", "LC_ALL=C", "dnf", "-y", "remove", "--noautoremove", "docker-ce.x86_64"),
    ]
    assert only.guards == ("docker-unused",)
    assert any("cut off" in note for note in plan.notes)


def installing(name: str) -> Step:
    return step(name, Command(("apt-get", "install", "-y", name), waits_for="apt"), records=("packages",))


def test_what_a_later_step_brought_is_not_taken_with_the_one_that_was_cut_off(tmp_path: Path) -> None:
    bare, at = {"bash": "5"}, "2026-01-01T00:00:00Z"
    recorded(tmp_path, Record("install-jq", at, "apt", bare, None, begun=1), installing("install-jq"))
    net_tools = Record("install-net-tools", at, "apt", None, PackageChanges({"net-tools": "2"}), begun=1)
    recorded(tmp_path, net_tools, installing("install-net-tools"))
    # Cut off too: git was not there yet when it began, so it is not jq's.
    git = Record("install-git", at, "apt", {**bare, "jq": "1", "net-tools": "2"}, None, begun=1)
    recorded(tmp_path, git, installing("install-git"))
    now = {**bare, "jq": "1", "net-tools": "2", "git": "3"}
    for name, package in (("install-jq", "jq"), ("install-net-tools", "net-tools"), ("install-git", "git")):
        plan = undo(tmp_path, name, installed=now)
        assert plan.removes == (package,)
        assert {removed(action) for item in plan.steps() for action in item.commands} == {(package,)}
    assert set(undo(tmp_path, installed=now).removes) == {"jq", "net-tools", "git"}


def removed(action: object) -> tuple[str, ...]:
    """The packages that a command removes, or tries whether they can be."""
    assert isinstance(action, Command)
    at = next(number for number, word in enumerate(action.argv) if word.lstrip("-") == "remove")
    return tuple(word for word in action.argv[at + 1 :] if not word.startswith("-"))


def test_docker_with_something_in_it_stays(tmp_path: Path) -> None:
    assert docker_leftovers(str(tmp_path / "none")) == ""
    for name in ("containers", "volumes", "swarm"):
        (tmp_path / name).mkdir()
    (tmp_path / "volumes" / "metadata.db").write_text("")
    assert docker_leftovers(str(tmp_path)) == ""
    (tmp_path / "volumes" / "db").mkdir()
    assert "still has volumes" in docker_leftovers(str(tmp_path))
    (tmp_path / "swarm" / "docker-state.json").write_text("{}")
    assert "volumes, a swarm" in docker_leftovers(str(tmp_path))


def test_a_guard_that_is_not_known_stops_the_step(tmp_path: Path) -> None:
    assert "does not know" in guard_problem(step("x", guards=("moon-full",)), machine())


FAKE_DOCKER = """#!/bin/sh
case "$1" in
  ps) echo 0123456789ab;;
  volume) ;;
  info) echo inactive;;
esac
"""


def test_a_running_docker_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text(FAKE_DOCKER)
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert "1 container(s)" in guard_problem(step("x", guards=("docker-unused",)), machine())
    target = tmp_path / "file"
    code = apply(tmp_path, plan_of(step("undo-docker", sh(f"touch {target}"), guards=("docker-unused",))))
    assert code == ExitCode.STEP_FAILED
    assert not target.exists()
    docker.write_text(FAKE_DOCKER.replace("0123456789ab", ""))
    assert guard_problem(step("x", guards=("docker-unused",)), machine()) == ""


def test_changes_say_what_when_by_which_step_and_where(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.write_text("x")
    apply(
        tmp_path,
        plan_of(
            step("files", WriteFile(str(new), "a", root=False), WriteFile(str(old), "b", root=False)),
            step("rule", sh("true 443/tcp")),
            step("broken", sh("exit 1")),
        ),
    )
    apply(tmp_path, without_root(undo(tmp_path, "files")))
    found = changes(directories(tmp_path))
    assert [text.split(" UTC, ")[1].split(" (log: ")[0] for text in found] == [
        f"files: wrote the new file {new}",
        f"files: replaced {old}",
        "rule: ran `sh -c 'true 443/tcp'`",
        "broken (the step did not end well): ran `sh -c 'exit 1'`",
        f"undo-files: removed {new}",
        f"undo-files: replaced {old}",
    ]
    assert found[0].endswith("/log.txt)")


def test_changes_name_packages_with_versions(tmp_path: Path) -> None:
    changed = PackageChanges({"jq": "1.6", "libjq1": "1.6"}, {"podman-docker": "4"}, {"curl": ("7", "8")})
    recorded(
        tmp_path,
        Record("install-docker", "2026-01-02T03:04:05Z", "apt", None, changed, begun=1),
        docker_step(),
    )
    assert [text.split(": ")[1].split(" (log")[0] for text in changes(directories(tmp_path))] == [
        "installed jq 1.6, libjq1 1.6",
        "upgraded curl from 7 to 8",
        "removed podman-docker 4",
    ]


def build(directory: Path, name: str, depends: str = "") -> str:
    """A real package of nothing, for the real package manager."""
    (directory / name / "DEBIAN").mkdir(parents=True)
    more = f"Depends: {depends}\n" if depends else ""
    (directory / name / "DEBIAN" / "control").write_text(
        f"Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: A test <test@example.org>\n{more}"
        "Description: an empty package of a test\n"
    )
    subprocess.run(["dpkg-deb", "--build", str(directory / name)], check=True, capture_output=True)
    return str(directory / f"{name}.deb")


needs_apt = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None,
    reason="installs and removes empty packages: needs root and apt",
)
ENV = ("env", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_MODE=a")


@needs_apt
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_real_packages_go_but_not_under_something_that_needs_them(tmp_path: Path) -> None:
    with alone():
        real_packages_go(tmp_path)


def real_packages_go(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    library = build(tmp_path, "wizard-test-library")
    tool = build(tmp_path, "wizard-test-tool", "wizard-test-library")
    theirs = build(tmp_path, "wizard-test-theirs", "wizard-test-library")
    ours = {"wizard-test-library": "1.0", "wizard-test-tool": "1.0"}
    install = Command(
        (*ENV, "apt-get", "install", "-y", "--no-install-recommends", library, tool), waits_for="apt"
    )
    try:
        assert apply(tmp_path, plan_of(step("install-tool", install, records=("packages",)))) == ExitCode.DONE
        assert "installed wizard-test-library 1.0, wizard-test-tool 1.0" in " ".join(
            changes(directories(tmp_path))
        )
        subprocess.run(["dpkg", "-i", theirs], check=True, capture_output=True)
        # Planned before that package came: the removal is rehearsed once more, and refused.
        assert apply(tmp_path, undo(tmp_path, installed=ours)) == ExitCode.STEP_FAILED
        log = text_of(directories(tmp_path)[0], "log.txt")
        assert "wizard-test-theirs depends on wizard-test-library" in log
        assert status("wizard-test-tool") == "installed"
        # Planned now: what it needs stays, and is said; the rest goes.
        plan = undo_here(tmp_path, ours)
        assert plan.removes == ("wizard-test-tool",) and plan.stays == ("wizard-test-library",)
        assert any("wizard-test-library: not removed" in note for note in plan.notes)
        assert apply(tmp_path, plan) == ExitCode.DONE
        left = {"wizard-test-library": "1.0"}
        assert status("wizard-test-tool") == "" and status("wizard-test-library") == "installed"
        assert undo_here(tmp_path, left).stays == ("wizard-test-library",)
        subprocess.run(["dpkg", "-r", "wizard-test-theirs"], check=True, capture_output=True)
        assert apply(tmp_path, undo_here(tmp_path, left)) == ExitCode.DONE
        assert status("wizard-test-tool") == status("wizard-test-library") == ""
        assert undo_here(tmp_path, left) == Plan()
    finally:
        names = ["wizard-test-theirs", "wizard-test-tool", "wizard-test-library"]
        subprocess.run(["dpkg", "--purge", *names], capture_output=True)


def undo_here(tmp_path: Path, installed: dict[str, str]) -> Plan:
    """The undo with the real dpkg asked what others need."""
    host = Packages(installed, lambda manager, names: needed_elsewhere(machine(), manager, names))
    return undo_plan(directories(tmp_path), host=host)


def status(name: str) -> str:
    asked = ["dpkg-query", "-W", "-f=${db:Status-Status}", name]
    return subprocess.run(asked, capture_output=True, text=True).stdout


def test_a_package_that_dnf_would_replace_stops_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rpm = tmp_path / "rpm"
    rpm.write_text('#!/bin/sh\n[ "$2" = runc ]\n')
    rpm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert "runc is installed" in guard_problem(step("x", guards=("not-installed:runc",)), machine())
    assert guard_problem(step("x", guards=("not-installed:podman-docker",)), machine()) == ""


def test_a_dpkg_without_apt_is_a_tool_on_another_s_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.apply.packages.shutil.which", lambda _name: None)
    assert host_manager() == "dnf"


@pytest.fixture
def somaxconn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A /proc/sys of plain files, so that a test changes no setting of this machine."""
    import wizard.apply.settings as settings

    path = tmp_path / "proc/net/core/somaxconn"
    path.parent.mkdir(parents=True)
    path.write_text("4096\n")
    monkeypatch.setattr(settings, "PROC_SYS", str(tmp_path / "proc"))
    return path


def raising(path: Path, value: int, **more: object) -> Plan:
    planned = Command(("sysctl", "-w", "net.core.somaxconn=77"))
    return plan_of(
        step(
            "tune",
            sh(f"echo {value} > {path}"),
            records=("sysctl:net.core.somaxconn",),
            undo=(planned,),
            **more,
        )
    )


def test_a_setting_comes_back_to_what_it_was_before_the_first_run(tmp_path: Path, somaxconn: Path) -> None:
    apply(tmp_path, raising(somaxconn, 8000))
    apply(tmp_path, raising(somaxconn, 9000))
    back = undo(tmp_path).steps()[0]
    assert back.commands == (Command(("sysctl", "-w", "net.core.somaxconn=4096"), timeout_seconds=60),), (
        "what was recorded, not what was planned"
    )
    assert back.records == ("sysctl:net.core.somaxconn",)
    said = changes(directories(tmp_path))
    assert "set net.core.somaxconn from 4096 to 8000" in said[0]
    assert "set net.core.somaxconn from 8000 to 9000" in said[1]


def test_a_setting_that_is_back_or_that_somebody_changed_is_left(tmp_path: Path, somaxconn: Path) -> None:
    apply(tmp_path, raising(somaxconn, 8000))
    somaxconn.write_text("12345\n")
    left = undo(tmp_path)
    assert (
        left.steps() == () and "changed since by somebody else" in left.notes[0] and "12345" in left.notes[0]
    )
    somaxconn.write_text("4096\n")
    assert undo(tmp_path) == Plan()


def test_a_setting_of_a_run_that_was_cut_off_comes_back_too(tmp_path: Path, somaxconn: Path) -> None:
    apply(tmp_path, raising(somaxconn, 8000))
    directory = directories(tmp_path)[0]
    records = text_of(directory, NAME).replace('"after": "8000"', '"after": null')
    assert records != text_of(directory, NAME)
    write_atomic(os.path.join(directory, NAME), records)
    assert len(undo(tmp_path).steps()) == 1
    assert "may have changed net.core.somaxconn" in changes([directory])[0]


def test_a_setting_that_can_not_be_noted_is_not_changed(tmp_path: Path, somaxconn: Path) -> None:
    somaxconn.unlink()
    assert apply(tmp_path, raising(somaxconn, 8000)) == ExitCode.STEP_FAILED
    assert not somaxconn.exists(), "not begun"
    assert "net.core.somaxconn can't be read" in text_of(directories(tmp_path)[0], "journal.jsonl")
