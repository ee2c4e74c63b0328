"""A user with sudo goes on as root: a real user, a real sudo that asks for a real password on the terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.install.site import Site, copy_checkout
from tests.install.test_install import PYTHON_FITS
from tests.journeys.packages import ACCEPTED, ANSWERS
from tests.journeys.terminal import CTRL_N, CTRL_Q, ENTER, Terminal

USER = "cometchat-test"
PASSWORD = "not-so-secret-7"  # of a user that lives as long as this test


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that others may enter, with the user's home in it; the user is gone afterwards."""
    reason = None
    if os.geteuid() != 0:
        reason = "needs root, to make a user"
    elif not all(shutil.which(name) for name in ("sudo", "useradd", "chpasswd", "setpriv")):
        reason = "needs sudo, useradd, chpasswd and setpriv"
    elif subprocess.run(["/usr/bin/python3", "-c", PYTHON_FITS]).returncode:
        reason = "no Python of 3.10 or later in /usr/bin"
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    rules = Path("/etc/sudoers.d") / USER
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        path.chmod(0o755)
        subprocess.run(["useradd", "-m", "-d", str(path / "home"), USER], check=True)
        try:
            subprocess.run(["chpasswd"], input=f"{USER}:{PASSWORD}", text=True, check=True)
            # Where root's session lives is named for the root that sudo makes, not for the user.
            (path / "root.env").write_text(f"COMETCHAT_WIZARD_SESSION={path}/root-session\n")
            rules.touch(0o440)
            rules.write_text(f"{USER} ALL=(ALL) ALL\nDefaults:{USER} env_file={path}/root.env\n")
            yield path
        finally:
            rules.unlink(missing_ok=True)
            subprocess.run(["userdel", USER], check=True)


@pytest.mark.slow
def test_a_user_is_asked_once_and_goes_on_as_root(place: Path, wheelhouse: Path) -> None:
    site = Site(copy_checkout(place / "checkout"), place)
    site.environment = {"COMETCHAT_WIZARD_PYTHON": "/usr/bin/python3"}
    done = site.install("--wheelhouse", str(wheelhouse), "--install-only")
    assert done.returncode == 0, done.stderr
    answers = place / "answers.yaml"
    answers.write_text(
        ANSWERS + "".join(f"  - {{id: {ident}, reason: a test machine}}\n" for ident in ACCEPTED)
    )
    answers.chmod(0o644)

    uid = int(subprocess.run(["id", "-u", USER], capture_output=True, text=True, check=True).stdout)
    home = place / "home"
    as_user = ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--init-groups")
    environment = {
        "HOME": str(home),
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }
    terminal = Terminal([*as_user, str(site.command), "--answers", str(answers)], environment)
    try:
        terminal.wait_for("Go on at: Usage")
        terminal.send(ENTER)
        for page in range(1, 3):
            terminal.wait_for(f"Step {page} of 7")
            terminal.send(CTRL_N)
        terminal.wait_match(r"\[ Install: \d+ step")
        terminal.send(ENTER)
        terminal.wait_for("Changing this host needs root")
        terminal.send(ENTER)
        terminal.wait_for("password for")
        terminal.send(PASSWORD + ENTER)
        screen = terminal.wait_for("Go on at: Software")
        assert f"Session: {place}/root-session" in screen
        terminal.send(ENTER)
        terminal.wait_for("Step 3 of 7")
        terminal.send(CTRL_Q)
        terminal.ended()
    finally:
        terminal.close_hard()
    session = place / "root-session/session.json"
    assert session.stat().st_uid == 0 and session.stat().st_mode & 0o777 == 0o600
    assert json.loads(session.read_text())["answers"]["usage"]["environment"] == "testing"
    left = home / ".local/state/cometchat-wizard"
    assert not (left / "session.json").exists() and (left / "moved.json").exists()
    assert PASSWORD.encode() not in terminal.received
