"""A copy of a run's log for the operator, and what is said where there can be none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wizard.model.failure import Failure
from wizard.model.session import RunRecord
from wizard.workflow.log import FileIsThere, suggested_path, write_copy


@pytest.fixture
def run(tmp_path: Path) -> RunRecord:
    log = tmp_path / "log.txt"
    log.write_text("one\n\x1b[31mtwo\n")
    return RunRecord(str(tmp_path), "2026-11-24T03:01:02.123Z", "", str(log))


def test_the_name_tells_the_run(run: RunRecord, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/operator")
    assert suggested_path(run) == "/home/operator/cometchat-wizard-log-20261124T030102Z.txt"


def test_home_and_blanks_are_read_as_a_shell_does(
    run: RunRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    path, size = write_copy(run, "  ~/copy.txt ")
    assert path == f"{tmp_path}/copy.txt" and Path(path).read_text() == "one\n?[31mtwo\n"
    assert size == os.stat(path).st_size
    with pytest.raises(FileIsThere, match="is there already"):
        write_copy(run, "~/copy.txt")
    assert write_copy(run, "~/copy.txt", replace=True) == (path, size)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "No file is named"),
        ("none/copy.txt", "There is no directory"),
        ("log.txt/copy.txt", "is not a directory"),
        (".", "is a directory"),
        ("link", "symbolic link"),
        ("a\0b", "can't be written"),
        ("x" * 300, "can't be written"),
        ("\x1b[2J/x", "There is no directory"),
    ],
)
def test_what_can_not_be_written_is_a_sentence(run: RunRecord, tmp_path: Path, path: str, words: str):
    os.symlink("/etc/passwd", tmp_path / "link")
    with pytest.raises(Failure, match=words) as caught:
        write_copy(run, os.path.join(tmp_path, path) if path else path)
    assert caught.value.next_step and "\x1b" not in caught.value.seen
