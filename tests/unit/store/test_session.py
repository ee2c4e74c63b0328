"""A session is whole at every moment, private, and never silently lost."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from wizard.model.answers import Answers, UsageAnswers
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.session import SessionState
from wizard.store.session import candidates, default_directory, load, save

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become or make other users")
ROOT = Path(__file__).parents[3]


def _state(mau: int = 50_000) -> SessionState:
    return SessionState(
        answers=Answers(usage=UsageAnswers(mau=mau)),
        changed_at="2026-01-01T00:00:00Z",
        page="usage",
        seen_pages=("welcome",),
        survey={"hosts": [{"name": "ü"}]},
    )


def test_saved_and_loaded(tmp_path):
    directory = str(tmp_path / "new" / "session")
    assert load(directory) == SessionState()
    assert not os.path.exists(directory)
    save(directory, _state())
    assert load(directory) == _state()
    assert stat.S_IMODE(os.stat(directory).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(f"{directory}/session.json").st_mode) == 0o600
    assert os.listdir(directory) == ["session.json"]


def test_text_that_is_no_unicode_is_saved_all_the_same(tmp_path):
    """Names of files and processes may hold any byte; Python brings them as lone surrogates."""
    state = SessionState(survey={"process": "\udcff\x1b"})
    save(str(tmp_path), state)
    assert load(str(tmp_path)) == state


def test_the_save_before_stays_as_a_copy(tmp_path):
    save(str(tmp_path), _state(1))
    save(str(tmp_path), _state(2))
    assert json.loads((tmp_path / "session.json.bak").read_text())["answers"]["usage"]["mau"] == 1
    assert stat.S_IMODE(os.stat(tmp_path / "session.json.bak").st_mode) == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b'{"version": 1, "answers": {"usage"',
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"version": "x"}',
        b"[" * 100_000,
        b'{"version": 1, "page": 5}',
        b'{"version": 1, "answers": 5}',
        b'{"version": 1, "survey": {"a": NaN}}',
        b"\0" * 99,
    ],
)
def test_in_place_of_a_damaged_session_the_copy_is_used_and_the_next_save_keeps_it_aside(tmp_path, damage):
    save(str(tmp_path), _state(1))
    save(str(tmp_path), _state(2))
    (tmp_path / "session.json").write_bytes(damage)
    for _look in range(2):
        state = load(str(tmp_path))
        assert state.answers.usage.mau == 1 and state.is_recovered
        assert "damaged" in state.notice and "copy" in state.notice
    assert sorted(os.listdir(tmp_path)) == ["session.json", "session.json.bak"]
    save(str(tmp_path), state)
    aside = [path for path in tmp_path.iterdir() if path.name.startswith("session.json.damaged-")]
    assert [path.read_bytes() for path in aside] == [damage]
    assert json.loads((tmp_path / "session.json.bak").read_text())["answers"]["usage"]["mau"] == 1
    assert load(str(tmp_path)) == replace(state, notice="", is_recovered=False)


def test_without_a_copy_a_damaged_session_starts_anew_and_says_so(tmp_path):
    (tmp_path / "session.json").write_text("{")
    state = load(str(tmp_path))
    assert state.answers == Answers() and "given again" in state.notice and state.is_recovered


def test_a_missing_file_with_a_copy_is_the_copy(tmp_path):
    save(str(tmp_path), _state(1))
    os.rename(tmp_path / "session.json", tmp_path / "session.json.bak")
    state = load(str(tmp_path))
    assert state.answers.usage.mau == 1 and state.is_recovered
    assert state.notice.startswith("session.json was missing.")


def test_a_save_that_was_cut_off_beside_a_damaged_file_does_not_say_that_it_was_missing(tmp_path):
    save(str(tmp_path), _state(1))
    save(str(tmp_path), _state(2))
    os.rename(tmp_path / "session.json", tmp_path / "session.json.damaged-20260101T000000000000Z")
    state = load(str(tmp_path))
    assert state.answers.usage.mau == 1 and state.is_recovered
    assert state.notice.startswith("session.json was damaged and is kept as session.json.damaged-2026")
    os.unlink(tmp_path / "session.json.bak")
    assert "given again" in load(str(tmp_path)).notice


def test_how_a_session_was_read_is_not_saved(tmp_path):
    save(str(tmp_path), replace(_state(), notice="words", is_recovered=True))
    assert load(str(tmp_path)) == _state()
    data = json.loads((tmp_path / "session.json").read_text())
    (tmp_path / "session.json").write_text(json.dumps({**data, "notice": "a lie", "is_recovered": True}))
    assert load(str(tmp_path)) == _state()


def test_answers_that_are_no_longer_taken_are_told_and_the_rest_is_kept(tmp_path):
    save(str(tmp_path), _state())
    data = json.loads((tmp_path / "session.json").read_text())
    data["answers"]["usage"]["table"] = "of-old"
    data["answers"]["domain"] = {"primary": "example.com"}
    (tmp_path / "session.json").write_text(json.dumps(data))
    state = load(str(tmp_path))
    assert state.answers.usage.mau == 50_000 and state.answers.domain.primary == "example.com"
    assert "usage.table" in state.notice


def test_answers_that_do_not_fit_together_are_kept_as_they_were_given(tmp_path):
    state = replace(_state(), answers=Answers(usage=UsageAnswers(mau=10, pcc=500)))
    save(str(tmp_path), state)
    assert load(str(tmp_path)) == state


def test_a_session_of_version_0_is_migrated(tmp_path):
    old = {"answers": {"usage": {"mau": 5}}, "saved_at": "2025-12-01T00:00:00Z", "page": "usage"}
    (tmp_path / "session.json").write_text(json.dumps(old))
    state = load(str(tmp_path))
    assert (state.version, state.changed_at, state.page) == (1, "2025-12-01T00:00:00Z", "usage")
    assert state.answers.usage.mau == 5


def test_a_newer_session_is_left_alone(tmp_path):
    text = '{"version": 2, "answers": {"new": 1}}'
    (tmp_path / "session.json").write_text(text)
    failure = _unusable(lambda: load(str(tmp_path)))
    assert "newer version" in failure.seen
    assert (tmp_path / "session.json").read_text() == text


def test_a_link_for_a_session_is_refused(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    save(str(tmp_path / "real"), _state())
    (tmp_path / "link").symlink_to(tmp_path / "real")
    _unusable(lambda: load(str(tmp_path / "link")))
    _unusable(lambda: save(str(tmp_path / "link"), _state()))
    victim = tmp_path / "victim"
    victim.write_text("{}")
    os.unlink(tmp_path / "real" / "session.json")
    (tmp_path / "real" / "session.json").symlink_to(victim)
    _unusable(lambda: load(str(tmp_path / "real")))
    _unusable(lambda: save(str(tmp_path / "real"), _state()))
    assert victim.read_text() == "{}"


def test_odd_things_in_place_of_the_session(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "d1").mkdir()
    (tmp_path / "d1" / "session.json").mkdir()
    (tmp_path / "d2").mkdir()
    os.mkfifo(tmp_path / "d2" / "session.json")
    for name in ("file", "d1", "d2"):
        _unusable(lambda name=name: load(str(tmp_path / name)))
    _unusable(lambda: save(str(tmp_path / "file"), _state()))
    _unusable(lambda: save(str(tmp_path / "d1"), _state()))


@needs_root
def test_sessions_of_others_are_refused(tmp_path):
    save(str(tmp_path / "s"), _state())
    os.chown(tmp_path / "s" / "session.json", 12345, 12345)
    assert "uid 12345" in _unusable(lambda: load(str(tmp_path / "s"))).seen
    assert "uid 12345" in _unusable(lambda: save(str(tmp_path / "s"), _state())).seen
    os.chown(tmp_path / "s", 12345, 12345)
    assert "uid 12345" in _unusable(lambda: load(str(tmp_path / "s"))).seen
    assert "uid 12345" in _unusable(lambda: save(str(tmp_path / "s"), _state())).seen


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "can't be written"),
        (errno.EACCES, "may not"),
        (errno.EIO, "can't be written"),
    ],
)
def test_whatever_the_disk_says_is_a_sentence_and_nothing_is_lost(tmp_path, monkeypatch, code, word):
    save(str(tmp_path), _state(1))

    def refuse(_fd):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    failure = _unusable(lambda: save(str(tmp_path), _state(2)))
    assert word in failure.seen and failure.next_step
    assert load(str(tmp_path)).answers.usage.mau == 1


@needs_root
def test_a_disk_that_is_really_full_and_one_that_is_really_read_only(tmp_path):
    """In a mount namespace of its own, where that is allowed."""
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from wizard.model.answers import *; from wizard.model.failure import Failure
from wizard.model.session import SessionState
from wizard.store.session import load, save
import subprocess
save({str(tmp_path)!r}, SessionState(answers=Answers(usage=UsageAnswers(mau=1))))
open({str(tmp_path)!r} + "/fill", "wb").write(b"x" * 40000)
def told(call):
    try: call(); return "taken"
    except Failure as failure: return f"{{failure.code:d}} {{failure.seen}}"
large = SessionState(answers=Answers(usage=UsageAnswers(mau=2)), survey={{"x": "y" * 60000}})
print(told(lambda: save({str(tmp_path)!r}, large)))
print(load({str(tmp_path)!r}).answers.usage.mau)
subprocess.run(["mount", "-o", "remount,ro", {str(tmp_path)!r}], check=True)
print(told(lambda: save({str(tmp_path)!r}, SessionState())))
print(load({str(tmp_path)!r}).answers.usage.mau)
"""
    mount = f'mount -t tmpfs -o size=64k,mode=700 none {tmp_path} || exit 99; exec {sys.executable} -c "$0"'
    done = subprocess.run(["unshare", "-m", "sh", "-c", mount, script], capture_output=True, text=True)
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("no mounts here")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("7 The disk that holds") and "full" in lines[0], done.stderr
    assert lines[2].startswith("7 ") and "can't be written" in lines[2]
    assert (lines[1], lines[3]) == ("1", "1")


