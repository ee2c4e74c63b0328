"""tune-kernel: only what is lower, never lower than it was, and gone from the plan once done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.checks.build import GOOD, sizing
from tests.unit.planning.made import CATALOGUE, argvs, ids, writes
from wizard.model.answers import Answers
from wizard.model.facts import HostFacts, TuningFacts
from wizard.model.plan import Command, Plan, Step
from wizard.planning.plan import plan
from wizard.probe.tuning import parse_sysctl
from wizard.sizing.host_settings import SYSCTL_FILE

FRESH = {
    "net.core.somaxconn": 4096,
    "fs.file-max": 800_000,
    "net.core.netdev_max_backlog": 1000,
    "fs.nr_open": 1_048_576,
}


def facts(values: dict[str, int | None] | None = None, **tuning: object) -> HostFacts:
    return replace(GOOD, tuning=TuningFacts({**FRESH, **(values or {})}, **tuning))  # type: ignore[arg-type]


def planned(host: HostFacts, table: str | None = "baseline") -> Plan:
    return plan(Answers(), (host,), CATALOGUE, sizing(table))


def step(made: Plan) -> Step:
    return next(item for item in made.steps() if item.id == "tune-kernel")


def content(made: Plan) -> dict[str, int]:
    return dict(parse_sysctl(writes(made, "tune-kernel")[SYSCTL_FILE]))


def test_it_comes_first_in_a_stage_of_its_own():
    made = planned(replace(facts(), software=replace(GOOD.software, jq=None)))
    assert [stage.name for stage in made.stages][:2] == ["tuning", "prepare"]
    assert made.stages[0].title == "Settings of this host"
    assert ids(made)[0] == "tune-kernel"


def test_baseline_asks_what_tidb_asks():
    made = planned(facts())
    assert content(made) == {"net.core.somaxconn": 32_768, "fs.file-max": 1_000_000}
    assert argvs(made, "tune-kernel") == [("sysctl", "-p", SYSCTL_FILE)]
    assert "TiDB" in step(made).why and "compose file" in step(made).why
    assert set(step(made).settles) == {"kernel-queues/net.core.somaxconn", "kernel-queues/fs.file-max"}


def test_high_concurrency_asks_for_the_device_queue_too():
    made = planned(facts({"fs.nr_open": 300_000}), "high-concurrency")
    assert content(made) == {
        "net.core.somaxconn": 32_768,
        "fs.file-max": 1_000_000,
        "net.core.netdev_max_backlog": 16_384,
        "fs.nr_open": 1_048_576,
    }
    assert "many connect at once" in step(made).why


@pytest.mark.parametrize("table", ["testing", None])
def test_testing_and_no_size_leave_the_host_alone(table):
    assert "tune-kernel" not in ids(planned(facts(), table))
    assert "tune-kernel" not in ids(plan(Answers(), (facts(),), CATALOGUE))


def test_what_is_higher_stays_out_of_it():
    made = planned(facts({"fs.file-max": 2**63 - 1}))
    assert content(made) == {"net.core.somaxconn": 32_768}


def test_only_what_can_be_read_and_set():
    made = planned(facts({"net.core.somaxconn": None}, sysctl_fixed=("fs.file-max",)), "high-concurrency")
    assert content(made) == {"net.core.netdev_max_backlog": 16_384}
    assert "tune-kernel" not in ids(planned(facts(sysctl_fixed=tuple(FRESH))))


def test_done_means_gone_from_the_plan():
    done = {"net.core.somaxconn": 32_768, "fs.file-max": 1_000_000}
    assert "tune-kernel" not in ids(planned(facts(done, sysctl_file=done)))


def test_what_an_earlier_run_raised_stays_in_the_file_and_nothing_is_lowered():
    done = {"net.core.somaxconn": 40_000, "fs.file-max": 1_000_000}
    live = {"net.core.somaxconn": 65_536, "fs.file-max": 1_000_000}
    made = planned(facts(live, sysctl_file=done), "high-concurrency")
    assert content(made) == {
        "net.core.somaxconn": 65_536,
        "fs.file-max": 1_000_000,
        "net.core.netdev_max_backlog": 16_384,
    }
    assert step(made).settles == ("kernel-queues/net.core.netdev_max_backlog",)


def test_the_undo_puts_each_live_value_back_and_takes_the_file_away():
    made = step(planned(facts()))
    assert [item.argv for item in made.undo if isinstance(item, Command)] == [
        ("sysctl", "-w", "net.core.somaxconn=4096"),
        ("sysctl", "-w", "fs.file-max=800000"),
        ("rm", "-f", "--", SYSCTL_FILE),
    ]
    assert made.records == ("sysctl:net.core.somaxconn", "sysctl:fs.file-max")


def test_a_host_without_apt_and_dnf_gets_none():
    assert planned(replace(facts(), package_manager=None)).steps() == ()
