"""`schema`: the JSON Schema of a file."""

from __future__ import annotations

from wizard.cli.document import say_document
from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plain import shown
from wizard.workflow import files


def run(arguments: Arguments, environment: Environment) -> int:
    """Print a schema; it is JSON with --json and without."""
    kind = arguments.words[0]
    if kind not in ("answers", "deployment"):
        raise Failure(
            f"There is no schema `{shown(kind, 60)}`.",
            next_step="Say `schema answers` or `schema deployment`.",
        )
    say_document(environment, files.schema("answers" if kind == "answers" else "deployment"))
    return int(ExitCode.DONE)
