"""Arguments: options on both sides of a command, and wrong usage in a sentence."""

from __future__ import annotations

import pytest

from wizard.cli.help import help_text
from wizard.cli.options import COMMANDS, HIDDEN, OWN, read_arguments
from wizard.model.failure import Failure


@pytest.mark.parametrize(
    "given",
    [
        ["--json", "--session", "/s", "plan", "install-jq", "install-git"],
        ["plan", "install-jq", "--json", "install-git", "--session=/s"],
        ["plan", "--session", "/s", "install-jq", "install-git", "--json"],
    ],
)
def test_options_stand_before_and_after_the_command(given: list[str]) -> None:
    arguments = read_arguments(given)
    assert arguments.command == "plan"
    assert arguments.words == ["install-jq", "install-git"]
    assert arguments.has("json") and arguments.value("session") == "/s"


def test_a_word_after_the_dashes_is_no_option() -> None:
    assert read_arguments(["export", "--", "--odd"]).words == ["--odd"]


def test_a_negative_number_is_a_value() -> None:
    assert read_arguments(["estimate", "--mau", "-5"]).value("mau") == "-5"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["nonsense"], "no command"),
        (["estimate", "--mua", "5"], "no option `--mua`"),
        (["estimate", "--mau"], "needs a value"),
        (["estimate", "--mau", "--json"], "needs a value"),
        (["estimate", "--environment", "prod"], "production, testing"),
        (["estimate", "extra"], "no use for `extra`"),
        (["plan", "--mau", "5"], "`plan` has no option `--mau`"),
        (["--yes"], "no option `--yes`"),
        (["export"], "needs DIR"),
        (["diff", "one"], "needs FILE FILE"),
        (["validate", "a", "b"], "no use for `b`"),
        (["check", "--json=yes"], "takes no value"),
        (["check", "-x"], "no option `-x`"),
    ],
)
def test_wrong_usage_is_a_sentence(given: list[str], words: str) -> None:
    with pytest.raises(Failure) as caught:
        read_arguments(given)
    assert words in caught.value.seen
    assert caught.value.code == 2
    assert "--help" in caught.value.next_step


@pytest.mark.parametrize("command", [None, *COMMANDS])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_help_names_everything_and_fits(command: str | None, width: int) -> None:
    text = help_text(command, width)
    named = COMMANDS[command].options if command else ()
    assert all(f"--{name}" in text for name in (*named, "session", "answers", "json", "plain"))
    if command is None:
        assert all(f"  {name}" in text for name in COMMANDS if name not in HIDDEN)
        assert "run-plan" not in text
    if width == 80:
        assert all(len(line) <= 80 for line in text.splitlines())


def test_every_option_of_a_command_is_known() -> None:
    assert {name for command in COMMANDS.values() for name in command.options} <= set(OWN)
