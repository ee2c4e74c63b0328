"""`diff`: what differs between two files, in words."""

from __future__ import annotations

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.model.origin import ExitCode
from wizard.model.plain import plain, shown
from wizard.workflow import files


def run(arguments: Arguments, environment: Environment) -> int:
    """Print the differences; 4 where there are some."""
    differences = plain(files.diff(arguments.words[0], arguments.words[1]))
    if arguments.has("json"):
        from wizard.cli.document import say_document

        say_document(environment, {"differences": differences})
    elif differences:
        for item in differences:
            environment.say(f"{item['path']}: {_value(item['old'])} -> {_value(item['new'])}")
            if item["because"]:
                environment.say(f"    {item['because']}")
    else:
        environment.say("No differences.")
    return int(ExitCode.ATTENTION if differences else ExitCode.DONE)


def _value(value: object) -> str:
    if value is None:
        return "not given"
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value) or "empty"
    return shown(str(value))
