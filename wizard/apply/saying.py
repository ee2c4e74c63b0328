"""Words for how an action ended."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from wizard.apply.advice import advice
from wizard.machine.outcome import Outcome
from wizard.model.formats import shell
from wizard.model.merging import key_name
from wizard.model.plain import sentences
from wizard.model.plan import Action, Command, MergeFile, WriteFile


def command_words(action: Action) -> str:
    """The action as one line for people."""
    if isinstance(action, WriteFile):
        return f"write {action.write} (mode {action.mode:o})"
    if isinstance(action, MergeFile):
        return f"in {action.write} set {', '.join(map(key_name, action.changes))}; the rest of it stays"
    where = f"  # only where {shell.word(action.only_where)} is there" if action.only_where else ""
    return shell.words(action.argv) + where


def short_words(command: Command) -> str:
    """The command as people speak of it: without the settings that are the same every time."""
    words = [word for word in command.argv if word != "env" and not re.match(r"[A-Za-z_]\w*=", word)]
    short: list[str] = []
    for index, word in enumerate(words):
        is_setting = word == "-o" or (index > 0 and words[index - 1] == "-o")
        if not is_setting:
            short.append(word)
    return shell.words(short or command.argv)


def program(command: Command) -> str:
    """The program that a command really is about: what `env NAME=value` starts."""
    words = [word for word in command.argv if word != "env" and not re.match(r"[A-Za-z_]\w*=", word)]
    return os.path.basename(words[0]) if words else command.argv[0]


def failure_words(action: Action, outcome: Outcome, said: str, doubts: str = "") -> str:
    """Why an action failed: how it ended, what it said itself, what to do about it.

    doubts: what earlier steps could not do although they ended well.
    """
    if not isinstance(action, Command):
        return sentences(outcome.problem, advice(outcome.problem))
    earlier = doubts if action.waits_for else ""
    return sentences(
        _how(action, outcome),
        f"It said: {said}" if said else "",
        f"Before that: {earlier}" if earlier else "",
        "" if outcome.stopped else advice(f"{said} {earlier} {outcome.problem}"),
    )


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


def not_undone(left: Mapping[str, str], count: int) -> str:
    """How an undo ended that did not take all back.

    left: step ids in their order, each with why it failed, "" for those that had to wait for one of these.
    """
    reasons = dict.fromkeys(message for message in left.values() if message)
    waiting = [name for name, message in left.items() if not message]
    also = f"{', '.join(waiting)} had to wait for {'it' if len(reasons) == 1 else 'them'}." if waiting else ""
    failed = ", ".join(name for name, message in left.items() if message)
    done = f"The other {count - len(left)} are done." if len(left) < count else ""
    return f"{failed} failed: {sentences(*reasons, also, done)}"
