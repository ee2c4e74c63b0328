"""The command line's one door: arguments in, exit code out; every end becomes a sentence here."""

from __future__ import annotations

from importlib import import_module

from wizard import __version__
from wizard.cli.environment import Environment, system_environment
from wizard.cli.leaving import SentAway, last_words
from wizard.cli.options import COMMANDS, Arguments, read_arguments
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode


def main(argv: list[str], environment: Environment | None = None) -> int:
    """Run one command. Returns its exit code; never raises, whatever happens."""
    outside = environment or system_environment()
    try:
        return _flushed(_guarded(argv, outside), outside)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)


def _flushed(code: int, environment: Environment) -> int:
    if code == ExitCode.INTERRUPTED:
        with last_words():
            return _written(code, environment)
    return _written(code, environment)


def _written(code: int, environment: Environment) -> int:
    try:
        environment.flush()
    except Failure as failure:
        # A terminal that hung up can't be written: that is no second fault.
        return code if code == ExitCode.INTERRUPTED else _report(failure, environment)
    return code


def _guarded(argv: list[str], environment: Environment) -> int:
    arguments: Arguments | None = None
    try:
        arguments = read_arguments(argv)
        return _run(arguments, environment)
    except Failure as failure:
        return _report(failure, environment)
    except KeyboardInterrupt as end:
        if not (isinstance(end, SentAway) and end.is_told):
            with last_words():
                environment.tell("\nInterrupted. Nothing more is done.")
        return int(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the top of a front end: kept in a log, told in a sentence
        from wizard.cli.crash import report_crash

        return report_crash(error, arguments, environment)


def _run(arguments: Arguments, environment: Environment) -> int:
    if arguments.has("version"):
        environment.say(f"cometchat-wizard {__version__}")
        return int(ExitCode.DONE)
    if arguments.has("help"):
        from wizard.cli.help import help_text

        environment.say(help_text(arguments.command, environment.width))
        return int(ExitCode.DONE)
    if arguments.value("adopt") is not None:
        from wizard.cli.privilege import take_session_along

        take_session_along(arguments, environment)
    module = "interactive" if arguments.command is None else COMMANDS[arguments.command].module
    return int(import_module(f"wizard.cli.{module}").run(arguments, environment))


def _report(failure: Failure, environment: Environment) -> int:
    from wizard.cli.failures import failure_text

    environment.tell(failure_text(failure, environment.environ))
    return int(failure.code)
