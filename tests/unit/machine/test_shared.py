"""Keys set in real files that others use, too."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from wizard.machine import files
from wizard.machine.local import LocalMachine
from wizard.machine.outcome import Outcome
from wizard.model.plan import KeyChange, MergeFile

HERE = LocalMachine(grace_seconds=0.5)


def merge(path: Path | str, *, mode: int = 0o644, old: object = None) -> Outcome:
    change = KeyChange(("log-driver",), "json-file", old=old)
    return HERE.write(MergeFile(str(path), "json", (change,), mode, root=False))


def test_a_file_keeps_its_mode_and_its_other_keys(tmp_path: Path) -> None:
    target = tmp_path / "daemon.json"
    target.write_text('{"data-root": "/srv"}\n')
    target.chmod(0o640)
    assert merge(target).is_done()
    assert json.loads(target.read_text()) == {"data-root": "/srv", "log-driver": "json-file"}
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["daemon.json"]


def test_a_new_file_gets_the_mode_and_its_directory(tmp_path: Path) -> None:
    target = tmp_path / "docker" / "daemon.json"
    assert merge(target, mode=0o600).is_done()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_owner_stays(tmp_path: Path) -> None:
    target = tmp_path / "daemon.json"
    target.write_text("{}")
    os.chown(target, 1234, 1235)
    assert merge(target).is_done()
    assert (target.stat().st_uid, target.stat().st_gid) == (1234, 1235)


def test_it_is_read_at_the_moment_of_writing(tmp_path: Path) -> None:
    target = tmp_path / "daemon.json"
    target.write_text('{"log-driver": "journald"}')
    outcome = merge(target)
    assert not outcome.is_done()
    assert "changed by somebody else since" in outcome.problem
    assert target.read_text() == '{"log-driver": "journald"}'


def test_what_is_set_already_is_not_written_again(tmp_path: Path) -> None:
    target = tmp_path / "daemon.json"
    target.write_text('{ "log-driver":"json-file" }')
    before = target.stat()
    assert merge(target).is_done()
    assert (target.stat().st_ino, target.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("content", ["{", '["a"]', '{"a": 1, "a": 2}'])
def test_what_is_broken_is_refused_and_left(tmp_path: Path, content: str) -> None:
    target = tmp_path / "daemon.json"
    target.write_text(content)
    outcome = merge(target)
    assert (outcome.exit_code, outcome.problem[-1]) == (None, ".")
    assert str(target) in outcome.problem
    assert target.read_text() == content


def test_a_link_of_the_owner_is_followed_and_stays(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text('{"debug": true}')
    (tmp_path / "daemon.json").symlink_to(real)
    assert merge(tmp_path / "daemon.json").is_done()
    assert (tmp_path / "daemon.json").is_symlink()
    assert json.loads(real.read_text())["log-driver"] == "json-file"


def test_a_link_in_a_directory_of_others_is_refused(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text("{}")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (shared / "daemon.json").symlink_to(real)
    assert "symbolic link" in merge(shared / "daemon.json").problem
    assert real.read_text() == "{}"


def test_pipes_directories_and_giants_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "directory").mkdir()
    with open(tmp_path / "giant", "wb") as giant:
        giant.truncate(5 * 1024 * 1024)
    for name in ("pipe", "directory", "giant"):
        assert merge(tmp_path / name).problem, name
    assert (tmp_path / "giant").stat().st_size == 5 * 1024 * 1024


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "daemon.json"
    target.write_text('{"debug": true}')

    def torn(file_fd: int, data: bytes) -> None:
        os.write(file_fd, data[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_write_all", torn)
    assert "No space left" in merge(target).problem
    assert target.read_text() == '{"debug": true}'
    assert os.listdir(tmp_path) == ["daemon.json"]


def test_without_root_it_is_refused_in_words(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("this is about a user")
    outcome = HERE.write(MergeFile(str(tmp_path / "x"), "json", ()))
    assert "must run as root" in outcome.problem


def test_ini_by_the_same_way(tmp_path: Path) -> None:
    target = tmp_path / "dnf.conf"
    target.write_bytes(b"# caf\xe9\n[main]\nbest=1\n")
    change = KeyChange(("main", "proxy"), "http://proxy:3128")
    assert HERE.write(MergeFile(str(target), "ini", (change,), root=False)).is_done()
    assert target.read_bytes() == b"# caf\xe9\n[main]\nbest=1\nproxy=http://proxy:3128\n"
