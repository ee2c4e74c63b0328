"""Rights that are missing: sudo is asked once, on the terminal, and the same command goes on as root."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import NoReturn

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.cli.paper import finding_lines
from wizard.cli.retyped import retyped
from wizard.model.failure import Failure
from wizard.model.finding import Finding
from wizard.model.origin import ExitCode
from wizard.workflow import hold
from wizard.workflow.root import has_session, refusal, sudo_command


def become_root(
    arguments: Arguments, environment: Environment, session: str, findings: tuple[Finding, ...]
) -> int:
    """Start the same command through sudo in place of this process; 3 where that is not possible.

    Root runs nothing that others than root can change: this very program, or an installation of root's own.
    """
    given = without_session(arguments.given)
    if _is_spent(arguments.value("answers")):
        # sudo would not pass the pipe on either; what it held is the session's by now, and goes along.
        given = _without("answers", given)
    command = sudo_command(session, [*hold.named_place(session), *given])
    if command is None or not environment.can_ask or os.geteuid() == 0:
        for finding in findings:
            environment.tell("\n".join(finding_lines(finding, environment)))
        why = "" if os.geteuid() == 0 else refusal()
        if why:
            environment.tell(why)
        environment.tell(f"Nothing was changed. {_typed_by_hand(arguments, session)}")
        return int(ExitCode.BLOCKED)
    along = " The session goes along." if "--adopt" in command else ""
    environment.tell(f"Changing this host needs root: sudo may ask for your password now.{along}")
    environment.flush()
    _replace_process(command)


def _typed_by_hand(arguments: Arguments, session: str) -> str:
    """How to do the same as root where nobody is asked: by itself no session goes along."""
    words = without_session(arguments.given)
    place = hold.moved_to(session) or ""
    if arguments.command != "apply" or arguments.value("answers") is not None or not has_session(session):
        return f"Run it as root: `{hold.as_root(place, tuple(words))}`."
    answers = retyped(arguments, "answers", about=("session",))
    as_root = hold.as_root(place, ("--answers", "answers.yaml", *words))
    return (
        f"Run it as root, and take the answers along, since root has a session of its own: `{answers} > answers.yaml`, "
        f"then `{as_root}`."
    )


def refuse_moved(session: str, arguments: Arguments) -> None:
    """What needs the session's runs is done where they are. Raises Failure 7 where the session went on as root."""
    place = hold.moved_to(session)
    if place is None:
        return
    command = hold.as_root(place, tuple(without_session(arguments.given)))
    raise Failure(
        f"{hold.went_on_as_root(place)}.",
        why="Its runs are known there alone.",
        next_step=f"Run `{command}`.",
        code=ExitCode.SESSION_UNUSABLE,
    )


def without_session(given: tuple[str, ...]) -> list[str]:
    """The arguments as typed, less --session: as root the session has another place."""
    return _without("session", given)


def _without(option: str, given: Sequence[str]) -> list[str]:
    kept: list[str] = []
    skips_next = False
    for word in given:
        if skips_next:
            skips_next = False
        elif word == f"--{option}":
            skips_next = True
        elif not word.startswith(f"--{option}="):
            kept.append(word)
    return kept


def _is_spent(path: str | None) -> bool:
    """True for a pipe: what it held was read, and can't be read again."""
    try:
        return path is not None and stat.S_ISFIFO(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _replace_process(command: list[str]) -> NoReturn:
    os.execv(command[0], command)


def take_session_along(arguments: Arguments, environment: Environment) -> None:
    """The first thing that the root we became does: move the user's session to root's place."""
    from wizard.cli.sessions import session_directory

    source = arguments.values.pop("adopt")
    state = hold.adopt(source, session_directory(arguments, environment.environ), environment.environ)
    if state.notice:
        environment.tell(state.notice)
