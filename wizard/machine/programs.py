"""What people call a running program: never code that was given to an interpreter, never its arguments."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from wizard.model.masking import mask
from wizard.model.plain import shown

_LIMIT = 60
_INTERPRETER = re.compile(r"python[0-9.]*|perl[0-9.]*|bash|sh|dash")
# A cluster of short options whose last one takes the program itself: `-c`, `-Ic`, `-lc`, perl's `-e`.
_CODE = re.compile(r"-[A-Za-z]*[ceE]")
_WITH_VALUE = frozenset({"-X", "-W", "-o", "-O"})
# How workflow/root.py starts this program anew; a test holds the two together.
_OURS = "from wizard.__main__ import main"
_READING = (
    "estimate",
    "survey",
    "check",
    "plan",
    "status",
    "attach",
    "validate",
    "diff",
    "answers",
    "schema",
)
_COMMANDS = frozenset((*_READING, "apply", "undo", "export"))


def program_name(words: Sequence[str], name: str) -> str:
    """A script's own name rather than its interpreter's, `cometchat-wizard COMMAND` for this program, safe to show.

    words: the process's argument list. name: what the kernel calls it.
    """
    program = os.path.basename(words[0]) if words else ""
    if _INTERPRETER.fullmatch(program):
        name = _script(words, program)
    elif program == "cometchat-wizard":
        name = _own(words[1:])
    return mask(shown(name, _LIMIT))


def _script(words: Sequence[str], program: str) -> str:
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        if word == "-m" and program.startswith("python"):
            return (
                _own(rest[1:]) if rest[:1] == ["wizard"] else os.path.basename("".join(rest[:1])) or program
            )
        if _CODE.fullmatch(word):
            return _own(rest[1:]) if rest and _OURS in rest[0] else program
        if word in _WITH_VALUE:
            del rest[:1]
        elif not word.startswith("-"):
            script = os.path.basename(word)
            return _own(rest) if script == "cometchat-wizard" else script or program
    return program


def _own(arguments: Sequence[str]) -> str:
    if "run-plan" in arguments:
        return "a run of cometchat-wizard"
    command = next((word for word in arguments if word in _COMMANDS), "")
    return f"cometchat-wizard {command}".rstrip()
