"""A file at a path that the operator names: private, whole or not at all, and never somebody else's."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.machine.giving import write_new
from wizard.machine.private import UnsafePath


def test_it_is_new_and_private(tmp_path: Path):
    os.umask(os.umask(0o000))
    path = tmp_path / "copy.txt"
    assert write_new(str(path), [b"one\n", b"two\n"]) == 8
    assert path.read_bytes() == b"one\ntwo\n" and path.stat().st_mode & 0o777 == 0o600


def test_what_is_there_stays_unless_it_may_be_replaced(tmp_path: Path):
    path = tmp_path / "copy.txt"
    path.write_text("mine")
    path.chmod(0o644)
    with pytest.raises(FileExistsError):
        write_new(str(path), [b"new"])
    assert path.read_text() == "mine"
    write_new(str(path), [b"new"], replace=True)
    assert path.read_text() == "new" and path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["copy.txt"]


@pytest.mark.parametrize("replace", [False, True])
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, replace: bool):
    path = tmp_path / "copy.txt"
    if replace:
        path.write_text("mine")

    def parts() -> Iterator[bytes]:
        yield b"begun"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space"):
        write_new(str(path), parts(), replace=replace)
    assert os.listdir(tmp_path) == (["copy.txt"] if replace else [])
    assert not replace or path.read_text() == "mine"


@pytest.mark.parametrize("replace", [False, True])
def test_links_pipes_and_directories_are_refused(tmp_path: Path, replace: bool):
    target = tmp_path / "target"
    target.write_text("mine")
    os.symlink(target, tmp_path / "link")
    os.symlink(tmp_path / "nowhere", tmp_path / "dangling")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "dangling", "pipe"):
        with pytest.raises(UnsafePath):
            write_new(str(tmp_path / name), [b"new"], replace=replace)
    with pytest.raises(IsADirectoryError):
        write_new(str(tmp_path), [b"new"], replace=replace)
    with pytest.raises(FileNotFoundError):
        write_new(str(tmp_path / "none/copy.txt"), [b"new"], replace=replace)
    assert target.read_text() == "mine" and not (tmp_path / "nowhere").exists()


def test_a_directory_that_others_may_write_to_is_refused(tmp_path: Path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(UnsafePath):
        write_new(str(shared / "copy.txt"), [b"new"])
    shared.chmod(0o1777)  # as /tmp
    write_new(str(shared / "copy.txt"), [b"new"])


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's file can only be made by root")
def test_another_users_file_and_directory_are_refused(tmp_path: Path):
    others = tmp_path / "others"
    others.mkdir()
    (others / "copy.txt").write_text("theirs")
    os.chown(others / "copy.txt", 1234, 1234)
    with pytest.raises(UnsafePath):
        write_new(str(others / "copy.txt"), [b"new"], replace=True)
    os.chown(others, 1234, 1234)
    with pytest.raises(UnsafePath):
        write_new(str(others / "other.txt"), [b"new"])
