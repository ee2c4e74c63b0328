"""`estimate`: the promised keys, the text, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.console import answers_file, run

KEYS = [
    "environment",
    "table",
    "row",
    "mau",
    "pcc",
    "vcpus",
    "memory_gib",
    "storage_gb",
    "websocket_replicas",
    "origins",
    "because",
    "findings",
]


def test_json_has_the_promised_keys_in_order() -> None:
    ran = run("estimate", "--mau", "25000", "--pcc", "2500", "--json")
    assert ran.code == 0 and ran.err == ""
    assert list(ran.document) == KEYS
    assert ran.document["row"] == {"mau": 25000, "pcc": 2500}
    assert ran.document["vcpus"] == 96 and ran.document["table"] == "high-concurrency"
    assert {"required", "estimated", "backup"} <= set(ran.document["storage_gb"])
    assert ran.document["origins"]["vcpus"] == "published"


def test_text_names_each_number_with_its_origin() -> None:
    ran = run("estimate", "--mau", "100000")
    assert ran.code == 0
    assert "100,000" in ran.out and "typed" in ran.out
    assert "156" in ran.out and "published" in ran.out and "estimated" in ran.out
    assert all(len(line) <= 80 for line in ran.out.splitlines())


@pytest.mark.parametrize("option", [["--pcc", "2250"], ["--pcc-percent", "7.5"], ["--pcc-percent", "7.5%"]])
def test_peak_as_number_or_share(option: list[str]) -> None:
    assert run("estimate", "--mau", "30000", *option, "--json").document["pcc"] == 2250


def test_beyond_the_range_is_blocked_and_still_shown() -> None:
    ran = run("estimate", "--mau", "300000", "--json")
    assert ran.code == 3
    assert ran.document["table"] is None and ran.document["row"] is None
    assert ran.document["findings"][0]["id"] == "beyond-swarm"


def test_testing_needs_no_numbers() -> None:
    ran = run("estimate", "--environment", "testing", "--json")
    assert ran.code == 0
    assert (ran.document["table"], ran.document["row"], ran.document["vcpus"]) == ("testing", None, 8)
    assert run("estimate", "--environment", "testing").code == 0


@pytest.mark.parametrize("number", ["10,000", "10_000", "10000"])
def test_grouped_numbers(number: str) -> None:
    assert run("estimate", "--mau", number, "--json").document["mau"] == 10000


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ([], "usage.mau"),
        (["--mau", "0"], "usage.mau"),
        (["--mau", "-5"], "usage.mau"),
        (["--mau", "many"], "usage.mau"),
        (["--mau", ""], "usage.mau"),
        (["--mau", "9" * 5000], "usage.mau"),
        (["--mau", "٣٠٠"], "usage.mau"),
        (["--mau", "100", "--pcc", "101"], "usage.pcc"),
        (["--mau", "100", "--pcc", "0"], "usage.pcc"),
        (["--mau", "100", "--pcc-percent", "-5"], "usage.pcc"),
        (["--mau", "100", "--pcc-percent", "nan"], "usage.pcc"),
        (["--mau", "100", "--pcc-percent", "101"], "usage.pcc"),
        (["--mau", "100", "--retention-months", "x"], "usage.retention_months"),
        (["--mau", "200000", "--pcc", "15000", "--table", "baseline"], "usage.table"),
    ],
)
def test_refused_with_the_path(options: list[str], path: str) -> None:
    ran = run("estimate", *options, "--json")
    assert ran.code == 2
    assert ran.out == ""
    assert path in ran.err


def test_both_kinds_of_peak_are_one_too_many() -> None:
    ran = run("estimate", "--mau", "100", "--pcc", "5", "--pcc-percent", "5")
    assert ran.code == 2 and "not both" in ran.err


def test_an_answers_file_stands_in_and_options_win(tmp_path: Path) -> None:
    path = answers_file(tmp_path, "usage: {mau: 10000, pcc: 1000}\n")
    assert run("estimate", "--answers", path, "--json").document["vcpus"] == 48
    assert run("estimate", "--answers", path, "--pcc", "500", "--json").document["vcpus"] == 32


def test_storage_assumptions_are_options() -> None:
    small = run(
        "estimate", "--mau", "10000", "--content", "text", "--retention-months", "1", "--json"
    ).document
    large = run(
        "estimate", "--mau", "10000", "--content", "heavy", "--growth-buffer-percent", "50", "--json"
    ).document
    assert small["storage_gb"]["estimated"] < large["storage_gb"]["estimated"]
