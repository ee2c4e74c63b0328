"""What the command line's tests share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _root_has_a_wizard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where root's own is installed and this program is root's alone, whoever's the checkout is."""
    monkeypatch.setattr("wizard.machine.rootcommand.typed", lambda: "cometchat-wizard")
    monkeypatch.setattr("wizard.machine.rootcommand.own_weak_spot", lambda: "")
