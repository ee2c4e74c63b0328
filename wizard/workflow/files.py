"""Files that operators hold in their hands: answers, deployments, schemas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from wizard.model.answers import Answers
from wizard.model.failure import Problem


def answers_text(answers: Answers) -> str:
    """The answers as a file that reproduces them: YAML, only what was given."""
    from wizard.store.answers import dump_answers

    return dump_answers(answers)


def answers_document(answers: Answers) -> dict[str, Any]:
    """The same as plain data."""
    from wizard.store.answers import answers_plain

    return answers_plain(answers)


def schema(kind: Literal["answers", "deployment"]) -> dict[str, Any]:
    """The JSON Schema of a file."""
    from wizard.store.schema import schema as schema_of

    return schema_of(kind)


def validate(path: str) -> tuple[Problem, ...]:
    """Every problem of an answers or a deployment file. Raises Failure 2 where it can't be read at all."""
    from wizard.store.validate import validate as validate_file

    return validate_file(path)


def diff(one: str, other: str) -> Sequence[Any]:
    """What differs between two files: path, old, new and the reason in words. Raises Failure 2."""
    from wizard.store.diff import diff as diff_files

    return diff_files(one, other)
