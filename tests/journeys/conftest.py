"""Homes for journeys; what was started there is ended with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.packages import steady
from tests.journeys.product import Product


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """An operator with an empty home. Screens of a failed test are in its directory (terminal-N.bytes)."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    operator = Product(home)
    yield operator
    operator.close()


@pytest.fixture
def steady_machine() -> Iterator[None]:
    """For tests that export or judge this machine: its packages stay while they run."""
    with steady():
        yield


@pytest.fixture
def needs_root() -> Callable[[], None]:
    """Skips where root is missing; in CI that is a failure."""

    def check() -> None:
        if os.geteuid() != 0:
            if os.environ.get("CI") == "true":
                pytest.fail("CI must run this as root")
            pytest.skip("needs root")

    return check
