"""JSON on standard output: one document a command, in a key order that stays."""

from __future__ import annotations

import json
from typing import Any

from wizard.cli.environment import Environment


def say_document(environment: Environment, document: Any) -> None:
    """One document, indented. Only ASCII, so that no locale can spoil it."""
    environment.say(json.dumps(document, indent=2))


def say_line(environment: Environment, document: Any) -> None:
    """One document on one line, out at once."""
    environment.say(json.dumps(document, separators=(", ", ": ")))
    environment.flush()
