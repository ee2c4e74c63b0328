"""Whatever the operator's umask is: what is ours is private, what others read is readable, nobody else may write."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.apply.plans import ROOT, plan_of, runner_argv, sh, step
from wizard.apply.journal import follow
from wizard.apply.runs import create_run, launch
from wizard.machine.giving import write_new
from wizard.model.plan import KeyChange, MergeFile, WriteFile
from wizard.model.session import SessionState
from wizard.store.lock import _UNKNOWN, Lock
from wizard.store.session import save
from wizard.workflow import keep


@pytest.fixture(params=[0o000, 0o002, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(directory: Path) -> dict[str, int]:
    """Path to mode of all that is below, links not followed."""
    return {
        str(path.relative_to(directory)): stat.S_IMODE(path.lstat().st_mode) for path in directory.rglob("*")
    }


def test_all_of_a_session_and_its_runs_is_private(tmp_path: Path, umask: int) -> None:
    session = tmp_path / "state" / "deep" / "session"
    etc = tmp_path / "etc"
    os.mkdir(etc)
    etc.chmod(0o755)
    (etc / "daemon.json").write_text("{}")
    (etc / "daemon.json").chmod(0o644)
    plan = plan_of(
        step(
            "files",
            WriteFile(str(etc / "systemd" / "docker.service.d" / "proxy.conf"), "x", 0o644, root=False),
            WriteFile(str(etc / "apt" / "apt.conf.d" / "05proxy"), "secret", 0o600, root=False),
            MergeFile(str(etc / "daemon.json"), "json", (KeyChange(("a",), "b"),), root=False),
            MergeFile(str(etc / "docker" / "daemon.json"), "json", (KeyChange(("a",), "b"),), root=False),
            sh(f"mkdir {etc}/made; echo x > {etc}/made/file"),
        )
    )
    with Lock.acquire(str(session), _UNKNOWN):
        for number in range(2):
            save(str(session), SessionState(changed_at=str(number)))
        keep.put_aside(str(session))
        run = create_run(str(session), plan)
        launch(run, runner_argv(run.directory))
        assert [event.status for event in follow(run)][-1] == "done"
    write_new(str(session / "copy.txt"), [b"log"])
    found = modes(tmp_path / "state")
    assert len(found) > 10
    assert {path: mode for path, mode in found.items() if mode & 0o077} == {}
    assert all(
        stat.S_IMODE(path.stat().st_mode) == 0o700 for path in (tmp_path / "state", session.parent, session)
    )
    directories = {"systemd", "systemd/docker.service.d", "apt", "apt/apt.conf.d", "docker", "made"}
    assert modes(etc) == {
        **dict.fromkeys(directories, 0o755),
        "systemd/docker.service.d/proxy.conf": 0o644,
        "apt/apt.conf.d/05proxy": 0o600,
        "daemon.json": 0o644,
        "docker/daemon.json": 0o644,
        "made/file": 0o644,
    }


def test_the_program_itself_takes_no_umask_along(umask: int) -> None:
    script = (
        "import os, sys, wizard.__main__ as started\n"
        "started._started = lambda: print(oct(os.umask(0))) or 0\n"
        "sys.exit(started.main())"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "0o22"
