"""A session's directory, and sudo that is only noted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.cli import privilege


@pytest.fixture
def session(tmp_path: Path) -> str:
    """An empty session's directory, private as the wizard makes it."""
    directory = tmp_path / "session"
    directory.mkdir(mode=0o700)
    return str(directory)


@pytest.fixture
def as_user_with_sudo(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[list[str]]]:
    """From the call on this is a user with sudo; gives the command lines that would take this process's place. The real
    sudo is tried in tests/install.
    """

    def begin() -> list[list[str]]:
        started: list[list[str]] = []

        def replaced(command: list[str]) -> None:
            started.append(command)
            raise SystemExit

        monkeypatch.setattr(privilege, "_replace_process", replaced)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/sudo")
        return started

    return begin


@pytest.fixture(autouse=True)
def _root_has_a_wizard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where root's own is installed and this program is root's alone, whoever's the checkout is."""
    monkeypatch.setattr("wizard.machine.rootcommand.typed", lambda: "cometchat-wizard")
    monkeypatch.setattr("wizard.machine.rootcommand.own_weak_spot", lambda: "")
