"""A machine that tells nothing of itself, so that what was saved is what is loaded; marks have tests of their own."""

from __future__ import annotations

import pytest

from wizard.machine import identity


@pytest.fixture(autouse=True)
def no_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an image before its first boot."""
    monkeypatch.setattr(identity, "_ID_FILE", "/nonexistent")
    monkeypatch.setattr(identity, "_HARDWARE_FILE", "/nonexistent")
