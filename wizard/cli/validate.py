"""`validate`: check an answers or a deployment file."""

from __future__ import annotations

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.model.failure import Failure, Problem
from wizard.model.origin import ExitCode
from wizard.model.plain import shown
from wizard.workflow import files


def run(arguments: Arguments, environment: Environment) -> int:
    """Print every problem with its path; 2 where there is one."""
    problems = _problems(arguments.words[0])
    if arguments.has("json"):
        from wizard.cli.document import say_document
        from wizard.model.plain import plain

        say_document(environment, {"valid": not problems, "problems": plain(problems)})
    elif problems:
        for problem in problems:
            environment.say(f"{problem.path}: {problem.problem}" if problem.path else problem.problem)
    else:
        environment.say(f"{shown(arguments.words[0])} is valid.")
    return int(ExitCode.BAD_INPUT if problems else ExitCode.DONE)


def _problems(path: str) -> tuple[Problem, ...]:
    """A file that can't be read at all has one problem: the sentence that says why."""
    try:
        return files.validate(path)
    except Failure as failure:
        return failure.problems or (Problem("", f"{failure.seen} {failure.next_step}".strip()),)
