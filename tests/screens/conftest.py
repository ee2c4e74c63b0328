"""The wizard's pages on recorded hosts: no live host, no resolver, no path or time of this machine."""

from __future__ import annotations

import tests.screens.surroundings  # isort: skip  # noqa: F401 - before anything of wizard.tui
from pathlib import Path

import pytest

from tests.screens import recorded


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A fixed name, home, clock and working directory."""
    recorded.settle(monkeypatch, tmp_path)
    # Whoever is the owner of the checkout that is tested.
    monkeypatch.setattr("wizard.machine.rootcommand.own_weak_spot", lambda: "")
    monkeypatch.setattr("wizard.machine.rootcommand.typed", lambda: "cometchat-wizard")
