"""Findings of what daemon.json sets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.checks.build import GOOD, found
from wizard.model.answers import Answers, NetworkAnswers
from wizard.model.docker_settings import DockerSettings
from wizard.model.facts import DockerFacts, DockerKind, SoftwareFacts

UNSET = DockerSettings()


def ids(settings: DockerSettings | None, *, version: str = "28.2.2", kind: DockerKind = "docker") -> set[str]:
    docker = DockerFacts(version, version, "running", kind)
    facts = replace(GOOD, docker_settings=settings, software=replace(GOOD.software, docker=docker))
    mine = [
        item for item in found(facts) if item.id.startswith("docker-") or item.subject == "docker-settings"
    ]
    return {item.id for item in mine} - {"docker-podman", "docker-unreachable"}


@pytest.mark.parametrize(
    ("settings", "version", "expected"),
    [
        (UNSET, "28.2.2", {"docker-log-rotation"}),
        (UNSET, "29.0.0", {"docker-log-rotation", "docker-nofile"}),
        (replace(UNSET, flags=("log-opt", "default-ulimit")), "29.0.0", set()),
        (replace(UNSET, log_driver="journald", nofile=(5, 5)), "29.0.0", set()),
        (replace(UNSET, log_driver="json-file"), "28.0.0", {"docker-log-rotation"}),
        (replace(UNSET, log_max_size="1g"), "28.0.0", set()),
        (replace(UNSET, problem="daemon.json is broken."), "29.0.0", {"docker-settings-broken"}),
        (None, "29.0.0", {"facts-unknown"}),
    ],
)
def test_each(settings: DockerSettings | None, version: str, expected: set[str]) -> None:
    assert ids(settings, version=version) == expected


def test_only_where_docker_is() -> None:
    bare = replace(GOOD, docker_settings=UNSET, software=SoftwareFacts())
    assert not [item for item in found(bare) if item.id in ("docker-log-rotation", "docker-nofile")]
    assert ids(UNSET, kind="podman") == set()


def test_it_is_a_warning_that_the_plan_mends() -> None:
    (item,) = [
        item for item in found(replace(GOOD, docker_settings=UNSET)) if item.id == "docker-log-rotation"
    ]
    assert (item.severity, item.fixable, item.subject) == ("warning", True, "")


@pytest.mark.parametrize("newer", [True, False, None])
def test_what_docker_does_not_use_yet_is_due(newer: bool | None) -> None:
    docker = DockerFacts("28.2.2", "28.2.2", "running", https_proxy="", http_proxy="")
    facts = replace(
        GOOD,
        docker_settings=DockerSettings(True, log_max_size="1g", is_newer=newer, drop_in_is_newer=newer),
        software=replace(GOOD.software, docker=docker),
        proxies={"docker HTTPS_PROXY": "http://p:1"},
    )
    for proxy in (None, "http://p:1"):
        mine = found(facts, answers=Answers(network=NetworkAnswers(proxy=proxy)))
        due = [item for item in mine if item.id == "docker-restart-due"]
        subjects = ["daemon.json", *(["proxy"] if proxy else [])] if newer else []
        assert [item.subject for item in due] == subjects
        assert all(item.fixable and item.severity == "warning" for item in due)
