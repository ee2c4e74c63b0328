"""Outputs that are full, closed, read by nobody or left early: for every command the exit code stays right.

A full output is told (7), one that nobody reads any more is no fault, and nothing ever ends in a traceback.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hostile.commands import variables
from tests.hostile.made import answers_text, make_session

pytestmark = pytest.mark.slow

FULL_PIPE_BYTES = 4096


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session, an answers file, and a directory for exports."""
    directory = tmp_path_factory.mktemp("outputs")
    make_session(directory)
    (directory / "answers.yaml").write_text(
        answers_text().replace("primary: chat.example.com", "primary: chat.invalid")
    )
    (directory / "other.yaml").write_text("apiVersion: cometchat-wizard/v1\nkind: Answers\n")
    return directory


# Each command, and the codes with which it ends where all can be written.
COMMANDS: dict[str, tuple[str, tuple[int, ...]]] = {
    "help": ("--help", (0,)),
    "version": ("--version", (0,)),
    "usage": ("no-such-command", (2,)),
    "no terminal": ("", (2,)),
    "estimate": ("estimate --mau 50000", (0,)),
    "estimate json": ("estimate --mau 50000 --json", (0,)),
    "survey": ("survey", (0,)),
    "survey json": ("survey --json", (0,)),
    "check": ("check --answers {place}/other.yaml", (0, 3, 4)),
    "check json": ("check --json --answers {place}/other.yaml", (0, 3, 4)),
    "plan": ("plan --answers {place}/other.yaml", (0, 2, 3)),
    "plan json": ("plan --json --answers {place}/other.yaml", (0, 2, 3)),
    "apply": ("apply", (2,)),
    "attach": ("attach", (0,)),
    "attach json": ("attach --json", (0,)),
    "status": ("status", (0,)),
    "status json": ("status --json", (0,)),
    "undo": ("undo --all", (2,)),
    "undo json": ("undo --all --json", (2,)),
    "validate": ("validate {place}/answers.yaml", (0,)),
    "validate json": ("validate {place}/answers.yaml --json", (0,)),
    "diff": ("diff {place}/answers.yaml {place}/other.yaml", (4,)),
    "diff json": ("diff {place}/answers.yaml {place}/other.yaml --json", (4,)),
    "answers": ("answers", (0,)),
    "schema": ("schema answers", (0,)),
    "export": ("export {place}/out --answers {place}/other.yaml", (0, 2, 3)),
}
# A shell's redirections. Full: the device says ENOSPC at every write.
FORMS = {
    "out full": ">/dev/full",
    "err full": "2>/dev/full",
    "both full": ">/dev/full 2>/dev/full",
    "out closed": ">&-",
    "err closed": "2>&-",
    "all closed": "<&- >&- 2>&-",
    "in closed": "<&-",
    "out left": ">&9",
    "err left": "2>&9",
    "both left": ">&9 2>&9",
}
# What is printed by none of these commands on standard output cannot be missed there.
SILENT = {"usage", "no terminal", "apply", "export", "undo", "plan"}


def _argv(name: str, place: Path) -> list[str]:
    words = COMMANDS[name][0].format(place=place).split()
    return [sys.executable, "-m", "wizard", *words, "--session", f"{place}/session"]


@contextmanager
def _left_pipe() -> Iterator[int]:
    """The end of a pipe whose reader has gone."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        yield write_end
    finally:
        os.close(write_end)


def _ended(name: str, place: Path, form: str) -> tuple[int, bytes]:
    """Exit code, and whatever could still be read."""
    with _left_pipe() as gone:
        done = subprocess.run(
            ["bash", "-c", f'exec 9>&{gone}; "$@" {form}', "sh", *_argv(name, place)],
            env=variables(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=(gone,),
            timeout=60,
        )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_form_of_a_broken_output(place: Path, name: str) -> None:
    usual = COMMANDS[name][1]
    bad = []
    for form, redirection in FORMS.items():
        code, said = _ended(name, place, redirection)
        # Where the result is lost that is an end of its own; a lost word to people is none.
        may = {*usual, 7} if form in ("out full", "both full") else {*usual}
        must = {7} if form == "out full" and name not in SILENT else may
        if code not in must:
            bad.append(f"{form}: {code}, not {sorted(must)}: {said[-200:]!r}")
        if b"Traceback" in said or b"Exception ignored" in said or b"fault of the program" in said:
            bad.append(f"{form}: {said[-400:]!r}")
    assert not bad, "\n".join(bad)


def test_how_many_broken_outputs_there_are(tell: Callable[[str], None]) -> None:
    tell(f"Broken outputs: {len(COMMANDS)} commands, {len(FORMS)} forms: {len(COMMANDS) * len(FORMS)}")
    assert len(COMMANDS) * len(FORMS) >= 154


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name
)
@pytest.mark.parametrize("name", ["survey json", "attach", "undo", "schema", "check"])
def test_pipes_that_nobody_reads_hold_nobody(place: Path, name: str, number: signal.Signals) -> None:
    """Both outputs are the same full pipe: one signal ends what waits for it, within two seconds and some."""
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, FULL_PIPE_BYTES)
    os.set_blocking(write_end, False)
    try:
        while True:
            os.write(write_end, b"x" * 1024)
    except BlockingIOError:
        os.set_blocking(write_end, True)
    process = subprocess.Popen(
        _argv(name, place),
        env=variables(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=write_end,
        stderr=write_end,
    )
    try:
        _wait_until_it_writes(process)
        process.send_signal(number)
        # As it leaves by itself, or by the signal itself: not by a fault.
        assert process.wait(20) in (130, -number)
    finally:
        process.kill()
        process.wait()
        os.close(write_end)
        os.close(read_end)


def _wait_until_it_writes(process: subprocess.Popen[bytes]) -> None:
    """It sleeps in the kernel's write to a pipe."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        try:
            if "pipe_write" in Path(f"/proc/{process.pid}/wchan").read_text():
                return
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.02)
    assert process.poll() is None, f"it ended with {process.poll()} although nothing was read"
