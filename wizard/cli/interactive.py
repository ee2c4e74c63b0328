"""No command: the wizard's pages, or its questions line by line, or two commands to use instead."""

from __future__ import annotations

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.cli.sessions import imported_answers, session_directory
from wizard.model.failure import Failure
from wizard.model.formats import shell
from wizard.workflow import hold


def run(arguments: Arguments, environment: Environment) -> int:
    """Open the wizard on this session; its exit code."""
    if not environment.has_terminal:
        raise Failure(
            "The wizard needs a terminal, and this is none.",
            next_step="Without one, use these two:\n"
            "  cometchat-wizard check --answers FILE\n"
            "  cometchat-wizard apply --answers FILE --yes",
        )
    imported = imported_answers(arguments)
    session = session_directory(arguments, environment.environ)
    for other in hold.other_sessions(environment.environ, session):
        command = shell.words(("cometchat-wizard", "--session", other))
        environment.tell(f"There is an unfinished session in {other}. To go on with it: {command}")
    if arguments.has("plain") or not environment.has_room or environment.open_wizard is None:
        from wizard.cli.prompts.walk import walk

        return walk(session, imported, arguments, environment)
    return environment.open_wizard(session, imported)
