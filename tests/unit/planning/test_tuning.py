"""tune-kernel and tune-open-files: only what is lower, never lower than it was, and gone from the plan once done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.unit.checks.build import GOOD, sizing
from tests.unit.planning.made import CATALOGUE, argvs, ids, writes
from wizard.model.answers import Answers
from wizard.model.facts import HostFacts, TuningFacts
from wizard.model.ownfiles import LOGINS_FILE, SERVICES_FILE, SYSCTL_FILE
from wizard.model.plan import Command, Plan, Step
from wizard.planning.choose import without
from wizard.planning.plan import plan
from wizard.probe.tuning import parse_logins_file, parse_services_file, parse_sysctl

FRESH = {
    "net.core.somaxconn": 4096,
    "fs.file-max": 800_000,
    "net.core.netdev_max_backlog": 1000,
    "fs.nr_open": 1_048_576,
}


def facts(values: Mapping[str, int | None] | None = None, **tuning: object) -> HostFacts:
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


ENOUGH = {"net.core.somaxconn": 65_536, "fs.file-max": 2**63 - 1, "net.core.netdev_max_backlog": 16_384}


def low_host(nofile: tuple[int, int] = (1024, 524_288), **tuning: object) -> HostFacts:
    """Limits of open files as Ubuntu comes with them."""
    known = {"nofile_services": (1024, 524_288), "may_raise_limits": True}
    return replace(facts(ENOUGH, **{**known, **tuning}), nofile=nofile)


def open_files(host: HostFacts, table: str = "high-concurrency") -> Step | None:
    return next((item for item in planned(host, table).steps() if item.id == "tune-open-files"), None)


def test_open_files_for_logins_and_services():
    made = planned(low_host(), "high-concurrency")
    files = writes(made, "tune-open-files")
    assert files[LOGINS_FILE].splitlines()[2:] == [
        "* soft nofile 500000",
        "* hard nofile 524288",
        "root soft nofile 500000",
        "root hard nofile 524288",
    ]
    assert files[SERVICES_FILE].splitlines()[2:] == ["[Manager]", "DefaultLimitNOFILE=500000:524288"]
    assert (
        parse_logins_file(files[LOGINS_FILE])
        == parse_services_file(files[SERVICES_FILE])
        == (500_000, 524_288)
    )
    found = open_files(low_host())
    assert found is not None and found.needs_reboot and found.requires == ()
    assert found.settles == ("nofile-low/", "nofile-low/services")


def test_a_limit_is_tried_before_anything_is_written():
    found = open_files(low_host())
    assert found is not None
    first = found.commands[0]
    assert isinstance(first, Command) and first.argv == ("prlimit", "--nofile=500000:524288", "true")
    assert [item.argv for item in found.undo if isinstance(item, Command)] == [
        ("rm", "-f", "--", SERVICES_FILE),
        ("rm", "-f", "--", LOGINS_FILE),
    ]


@pytest.mark.parametrize(
    ("hard", "nr_open", "expected"),
    [
        (4096, 1_048_576, 500_000),
        (1_048_576, 1_048_576, 1_048_576),
        (2**63 - 1, 1_048_576, 1_048_576),
        (-1, 600_000, 600_000),
    ],
)
def test_no_hard_limit_is_lowered_nor_set_over_what_the_kernel_takes(hard: int, nr_open: int, expected: int):
    host = low_host((1024, hard))
    host = replace(host, tuning=replace(host.tuning, sysctl={**host.tuning.sysctl, "fs.nr_open": nr_open}))
    made = planned(host, "high-concurrency")
    assert parse_logins_file(writes(made, "tune-open-files")[LOGINS_FILE]) == (500_000, expected)


@pytest.mark.parametrize("table", ["baseline", "testing"])
def test_open_files_are_asked_for_high_concurrency_alone(table: str):
    assert open_files(low_host(), table) is None


def test_only_the_half_that_is_low():
    made = planned(low_host((1_048_576, 1_048_576)), "high-concurrency")
    assert list(writes(made, "tune-open-files")) == [SERVICES_FILE]
    made = planned(low_host(nofile_services=(524_288, 524_288)), "high-concurrency")
    assert list(writes(made, "tune-open-files")) == [LOGINS_FILE]
    made = planned(low_host(nofile_services=None), "high-concurrency")
    assert list(writes(made, "tune-open-files")) == [LOGINS_FILE], "no systemd, or it did not say"


@pytest.mark.parametrize("counts", [None, False, True])
def test_done_means_gone_from_the_plan_also_before_the_reboot(counts: bool | None):
    done = (500_000, 524_288)
    host = low_host(nofile_logins_file=done, nofile_services_file=done, nofile_files_count=counts)
    assert open_files(host) is None
    assert open_files(low_host(nofile_logins_file=(1024, 2048), nofile_services_file=done)) is not None


@pytest.mark.parametrize(
    "host",
    [
        low_host(may_raise_limits=False),
        low_host(may_raise_limits=None),
        replace(low_host(), nofile=None, tuning=replace(low_host().tuning, may_raise_limits=False)),
        replace(low_host(), tuning=replace(low_host().tuning, sysctl={**ENOUGH, "fs.nr_open": None})),
        replace(
            low_host(),
            tuning=replace(
                low_host().tuning, sysctl={**ENOUGH, "fs.nr_open": 65_536}, sysctl_fixed=("fs.nr_open",)
            ),
        ),
    ],
    ids=["container", "not knowable", "nothing known", "nr_open unread", "nr_open fixed"],
)
def test_where_the_limit_could_perhaps_not_be_set_it_is_left(host: HostFacts):
    if host.nofile is not None and host.nofile[1] >= 500_000:
        host = replace(host, nofile=(1024, 4096))
    assert open_files(host) is None


def test_without_the_right_to_raise_a_hard_limit_that_is_high_enough_will_do():
    assert open_files(low_host((1024, 524_288), may_raise_limits=False)) is not None


def test_a_lower_nr_open_is_raised_first_and_a_skip_of_that_leaves_the_try():
    host = low_host((1024, 4096))
    host = replace(host, tuning=replace(host.tuning, sysctl={**ENOUGH, "fs.nr_open": 65_536}))
    made = planned(host, "high-concurrency")
    assert ids(made) == ["tune-kernel", "tune-open-files"]
    assert made.steps()[1].requires == ("tune-kernel",)
    left = without(made, {"tune-kernel"}).steps()
    assert [item.id for item in left] == ["tune-open-files"]
    assert isinstance(left[0].commands[0], Command) and left[0].commands[0].argv[0] == "prlimit"
