"""One answer as it is typed into a field, and answers read from a file."""

from __future__ import annotations

from typing import Any

from wizard.model.answers import Answers


def typed(path: str, text: str) -> Any:
    """The value of this text for the answer at `path`; None for no text. Raises ValueError with what is wrong."""
    from wizard.store.fields import parse_field

    return parse_field(path, text)


def read_answers(path: str) -> Answers:
    """The answers in a file. Raises Failure (bad input) with every problem at once."""
    from wizard.store.answers import read_answers as read

    return read(path)
