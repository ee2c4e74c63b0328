"""An export goes into a directory that is ours alone, by a way that nobody else can bend, whatever the umask is."""

from __future__ import annotations

import ctypes
import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.store.export import write_export
from wizard.workflow import keep

FILES = {"SUMMARY.md": "# Summary\n", "env/chat-api.env": "A=b\n"}
KIM = 12345
EXCHANGE = 2
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="about root and other users")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Whatever the operator's shell has."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def refused(target: Path, *, any_owner: bool = False) -> Failure:
    with pytest.raises(Failure) as caught:
        write_export(str(target), FILES, any_owner=any_owner)
    assert caught.value.code == ExitCode.SESSION_UNUSABLE and caught.value.next_step and caught.value.why
    return caught.value


def kims(directory: Path, mode: int = 0o755) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(mode)
    os.chown(directory, KIM, KIM)
    return directory


def files_below(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def test_all_that_is_made_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    write_export(str(tmp_path / "a" / "b" / "out"), FILES)
    for path in (tmp_path / "a").rglob("*"):
        assert stat.S_IMODE(path.lstat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_an_empty_directory_of_ours_is_closed_to_others(tmp_path: Path, umask: int) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o777)
    write_export(str(tmp_path / "out"), FILES)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_an_earlier_export_that_was_opened_for_reading_stays_so_and_one_open_for_writing_is_refused(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    write_export(str(out), FILES)
    out.chmod(0o755)
    write_export(str(out), FILES)
    assert stat.S_IMODE(out.stat().st_mode) == 0o755
    for mode in (0o757, 0o1777):
        out.chmod(mode)
        assert "other users may write to it" in refused(out).seen
    out.chmod(0o755)
    (out / "env").chmod(0o777)
    assert "other users may write to env" in refused(out).seen


def test_a_way_that_others_may_write_to_is_refused_and_a_sticky_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    failure = refused(tmp_path / "open" / "out")
    assert f"other users may write to {tmp_path / 'open'}" in failure.seen
    assert "--foreign-directory" in failure.next_step
    assert files_below(tmp_path / "open") == []
    (tmp_path / "open").chmod(0o1777)
    write_export(str(tmp_path / "open" / "out"), FILES)
    assert (tmp_path / "open" / "out" / "SUMMARY.md").exists()


@as_root
def test_as_root_another_users_directory_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    home = kims(tmp_path / "home" / "kim")
    out = kims(home / "out")
    assert f"{home} belongs to another user (uid {KIM})" in refused(out).seen
    assert f"{home} belongs to another user" in refused(home / "new" / "out").seen
    elsewhere = kims(tmp_path / "out")
    assert f"it belongs to another user (uid {KIM})" in refused(elsewhere).seen
    assert files_below(home) == ["out"] and files_below(elsewhere) == []


@as_root
def test_in_a_sticky_directory_another_users_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    out = kims(tmp_path / "tmp" / "out")
    assert "it belongs to another user" in refused(out).seen
    assert files_below(out) == []


@as_root
def test_said_on_purpose_it_goes_there_and_stays_roots(tmp_path: Path) -> None:
    home = kims(tmp_path / "home" / "kim")
    for out in (kims(home / "out"), home / "new" / "out"):
        write_export(str(out), FILES, any_owner=True)
        write_export(str(out), FILES, any_owner=True)
        assert files_below(out) == [".cometchat-wizard", "SUMMARY.md", "env", "env/chat-api.env"]
        assert (out / "SUMMARY.md").stat().st_uid == os.geteuid()
        assert stat.S_IMODE((out / "SUMMARY.md").stat().st_mode) == 0o600
    assert (home / "out").stat().st_uid == KIM


@as_root
@pytest.mark.parametrize("name", ["out", "on-the-way", "env"])
def test_a_link_of_another_user_is_not_followed_even_then(tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    home = kims(tmp_path / "home" / "kim")
    out = home / "out"
    if name == "env":
        kims(out)
        write_export(str(out), FILES, any_owner=True)
        (out / "env" / "chat-api.env").unlink()
        (out / "env").rmdir()
        link = out / "env"
    else:
        link = home / name
    link.symlink_to(victim)
    os.chown(link, KIM, KIM, follow_symlinks=False)
    refused(home / "on-the-way" / "out" if name == "on-the-way" else out, any_owner=True)
    assert files_below(victim) == []


@as_root
def test_a_link_of_roots_that_leads_into_another_users_place_is_looked_through(tmp_path: Path) -> None:
    home = kims(tmp_path / "home" / "kim")
    (tmp_path / "short").symlink_to(home)
    assert f"{home} belongs to another user" in refused(tmp_path / "short" / "out").seen
    (tmp_path / "srv").mkdir()
    (tmp_path / "long").symlink_to("srv/../srv")
    write_export(str(tmp_path / "long" / "out"), FILES)
    assert (tmp_path / "srv" / "out" / "SUMMARY.md").exists()


@as_root
@pytest.mark.parametrize("any_owner", [False, True])
def test_swapping_a_part_of_the_way_meanwhile_leads_nowhere(tmp_path: Path, any_owner: bool) -> None:
    """A user swaps a directory of theirs for a link to root's, over and over, while root exports there."""
    victim = tmp_path / "victim"
    (victim / "out").mkdir(parents=True)
    home = kims(tmp_path / "home" / "kim")
    kims(home / "real")
    link = home / "link"
    link.symlink_to(victim)
    os.chown(link, KIM, KIM, follow_symlinks=False)
    done = threading.Event()

    def swap() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        names = (os.fsencode(home / "real"), os.fsencode(link))
        while not done.is_set():
            assert libc.renameat2(-100, names[0], -100, names[1], EXCHANGE) == 0

    swapper = threading.Thread(target=swap)
    swapper.start()
    tried = written = 0
    try:
        for number in range(200):
            tried += 1
            try:
                write_export(str(home / "real" / f"out{number % 7}"), FILES, any_owner=any_owner)
                written += 1
            except Failure:
                pass
    finally:
        done.set()
        swapper.join()
    assert files_below(victim) == ["out"]
    assert 0 < written < tried if any_owner else written == 0, f"{written} of {tried}"


@pytest.fixture
def as_kim() -> Iterator[Path]:
    """This process as another user, and a directory of root's that they reach."""
    with tempfile.TemporaryDirectory(prefix="cometchat-wizard-test-") as name:
        place = Path(name)
        place.chmod(0o755)
        kims(place / "kim")
        (place / "roots").mkdir()
        os.setegid(KIM)
        os.seteuid(KIM)
        try:
            yield place
        finally:
            os.seteuid(0)
            os.setegid(0)


@as_root
def test_another_user_exports_into_their_own_and_not_into_roots(as_kim: Path) -> None:
    write_export(str(as_kim / "kim" / "out"), FILES)
    assert (as_kim / "kim" / "out" / "SUMMARY.md").stat().st_uid == KIM
    assert "belongs to another user (uid 0)" in refused(as_kim / "roots").seen
    assert "may not write" in refused(as_kim / "roots" / "out").seen


@as_root
def test_what_is_suggested_is_a_place_that_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert keep.default_export() == str(tmp_path / "cometchat-deployment")
    monkeypatch.setenv("HOME", str(kims(tmp_path / "home" / "kim")))
    assert keep.default_export() == "/root/cometchat-deployment"
