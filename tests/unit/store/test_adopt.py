"""Root takes over a user's session and trusts nothing in that user's directory."""

from __future__ import annotations

import json
import os
import stat

import pytest

from wizard.model.answers import Answers, UsageAnswers
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.session import SessionState
from wizard.store.adopt import adopt, look
from wizard.store.session import load, save

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root takes over sessions")
USER = 12345


@pytest.fixture
def theirs(tmp_path):
    directory = tmp_path / "home" / "session"
    state = SessionState(
        answers=Answers(usage=UsageAnswers(mau=50_000)),
        changed_at="2026-01-01T00:00:00Z",
        page="usage",
        seen_pages=("welcome", "\x1b[31m"),
        survey={"hosts": []},
        exported_to="/home/user/trap",
    )
    save(str(directory), state)
    _give(tmp_path / "home")
    return directory


def test_the_answers_come_along_and_the_source_is_not_offered_again(tmp_path, theirs):
    target = str(tmp_path / "ours")
    offered = look(str(theirs), USER)
    assert offered and offered.answers.usage.mau == 50_000
    state = adopt(str(theirs), target, USER)
    assert load(target) == state
    assert (state.answers.usage.mau, state.page, state.seen_pages) == (50_000, "usage", ("welcome",))
    assert (state.survey, state.exported_to) == (None, None)
    assert os.stat(target).st_uid == 0 and stat.S_IMODE(os.stat(target).st_mode) == 0o700
    assert look(str(theirs), USER) is None
    moved = theirs / "moved.json"
    assert json.loads(moved.read_text())["moved_to"] == target
    assert moved.stat().st_uid == USER and (theirs / "session.json.moved").exists()


def test_the_user_is_told_where_it_went_and_may_start_anew(tmp_path, theirs):
    adopt(str(theirs), str(tmp_path / "ours"), USER)
    for path in (tmp_path / "home", theirs, *theirs.iterdir()):
        os.chown(path, 0, 0)
    state = load(str(theirs))
    assert state.answers == Answers() and str(tmp_path / "ours") in state.notice
    save(str(theirs), SessionState(page="usage"))
    assert load(str(theirs)) == SessionState(page="usage")


def test_a_session_that_is_there_already_is_kept_aside(tmp_path, theirs):
    target = tmp_path / "ours"
    save(str(target), SessionState(answers=Answers(usage=UsageAnswers(mau=1))))
    adopt(str(theirs), str(target), USER)
    assert load(str(target)).answers.usage.mau == 50_000
    aside = [path for path in target.iterdir() if path.name.startswith("session.json.before-")]
    assert len(aside) == 1 and json.loads(aside[0].read_text())["answers"]["usage"]["mau"] == 1


def test_a_damaged_session_leaves_its_copy(tmp_path, theirs):
    os.rename(theirs / "session.json", theirs / "session.json.bak")
    (theirs / "session.json").write_text("{")
    _give(theirs)
    state = adopt(str(theirs), str(tmp_path / "ours"), USER)
    assert state.answers.usage.mau == 50_000
    assert state.notice.startswith("session.json was damaged. The copy")
    assert load(str(tmp_path / "ours")).notice == ""
    assert (theirs / "session.json.moved").read_text() == "{"


def _link(theirs, tmp_path):
    (tmp_path / "secret").write_text('{"version": 1, "answers": {}}')
    os.unlink(theirs / "session.json")
    (theirs / "session.json").symlink_to(tmp_path / "secret")


def _hard_link(theirs, tmp_path):
    (tmp_path / "secret").write_text('{"version": 1, "answers": {}}')
    os.unlink(theirs / "session.json")
    os.link(tmp_path / "secret", theirs / "session.json")


def _pipe(theirs, _tmp_path):
    os.unlink(theirs / "session.json")
    os.mkfifo(theirs / "session.json")
    _give(theirs)


def _huge(theirs, _tmp_path):
    with open(theirs / "session.json", "r+b") as file:
        file.truncate(1 << 34)


def _nothing(theirs, _tmp_path):
    os.unlink(theirs / "session.json")


def _broken(theirs, _tmp_path):
    (theirs / "session.json").write_bytes(b"[" * 100_000)


def _newer(theirs, _tmp_path):
    (theirs / "session.json").write_text('{"version": 99}')


def _another_users(theirs, _tmp_path):
    os.chown(theirs, 54321, 54321)


def _directory_link(theirs, tmp_path):
    os.rename(theirs, tmp_path / "elsewhere")
    theirs.symlink_to(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    "trick", [_link, _hard_link, _pipe, _huge, _nothing, _broken, _newer, _another_users, _directory_link]
)
def test_tricks(tmp_path, theirs, trick):
    trick(theirs, tmp_path)
    assert look(str(theirs), USER) is None
    with pytest.raises(Failure) as caught:
        adopt(str(theirs), str(tmp_path / "ours"), USER)
    assert caught.value.code == ExitCode.SESSION_UNUSABLE and caught.value.next_step
    assert not (tmp_path / "ours" / "session.json").exists()


def test_a_mark_that_cannot_be_made_loses_nothing(tmp_path, theirs):
    (theirs / "moved.json").mkdir()
    assert adopt(str(theirs), str(tmp_path / "ours"), USER).answers.usage.mau == 50_000
    assert (theirs / "session.json").exists()


def test_look_where_nothing_is(tmp_path):
    assert look(str(tmp_path / "none"), 0) is None
    assert look(str(tmp_path), 0) is None


def _give(path):
    os.chown(path, USER, USER, follow_symlinks=False)
    if path.is_dir():
        for inner in path.iterdir():
            _give(inner)
