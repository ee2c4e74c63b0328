"""One holder at a time, with real processes: living, dead, half dead, and not ours to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wizard.machine.marks import start_ticks
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.session import Holder
from wizard.store.process import end_process
from wizard.store.session import Held, Lock, holder_of, take_over

ROOT = Path(__file__).parents[3]
ME = Holder(os.getpid(), "anna", "pts/3", "192.0.2.7", "2026-01-01T10:00:00Z")

HOLDER = f"""
import os, sys, time
sys.path.insert(0, {str(ROOT)!r})
from wizard.model.session import Holder
from wizard.store.session import Lock
lock = Lock.acquire(sys.argv[1], Holder(os.getpid(), "bert", "pts/9", "", "2026-01-01T09:00:00Z"))
print("held", flush=True)
while sys.argv[2] == "deaf" or not lock.release_wanted():
    time.sleep(0.02)
lock.release()
print("left", flush=True)
"""


@pytest.fixture
def hold(tmp_path):
    processes = []

    def start(how="polite", directory=None):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(directory or tmp_path), how], stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_held_and_released(tmp_path):
    directory = str(tmp_path / "s")
    assert holder_of(directory) is None
    with Lock.acquire(directory, ME) as lock:
        assert holder_of(directory) == ME
        assert not lock.release_wanted()
        with pytest.raises(Held) as caught:
            Lock.acquire(directory, ME)
        assert caught.value.holder == ME and caught.value.code == ExitCode.SESSION_UNUSABLE
        for word in ("anna", "pts/3", "192.0.2.7", "2026-01-01T10:00:00Z"):
            assert word in caught.value.seen
    assert holder_of(directory) is None
    lock.release()
    assert os.stat(tmp_path / "s" / "lock").st_mode & 0o777 == 0o600


def test_another_process_is_told_and_a_dead_one_holds_nothing(tmp_path, hold):
    process = hold()
    assert holder_of(str(tmp_path)) == Holder(process.pid, "bert", "pts/9", "", "2026-01-01T09:00:00Z")
    with pytest.raises(Held, match="bert"):
        Lock.acquire(str(tmp_path), ME)
    process.kill()
    process.wait()
    assert holder_of(str(tmp_path)) is None
    Lock.acquire(str(tmp_path), ME).release()


def test_a_holder_that_is_asked_leaves_within_2_seconds(tmp_path, hold):
    process = hold()
    began = time.monotonic()
    take_over(str(tmp_path))
    assert time.monotonic() - began < 2
    assert process.wait(5) == 0 and process.stdout.read() == "left\n"
    with Lock.acquire(str(tmp_path), ME) as lock:
        assert not lock.release_wanted()


def test_a_half_dead_holder_is_ended(tmp_path, hold):
    """Stopped, as when its terminal hangs: it neither polls nor takes SIGTERM."""
    process = hold()
    process.send_signal(signal.SIGSTOP)
    take_over(str(tmp_path), timeout_seconds=0.3)
    assert process.wait(5) == -signal.SIGKILL
    Lock.acquire(str(tmp_path), ME).release()


def test_a_holder_that_does_not_look_is_ended(tmp_path, hold):
    process = hold("deaf")
    take_over(str(tmp_path), timeout_seconds=0.3)
    assert process.wait(5) == -signal.SIGTERM


def test_taking_over_what_nobody_holds_is_quick_and_leaves_no_request(tmp_path):
    began = time.monotonic()
    take_over(str(tmp_path))
    assert time.monotonic() - began < 1
    assert os.listdir(tmp_path) == ["lock"]


@pytest.mark.parametrize(
    "change",
    [{"start_time": 1}, {"boot_id": "another"}, {"pid": 1}, {"start_time": None}, {"pid": -1}, {"pid": 0}],
)
def test_a_process_that_is_not_surely_the_holder_is_never_ended(tmp_path, hold, change):
    process = hold("deaf")
    lock = tmp_path / "lock"
    lock.write_text(json.dumps({**json.loads(lock.read_text()), **change}))
    with pytest.raises(Failure) as caught:
        take_over(str(tmp_path), timeout_seconds=0.1)
    assert caught.value.code == ExitCode.SESSION_UNUSABLE
    assert process.poll() is None
    assert sorted(os.listdir(tmp_path)) == ["lock"]


def test_a_lock_without_a_readable_holder_is_held_all_the_same(tmp_path, hold):
    hold("deaf")
    (tmp_path / "lock").write_text("\x1b[31m{")
    assert holder_of(str(tmp_path)) == Holder(0, "", "", "", "")
    with pytest.raises(Held, match="another cometchat-wizard\\."):
        Lock.acquire(str(tmp_path), ME)


def test_hostile_text_in_the_lock_is_not_shown_raw(tmp_path, hold):
    hold("deaf")
    lock = tmp_path / "lock"
    lock.write_text(json.dumps({**json.loads(lock.read_text()), "user": "\x1b[31mx\n"}))
    with pytest.raises(Held) as caught:
        Lock.acquire(str(tmp_path), ME)
    assert caught.value.seen.isprintable()


def test_a_link_for_a_lock_is_refused(tmp_path):
    (tmp_path / "victim").write_text("untouched")
    (tmp_path / "lock").symlink_to(tmp_path / "victim")
    for call in (lambda: Lock.acquire(str(tmp_path), ME), lambda: take_over(str(tmp_path))):
        with pytest.raises(Failure) as caught:
            call()
        assert caught.value.code == ExitCode.SESSION_UNUSABLE
    assert (tmp_path / "victim").read_text() == "untouched"


def test_what_killed_saves_left_behind_goes_when_the_session_is_held_again(tmp_path):
    (tmp_path / ".session.json.999999999.ab.tmp").write_text("half")
    Lock.acquire(str(tmp_path), ME).release()
    assert os.listdir(tmp_path) == ["lock"]


def test_asking_who_holds_it_turns_no_one_away(tmp_path):
    """holder_of takes a shared lock for an instant: acquire must get by."""
    Lock.acquire(str(tmp_path), ME).release()
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from wizard.store.session import holder_of\n"
    script += f"print('up', flush=True)\nwhile True: holder_of({str(tmp_path)!r})"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stdout.readline() == "up\n"
        for _ in range(100):
            Lock.acquire(str(tmp_path), ME).release()
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_a_process_is_ended_only_if_it_is_the_same(hold):
    process = subprocess.Popen(["sleep", "60"])
    try:
        assert not end_process(process.pid, (start_ticks(process.pid) or 0) + 1, "SIGTERM")
        assert process.poll() is None
        assert end_process(process.pid, start_ticks(process.pid), "SIGTERM")
        assert process.wait(5) == -signal.SIGTERM
    finally:
        process.kill()
    assert end_process(process.pid, 1, "SIGKILL")
