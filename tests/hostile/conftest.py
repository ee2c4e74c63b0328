"""Every test here is hostile; those on hosts of their own use the lab's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.nowhere import no_names
from tests.lab.conftest import lab, lab_installed, lab_roots, lab_wheelhouse, make_host, tell

__all__ = ["lab", "lab_installed", "lab_roots", "lab_wheelhouse", "make_host", "no_names", "tell"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.hostile)
