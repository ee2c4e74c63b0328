"""The vendor's tables as the vendor prints them, and a heading in every asset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.store import assets
from wizard.store.rules import SERVICE_KEYS

ASSETS = Path(__file__).parents[3] / "assets"

# Copied from the vendor's page Prerequisites, not from the asset.
BASELINE = """
| 10k  | 500                               | 32    | 64 GiB  |
| 25k  | 1,250                             | 64    | 128 GiB |
| 50k  | 2,500                             | 96    | 192 GiB |
| 100k | 5,000                             | 156   | 312 GiB |
| 200k | 10,000                            | 272   | 544 GiB |
"""
HIGH = """
| 10k  | 1,000                             | 48    | 96 GiB  |
| 25k  | 2,500                             | 96    | 192 GiB |
| 50k  | 5,000                             | 156   | 312 GiB |
| 100k | 10,000                            | 240   | 480 GiB |
| 200k | 20,000                            | 480   | 960 GiB |
"""


def _rows(page: str) -> list[tuple[int, ...]]:
    cells = page.replace("k ", "000 ").replace(",", "").replace("GiB", "")
    return [tuple(int(cell) for cell in line.strip("|").split("|")) for line in cells.strip().splitlines()]


@pytest.mark.parametrize(("table", "page"), [("baseline", BASELINE), ("high-concurrency", HIGH)])
def test_every_published_row_is_in_the_tables(table, page):
    rows = [
        (row.mau, row.pcc, row.vcpus, row.memory_gib)
        for row in assets.sizing_tables().rows
        if row.table == table
    ]
    assert rows == _rows(page)


def test_the_constants():
    tables = assets.sizing_tables()
    assert (tables.testing_vcpus, tables.testing_memory_gib) == (8, 16)
    assert tables.floor_gb == {"testing": 100, "baseline": 100, "high-concurrency": 500}
    assert tables.content_mb == {"text": 3, "moderate": 15, "heavy": 60}
    assert tables.range_top_gb == 2000 and tables.rules


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.json")), ids=lambda path: path.name)
def test_every_asset_says_first_what_it_is(path):
    asset = json.loads(path.read_text("utf-8"))
    assert next(iter(asset)) == "about"
    assert {"what", "source", "date", "read_by"} <= set(asset["about"])


def test_the_service_keys_of_the_answers_are_those_of_the_asset():
    assert tuple(host["key"] for host in assets.load("services.json")["hosts"]) == SERVICE_KEYS


def test_a_missing_asset_is_a_sentence():
    with pytest.raises(Failure) as caught:
        assets.load("none.json")
    assert caught.value.code == ExitCode.UNEXPECTED and "install.sh" in caught.value.next_step
