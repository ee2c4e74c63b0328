"""A node against its share of the size; several nodes against the loss of one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.checks.build import GB, GIB, GOOD, TESTING, found, host, named, sizing
from wizard.checks.capacity import check_node_loss
from wizard.checks.nodes import machines
from wizard.model.answers import Answers, MachineAnswers, NodeAnswer, StorageAnswers
from wizard.model.finding import Finding
from wizard.model.usage import StorageNeed


@pytest.mark.parametrize(
    ("id", "short", "enough"),
    [
        ("vcpus-short", {"cpu__vcpus": 7}, {"cpu__vcpus": 8}),
        ("memory-short", {"memory_bytes": 16 * GIB * 9 // 10 - 1}, {"memory_bytes": -(-16 * GIB * 9 // 10)}),
        (
            "storage-short",
            {"data_directory__free_bytes": 100 * GB - 1},
            {"data_directory__free_bytes": 100 * GB},
        ),
    ],
)
def test_borders(id: str, short: dict[str, int], enough: dict[str, int]):
    item = named(found(host(**short), size=sizing(), need=TESTING), id)
    assert item and item.severity == "blocker" and item.acceptable and not item.fixable
    assert item.node == "local"
    assert named(found(host(**enough), size=sizing(), need=TESTING), id) is None


def test_without_usage_nothing_is_judged_and_one_note_says_so():
    tiny = host(cpu__vcpus=1, memory_bytes=1, data_directory__free_bytes=1)
    findings = found(tiny)
    notes = [item for item in findings if item.id == "usage-missing"]
    assert [(item.severity, item.node) for item in notes] == [("note", None)]
    assert not {"vcpus-short", "memory-short", "storage-short"} & {item.id for item in findings}
    assert named(found(tiny, size=sizing(), need=TESTING), "usage-missing") is None


def test_not_knowable_is_said():
    findings = found(host(cpu__vcpus=None, memory_bytes=None), size=sizing(), need=TESTING)
    item = named(findings, "facts-unknown", "capacity")
    assert item and "vCPU" in item.seen and "memory" in item.seen


def test_a_typed_machine_stands_in_for_missing_facts():
    typed = Answers(nodes=(NodeAnswer("local"), NodeAnswer("b", "b.example", machine=MachineAnswers(7, 15))))
    findings = found(GOOD, answers=typed, size=sizing(), need=TESTING)
    item = named(findings, "vcpus-short")
    assert item and item.node == "b" and "typed" in item.seen
    assert named(findings, "memory-short") is None
    surveyed = replace(GOOD, name="b")
    assert named(found(GOOD, surveyed, answers=typed, size=sizing(), need=TESTING), "vcpus-short") is None


def test_a_node_without_facts_and_type_is_unknown():
    answers = Answers(nodes=(NodeAnswer("local"), NodeAnswer("b", "b.example")))
    item = named(found(GOOD, answers=answers, size=sizing(), need=TESTING), "facts-unknown", "capacity")
    assert item and item.node == "b"


def _nodes(*sizes: tuple[int, int]) -> Answers:
    return Answers(
        nodes=tuple(
            NodeAnswer(f"n{number}", f"n{number}.example", machine=MachineAnswers(vcpus, memory))
            for number, (vcpus, memory) in enumerate(sizes)
        )
    )


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ([(16, 32), (16, 32), (16, 32)], None),
        ([(16, 32), (16, 32), (15, 32)], "31 of 32 vCPU"),
        ([(16, 32), (16, 32), (16, 24)], "56 GiB of 64 GiB memory"),
        ([(32, 64)], None),
        ([(32, 64), (32, 64)], None),
        ([(48, 96), (16, 32), (16, 32)], None),
        ([(48, 96), (16, 32), (15, 32)], "31 of 32 vCPU"),
    ],
)
def test_losing_any_one_node(sizes: list[tuple[int, int]], text: str | None):
    size = sizing("baseline", vcpus=32, memory_gib=64)
    losses = list(check_node_loss(machines(_nodes(*sizes), ()), size))
    assert [text in item.seen for item in losses if text] == ([True] if text else [])
    assert (not losses) is (text is None)


@pytest.mark.parametrize(
    ("free", "backup", "expected"),
    [
        (400, None, False),
        (399, None, True),
        (1299, "/backup", True),  # the mount point is /, so the backup is on it as far as paths tell
        (1300, "/backup", False),
        (1299, "/var/lib/docker/backup", True),
    ],
)
def test_storage_estimate(free: int, backup: str | None, expected: bool):
    answers = Answers(storage=StorageAnswers(backup_directory=backup))
    size = sizing("baseline", storage_gb=StorageNeed(100, 400, 900))
    findings = found(host(data_directory__free_bytes=free * GB), answers=answers, size=size, need=TESTING)
    item = named(findings, "storage-estimate", "")
    assert (item is not None) is expected
    if item:
        assert item.severity == "warning"
        assert ("backups on the same disk" in item.seen) is (backup is not None)


def test_backup_on_another_mount_does_not_count():
    answers = Answers(storage=StorageAnswers(backup_directory="/backup"))
    size = sizing("baseline", storage_gb=StorageNeed(100, 400, 900))
    facts = host(data_directory__free_bytes=500 * GB, data_directory__mount_point="/var/lib/docker")
    assert named(found(facts, answers=answers, size=size), "storage-estimate") is None


@pytest.mark.parametrize(("estimated", "expected"), [(2000, False), (2001, True)])
def test_beyond_two_terabytes(estimated: int, expected: bool):
    size = sizing("baseline", storage_gb=StorageNeed(100, estimated, 900))
    item = named(found(host(data_directory__free_bytes=9000 * GB), size=size), "storage-estimate", "range")
    assert (item is not None) is expected
    if item:
        assert "object storage" in item.why and item.severity == "warning"


def test_node_loss_is_a_warning_of_the_deployment():
    answers = Answers(nodes=(NodeAnswer("local"), *_nodes((4, 8)).nodes))
    item = named(found(answers=answers, size=sizing("baseline", vcpus=32, memory_gib=64)), "node-loss")
    assert item and item.severity == "warning" and item.node is None


def test_findings_of_the_size_are_merged_and_beyond_the_range_nothing_is_judged():
    beyond = Finding("beyond-swarm", "blocker", "a", "b", "c", "d")
    size = sizing(None, findings=(beyond,))
    findings = found(host(cpu__vcpus=1), size=size)
    assert findings[0] == beyond
    assert named(findings, "vcpus-short") is None


def test_a_typed_data_directory_that_is_not_there_is_noted():
    typed = Answers(storage=StorageAnswers(data_directory="/data"))
    facts = host(data_directory__path="/data", data_directory__exists=False)
    assert named(found(facts, answers=typed), "data-directory-missing")
    assert named(found(facts), "data-directory-missing") is None
