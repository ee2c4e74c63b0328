"""An export is there as a whole, replaces only its own files, and loses nobody's edits."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.store import export as export_module
from wizard.store import tree as tree_module
from wizard.store.export import write_export

ROOT = Path(__file__).parents[3]
FILES: dict[str, str | Mapping[str, Any]] = {
    "deployment.yaml": {"kind": "Deployment", "b": [1, None], "a": "ü"},
    "checks.json": {"verdict": "ok", "ü": []},
    "SUMMARY.md": "# Summary\n",
    "env/chat-api.env": "A=b\n",
    "nginx/chatapi.conf": "server {}\n",
}


def _tree(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_everything_is_written_0600_and_nothing_else(tmp_path):
    target = tmp_path / "deep" / "out"
    assert write_export(str(target), FILES) == tuple(FILES)
    assert sorted(_tree(target)) == sorted([*FILES, ".cometchat-wizard"])
    assert (target / "deployment.yaml").read_text() == "kind: Deployment\nb:\n  - 1\n  - null\na: ü\n"
    assert (target / "checks.json").read_text() == '{\n  "verdict": "ok",\n  "ü": []\n}\n'
    for path in target.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert os.listdir(tmp_path / "deep") == ["out"]


def test_twice_gives_the_same_bytes(tmp_path):
    write_export(str(tmp_path / "out"), FILES)
    first = _tree(tmp_path / "out")
    write_export(str(tmp_path / "out"), FILES)
    write_export(str(tmp_path / "other"), FILES)
    assert _tree(tmp_path / "out") == first == _tree(tmp_path / "other")


def test_a_later_export_replaces_and_removes_its_own_and_leaves_the_rest(tmp_path):
    target = tmp_path / "out"
    write_export(str(target), FILES)
    (target / "notes.txt").write_text("mine")
    (target / "env" / "mine").write_text("mine")
    write_export(str(target), {"SUMMARY.md": "new\n", "env/tidb.env": "x\n"})
    assert sorted(_tree(target)) == [
        ".cometchat-wizard",
        "SUMMARY.md",
        "env/mine",
        "env/tidb.env",
        "notes.txt",
    ]
    assert not (target / "nginx").exists()


def test_a_file_that_was_edited_since_is_kept_beside(tmp_path):
    target = tmp_path / "out"
    write_export(str(target), FILES)
    (target / "SUMMARY.md").write_text("edited")
    (target / "nginx" / "chatapi.conf").write_text("edited too")
    write_export(str(target), {"SUMMARY.md": "new"})
    assert (target / "SUMMARY.md").read_text() == "new"
    kept = {path.name.partition(".before-")[0]: path.read_text() for path in target.rglob("*.before-*")}
    assert kept == {"SUMMARY.md": "edited", "chatapi.conf": "edited too"}
    write_export(str(target), {"SUMMARY.md": "newer"})
    assert len(list(target.rglob("*.before-*"))) == 2


def test_a_directory_with_other_things_is_refused_and_untouched(tmp_path):
    (tmp_path / "SUMMARY.md").write_text("mine")
    failure = _refused(tmp_path, ExitCode.BAD_INPUT)
    assert "holds other files" in failure.seen
    assert _tree(tmp_path) == {"SUMMARY.md": b"mine"}


def test_a_foreign_file_in_an_export_is_not_replaced(tmp_path):
    target = tmp_path / "out"
    write_export(str(target), {"SUMMARY.md": "a"})
    (target / "env").mkdir()
    (target / "env" / "chat-api.env").write_text("mine")
    before = _tree(target)
    _refused(target, ExitCode.BAD_INPUT)
    assert _tree(target) == before


def test_an_empty_directory_is_filled(tmp_path):
    (tmp_path / "out").mkdir()
    inode = (tmp_path / "out").stat().st_ino
    write_export(str(tmp_path / "out"), FILES)
    assert (tmp_path / "out").stat().st_ino == inode
    assert sorted(_tree(tmp_path / "out")) == sorted([*FILES, ".cometchat-wizard"])


def test_links_are_never_followed(tmp_path):
    (tmp_path / "victim").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    _refused(tmp_path / "link", ExitCode.SESSION_UNUSABLE)
    target = tmp_path / "out"
    write_export(str(target), FILES)
    for path in (target / "env").iterdir():
        path.unlink()
    (target / "env").rmdir()
    (target / "env").symlink_to(tmp_path / "victim")
    _refused(target, ExitCode.SESSION_UNUSABLE)
    assert os.listdir(tmp_path / "victim") == []


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a/../b", "", "a//b", ".x", "-x", "a b", "a\nb", "a/b/c/d/e/f"]
)
def test_a_path_that_leads_out_is_a_bug_and_writes_nothing(tmp_path, path):
    with pytest.raises(ValueError):
        write_export(str(tmp_path / "out"), {path: "x"})
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_the_earlier_export_as_it_was(tmp_path, monkeypatch):
    target = tmp_path / "out"
    write_export(str(target), FILES)
    before = _tree(target)

    def full(_fd, name, *_rest, **_more):
        if name == "SUMMARY.md":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(export_module, "write_in", full)
    monkeypatch.setattr(tree_module, "write_in", full)
    failure = _refused(target, ExitCode.SESSION_UNUSABLE)
    assert "full" in failure.seen
    assert _tree(target) == before
    _refused(tmp_path / "new", ExitCode.SESSION_UNUSABLE)
    assert os.listdir(tmp_path) == ["out"]


def test_a_place_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    _refused(tmp_path / "file", ExitCode.SESSION_UNUSABLE)
    _refused(tmp_path / "file" / "out", ExitCode.SESSION_UNUSABLE)
    _refused(Path("/proc/out"), ExitCode.SESSION_UNUSABLE)


@pytest.mark.slow
def test_an_export_that_was_killed_can_be_repeated(tmp_path):
    """kill -9 at many moments; the next export comes out whole and nothing of ours is taken for an edit."""
    target = tmp_path / "out"
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from wizard.store.export import write_export
number = 0
print("up", flush=True)
while True:
    number += 1
    write_export({str(target)!r}, {{f"env/{{name}}.env": str(number) * 1000 for name in range(8)}})
"""
    for turn in range(8):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(0.013 * turn)
        except subprocess.TimeoutExpired:
            pass
        process.kill()
        process.wait()
        process.stdout.close()
        write_export(str(target), {"SUMMARY.md": "whole"})
        assert sorted(_tree(target)) == [".cometchat-wizard", "SUMMARY.md"]
        assert os.listdir(tmp_path) == ["out"]


def _refused(target, code):
    with pytest.raises(Failure) as caught:
        write_export(str(target), FILES)
    assert caught.value.code == code and caught.value.next_step
    return caught.value
