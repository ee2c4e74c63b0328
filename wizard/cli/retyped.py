"""A command line to be typed next, about the session and the answers that this one was about."""

from __future__ import annotations

from wizard.cli.options import Arguments
from wizard.model.formats import shell


def retyped(arguments: Arguments, *words: str, about: tuple[str, ...] = ("answers", "session")) -> str:
    """`cometchat-wizard WORDS` with the options of `about` as they were given, quoted for a shell."""
    given = ((name, arguments.value(name)) for name in about)
    options = [part for name, value in given if value is not None for part in (f"--{name}", value)]
    return shell.words(("cometchat-wizard", *words, *options))
