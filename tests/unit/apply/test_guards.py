"""The guard before a restart of Docker, with a docker that says what a test wants."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.apply.plans import machine, sh, step
from wizard.apply import dockerroot, guards
from wizard.apply.guards import guard_problem

STEP = step("docker-settings", sh("true"), guards=("docker-idle",))


def says(directory: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A fake `docker` (a shell script) before all others on the path."""
    (directory / "docker").write_text(f"#!/bin/sh\n{script}\n")
    (directory / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")


@pytest.mark.parametrize("said", ["false 0", "true 7", "WARNING: no swap limit\nfalse 0"])
def test_nobody_is_hurt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    says(tmp_path, monkeypatch, f"printf '{said}\\n'")
    assert guard_problem(STEP, machine()) == ""


def test_containers_that_were_started_since(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(tmp_path, monkeypatch, "echo false 2")
    problem = guard_problem(STEP, machine())
    assert problem.startswith("2 container(s) run") and "software.restart_docker: true" in problem


@pytest.mark.parametrize("script", ["exit 1", "echo", "echo false many"])
def test_a_daemon_that_does_not_answer_counts_where_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    says(tmp_path, monkeypatch, script)
    monkeypatch.setattr(dockerroot, "PID_FILE", str(tmp_path / "docker.pid"))
    assert guard_problem(STEP, machine()) == "", "none runs"
    (tmp_path / "docker.pid").write_text("1\n")
    assert guard_problem(STEP, machine()) == "", "the number is another program's"
    monkeypatch.setattr(guards, "daemon_words", lambda: ["dockerd"])
    assert "does not say" in guard_problem(STEP, machine())
