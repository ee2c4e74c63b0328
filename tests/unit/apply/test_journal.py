"""The journal: written whole, read whatever happened to it."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.apply.plans import ROOT
from wizard.apply import journal
from wizard.apply.journal import append, event, follow, read_events, tail_log
from wizard.apply.liveness import ProcessMark, own_mark
from wizard.apply.runfile import RunFile, claim, write_run_file
from wizard.apply.runs import create_run, last_run
from wizard.model.event import Event
from wizard.model.plain import shown
from wizard.model.plan import Plan
from wizard.model.session import RunRecord

# What the writer writes: a line of its own, safe to show.
TEXT = st.text(max_size=30).map(shown)
EVENTS = st.builds(
    Event,
    at=TEXT,
    event=st.sampled_from(["run-started", "step-started", "step-output", "step-finished", "run-finished"]),
    step=st.none() | TEXT,
    node=st.none() | TEXT,
    status=st.none() | st.sampled_from(["done", "failed", "skipped"]),
    message=TEXT,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(EVENTS, max_size=4), st.binary(max_size=30).filter(lambda tail: b"\n" not in tail))
def test_what_was_appended_is_read_also_around_a_torn_line(events: list[Event], torn: bytes) -> None:
    directory = tempfile.mkdtemp()
    path = f"{directory}/journal"
    try:
        for item in events[:2]:
            append(path, item)
        with open(path, "ab") as file:
            file.write(b'{"at": ' + torn)
        assert list(read_events(path)) == events[:2]
        for item in events[2:]:
            append(path, item)
        assert list(read_events(path)) == events
    finally:
        shutil.rmtree(directory)


def test_no_journal_is_no_events(tmp_path: Path) -> None:
    assert read_events(str(tmp_path / "none")) == ()


def test_a_message_is_one_safe_line() -> None:
    assert event("step-output", "a\x1b[31mb\nc").message == "a?[31mb c"


FULL = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from wizard.apply.journal import append, event
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
for number in range(100):
    try:
        append(sys.argv[1], event("step-output", "x" * 60, step="s"))
    except OSError as error:
        sys.exit("full: " + str(error.strerror))
"""


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    found = subprocess.run([sys.executable, "-c", FULL, str(path), ROOT], capture_output=True, text=True)
    assert found.returncode == 1
    assert "full: " in found.stderr
    data = path.read_bytes()
    assert data.endswith(b"\n")
    assert len(read_events(str(path))) == data.count(b"\n") > 2
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


def new_run(tmp_path: Path) -> RunRecord:
    return create_run(str(tmp_path), Plan())


def test_follow_ends_at_the_last_word_and_sees_what_comes_later(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    claim(run.directory, own_mark())

    def write() -> None:
        for name in ("run-started", "step-output", "run-finished"):
            append(run.journal, event(name))
            time.sleep(0.1)

    writer = threading.Thread(target=write)
    writer.start()
    following = follow(run, 0.02)
    assert [item.event for item in following] == ["run-started", "step-output", "run-finished"]
    assert following.why == "finished"
    writer.join()


def test_follow_gives_what_there_is_when_the_process_is_gone(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    claim(run.directory, ProcessMark(2**22 + 1, 1, own_mark().boot_id))
    append(run.journal, event("run-started"))
    following = follow(run, 0.02)
    assert [item.event for item in following] == ["run-started"]
    assert following.why == "gone"


def test_follow_does_not_wait_for_ever_for_a_run_that_never_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "START_SECONDS", 0.2)
    following = follow(new_run(tmp_path), 0.02)
    assert list(following) == []
    assert following.why == "not-started"


@pytest.mark.parametrize(("written", "waits"), [(-60, False), (0, True), (3600, True)])
def test_a_start_of_long_ago_is_not_waited_for(tmp_path: Path, written: int, *, waits: bool) -> None:
    """written: when anything was, seconds from now; in the future after the clock was set back."""
    run = new_run(tmp_path)
    then = time.time() + written
    os.utime(run.directory, (then, then))
    polls = 0

    def see() -> None:
        nonlocal polls
        polls += 1
        if polls == 4:
            raise InterruptedError

    following = follow(run, 0.01, see)
    if waits:
        with pytest.raises(InterruptedError):
            list(following)
    else:
        assert list(following) == [] and following.why == "not-started"


def test_a_pid_that_was_given_again_is_another_process(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    own = own_mark()
    mine = RunFile("x", "2026-01-01T00:00:00Z", own)
    write_run_file(run.directory, mine)
    found = last_run(str(tmp_path))
    assert found is not None
    assert found.pid == os.getpid()
    for mark in (
        ProcessMark(own.pid, own.start_ticks + 1, own.boot_id),
        ProcessMark(own.pid, own.start_ticks, "else"),
    ):
        write_run_file(run.directory, RunFile("x", "2026-01-01T00:00:00Z", mark))
        found = last_run(str(tmp_path))
        assert found is not None
        assert found.pid is None


def test_tail_reads_only_the_end_and_is_safe(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * 100 + b"\n" + b"line\n" * 100_000 + b"\n\x1b]0;evil\x07last\n")
    assert tail_log(str(log), 2) == ("line", "?]0;evil?last")
    assert tail_log(str(tmp_path / "none")) == ()
