"""`run-plan`: the runner's own process, started by apply and by the wizard; not for people."""

from __future__ import annotations

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.cli.sessions import session_directory
from wizard.workflow import act


def run(arguments: Arguments, environment: Environment) -> int:
    """Do the plan that lies in the directory; the journal tells how it went."""
    return int(act.run_plan(session_directory(arguments, environment.environ), arguments.words[0]))
