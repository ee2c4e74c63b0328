"""Arguments as data: the commands, their options, and one reading of them.

argparse takes 10 ms to import and set up (a seventh of `estimate`), and can't take options on both sides of a command
together with words on both sides of an option; this is all that the interface asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from wizard.model.failure import Failure

_MANY = 99


class Option:
    """One `--option`. value: what stands in for its value in the help; None for a switch."""

    __slots__ = ("choices", "summary", "value")

    def __init__(self, summary: str, value: str | None = None, choices: tuple[str, ...] = ()) -> None:
        self.summary = summary
        self.value = value
        self.choices = choices


class Command:
    """One command: where its function `run` lives (module of wizard.cli), its words and its own options."""

    __slots__ = ("least", "module", "most", "options", "summary", "words")

    def __init__(
        self,
        module: str,
        summary: str,
        words: str = "",
        least: int = 0,
        most: int = 0,
        options: tuple[str, ...] = (),
    ) -> None:
        self.module = module
        self.summary = summary
        self.words = words
        self.least = least
        self.most = most
        self.options = options


EVERYWHERE: Mapping[str, Option] = {
    "session": Option("the session's directory (also COMETCHAT_WIZARD_SESSION)", "DIR"),
    "answers": Option("an answers file in place of the session's answers", "FILE"),
    "json": Option("one JSON document on standard output (apply, attach: one event a line)"),
    "plain": Option("questions line by line instead of pages (small screens, screen readers)"),
    "version": Option("say the version"),
    "help": Option("say this"),
}

# For the program's own use: the session of the user who became root (see workflow/root.py).
_UNLISTED: Mapping[str, Option] = {"adopt": Option("take this session along to root's place", "DIR")}

OWN: Mapping[str, Option] = {
    "mau": Option("monthly active users", "N"),
    "pcc": Option("peak concurrent connections (default: 5 % of the users)", "N"),
    "pcc-percent": Option("the same as a share of the users", "P"),
    "environment": Option("what it is for (default: production)", "WORD", ("production", "testing")),
    "table": Option("the vendor's table (default: auto)", "WORD", ("auto", "baseline", "high-concurrency")),
    "content": Option("what users send (default: moderate)", "WORD", ("text", "moderate", "heavy")),
    "retention-months": Option("months that messages are kept", "N"),
    "log-retention-days": Option("days that logs are kept", "N"),
    "growth-buffer-percent": Option("room to grow, in per cent", "N"),
    "node": Option("only this node of the session", "NAME"),
    "yes": Option("do not ask"),
    "all": Option("everything that the session's runs changed"),
    "machine": Option("what a session of another machine is", "WORD", ("same", "new")),
    "foreign-directory": Option("write also where a directory is another user's, or open to others"),
}

COMMANDS: Mapping[str, Command] = {
    "estimate": Command(
        "estimate",
        "size from usage alone; reads and writes nothing",
        options=(
            "mau",
            "pcc",
            "pcc-percent",
            "environment",
            "table",
            "content",
            "retention-months",
            "log-retention-days",
            "growth-buffer-percent",
        ),
    ),
    "survey": Command("survey", "facts of this host; changes nothing", options=("node",)),
    "check": Command("check", "what stands in the way; changes nothing"),
    "plan": Command("plan", "the exact commands that would be run; changes nothing", "[STEP...]", most=_MANY),
    "apply": Command(
        "apply", "do the plan, or the named steps of it", "[STEP...]", most=_MANY, options=("yes", "machine")
    ),
    "attach": Command("follow", "follow the running or the last run", options=("machine",)),
    "status": Command("status", "say where the session stands"),
    "undo": Command(
        "undo", "undo what runs changed", "[STEP...]", most=_MANY, options=("all", "yes", "machine")
    ),
    "export": Command(
        "export",
        "write the deployment config and what is rendered from it",
        "DIR",
        1,
        1,
        options=("foreign-directory", "machine"),
    ),
    "validate": Command("validate", "check an answers or a deployment file", "FILE", 1, 1),
    "diff": Command("diff", "say in words what differs between two files", "FILE FILE", 2, 2),
    "answers": Command("answers", "the session's answers as a file that reproduces it"),
    "schema": Command("schema", "the JSON Schema of a file", "answers|deployment", 1, 1),
    "run-plan": Command("runner", "", "DIR", 1, 1),
}
HIDDEN = ("run-plan",)


class Arguments:
    """What was typed. values: option to its text; switches: options without a value that were given."""

    __slots__ = ("command", "given", "switches", "values", "words")

    def __init__(self, given: list[str]) -> None:
        self.given = tuple(given)
        self.command: str | None = None
        self.words: list[str] = []
        self.values: dict[str, str] = {}
        self.switches: set[str] = set()

    def value(self, name: str) -> str | None:
        """The text given for an option, None if it was not given."""
        return self.values.get(name)

    def has(
        self, name: Literal["json", "plain", "version", "help", "yes", "all", "foreign-directory"]
    ) -> bool:
        """True where a switch was given."""
        return name in self.switches


def read_arguments(given: list[str]) -> Arguments:
    """Options and words in any order; `--` ends the options. Raises Failure (bad usage) in a sentence."""
    arguments = Arguments(given)
    rest = list(given)
    wanted: list[str] = []
    while rest:
        word = rest.pop(0)
        if word == "--":
            _take_words(arguments, rest)
            break
        if word == "-h":
            word = "--help"
        if word.startswith("-") and word != "-":
            wanted.append(_take_option(arguments, word, rest))
        else:
            _take_words(arguments, [word])
    if not (arguments.has("help") or arguments.has("version")):
        _refuse_strangers(arguments, wanted)
        _refuse_word_count(arguments)
    return arguments


def _take_words(arguments: Arguments, words: list[str]) -> None:
    for word in words:
        if arguments.command is None:
            if word not in COMMANDS:
                known = ", ".join(name for name in COMMANDS if name not in HIDDEN)
                raise _usage(f"`{_safe(word)}` is no command. There are: {known}.", None)
            arguments.command = word
        else:
            arguments.words.append(word)


def _take_option(arguments: Arguments, word: str, rest: list[str]) -> str:
    name, equals, value = word[2:].partition("=")
    option = (EVERYWHERE.get(name) or OWN.get(name) or _UNLISTED.get(name)) if word.startswith("--") else None
    if option is None:
        raise _usage(f"There is no option `{_safe(word.partition('=')[0])}`.", arguments.command)
    if option.value is None:
        if equals:
            raise _usage(f"`--{name}` takes no value.", arguments.command)
        arguments.switches.add(name)
        return name
    if not equals:
        if not rest or rest[0].startswith("--"):
            raise _usage(f"`--{name}` needs a value: `--{name} {option.value}`.", arguments.command)
        value = rest.pop(0)
    if option.choices and value not in option.choices:
        raise _usage(
            f"`--{name}` is one of {', '.join(option.choices)}, not `{_safe(value)}`.", arguments.command
        )
    arguments.values[name] = value
    return name


def _refuse_strangers(arguments: Arguments, wanted: list[str]) -> None:
    own = COMMANDS[arguments.command].options if arguments.command else ()
    for name in wanted:
        if name not in EVERYWHERE and name not in _UNLISTED and name not in own:
            whose = f"`{arguments.command}`" if arguments.command else "The wizard itself"
            raise _usage(f"{whose} has no option `--{name}`.", arguments.command)


def _refuse_word_count(arguments: Arguments) -> None:
    if arguments.command is None:
        return
    command = COMMANDS[arguments.command]
    if len(arguments.words) < command.least:
        raise _usage(f"`{arguments.command}` needs {command.words}.", arguments.command)
    if len(arguments.words) > command.most:
        extra = _safe(arguments.words[command.most])
        raise _usage(f"`{arguments.command}` has no use for `{extra}`.", arguments.command)


def _usage(seen: str, command: str | None) -> Failure:
    name = f"cometchat-wizard {command}" if command else "cometchat-wizard"
    return Failure(seen, next_step=f"`{name} --help` lists what there is.")


def _safe(word: str) -> str:
    from wizard.model.plain import shown

    return shown(word, 60)