@needs_root
def test_a_directory_that_this_user_may_not_write_to(tmp_path):
    directory = tmp_path / "s"
    save(str(directory), _state())
    for path in (tmp_path, *tmp_path.parents):
        if str(path).startswith("/tmp/"):
            path.chmod(path.stat().st_mode | 0o055)
    script = f"""
import datetime, grp, os, pwd, sys
sys.path.insert(0, {str(ROOT)!r})
from wizard.model.failure import Failure; from wizard.model.session import SessionState
from wizard.store.session import load, save
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for call in (lambda: save({str(directory)!r}, SessionState()), lambda: load({str(directory)!r}),
             lambda: save({str(tmp_path / "new")!r}, SessionState())):
    try: call(); print("taken")
    except Failure as failure: print(int(failure.code), failure.seen, failure.next_step)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert [line[:2] for line in done.stdout.splitlines()] == ["7 "] * 3, done.stderr + done.stdout


@pytest.mark.slow
def test_killed_in_the_middle_of_saves_the_answers_are_those_of_some_save(tmp_path):
    """kill -9 at many moments: what is read is always whole, and never older than what was acknowledged."""
    directory = str(tmp_path / "s")
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from wizard.model.answers import *; from wizard.model.session import *
from wizard.store.session import save
number = int(sys.argv[1])
while True:
    number += 1
    save({directory!r}, SessionState(answers=Answers(usage=UsageAnswers(mau=number)), survey={{"x": "y" * 50000}}))
    print(number, flush=True)
"""
    last = 0
    for turn in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(last)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        acknowledged = int(process.stdout.readline())
        time.sleep(0.003 * turn)
        process.send_signal(signal.SIGKILL)
        for line in process.stdout:
            if line.endswith("\n"):
                acknowledged = int(line)
        process.wait()
        process.stdout.close()
        state = load(directory)
        assert state.notice == ""
        assert state.answers.usage.mau in (acknowledged, acknowledged + 1)
        last = state.answers.usage.mau


