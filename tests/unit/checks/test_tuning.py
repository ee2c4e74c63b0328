"""Settings of the host against what the size asks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.checks.build import GOOD, found, host, named, sizing
from wizard.model.answers import Answers, Skip, UsageAnswers
from wizard.model.facts import HostFacts
from wizard.model.survey import Survey
from wizard.sizing.host_settings import ALL_SETTINGS, NOFILE
from wizard.workflow.decide import check

SERVICES = json.loads((Path(__file__).parents[3] / "assets/services.json").read_text())


def with_settings(**values: int | None) -> HostFacts:
    """The good host with some settings; somaxconn=..., file_max=..."""
    names = {item.key.rpartition(".")[2].replace("-", "_"): item.key for item in ALL_SETTINGS}
    changed = {names[name]: value for name, value in values.items()}
    return host(tuning__sysctl={**GOOD.tuning.sysctl, **changed})


def test_the_exported_files_ask_for_the_same():
    tuning = SERVICES["tuning"]
    asked = {item.key: item.value for item in ALL_SETTINGS}
    assert tuning["nofile"] == NOFILE
    assert all(asked[entry["key"]] == entry["value"] for entry in tuning["sysctl"])


@pytest.mark.parametrize(
    ("table", "values", "subjects"),
    [
        ("baseline", {"somaxconn": 4096}, ["net.core.somaxconn"]),
        ("baseline", {"somaxconn": 32_767, "file_max": 999_999}, ["net.core.somaxconn", "fs.file-max"]),
        ("baseline", {"netdev_max_backlog": 1000, "nr_open": 1}, []),
        ("high-concurrency", {"netdev_max_backlog": 1000}, ["net.core.netdev_max_backlog"]),
        ("high-concurrency", {"nr_open": 499_999}, ["fs.nr_open"]),
        ("high-concurrency", {"somaxconn": 32_768, "file_max": 1_000_000}, []),
        ("testing", {"somaxconn": 128, "file_max": 1, "netdev_max_backlog": 1}, []),
        (None, {}, []),
    ],
)
def test_each_size_asks_for_its_own(table: str | None, values: dict[str, int], subjects: list[str]):
    findings = found(with_settings(**values), size=sizing(table))
    assert [item.subject for item in findings if item.id == "kernel-queues"] == subjects
    assert all(item.severity == "warning" for item in findings if item.id == "kernel-queues")


def test_without_a_size_nothing_is_asked():
    assert named(found(with_settings(somaxconn=1)), "kernel-queues") is None


def test_what_could_not_be_read_is_said_and_never_judged():
    findings = found(with_settings(somaxconn=None), size=sizing("baseline"))
    assert named(findings, "kernel-queues") is None
    unknown = named(findings, "facts-unknown", "tuning")
    assert unknown is not None and "net.core.somaxconn" in unknown.seen


def test_a_container_is_told_where_it_can_be_changed():
    facts = replace(with_settings(somaxconn=4096, file_max=5), name="local")
    facts = replace(facts, tuning=replace(facts.tuning, sysctl_fixed=("fs.file-max",)))
    findings = found(facts, size=sizing("baseline"))
    own, fixed = (named(findings, "kernel-queues", key) for key in ("net.core.somaxconn", "fs.file-max"))
    assert own is not None and own.fix.startswith("sudo sysctl -w net.core.somaxconn=32768, ")
    assert fixed is not None and "On the machine beneath: sudo sysctl -w fs.file-max=1000000" in fixed.fix


def test_our_own_file_that_is_overruled_is_said():
    facts = with_settings(somaxconn=4096)
    facts = replace(facts, tuning=replace(facts.tuning, sysctl_file={"net.core.somaxconn": 32_768}))
    low = named(found(facts, size=sizing("baseline")), "kernel-queues")
    assert low is not None and "something else sets it lower" in low.seen


def test_what_a_step_raises_is_fixed_by_the_plan_and_a_skip_accepts_it():
    answers = Answers(usage=UsageAnswers(mau=10_000))
    survey = Survey((with_settings(somaxconn=4096),))
    low = named(check(answers, survey), "kernel-queues")
    assert low is not None and low.fixable and "apply tune-kernel" in low.fix
    skipped = replace(answers, skipped=(Skip("tune-kernel", "our image sets it"),))
    low = named(check(skipped, survey), "kernel-queues")
    assert low is not None and low.accepted == "our image sets it" and not low.fixable


def test_what_no_step_can_raise_is_not_fixed_by_the_plan():
    facts = with_settings(somaxconn=4096)
    facts = replace(facts, tuning=replace(facts.tuning, sysctl_fixed=("net.core.somaxconn",)))
    low = named(check(Answers(usage=UsageAnswers(mau=10_000)), Survey((facts,))), "kernel-queues")
    assert low is not None and not low.fixable


def low_limits(**tuning: object) -> HostFacts:
    known = {"nofile_services": (1024, 524_288), **tuning}
    return replace(GOOD, nofile=(1024, 524_288), tuning=replace(GOOD.tuning, **known))  # type: ignore[arg-type]


HIGH = Answers(usage=UsageAnswers(mau=10_000, pcc=1000))


def test_low_limits_of_logins_and_services_are_fixed_by_the_step():
    found_now = [item for item in check(HIGH, Survey((low_limits(),))) if item.id == "nofile-low"]
    assert [item.subject for item in found_now] == ["", "services"]
    assert all(item.fixable and "apply tune-open-files" in item.fix for item in found_now)
    assert "for services is 1,024 (soft)" in found_now[1].seen


def test_services_are_asked_for_high_concurrency_alone():
    assert named(found(low_limits(), size=sizing("baseline")), "nofile-low") is None


@pytest.mark.parametrize("counts", [False, None])
def test_written_and_not_yet_booted_is_a_note_and_no_warning(counts: bool | None):
    done = (500_000, 524_288)
    facts = low_limits(nofile_logins_file=done, nofile_services_file=done, nofile_files_count=counts)
    findings = found(facts, size=sizing("high-concurrency"))
    assert named(findings, "nofile-low") is None
    waits = named(findings, "reboot-required", "open-files")
    assert waits is not None and waits.severity == "note" and "logins and services" in waits.seen


def test_written_before_this_boot_and_still_low_is_told_with_where_to_look():
    done = (500_000, 524_288)
    facts = low_limits(nofile_logins_file=done, nofile_services_file=done, nofile_files_count=True)
    findings = found(facts, size=sizing("high-concurrency"))
    assert named(findings, "reboot-required") is None
    logins, services = (named(findings, "nofile-low", subject) for subject in ("", "services"))
    assert logins is not None and "UsePAM" in logins.fix and "limits.d" in logins.fix
    assert services is not None and "grep -r LimitNOFILE /etc/systemd" in services.fix
    assert not any(item.fixable for item in check(HIGH, Survey((facts,))) if item.id == "nofile-low")


def test_where_it_can_not_be_raised_nobody_is_told_to_write_it_into_limits_conf():
    facts = replace(low_limits(may_raise_limits=False), nofile=(1024, 4096))
    low = named(check(HIGH, Survey((facts,))), "nofile-low", "")
    assert low is not None and not low.fixable
    assert "on the machine beneath" in low.fix and "su, sudo and cron fail" in low.fix


def test_a_limit_of_systemd_that_was_not_said_is_unknown():
    findings = found(low_limits(nofile_services=None), size=sizing("high-concurrency"))
    unknown = named(findings, "facts-unknown", "tuning")
    assert unknown is not None and "systemd's limit of open files" in unknown.seen
    assert named(found(low_limits(nofile_services=None)), "facts-unknown", "tuning") is None
