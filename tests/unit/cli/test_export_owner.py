"""`export` into another user's directory: refused in words, and done where it is said on purpose."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.cli.console import answers_file, run

KIM = 12345


@pytest.mark.skipif(os.geteuid() != 0, reason="about root and another user")
def test_another_users_directory_needs_to_be_meant(tmp_path: Path) -> None:
    out = tmp_path / "kim"
    out.mkdir()
    os.chown(out, KIM, KIM)
    named = answers_file(tmp_path)
    done = run("export", str(out), "--answers", named, host="ubuntu-24.04-docker")
    assert done.code == 7
    assert f"it belongs to another user (uid {KIM})" in done.err and "--foreign-directory" in done.err
    assert os.listdir(out) == []
    done = run("export", str(out), "--answers", named, "--foreign-directory", host="ubuntu-24.04-docker")
    assert done.code == 0, done.err
    assert (out / "SUMMARY.md").stat().st_uid == 0
