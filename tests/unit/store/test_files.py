"""Files are written whole or not at all, read without being led astray, and private where that was promised."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from wizard.machine.files import (
    UnsafePath,
    ensure_private_directory,
    read_small,
    sweep_temporary,
    write_atomic,
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of other users")


def test_written_files_are_0600_whatever_the_umask(tmp_path):
    path = str(tmp_path / "answers")
    before = os.umask(0)
    try:
        write_atomic(path, "ü")
        write_atomic(path + "2", b"x", 0o644)
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(path + "2").st_mode) == 0o644
    assert read_small(path, 10) == "ü".encode()


def test_a_write_replaces_a_link_and_never_follows_it(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    link = tmp_path / "session.json"
    link.symlink_to(victim)
    write_atomic(str(link), "new")
    assert victim.read_text() == "untouched"
    assert not link.is_symlink() and link.read_text() == "new"


def test_a_failed_write_leaves_the_old_content_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "session.json"
    path.write_text("old")

    def full(_fd):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(str(path), "new" * 1000)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["session.json"]


def test_a_directory_at_the_place_is_an_error(tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomic(str(tmp_path / "there"), "x")
    assert os.listdir(tmp_path) == ["there"]


def test_what_is_no_small_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 11)
    (tmp_path / "link").symlink_to(tmp_path / "large")
    expected = {
        "pipe": errno.EINVAL,
        ".": errno.EISDIR,
        "large": errno.EFBIG,
        "link": errno.ELOOP,
        "none": errno.ENOENT,
    }
    for name, code in expected.items():
        with pytest.raises(OSError) as caught:
            read_small(str(tmp_path / name), 10)
        assert caught.value.errno == code, name
    assert read_small(str(tmp_path / "link"), 11, follow=True) == b"x" * 11


def test_files_that_claim_no_size_are_limited_all_the_same():
    assert len(read_small("/proc/self/maps", 1 << 22)) > 100
    with pytest.raises(OSError) as caught:
        read_small("/proc/self/maps", 100)
    assert caught.value.errno == errno.EFBIG


@needs_root
def test_a_file_of_somebody_else_is_refused_where_an_owner_is_asked(tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    os.chown(path, 12345, 12345)
    with pytest.raises(UnsafePath, match="uid 12345"):
        read_small(str(path), 10, owner_uid=0)
    assert read_small(str(path), 10, owner_uid=12345) == b"x"


def test_private_directories_are_made_with_their_parents(tmp_path):
    before = os.umask(0)
    try:
        ensure_private_directory(str(tmp_path / "state" / "wizard"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(tmp_path / "state" / "wizard").st_mode) == 0o700
    assert stat.S_IMODE(os.stat(tmp_path / "state").st_mode) & 0o022 == 0


def test_an_empty_or_own_directory_is_tightened_and_others_keep_their_mode(tmp_path):
    for name in ("empty", "ours", "home"):
        (tmp_path / name).mkdir(mode=0o755)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "ours" / "session.json").write_text("{}")
    (tmp_path / "home" / "letters").write_text("")
    for name in ("empty", "ours", "home"):
        ensure_private_directory(str(tmp_path / name), ("session.json",))
    modes = {name: stat.S_IMODE(os.stat(tmp_path / name).st_mode) for name in ("empty", "ours", "home")}
    assert modes == {"empty": 0o700, "ours": 0o700, "home": 0o755}


def test_a_directory_of_ours_that_others_could_write_to_is_refused_and_an_empty_one_tightened(tmp_path):
    """Whatever lies there by now may be theirs."""
    for name in ("empty", "ours"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o777)
    (tmp_path / "ours" / "session.json").write_text("{}")
    ensure_private_directory(str(tmp_path / "empty"), ("session.json",))
    assert stat.S_IMODE(os.stat(tmp_path / "empty").st_mode) == 0o700
    with pytest.raises(UnsafePath, match="write"):
        ensure_private_directory(str(tmp_path / "ours"), ("session.json",))
    assert stat.S_IMODE(os.stat(tmp_path / "ours").st_mode) == 0o777


def test_directories_that_others_could_change_are_refused(tmp_path):
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    (open_to_all / "session").mkdir()
    (open_to_all / "letters").write_text("")
    open_to_all.chmod(0o777)
    with pytest.raises(UnsafePath, match="write"):
        ensure_private_directory(str(open_to_all))
    with pytest.raises(UnsafePath, match="write"):
        ensure_private_directory(str(open_to_all / "session"))
    with pytest.raises(UnsafePath, match="write"):
        ensure_private_directory(str(open_to_all / "new" / "deep"))
    open_to_all.chmod(0o1777)
    ensure_private_directory(str(open_to_all / "session"))
    (tmp_path / "link").symlink_to(open_to_all / "session")
    with pytest.raises(UnsafePath, match="symbolic link"):
        ensure_private_directory(str(tmp_path / "link"))
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        ensure_private_directory(str(tmp_path / "file"))
    with pytest.raises(NotADirectoryError):
        ensure_private_directory(str(tmp_path / "file" / "inside"))


def test_a_link_of_our_own_on_the_way_is_followed_and_what_lies_behind_is_looked_at(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to(tmp_path / "real")
    ensure_private_directory(str(tmp_path / "way" / "session"))
    assert (tmp_path / "real" / "session").is_dir()
    (tmp_path / "real").chmod(0o777)
    with pytest.raises(UnsafePath, match="write"):
        ensure_private_directory(str(tmp_path / "way" / "session"))


@needs_root
def test_directories_of_others_are_refused_also_on_the_way(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "session").mkdir()
    os.chown(tmp_path / "theirs", 12345, 12345)
    with pytest.raises(UnsafePath, match="uid 12345"):
        ensure_private_directory(str(tmp_path / "theirs"))
    with pytest.raises(UnsafePath, match="uid 12345"):
        ensure_private_directory(str(tmp_path / "theirs" / "session"))


@needs_root
def test_a_group_that_others_are_in_may_not_write(tmp_path):
    (tmp_path / "shared").mkdir()
    os.chown(tmp_path / "shared", 0, 12345)
    (tmp_path / "shared").chmod(0o775)
    with pytest.raises(UnsafePath, match="write"):
        ensure_private_directory(str(tmp_path / "shared" / "session"))
    os.chown(tmp_path / "shared", 0, 0)
    ensure_private_directory(str(tmp_path / "shared" / "session"))


def test_only_what_dead_writers_left_is_swept_away(tmp_path):
    names = (".session.json.999999999.ab.tmp", f".session.json.{os.getpid()}.ab.tmp", ".other", "a.1.b.tmp")
    for name in names:
        (tmp_path / name).write_text("")
    sweep_temporary(str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == sorted(names[1:])
