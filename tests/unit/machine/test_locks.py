"""Waiting for the package manager's lock, with real locks held by another process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wizard.machine import locks
from wizard.machine.local import LocalMachine
from wizard.machine.locks import (
    LockHolder,
    LockWait,
    holder_of_locks,
    limit_seconds,
    process_name,
    says_locked,
)
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Command

HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "a+")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


@contextmanager
def held(path: Path, seconds: float) -> Iterator[int]:
    script = path.parent / "unattended-upgrade"
    script.write_text(HOLD)
    process = subprocess.Popen([sys.executable, str(script), str(path), str(seconds)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_holder_is_named_by_its_script(tmp_path: Path) -> None:
    with held(tmp_path / "lock", 30) as pid:
        assert holder_of_locks((str(tmp_path / "none"), str(tmp_path / "lock"))) == LockHolder(
            str(tmp_path / "lock"), pid, "unattended-upgrade"
        )
    assert holder_of_locks((str(tmp_path / "lock"),)) is None


def test_process_name_of_what_is_gone() -> None:
    assert process_name(2**22 + 1) == ""


def test_a_command_waits_for_the_lock_and_says_who_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "APT_LOCKS", (str(tmp_path / "lock"),))
    lines: list[str] = []
    started = time.monotonic()
    with held(tmp_path / "lock", 1.0) as pid:
        outcome = LocalMachine(lock_wait_seconds=30).run(
            Command(("echo", "installed"), root=False, waits_for="apt"), lines.append
        )
    assert outcome.is_done()
    assert time.monotonic() - started > 0.7
    assert f"in use by unattended-upgrade (process {pid})" in lines[0]
    assert lines[1:] == ["The package manager is free again. Going on.", "installed"]


def test_a_command_is_not_begun_where_the_lock_is_held_for_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "APT_LOCKS", (str(tmp_path / "lock"),))
    command = Command(("touch", str(tmp_path / "begun")), root=False, waits_for="apt")
    lines: list[str] = []
    started: list[int] = []
    with held(tmp_path / "lock", 30) as pid:
        for seconds in (0.0, 0.3):
            outcome = LocalMachine(lock_wait_seconds=seconds).run(
                command, lines.append, on_start=started.append
            )
            assert outcome.exit_code is None and not outcome.is_done() and not outcome.stopped
            assert outcome.problem == (
                f"unattended-upgrade (process {pid}) held the package manager's lock for more than 0 s. "
                "Let it finish, then apply again."
            )
    assert not (tmp_path / "begun").exists()
    assert started == []
    assert not any("Going on" in line for line in lines)
    assert LocalMachine(lock_wait_seconds=0).run(command, lines.append).is_done(), (
        "a free lock is not waited for"
    )


def test_a_stop_while_it_waits_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "APT_LOCKS", (str(tmp_path / "lock"),))
    machine = LocalMachine(lock_wait_seconds=30)
    command = Command(("touch", str(tmp_path / "begun")), root=False, waits_for="apt")
    with held(tmp_path / "lock", 30):
        outcome = machine.run(command, lambda _line: machine.stop())
    assert outcome.stopped and outcome.exit_code is None
    assert "as asked" in outcome.problem
    assert not (tmp_path / "begun").exists()


APT_GET = """#!/bin/sh
# What apt-get update says while another program holds the list lock, measured; free at the third call.
echo x >> "$0.calls"
[ "$(wc -l < "$0.calls")" -ge 3 ] && { echo "Reading package lists..."; exit 0; }
echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1234 (apt-get)" >&2
exit 100
"""


def test_update_is_tried_again_when_the_lock_was_taken_meanwhile(tmp_path: Path) -> None:
    program = tmp_path / "apt-get"
    program.write_text(APT_GET)
    program.chmod(0o755)
    lines: list[str] = []
    outcome = LocalMachine(lock_wait_seconds=20).run(
        Command((str(program), "update"), root=False, waits_for="apt"), lines.append
    )
    assert outcome.is_done()
    assert lines[-1] == "Reading package lists..."
    assert sum("Trying again" in line for line in lines) == 2


def test_waiting_has_an_end(tmp_path: Path) -> None:
    program = tmp_path / "apt-get"
    program.write_text("#!/bin/sh\necho 'E: Could not get lock /x'\nexit 100\n")
    program.chmod(0o755)
    outcome = LocalMachine(lock_wait_seconds=0.5).run(
        Command((str(program),), root=False, waits_for="apt"), lambda _line: None
    )
    assert outcome.exit_code == 100
    assert "held the package manager's lock" in outcome.problem


def test_another_failure_is_not_tried_again(tmp_path: Path) -> None:
    program = tmp_path / "apt-get"
    program.write_text("#!/bin/sh\necho x >> $0.calls\necho 'E: Unable to locate package x'\nexit 100\n")
    program.chmod(0o755)
    LocalMachine().run(Command((str(program),), root=False, waits_for="apt"), lambda _line: None)
    assert (tmp_path / "apt-get.calls").read_text() == "x\n"


@pytest.mark.parametrize(
    "line",
    [
        "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (unattended-upgr)",
        "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another using it?",
        "E: Unable to lock directory /var/lib/apt/lists/",
        "dpkg: error: dpkg frontend lock was locked by another process with pid 12",
        # dpkg 1.22 (Ubuntu 24.04, Debian 13) names the program.
        "dpkg: error: dpkg frontend lock was locked by /usr/bin/apt-get process with pid 705",
        "dpkg: error: dpkg database lock was locked by /usr/bin/dpkg process with pid 705",
        "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)",
    ],
)
def test_lock_messages_are_known(line: str) -> None:
    assert says_locked(line)


def test_other_messages_are_not() -> None:
    assert not says_locked("Setting up libapt-lock (1.0) ...")
    assert not says_locked("E: Unable to locate package lock")


def test_the_limit_comes_from_the_environment() -> None:
    assert limit_seconds({}) == 600
    assert limit_seconds({"COMETCHAT_WIZARD_LOCK_WAIT": "3"}) == 3
    assert limit_seconds({"COMETCHAT_WIZARD_LOCK_WAIT": "0.5"}) == 0.5
    assert limit_seconds({"COMETCHAT_WIZARD_LOCK_WAIT": ""}) == 600


@pytest.mark.parametrize(
    "words",
    ["soon", "inf", "-inf", "nan", "-1", "1e400", "1e3", "9" * 400, "604801", "\u0663", " 5", "\x1b[31m"],
)
def test_a_limit_that_is_no_number_of_seconds_is_bad_input(words: str) -> None:
    with pytest.raises(Failure) as failure:
        limit_seconds({"COMETCHAT_WIZARD_LOCK_WAIT": words})
    assert failure.value.code == ExitCode.BAD_INPUT
    assert "no number of seconds" in failure.value.seen and failure.value.seen.isprintable()


def test_a_stop_ends_the_waiting() -> None:
    wait = LockWait(lambda: LockHolder("/x", 1, "apt"), 600, lambda _line: None, lambda: True)
    assert wait.until_free() is False
