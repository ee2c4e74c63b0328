"""`answers`: the session's answers as a file."""

from __future__ import annotations

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.cli.sessions import current_answers
from wizard.model.origin import ExitCode
from wizard.workflow import files


def run(arguments: Arguments, environment: Environment) -> int:
    """Print what reproduces this session unattended (YAML; with --json the same as JSON)."""
    answers = current_answers(arguments, environment)
    if arguments.has("json"):
        from wizard.cli.document import say_document

        say_document(environment, files.answers_document(answers))
    else:
        environment.write_utf8()
        environment.say(files.answers_text(answers).rstrip("\n"))
    return int(ExitCode.DONE)
