"""Nothing that an operator names on a mount that does not answer keeps a command for more than seconds."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("deadmount.py")
HUNG_SECONDS = 60


def why_not() -> str:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return "only root mounts"
    try:
        return "" if stat.S_ISCHR(os.stat("/dev/fuse").st_mode) else "/dev/fuse is no device"
    except OSError:
        return "no /dev/fuse here"


WHY_NOT = why_not()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


def met(directory: Path, answers: str, command: str = "check", **environment: str) -> dict[str, Any]:
    """What a command came to while DIRECTORY/dead does not answer: {seconds, code, stdout, stderr}."""
    (directory / "dead").mkdir()
    (directory / "session").mkdir(mode=0o700)
    (directory / "answers.yaml").write_text(f"apiVersion: cometchat-wizard/v1\nkind: Answers\n{answers}\n")
    wizard = [sys.executable, "-m", "wizard", command, "--session", str(directory / "session")]
    argv = [*wizard, "--answers", str(directory / "answers.yaml"), "--json"]
    inside = [
        "unshare",
        "-m",
        "--propagation",
        "private",
        sys.executable,
        str(SCRIPT),
        str(directory / "dead"),
    ]
    done = subprocess.run(
        [*inside, str(HUNG_SECONDS), *argv],
        capture_output=True,
        text=True,
        timeout=HUNG_SECONDS + 30,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["code"] is not None, f"it hung for {HUNG_SECONDS} seconds"
    return found


def test_the_mount_is_a_dead_one_for_who_looks_at_it(tmp_path: Path) -> None:
    """Without this the other tests prove nothing: `stat` of it hangs and is not ended by SIGKILL alone."""
    (tmp_path / "dead").mkdir()
    inside = [
        "unshare",
        "-m",
        "--propagation",
        "private",
        sys.executable,
        str(SCRIPT),
        str(tmp_path / "dead"),
    ]
    done = subprocess.run(
        [*inside, "1", "stat", str(tmp_path / "dead" / "x")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert json.loads(done.stdout)["code"] is None


@pytest.mark.parametrize("is_linked", [False, True], ids=["there", "by a link"])
def test_a_certificate_and_key_there_are_said_to_be_unreadable(tmp_path: Path, is_linked: bool) -> None:
    where = tmp_path / "dead"
    if is_linked:
        (tmp_path / "step").symlink_to("dead")
        (tmp_path / "linked").symlink_to(tmp_path / "step" / "deeper")
        where = tmp_path / "linked"
    found = met(tmp_path, f"tls: {{certificate: {where}/chat.pem, key: {where}/key.pem}}")
    assert found["code"] == 3
    unreadable = [item for item in json.loads(found["stdout"])["findings"] if item["id"] == "tls-unreadable"]
    assert {item["subject"] for item in unreadable} == {"certificate", "key"}
    assert all("did not answer within 3 seconds" in item["seen"] for item in unreadable)
    assert all("umount -l" in item["fix"] and "openssl" not in item["fix"] for item in unreadable)
    assert found["seconds"] < 30


@pytest.mark.parametrize("is_linked", [False, True], ids=["there", "by a link"])
def test_data_and_backups_there_are_not_known(tmp_path: Path, is_linked: bool) -> None:
    if is_linked:
        (tmp_path / "linked").symlink_to("dead")
    where = tmp_path / ("linked" if is_linked else "dead")
    found = met(
        tmp_path,
        f"storage: {{data_directory: {where}/data, backup_directory: {where}/backup}}",
        command="survey",
    )
    assert found["code"] == 0
    (node,) = json.loads(found["stdout"])["nodes"]
    assert (node["data_directory"]["exists"], node["data_directory"]["free_bytes"]) == (None, None)
    assert found["seconds"] < 30


def test_a_directory_of_path_there_is_passed_by(tmp_path: Path) -> None:
    path = f"{tmp_path}/dead/bin:{os.environ['PATH']}"
    found = met(tmp_path, "", command="survey", PATH=path)
    assert found["code"] == 0
    (node,) = json.loads(found["stdout"])["nodes"]
    assert node["software"]["openssl"]["version"] is not None
    assert found["seconds"] < 30
