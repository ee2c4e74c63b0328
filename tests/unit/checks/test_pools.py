"""One list of address pools, in the asset and in the check."""

from __future__ import annotations

from wizard.checks.swarm import CANDIDATES
from wizard.store.assets import load


def test_the_check_offers_what_the_config_would_take() -> None:
    assert list(CANDIDATES) == load("services.json")["swarm"]["pools"]
