"""Runs on disk."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.apply.plans import plan_of, sh, step
from wizard.apply.runs import all_runs, create_run, ending, last_run, load_plan, request_stop, stop_is_wanted
from wizard.model.failure import Failure
from wizard.model.plan import Command, Plan, Stage, Step, WriteFile
from wizard.workflow.log import suggested_path

TEXT = st.text(st.characters(exclude_characters="\0"), max_size=5)
ACTIONS = st.builds(
    Command,
    argv=st.lists(TEXT.filter(bool), min_size=1, max_size=3).map(tuple),
    root=st.booleans(),
    timeout_seconds=st.integers(1, 9999),
    waits_for=st.sampled_from([None, "apt", "dnf"]),
    ok_codes=st.lists(st.integers(0, 255), max_size=2).map(tuple),
) | st.builds(WriteFile, write=TEXT.map("/{}".format), content=TEXT, mode=st.integers(0, 0o777))
NAMES = st.lists(TEXT.filter(lambda text: not text.startswith("file:")), max_size=2).map(tuple)
STEPS = st.builds(
    Step,
    id=TEXT.filter(lambda text: bool(text) and text.isprintable()),
    node=TEXT,
    title=TEXT,
    why=TEXT,
    commands=st.lists(ACTIONS, max_size=2).map(tuple),
    undo=st.lists(ACTIONS, max_size=2).map(tuple),
    requires=NAMES,
    settles=NAMES,
    records=NAMES,
    guards=NAMES,
)


WITH = (
    '{"stages": [{"name": "a", "title": "b", "steps": [{"id": "i", "node": "n", "title": "t", "why": "w",'
    ' "commands": [@]}]}]}'
)


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, max_size=2).map(tuple), NAMES, NAMES)
def test_a_plan_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    steps: tuple[Step, ...],
    removes: tuple[str, ...],
    notes: tuple[str, ...],
) -> None:
    plan = Plan((Stage("s", "t", steps),), removes, notes)
    run = create_run(str(tmp_path_factory.mktemp("session")), plan)
    assert load_plan(run.directory) == plan


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"stages": [{"name": "x"}]}',
        '{"stages": [], "removes": [], "notes": [], "more": 1}',
        '{"stages": [{"name": "a", "title": "b", "steps": [{"id": "i", "node": "n", "title": "t", "why": "w",'
        ' "commands": ["rm -rf /"]}]}]}',
        '{"stages": [{"name": "a", "title": "b", "steps": [{"id": "i", "node": "n", "title": "t", "why": "w",'
        ' "commands": [{"argv": "true"}]}]}]}',
        '{"stages": [{"name": "a", "title": "b", "steps": [{"id": "i", "node": "n", "title": "t", "why": "w",'
        ' "commands": [{"argv": ["true"], "shell": true}]}]}]}',
        "[" * 100_000,
        WITH.replace("@", '{"argv": []}'),
        WITH.replace("@", '{"argv": [""]}'),
        WITH.replace("@", '{"argv": ["a\\u0000b"]}'),
        WITH.replace("@", '{"argv": ["a"], "timeout_seconds": ' + "9" * 400 + "}"),
        WITH.replace("@", '{"argv": ["a"], "timeout_seconds": 1e400}'),
        WITH.replace("@", '{"argv": ["a"], "ok_codes": [NaN]}'),
        WITH.replace("@", '{"write": "etc/x", "content": ""}'),
        WITH.replace("@", '{"write": "/etc/x", "content": "", "mode": -1}'),
        WITH.replace("@", '{"write": "/etc/x", "format": "json", "changes": [{"path": []}]}'),
        WITH.replace(
            "@", '{"write": "/x", "format": "json", "changes": [{"path": ["a"], "new": @}]}'
        ).replace("@", "[" * 70 + "]" * 70),
        WITH.replace('"i"', '""').replace("@", '{"argv": ["a"]}'),
        WITH.replace('"i"', '"\\u001b[31m"').replace("@", '{"argv": ["a"]}'),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    run = create_run(str(tmp_path), Plan())
    Path(run.directory, "plan.json").write_text(text)
    with pytest.raises(Failure) as failure:
        load_plan(run.directory)
    assert failure.value.code == 7


@pytest.mark.parametrize("text", ["", "{", '{"id": "x", "started_at": ""}', "[" * 100_000])
def test_a_damaged_run_still_has_the_time_that_its_directory_is_named_for(tmp_path: Path, text: str) -> None:
    run = create_run(str(tmp_path), Plan())
    told = run.started_at
    os.rename(run.directory, tmp_path / "runs" / "20261124T030059Z-07")
    (tmp_path / "runs" / "20261124T030059Z-07" / "run.json").write_text(text)
    (found,) = all_runs(str(tmp_path))
    assert len(told) == len("2026-11-24T03:00:59.000Z") and found.started_at == "2026-11-24T03:00:59Z"
    assert suggested_path(found).endswith("/cometchat-wizard-log-20261124T030059Z.txt")


def test_a_run_is_private_and_the_newest_is_first(tmp_path: Path) -> None:
    first, second = (create_run(str(tmp_path), plan_of(step("a", sh("true")))) for _ in range(2))
    (tmp_path / "runs" / "lost+found").mkdir()
    assert [run.directory for run in all_runs(str(tmp_path))] == [second.directory, first.directory]
    assert last_run(str(tmp_path)) == second
    assert stat.S_IMODE(os.stat(first.directory).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(first.directory + "/plan.json").st_mode) == 0o600


def test_no_runs(tmp_path: Path) -> None:
    assert all_runs(str(tmp_path)) == ()
    assert last_run(str(tmp_path / "none")) is None


def test_the_request_is_strict(tmp_path: Path) -> None:
    run = create_run(str(tmp_path), Plan())
    assert not stop_is_wanted(run.directory)
    for text in ("stop", '{"stop_after": 1}', "[true]", '{"stop_after": "yes"}'):
        Path(run.directory, "request").write_text(text)
        assert not stop_is_wanted(run.directory)
    request_stop(run)
    assert stop_is_wanted(run.directory)
    assert json.loads(Path(run.directory, "request").read_text()) == {"stop_after": True}


def test_a_session_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file in the way")
    with pytest.raises(Failure) as failure:
        create_run(str(tmp_path), Plan())
    assert failure.value.code == 7


def test_a_run_that_never_began_is_interrupted(tmp_path: Path) -> None:
    assert ending(create_run(str(tmp_path), Plan())).state == "interrupted"
