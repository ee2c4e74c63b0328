"""One Ctrl-C while both outputs are pipes that nobody reads: every command ends with 130, and soon."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.apply.plans import ROOT, plan_of, sh, step
from tests.unit.cli.console import answers_file, start
from wizard.apply.journal import append, event, follow
from wizard.apply.runs import create_run

_F_SETPIPE_SZ = 1031


def _full_pipe() -> tuple[int, int]:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, _F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)
    return reading, writing


def _is_blocked(pid: int) -> bool:
    try:
        return "pipe" in Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return False


def _ended(*argv: str, full: str) -> int:
    """The exit code of a command that is sent one SIGINT once it can't write on. full: which outputs are."""
    outputs = {name: _full_pipe() for name in full.split()}
    streams = {name: pair[1] for name, pair in outputs.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "wizard", *argv],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=streams.get("stdout", subprocess.DEVNULL),
        stderr=streams.get("stderr", subprocess.DEVNULL),
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    try:
        deadline = time.monotonic() + 60
        while not _is_blocked(process.pid) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process.poll() is None, "it never wrote"
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        code = process.wait(30)
        assert time.monotonic() - started < 15  # less than a second where the machine is idle
        return code
    finally:
        process.kill()
        process.wait()
        for pair in outputs.values():
            for descriptor in pair:
                os.close(descriptor)


@pytest.mark.slow
@pytest.mark.parametrize("full", ["stdout stderr", "stdout"])
@pytest.mark.parametrize(
    "command",
    [
        "check",
        "check --json",
        "plan --json",
        "survey --json",
        "estimate --mau 5000",
        "validate",
        "diff",
        "schema answers",
    ],
)
def test_a_command_that_reads_ends(tmp_path: Path, session: str, command: str, full: str) -> None:
    answers = answers_file(tmp_path)
    words = command.split()
    if words[0] in ("validate", "diff"):
        others = "".join(f"k{number}: 1\n" for number in range(100))
        words += [
            answers_file(tmp_path, f"kind: Deployment\n{others}", name)
            for name in ("a", "b")[: 1 + (words[0] == "diff")]
        ]
    elif words[0] != "schema":
        words += ["--session", session]
        words += ["--answers", answers] if words[0] != "estimate" else []
    assert _ended(*words, full=full) == 130


@pytest.mark.slow
@pytest.mark.parametrize("command", ["attach", "attach --json", "undo --all", "apply --yes", "status"])
def test_a_command_that_follows_ends_and_the_run_goes_on(tmp_path: Path, session: str, command: str) -> None:
    goes = tmp_path / "goes"
    script = f"n=0; while [ ! -e {goes} ] && [ $n -lt 2000 ]; do n=$((n+1)); echo $n; sleep 0.05; done"
    record = start(session, plan_of(step("one", sh(script))))
    try:
        for number in range(200):
            append(record.journal, event("step-output", f"{number} {'x' * 900}", step="one", node="n"))
        assert _ended(*command.split(), "--session", session, full="stdout stderr") == 130
    finally:
        goes.touch()
    assert [item.event for item in follow(record, 0.05)][-1] == "run-finished"


@pytest.mark.slow
def test_an_undo_that_shows_its_plan_ends(session: str) -> None:
    record = create_run(session, plan_of(step("one", sh("true"))))
    Path(record.directory, "run.json").write_text("{")
    assert _ended("undo", "--all", "--session", session, full="stdout stderr") == 130
