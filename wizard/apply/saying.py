"""Words for how an action ended."""

from __future__ import annotations

import os
import re
import shlex

from wizard.machine.outcome import Outcome
from wizard.model.plan import Action, Command, WriteFile

_TELLING = re.compile(
    r"^(E:|Err:|Error|error|ERROR|Failed|fatal|dpkg: error|No match|Problem|curl: \(|gpg: )|: error|rror:"
    r"| depends on | is needed by "
)
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
    lines = [line.strip() for line in recent if line.strip()]
    telling = list(dict.fromkeys(line for line in lines if _TELLING.search(line)))
    text = " | ".join(telling[-4:] or lines[-3:])
    return text if len(text) <= limit else "…" + text[-(limit - 1) :]


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
