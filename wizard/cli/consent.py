"""Asking before something is changed."""

from __future__ import annotations

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.cli.retyped import retyped
from wizard.model.failure import Failure


def refuse_unattended(arguments: Arguments, environment: Environment) -> None:
    """Without --yes somebody has to be there to answer. Raises Failure 2."""
    if arguments.has("yes") or environment.can_ask:
        return
    raise Failure(
        f"`{arguments.command}` would ask before it changes anything, and there is no terminal to ask on.",
        next_step=_undo_words(arguments) if arguments.command == "undo" else _apply_words(arguments),
    )


def _apply_words(arguments: Arguments) -> str:
    what = arguments.words
    return f"Look at `{retyped(arguments, 'plan', *what)}`, then run `{retyped(arguments, 'apply', *what, '--yes')}`."


def _undo_words(arguments: Arguments) -> str:
    """An undo has printed its plan by now."""
    does = retyped(arguments, "undo", *(arguments.words or ["--all"]), "--yes")
    one = "" if arguments.words else f", `{retyped(arguments, 'undo', 'STEP', '--yes')}` one step of it"
    return f"The plan above is what would be done: `{does}` does it{one}."


def wants_it(environment: Environment, question: str) -> bool:
    """True for a typed yes; an empty line, anything else and the end of the input are a no."""
    environment.tell(f"{question} [y/N] ", end="")
    answer = environment.read_line()
    if answer is None:
        environment.tell()
    return (answer or "").strip().lower() in ("y", "yes")