def test_where_sessions_live(monkeypatch):
    assert default_directory({"COMETCHAT_WIZARD_SESSION": "/x/y"}, 0) == "/x/y"
    assert default_directory({}, 0) == "/var/lib/cometchat-wizard"
    assert default_directory({"HOME": "/home/a"}, 1000) == "/home/a/.local/state/cometchat-wizard"
    assert default_directory({"HOME": "/home/a", "XDG_STATE_HOME": "/s"}, 1000) == "/s/cometchat-wizard"
    # A relative XDG_STATE_HOME is invalid by its own specification.
    assert default_directory({"HOME": "/home/a", "XDG_STATE_HOME": "s"}, 1000).startswith("/home/a/")
    assert candidates({"HOME": "/home/a"}, 1000) == (
        "/home/a/.local/state/cometchat-wizard",
        "/var/lib/cometchat-wizard",
    )
    both = candidates({"HOME": "/root"}, 0)
    assert both == ("/var/lib/cometchat-wizard", "/root/.local/state/cometchat-wizard")
    assert candidates({"HOME": "/root", "SUDO_UID": "0"}, 0)[1].endswith("/.local/state/cometchat-wizard")


def test_a_session_needs_no_yaml(tmp_path):
    save(str(tmp_path), _state())
    script = f"""
import sys
from wizard.store.session import load, save
save({str(tmp_path)!r}, load({str(tmp_path)!r}))
print([name for name in ('yaml', 'ipaddress', 'socket', 'subprocess', 'plumbum') if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def _unusable(call):
    with pytest.raises(Failure) as caught:
        call()
    failure = caught.value
    assert failure.code == ExitCode.SESSION_UNUSABLE
    assert failure.next_step and failure.seen.endswith(".")
    return failure
