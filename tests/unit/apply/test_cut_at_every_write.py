"""Every single write of a run as the one that fails, or the one that it is killed at: apply and undo."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.unit.apply.cutting import Dies, FullDisk, dies_at
from tests.unit.apply.plans import machine, plan_of, sh, step
from tests.unit.apply.test_detached import until
from tests.unit.apply.test_undo import without_root
from wizard.apply.ending import ending
from wizard.apply.history import read_run
from wizard.apply.journal import read_events
from wizard.apply.runner import run
from wizard.apply.runs import all_runs, create_run, last_run
from wizard.apply.undo import undo_plan
from wizard.apply.undopackages import Packages
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan, WriteFile
from wizard.model.session import RunRecord

pytestmark = pytest.mark.slow


def world_of(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(directory.iterdir())}


def work(world: Path) -> Plan:
    """A file replaced, one made, and one more that only the planned undo takes back; both commands speak."""
    rule = world / "rule"
    return plan_of(
        step("replace", WriteFile(str(world / "old"), "new content", root=False)),
        step(
            "make",
            sh(f"echo working; echo made > {world}/made"),
            sh(f"echo a rule; touch {rule}"),
            undo=(sh(f"rm -f {rule}"),),
            records=(f"file:{world}/made",),
        ),
    )


EFFECTS = {"old": "replace", "made": "make", "rule": "make"}


@pytest.fixture
def world(tmp_path: Path) -> Path:
    directory = tmp_path / "world"
    directory.mkdir()
    (directory / "old").write_text("old content")
    return directory


def effects(world: Path) -> list[str]:
    """The steps whose work shows, each as often as it does."""
    return [EFFECTS[name] for name, text in world_of(world).items() if text != "old content"]


def anew(world: Path) -> None:
    shutil.rmtree(world)
    world.mkdir()
    (world / "old").write_text("old content")


def _note(seen: list[list[str]], world: Path) -> None:
    seen.append(effects(world))


def done(session: Path, plan: Plan) -> ExitCode:
    found = create_run(str(session), plan)
    return run(plan, found.directory, machine(), lambda _step: None)


def test_a_full_disk_at_any_write_stops_the_run_before_what_it_could_not_record(
    tmp_path: Path, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    k = 0
    while True:
        k += 1
        anew(world)
        session = tmp_path / f"session-{k}"
        found = create_run(str(session), work(world))
        at_failure: list[list[str]] = []
        disk = FullDisk(found.directory, k, partial(_note, at_failure, world))
        try:
            with disk.around():
                code = run(work(world), found.directory, machine(), lambda _step: None)
        except Failure as failure:
            assert (failure.code, k, effects(world)) == (ExitCode.SESSION_UNUSABLE, 1, [])
            assert "No space left on device" in failure.seen
            continue
        if not disk.is_hit:
            assert code == ExitCode.DONE
            break
        events = read_events(found.journal)
        history = read_run(found.directory)
        assert history.trouble == "", k
        recorded = {record.step: record.begun for record in history.records}
        begun = {event.step for event in events if event.event == "step-started"}
        for name in effects(world):
            assert name in begun and recorded.get(name, 0) >= effects(world).count(name), k
        (before,) = at_failure
        # A command that was at work may come to its end; nothing is begun after the write that failed.
        assert len(effects(world)) - len(before) <= 1, k
        if code == ExitCode.DONE:
            assert len(effects(world)) == len(EFFECTS)
        else:
            assert code == ExitCode.SESSION_UNUSABLE, k
            assert (
                "No space left on device" in ending(found).message and "apply again" in ending(found).message
            )
        # With space again: a new run does the rest, and undo takes all of it back.
        assert done(session, work(world)) == ExitCode.DONE
        assert len(effects(world)) == len(EFFECTS)
        assert done(session, without_root(undone(session))) == ExitCode.DONE
        assert world_of(world) == {"old": "old content"}, k
    assert k > 20
    assert "Traceback" not in capsys.readouterr().err


def undone(session: Path) -> Plan:
    return undo_plan(
        [found.directory for found in all_runs(str(session))],
        (),
        host=Packages({}, lambda _manager, _names: frozenset()),
    )


def killed_at(k: int, where: Dies, found: RunRecord, plan: Plan) -> bool:
    """Whether a process that does this run was killed at its k-th write; what it left at work has ended."""

    def whole() -> ExitCode:
        return run(plan, found.directory, machine(), lambda _step: None)

    is_killed = dies_at(found.directory, k, where, whole)
    until(lambda: ending(found).leftover is None)
    return is_killed


def killed_at_every_write(
    tmp_path: Path, where: Dies, prepared: Callable[[Path], Plan], check: Callable[[Path, int], None]
) -> int:
    """How many writes there were: each was the one that the run died at, on a fresh copy of what was prepared."""
    k = 0
    while True:
        k += 1
        session = tmp_path / f"{where}-{k}"
        plan = prepared(session)
        found = create_run(str(session), plan)
        if not killed_at(k, where, found, plan):
            return k - 1
        last = last_run(str(session))
        assert last is not None and last.pid is None
        check(session, k)


@pytest.mark.parametrize("where", ["before", "after"])
def test_apply_killed_at_any_write_is_gone_on_with_and_undone(
    tmp_path: Path, world: Path, where: Dies
) -> None:
    def prepared(_session: Path) -> Plan:
        anew(world)
        return work(world)

    def check(session: Path, k: int) -> None:
        assert done(session, work(world)) == ExitCode.DONE
        assert len(effects(world)) == len(EFFECTS)
        assert done(session, without_root(undone(session))) == ExitCode.DONE
        assert world_of(world) == {"old": "old content"}, k
        assert undone(session) == Plan()

    assert killed_at_every_write(tmp_path, where, prepared, check) > 20


@pytest.mark.parametrize("where", ["before", "after"])
def test_undo_killed_at_any_write_is_gone_on_with(tmp_path: Path, world: Path, where: Dies) -> None:
    def prepared(session: Path) -> Plan:
        anew(world)
        assert done(session, work(world)) == ExitCode.DONE
        return without_root(undone(session))

    def check(session: Path, k: int) -> None:
        left = undone(session)
        if world_of(world) == {"old": "old content"}:
            # What is back already is not put back again; only commands without a trace of their own may be.
            assert {item.id for item in left.steps()} <= {"undo-make"}, k
        assert done(session, without_root(left)) == ExitCode.DONE
        assert world_of(world) == {"old": "old content"}, k
        assert undone(session) == Plan()

    assert killed_at_every_write(tmp_path, where, prepared, check) > 20
