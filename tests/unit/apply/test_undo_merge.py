"""Undo of keys that were set in files which others use, too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.apply.plans import plan_of, sh, step, text_of
from tests.unit.apply.test_undo import apply, directories, undo, without_root
from wizard.apply.changes import changes
from wizard.apply.records import NAME
from wizard.apply.undo import undo_plan
from wizard.apply.undopackages import Packages
from wizard.model.origin import ExitCode
from wizard.model.plain import plain
from wizard.model.plan import Command, KeyChange, MergeFile, Plan, WriteFile
from wizard.planning.docker_restart import VALIDATE

ODD = b'{ "data-root":"/srv",\n\n      "debug" :true }'
RESTART = Command(("true",), root=False)


def logging(path: Path, driver: str = "json-file", old: str | None = None) -> MergeFile:
    change = KeyChange(("log-driver",), driver, old=old)
    return MergeFile(str(path), "json", (change,), root=False)


def ulimits(path: Path) -> MergeFile:
    return MergeFile(str(path), "json", (KeyChange(("default-ulimits", "nofile"), 5),), root=False)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "daemon.json"
    path.write_bytes(ODD)
    path.chmod(0o640)
    return path


def test_an_untouched_file_comes_back_byte_for_byte(tmp_path: Path, target: Path) -> None:
    assert apply(tmp_path, plan_of(step("log", logging(target)))) == ExitCode.DONE
    assert json.loads(target.read_text())["log-driver"] == "json-file"
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert target.read_bytes() == ODD
    assert target.stat().st_mode & 0o777 == 0o640
    assert undo(tmp_path) == Plan()


def test_two_steps_on_one_file_come_back_byte_for_byte(tmp_path: Path, target: Path) -> None:
    apply(tmp_path, plan_of(step("log", logging(target)), step("limits", ulimits(target))))
    plan = undo(tmp_path)
    assert plan.notes == ()
    assert apply(tmp_path, without_root(plan)) == ExitCode.DONE
    assert target.read_bytes() == ODD


def test_the_first_of_two_alone_takes_back_its_key_alone(tmp_path: Path, target: Path) -> None:
    apply(tmp_path, plan_of(step("log", logging(target)), step("limits", ulimits(target))))
    plan = undo(tmp_path, "log")
    assert apply(tmp_path, without_root(plan)) == ExitCode.DONE
    assert json.loads(target.read_text()) == {
        "data-root": "/srv",
        "debug": True,
        "default-ulimits": {"nofile": 5},
    }


def test_other_keys_that_somebody_set_since_stay(tmp_path: Path, target: Path) -> None:
    apply(tmp_path, plan_of(step("log", logging(target)), step("limits", ulimits(target))))
    found = json.loads(target.read_text())
    target.write_text(json.dumps({**found, "mtu": 1400, "default-ulimits": {"nofile": 6}}))
    plan = undo(tmp_path)
    assert any("only log-driver there is put back" in note for note in plan.notes), plan.notes
    assert any(note.endswith("changed since by somebody else and is left as it is.") for note in plan.notes)
    assert apply(tmp_path, plan) == ExitCode.DONE
    assert json.loads(target.read_text()) == {
        "data-root": "/srv",
        "debug": True,
        "default-ulimits": {"nofile": 6},
        "mtu": 1400,
    }
    assert undo(tmp_path).steps() == ()


def test_a_file_that_is_broken_by_now_is_left(tmp_path: Path, target: Path) -> None:
    apply(tmp_path, plan_of(step("log", logging(target))))
    target.write_text("{")
    plan = undo(tmp_path)
    assert plan.steps() == ()
    assert "is left as it is" in plan.notes[0]


def test_a_new_file_goes_unless_somebody_added_to_it(tmp_path: Path) -> None:
    target = tmp_path / "daemon.json"
    apply(tmp_path, plan_of(step("log", logging(target))))
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    assert not target.exists()
    apply(tmp_path, plan_of(step("log", logging(target))))
    target.write_text('{"log-driver": "json-file", "mtu": 1400}')
    assert apply(tmp_path, undo(tmp_path)) == ExitCode.DONE
    assert target.read_text() == '{"mtu": 1400}'


def test_several_runs_go_back_to_the_first(tmp_path: Path, target: Path) -> None:
    apply(tmp_path, plan_of(step("log", logging(target, "local"))))
    apply(tmp_path, plan_of(step("log", logging(target, "json-file", old="local"))))
    target.write_text(json.dumps({**json.loads(target.read_text()), "mtu": 1400}))
    assert apply(tmp_path, undo(tmp_path)) == ExitCode.DONE
    assert json.loads(target.read_text()) == {"data-root": "/srv", "debug": True, "mtu": 1400}


@pytest.mark.parametrize("somebody", [False, True])
def test_a_run_that_was_cut_off_takes_back_only_what_is_ours(
    tmp_path: Path, target: Path, somebody: bool
) -> None:
    apply(tmp_path, plan_of(step("log", logging(target))))
    path = Path(directories(tmp_path)[0]) / NAME
    document = json.loads(path.read_text())
    document["steps"][0]["files"][0]["after"] = None
    path.write_text(json.dumps(document))
    if somebody:
        target.write_text(json.dumps({**json.loads(target.read_text()), "mtu": 1400}))
    assert apply(tmp_path, without_root(undo(tmp_path))) == ExitCode.DONE
    if somebody:
        assert json.loads(target.read_text()) == {"data-root": "/srv", "debug": True, "mtu": 1400}
    else:
        assert target.read_bytes() == ODD


def restarting(target: Path) -> Plan:
    back = MergeFile(str(target), "json", (KeyChange(("log-driver",), None, old="json-file"),))
    return plan_of(step("log", logging(target), undo=(back, RESTART), undo_guards=("docker-idle",)))


def test_what_follows_a_file_is_done_after_it_and_guarded(tmp_path: Path, target: Path) -> None:
    apply(tmp_path, restarting(target))
    (found,) = undo(tmp_path).steps()
    assert [action.argv[0] for action in found.commands if isinstance(action, Command)] == [
        "install",
        "mv",
        "true",
    ]
    assert found.guards[0] == "docker-idle"
    host = Packages({}, lambda _manager, _packages: frozenset())
    plan = undo_plan(directories(tmp_path), host=host, allowed=frozenset({"docker-idle"}))
    assert "docker-idle" not in plan.steps()[0].guards
    assert "what runs in it ends" in plan.notes[0]
    target.write_text('{"log-driver": "local"}')
    assert undo(tmp_path).steps() == (), "a file that is left asks for no restart"


def test_an_undo_that_was_cut_off_after_the_file_restarts_all_the_same(tmp_path: Path, target: Path) -> None:
    apply(tmp_path, restarting(target))
    plan = without_root(undo(tmp_path))
    (found,) = plan.steps()
    cut = plan_of(replace(found, commands=(*found.commands[:2], sh("exit 1")), guards=()))
    assert apply(tmp_path, cut) == ExitCode.STEP_FAILED
    assert target.read_bytes() == ODD
    (again,) = undo(tmp_path).steps()
    assert again.commands == (RESTART,)
    assert apply(tmp_path, plan_of(replace(again, guards=()))) == ExitCode.DONE
    assert undo(tmp_path) == Plan()


def test_an_undo_of_the_first_release_asks_docker_only_about_a_file_that_is_there(
    tmp_path: Path, target: Path
) -> None:
    """Its plans name the command without that, and the file that it asks about is gone by then."""
    old = restarting(target).steps()[0]
    old = replace(old, undo=(old.undo[0], Command(VALIDATE, may_be_missing=True), RESTART))
    apply(tmp_path, plan_of(old))
    (found,) = undo(tmp_path).steps()
    validate = next(item for item in found.commands if isinstance(item, Command) and item.argv == VALIDATE)
    assert validate.only_where == "/etc/docker/daemon.json"


def test_a_plan_of_before_such_commands_is_read(tmp_path: Path, target: Path) -> None:
    apply(tmp_path, restarting(target))
    path = Path(directories(tmp_path)[0]) / "plan.json"
    document = json.loads(path.read_text())
    for action in document["stages"][0]["steps"][0]["undo"]:
        action.pop("only_where", None)
    path.write_text(json.dumps(document))
    assert len(undo(tmp_path).steps()) == 1


def test_a_refused_merge_changes_nothing_and_says_so(tmp_path: Path, target: Path) -> None:
    target.write_text("{")
    assert apply(tmp_path, plan_of(step("log", logging(target)))) == ExitCode.STEP_FAILED
    assert target.read_text() == "{"
    assert "mend it there" in text_of(directories(tmp_path)[0], "journal.jsonl")
    assert undo(tmp_path).steps() == ()


def test_the_changes_name_the_keys(tmp_path: Path, target: Path) -> None:
    apply(
        tmp_path,
        plan_of(step("log", logging(target)), step("new", WriteFile(str(tmp_path / "n"), "", root=False))),
    )
    told = changes(directories(tmp_path))
    assert f"changed log-driver in {target}" in told[0]
    assert "wrote the new file" in told[1]


def test_no_other_value_is_in_plan_journal_or_undo(tmp_path: Path) -> None:
    target = tmp_path / "daemon.json"
    target.write_text('{"proxies": {"http-proxy": "http://bob:canary@proxy"}}')
    apply(tmp_path, plan_of(step("log", logging(target))))
    target.write_text(json.dumps({**json.loads(target.read_text()), "mtu": 1}))
    directory = directories(tmp_path)[0]
    texts = [text_of(directory, name) for name in ("plan.json", "journal.jsonl", "log.txt", NAME)]
    assert "canary" not in " ".join([*texts, str(plain(undo(tmp_path)))])
