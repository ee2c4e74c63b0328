"""Sizing: every published row, the borders, and the properties that make it trustworthy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.model.answers import UsageAnswers
from wizard.model.failure import Failure
from wizard.model.usage import Sizing
from wizard.sizing.demand import demand
from wizard.sizing.usage import percent_of
from wizard.workflow.size import estimate, tables

# The vendor's page, typed once more from it: the asset must say the same.
BASELINE = (
    (10_000, 500, 32),
    (25_000, 1_250, 64),
    (50_000, 2_500, 96),
    (100_000, 5_000, 156),
    (200_000, 10_000, 272),
)
HIGH = (
    (10_000, 1_000, 48),
    (25_000, 2_500, 96),
    (50_000, 5_000, 156),
    (100_000, 10_000, 240),
    (200_000, 20_000, 480),
)


def sized(mau: int, pcc: int | str | None = None, **more: object) -> Sizing:
    return estimate(replace(UsageAnswers(mau=mau, pcc=pcc), **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(("mau", "pcc", "vcpus"), BASELINE)
def test_every_baseline_pair_gives_its_own_row(mau: int, pcc: int, vcpus: int) -> None:
    for given_pcc in (pcc, None, "5%"):
        sizing = sized(mau, given_pcc)
        assert sizing.table == "baseline"
        assert sizing.row is not None
        assert (sizing.row.mau, sizing.row.pcc) == (mau, pcc)
        assert (sizing.vcpus, sizing.memory_gib) == (vcpus, 2 * vcpus)
        assert sizing.origins["vcpus"] == "published"
        assert sizing.storage_gb.required == 100
        assert not sizing.findings


@pytest.mark.parametrize(("mau", "pcc", "vcpus"), HIGH)
def test_every_high_concurrency_pair_gives_its_own_row(mau: int, pcc: int, vcpus: int) -> None:
    for given_pcc in (pcc, "10%"):
        sizing = sized(mau, given_pcc)
        assert sizing.table == "high-concurrency"
        assert sizing.row is not None
        assert (sizing.row.mau, sizing.row.pcc) == (mau, pcc)
        assert (sizing.vcpus, sizing.memory_gib) == (vcpus, 2 * vcpus)
        assert sizing.origins["vcpus"] == "published"
        assert sizing.storage_gb.required == 500


@pytest.mark.parametrize(
    ("mau", "pcc", "table", "vcpus"),
    [
        (1, None, "baseline", 32),
        (9_999, None, "baseline", 32),
        (10_001, None, "baseline", 64),
        (10_000, 501, "high-concurrency", 48),
        (10_000, 999, "high-concurrency", 48),
        (10_000, 1_001, "high-concurrency", 96),
        (99_999, 5_000, "baseline", 156),
        (100_000, 5_001, "high-concurrency", 240),
        (40_000, 3_000, "high-concurrency", 156),  # a tie at 156: over 5 % the high-concurrency row
        (60_000, 3_000, "baseline", 156),  # only one covers
        (200_000, 10_001, "high-concurrency", 480),
        (200_000, 20_000, "high-concurrency", 480),
    ],
)
def test_borders(mau: int, pcc: int | None, table: str, vcpus: int) -> None:
    sizing = sized(mau, pcc)
    assert (sizing.table, sizing.vcpus) == (table, vcpus)


def test_off_the_pairs_is_derived_and_says_so() -> None:
    sizing = sized(30_000)
    assert sizing.origins["vcpus"] == "derived"
    assert [finding.id for finding in sizing.findings] == ["size-derived"]
    assert "50,000" in sizing.findings[0].seen


@pytest.mark.parametrize(("mau", "pcc"), [(200_001, None), (150_000, 20_001), (10**9, None)])
def test_beyond_the_range_is_an_estimate_and_a_blocker(mau: int, pcc: int | None) -> None:
    sizing = sized(mau, pcc)
    assert (sizing.table, sizing.row) == (None, None)
    assert sizing.origins["vcpus"] == "estimated"
    assert [(finding.id, finding.severity, finding.acceptable) for finding in sizing.findings] == [
        ("beyond-swarm", "blocker", False)
    ]
    assert demand(sizing, 1) is None


def test_testing_is_the_minimum_whatever_the_usage() -> None:
    for usage in (UsageAnswers(environment="testing"), UsageAnswers(environment="testing", mau=10**6)):
        sizing = estimate(usage)
        assert (sizing.table, sizing.row) == ("testing", None)
        assert (sizing.vcpus, sizing.memory_gib, sizing.storage_gb.required) == (8, 16, 100)
        assert not sizing.findings


def test_a_chosen_baseline_is_warned_at_ten_per_cent_and_refused_past_its_last_row() -> None:
    sizing = sized(10_000, 1_000, table="baseline")
    assert (sizing.table, sizing.vcpus) == ("baseline", 64)
    assert "table-choice" in {finding.id for finding in sizing.findings}
    assert "table-choice" not in {finding.id for finding in sized(10_000, 999, table="baseline").findings}
    with pytest.raises(Failure) as refused:
        sized(200_000, 10_001, table="baseline")
    assert [problem.path for problem in refused.value.problems] == ["usage.table"]


@pytest.mark.parametrize(
    ("usage", "path"),
    [
        (UsageAnswers(), "usage.mau"),
        (UsageAnswers(mau=0), "usage.mau"),
        (UsageAnswers(mau=-5), "usage.mau"),
        (UsageAnswers(mau=100, pcc=101), "usage.pcc"),
        (UsageAnswers(mau=100, pcc=0), "usage.pcc"),
        (UsageAnswers(mau=100, pcc="0%"), "usage.pcc"),
        (UsageAnswers(mau=100, pcc="101%"), "usage.pcc"),
        (UsageAnswers(mau=100, pcc="lots%"), "usage.pcc"),
    ],
)
def test_what_does_not_add_up_is_refused_with_its_path(usage: UsageAnswers, path: str) -> None:
    with pytest.raises(Failure) as refused:
        estimate(usage)
    assert refused.value.code == 2
    assert path in {problem.path for problem in refused.value.problems}


def test_per_cent_is_exact_and_covers() -> None:
    assert percent_of(10_000, "10%") == 1_000
    assert percent_of(10_000, "7.5 %") == 750
    assert percent_of(10_005, "10%") == 1_001  # rounded up: 1,000 would not be 10 % any more
    assert percent_of(3, "1%") == 1
    assert percent_of(10_000, "1.") is None


def test_storage_by_the_rule() -> None:
    need = sized(10_000).storage_gb
    # 15 MB x 10,000 x 12 = 1,800 GB; plus 40 % = 2,520; logs 1 GB x 30 days; backup 3 x 2,520
    assert (need.messages, need.buffer, need.logs) == (1_800, 720, 30)
    assert (need.estimated, need.backup) == (2_550, 7_560)
    assert sized(10_000, content="text", retention_months=1, log_retention_days=0).storage_gb.estimated == 42
    assert any("object storage" in text for text in sized(10_000).because)


def test_a_node_gets_its_share_rounded_up() -> None:
    share = demand(sized(10_000), 3)
    assert share is not None
    assert (share.vcpus, share.memory_gib, share.storage_gb) == (11, 22, 100)


MAU = st.integers(1, 200_000)


@given(mau=MAU, data=st.data())
def test_a_row_always_covers(mau: int, data: st.DataObject) -> None:
    pcc = data.draw(st.integers(1, min(mau, 20_000)))
    sizing = sized(mau, pcc)
    assert sizing.row is not None
    assert sizing.row.mau >= mau
    assert sizing.row.pcc >= pcc
    assert sizing.memory_gib == 2 * sizing.vcpus


@given(mau=MAU, data=st.data())
def test_more_connections_never_need_less(mau: int, data: st.DataObject) -> None:
    fewer = data.draw(st.integers(1, min(mau, 20_000)))
    more = data.draw(st.integers(fewer, min(mau, 20_000)))
    assert sized(mau, fewer).vcpus <= sized(mau, more).vcpus
    assert sized(mau, fewer).storage_gb.required <= sized(mau, more).storage_gb.required


@given(users=st.integers(1, 1_000), data=st.data())
def test_more_users_at_the_same_share_never_need_less(users: int, data: st.DataObject) -> None:
    connected = data.draw(st.integers(1, users))
    fewer = data.draw(st.integers(1, 200))
    more = data.draw(st.integers(fewer, 200))
    small, large = sized(users * fewer, connected * fewer), sized(users * more, connected * more)
    # Beyond 20,000 PCC nothing is published; the estimate there is no smaller either.
    assert small.vcpus <= large.vcpus


@given(fewer=MAU, data=st.data())
def test_more_users_without_a_given_peak_never_need_less(fewer: int, data: st.DataObject) -> None:
    more = data.draw(st.integers(fewer, 200_000))
    assert sized(fewer).vcpus <= sized(more).vcpus
    assert sized(fewer).table == "baseline"


def test_the_asset_is_the_vendors_page() -> None:
    rows = {(row.table, row.mau, row.pcc, row.vcpus, row.memory_gib) for row in tables().rows}
    expected = {("baseline", mau, pcc, vcpus, 2 * vcpus) for mau, pcc, vcpus in BASELINE}
    expected |= {("high-concurrency", mau, pcc, vcpus, 2 * vcpus) for mau, pcc, vcpus in HIGH}
    assert rows == expected
