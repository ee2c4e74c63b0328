"""Words for how an action ended."""

from __future__ import annotations

import os
import re
import shlex

from wizard.machine.outcome import Outcome
from wizard.model.plan import Action, Command, WriteFile

_TELLING = re.compile(
    r"^(E:|Err:|Error|error|ERROR|Failed|fatal|dpkg: error|No match|Problem|curl: \(|gpg: )|: error|rror:"
    r"|^- | depends on | is needed by "
)
# dnf's words with nothing behind them, and its advice to erase what is in the way.
_EMPTY = re.compile(r"^((Error|Failed):$|\(try to add )")
_SCRIPT_FAILED = re.compile(r"^(warning|error): %\w+\(.*scriptlet failed")
_LIMIT = 700


def command_words(action: Action) -> str:
    """The action as one line for people."""
    if isinstance(action, WriteFile):
        return f"write {action.write} (mode {action.mode:o})"
    return shlex.join(action.argv)


def program(command: Command) -> str:
    """The program that a command really is about: what `env NAME=value` starts."""
    words = [word for word in command.argv if word != "env" and not re.match(r"[A-Za-z_]\w*=", word)]
    return os.path.basename(words[0]) if words else command.argv[0]


def failure_words(action: Action, outcome: Outcome, recent: tuple[str, ...]) -> str:
    """Why an action failed: how it ended, then what it said itself, the telling lines first."""
    if isinstance(action, WriteFile):
        return outcome.problem
    said = last_words(recent)
    return f"{_how(action, outcome)} It said: {said}" if said else _how(action, outcome)


def last_words(recent: tuple[str, ...], limit: int = _LIMIT) -> str:
    """The lines that name the error, else the last three; cut from the front, the end tells more."""
    lines = [line.strip() for line in recent if line.strip() and not _EMPTY.match(line.strip())]
    scripts = _script_lines(lines)
    telling = list(dict.fromkeys(line for line in lines if line in scripts or _TELLING.search(line)))
    text = " | ".join(telling[-4:] or lines[-3:])
    return text if len(text) <= limit else "…" + text[-(limit - 1) :]


def script_words(recent: tuple[str, ...]) -> str:
    """What rpm calls a warning and dnf a success: a package's own script that failed; "" where none did."""
    return " | ".join(_script_lines([line.strip() for line in recent]))


def _script_lines(lines: list[str]) -> list[str]:
    """rpm's lines about scripts that failed, each after what the script said last."""
    found: list[str] = []
    for before, line in zip(["", *lines], lines, strict=False):
        if _SCRIPT_FAILED.match(line):
            found += [before, line] if before and not before.startswith("Running scriptlet") else [line]
    return found


def _how(command: Command, outcome: Outcome) -> str:
    name = program(command)
    if outcome.problem:
        return outcome.problem[:1].upper() + outcome.problem[1:].rstrip(".") + "."
    if outcome.timed_out:
        return (
            f"`{name}` took longer than {command.timeout_seconds} s and was ended, with all it had started."
        )
    if outcome.stopped:
        return f"`{name}` was ended, since a stop was asked for."
    if outcome.exit_code is not None and outcome.exit_code < 0:
        return f"`{name}` was ended by signal {-outcome.exit_code}."
    return f"`{name}` ended with exit code {outcome.exit_code}."
