"""Asking before something is changed."""

from __future__ import annotations

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.model.failure import Failure


def refuse_unattended(arguments: Arguments, environment: Environment) -> None:
    """Without --yes somebody has to be there to answer. Raises Failure 2."""
    if arguments.has("yes") or environment.can_ask:
        return
    what = " ".join(arguments.words) or ("--all" if arguments.command == "undo" else "")
    look = "plan" if arguments.command == "apply" else "undo --json"
    raise Failure(
        f"`{arguments.command}` would ask before it changes anything, and there is no terminal to ask on.",
        next_step=f"Look at `cometchat-wizard {look}`, then run "
        f"`cometchat-wizard {arguments.command} {f'{what} ' if what else ''}--yes`.",
    )


def wants_it(environment: Environment, question: str) -> bool:
    """True for a typed yes; an empty line, anything else and the end of the input are a no."""
    environment.tell(f"{question} [y/N] ", end="")
    answer = environment.read_line()
    if answer is None:
        environment.tell()
    return (answer or "").strip().lower() in ("y", "yes")
