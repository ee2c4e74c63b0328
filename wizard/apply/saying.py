"""Words for how an action ended."""

from __future__ import annotations

import os
import re
import shlex

from wizard.apply.advice import advice
from wizard.machine.outcome import Outcome
from wizard.model.plan import Action, Command, WriteFile


def command_words(action: Action) -> str:
    """The action as one line for people."""
    if isinstance(action, WriteFile):
        return f"write {action.write} (mode {action.mode:o})"
    return shlex.join(action.argv)


def short_words(command: Command) -> str:
    """The command as people speak of it: without the settings that are the same every time."""
    words = [word for word in command.argv if word != "env" and not re.match(r"[A-Za-z_]\w*=", word)]
    short: list[str] = []
    for index, word in enumerate(words):
        is_setting = word == "-o" or (index > 0 and words[index - 1] == "-o")
        if not is_setting:
            short.append(word)
    return shlex.join(short or command.argv)


def program(command: Command) -> str:
    """The program that a command really is about: what `env NAME=value` starts."""
    words = [word for word in command.argv if word != "env" and not re.match(r"[A-Za-z_]\w*=", word)]
    return os.path.basename(words[0]) if words else command.argv[0]


def failure_words(action: Action, outcome: Outcome, said: str, doubts: str = "") -> str:
    """Why an action failed: how it ended, what it said itself, what to do about it.

    doubts: what earlier steps could not do although they ended well.
    """
    if isinstance(action, WriteFile):
        return _joined(outcome.problem, advice(outcome.problem))
    earlier = doubts if action.waits_for else ""
    return _joined(
        _how(action, outcome),
        f"It said: {said}" if said else "",
        f"Before that: {earlier}" if earlier else "",
        "" if outcome.stopped else advice(f"{said} {earlier} {outcome.problem}"),
    )


def _joined(*parts: str) -> str:
    """Sentences of a program's own may end without a full stop."""
    kept = [part.strip(" :") for part in parts if part.strip(" :")]
    return " ".join(part if part[-1] in ".!?…" or part is kept[-1] else f"{part}." for part in kept)


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
