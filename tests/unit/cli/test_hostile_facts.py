"""Whatever a host can name itself or its parts, no terminal is told to do anything by it."""

from __future__ import annotations

import dataclasses
import os
import typing
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.hosts import load
from tests.unit.cli.console import Ran, answers_file, run
from wizard.model.answers import Answers
from wizard.model.facts import HostFacts
from wizard.probe import dns
from wizard.workflow import look

EVIL = "\x1b[2J\x1b]0;owned\x07\u202e\u2028\x9b31m\r\x00\ud800\U000e0001"
ANSWERS = """\
apiVersion: cometchat-wizard/v1
kind: Answers
usage: {mau: 50000}
nodes: [{name: recorded-host, address: local}]
domain: {primary: chat.example.com}
tls: {certificate: /nowhere/chat.pem, key: /nowhere/key.pem}
network: {firewall: leave, allow_from: [203.0.113.0/24]}
"""
COMMANDS = (
    ("survey",),
    ("check",),
    ("plan",),
    ("plan", "install-docker"),
    ("apply",),
    ("apply", "--yes", "nothing-such"),
    ("status",),
    ("undo", "--all"),
    ("attach",),
    ("answers",),
)


def poisoned(noun: Any, hint: Any = None) -> Any:
    """The noun with EVIL behind every text that is not one of a few allowed words."""
    if dataclasses.is_dataclass(noun) and not isinstance(noun, type):
        hints = typing.get_type_hints(type(noun))
        changed = {
            item.name: poisoned(getattr(noun, item.name), hints[item.name])
            for item in dataclasses.fields(noun)
        }
        return dataclasses.replace(noun, **changed)
    if isinstance(noun, str):
        return noun if "Literal" in str(hint) else noun + EVIL
    if isinstance(noun, tuple):
        return tuple(poisoned(item, str) if isinstance(item, str) else poisoned(item) for item in noun)
    if isinstance(noun, Mapping):
        return {key: poisoned(item, str) for key, item in noun.items()}
    return noun


def bad_characters(text: str) -> set[str]:
    return {
        character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    } - {"\n"}


@pytest.fixture(params=["ubuntu-24.04", "ubuntu-24.04-swarm", "rhel-9-docker"])
def host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A recorded host whose every text is hostile, as if the survey had let all of it through."""
    survey = look.survey_host

    def hostile(answers: Answers, reader: Any = None, on_part: Any = None) -> HostFacts:
        facts = poisoned(survey(answers, reader, on_part))
        assert isinstance(facts, HostFacts)
        return facts

    monkeypatch.setattr(look, "survey_host", hostile)
    monkeypatch.setattr(dns, "resolve", lambda _names: None)
    name: str = request.param
    yield name


def every(host: str, tmp_path: Path, *more: str) -> Iterator[tuple[str, Ran]]:
    answers = answers_file(tmp_path, ANSWERS)
    session = str(tmp_path / "session")
    for command in COMMANDS:
        yield " ".join(command), run(*command, *more, "--session", session, "--answers", answers, host=host)


def test_no_command_writes_what_a_terminal_obeys(host: str, tmp_path: Path) -> None:
    said = 0
    for command, ran in every(host, tmp_path):
        assert ran.code != 1, (command, ran.err)
        assert not bad_characters(ran.out), command
        assert not bad_characters(ran.err), command
        said += len(ran.out)
    assert said > 5000


def test_json_is_plain_ascii(host: str, tmp_path: Path) -> None:
    for command, ran in every(host, tmp_path, "--json"):
        assert ran.code != 1, (command, ran.err)
        assert ran.out.isascii() and not bad_characters(ran.out), command
        assert not bad_characters(ran.err), command


@pytest.mark.parametrize("host", ["ubuntu-24.04-swarm", "rhel-9-docker"], indirect=True)
def test_nothing_that_is_exported_holds_any(host: str, tmp_path: Path) -> None:
    session, out = str(tmp_path / "session"), tmp_path / "out"
    answers = answers_file(tmp_path, ANSWERS)
    found = run("check", "--json", "--session", session, "--answers", answers, host=host).document["findings"]
    blockers = sorted({item["id"] for item in found if item["severity"] == "blocker"})
    accepted = "".join(f"  - {{id: {name}, reason: a test}}\n" for name in blockers)
    answers = answers_file(tmp_path, f"{ANSWERS}accepted:\n{accepted}")
    ran = run("export", str(out), "--session", session, "--answers", answers, host=host)
    assert ran.code in (0, 4), ran.err
    assert (out / "SUMMARY.md").exists()
    assert not bad_characters(ran.out + ran.err)
    for file in out.rglob("*"):
        if file.is_file():
            assert not bad_characters(file.read_text(encoding="utf-8")), file.name


def test_the_questions_line_by_line_hold_none(host: str, tmp_path: Path) -> None:
    answers, session = answers_file(tmp_path, ANSWERS), str(tmp_path / "session")
    ran = run("--plain", "--session", session, "--answers", answers, host=host, typed="\n" * 60)
    assert ran.code != 1, ran.err
    assert not bad_characters(ran.out + ran.err)
    assert len(ran.err) > 500


def test_a_host_name_with_escapes_is_no_part_of_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.uname()
    named = os.uname_result(
        (real.sysname, "chat\x1b[2J\udcff\u202e-1.lan", real.release, real.version, real.machine)
    )
    monkeypatch.setattr(os, "uname", lambda: named)
    name = look.local_node_name(Answers())
    assert name == "chat?[2J??-1"
    for command in ("survey", "check", "plan"):
        ran = run(command, "--session", str(tmp_path), host="ubuntu-24.04")
        assert ran.code != 1
        assert not bad_characters(ran.out + ran.err)


def test_colours_of_our_own_reach_a_terminal_and_no_others(tmp_path: Path) -> None:
    ran = run(
        "check",
        "--session",
        str(tmp_path),
        host=load("hostile"),
        typed="",
        environ={"TERM": "xterm-256color"},
    )
    assert "\x1b[31;1m× blocker\x1b[0m" in ran.out
    stripped = ran.out.replace("\x1b[31;1m", "").replace("\x1b[33m", "").replace("\x1b[0m", "")
    assert not bad_characters(stripped)
