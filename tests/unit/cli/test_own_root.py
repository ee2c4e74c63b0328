"""A wizard that root must not run, on the command line: said, with the way to one of root's own."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.hosts import recording
from tests.unit.cli.console import Stream, run
from wizard.cli.environment import Environment
from wizard.cli.options import read_arguments
from wizard.cli.privilege import become_root
from wizard.machine import rootcommand
from wizard.machine.reading import RecordedReader

WEAK = "/home/kim/.local belongs to the user kim"
HOW = "/home/kim/release/install.sh"


@pytest.fixture
def in_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rootcommand, "own_weak_spot", lambda: WEAK)
    monkeypatch.setattr(rootcommand, "roots_command", lambda: None)
    monkeypatch.setattr(rootcommand, "_installing", lambda: HOW)
    monkeypatch.setattr(rootcommand, "typed", lambda: HOW)


def user(**values: object) -> RecordedReader:
    bare = recording("ubuntu-24.04")
    found = {**bare["values"], "user": {"euid": 1000, "name": "kim"}, **values}
    return RecordedReader({**bare, "values": found})


@pytest.mark.usefixtures("in_a_home")
def test_apply_on_a_terminal_starts_nothing_and_says_how_root_gets_its_own(
    session: str, as_user_with_sudo: Callable[[], list[list[str]]]
) -> None:
    started = as_user_with_sudo()
    err = Stream(is_terminal=True)
    terminal = Environment(Stream(is_terminal=True), Stream(), err, {"HOME": "/nonexistent"})
    arguments = read_arguments(["apply", "install-jq", "--yes", "--session", session])
    assert become_root(arguments, terminal, session, ()) == 3
    assert started == []
    assert f"Root does not run this wizard, since {WEAK}" in err.getvalue()
    assert f"`sudo {HOW} --install-only`" in err.getvalue()
    assert f"`sudo {HOW} apply install-jq --yes`" in err.getvalue()
    assert "Nothing was changed." in err.getvalue()


def test_each_finding_names_the_command_that_root_really_has(session: str) -> None:
    for wizard in (HOW, "/usr/local/bin/cometchat-wizard"):
        found = run("check", "--json", "--session", session, host=user(roots_wizard=wizard)).document
        advice = json.dumps([finding["fix"] for finding in found["findings"]])
        assert f"sudo {wizard} apply" in advice and "sudo cometchat-wizard" not in advice
    assert "sudo cometchat-wizard apply" in run("check", "--session", session, host=user()).out.replace(
        "\n", " "
    )
