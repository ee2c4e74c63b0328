"""`undo`: take back what runs of this session changed."""

from __future__ import annotations

from wizard.cli.consent import refuse_unattended, wants_it
from wizard.cli.environment import Environment
from wizard.cli.follow import follow_run, start_run, waited_for_leftover
from wizard.cli.machines import settle_machine
from wizard.cli.options import Arguments
from wizard.cli.plan import plan_document
from wizard.cli.privilege import become_root, refuse_moved
from wizard.cli.sessions import session_directory, tell_notice
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan
from wizard.workflow import act, decide, hold


def run(arguments: Arguments, environment: Environment) -> int:
    """Print the plan that undoes, ask, do it. Nothing to undo is no fault; 4 where something had to be left, or where
    the packages are not whole.
    """
    if arguments.has("all") and arguments.words:
        raise Failure("Name steps, or say --all, not both.", next_step="Leave one of the two out.")
    session = session_directory(arguments, environment.environ)
    hold.refuse_foreign(session)
    refuse_moved(session, arguments)
    settle_machine(session, arguments, environment)
    tell_notice(session, environment)
    if not (_waited_for_run(session, environment) and waited_for_leftover(session, environment)):
        return int(ExitCode.INTERRUPTED)
    plan = act.undo_plan(session, tuple(arguments.words))
    _print(plan, arguments, environment)
    if not plan.steps():
        environment.tell("There is nothing to undo in this session.")
        return _code(plan)
    if not arguments.has("all") and not arguments.words and arguments.has("yes"):
        raise Failure(
            "`undo --yes` needs to know what: nothing was undone.",
            next_step="Name the steps, or say `cometchat-wizard undo --all --yes`.",
        )
    environment.flush()
    refuse_unattended(arguments, environment)
    if not act.is_root() and decide.needs_root(plan):
        return become_root(arguments, environment, session, ())
    with hold.acquire(session, environment.environ):
        if act.undo_plan(session, tuple(arguments.words)) != plan:
            raise _other_by_now()
        if not arguments.has("yes") and not wants_it(environment, "Undo this now?"):
            environment.tell("Nothing was changed.")
            return int(ExitCode.INTERRUPTED)
        record = start_run(session, plan, environment)
    if record is None:
        return int(ExitCode.INTERRUPTED)
    # With --json the plan was the one document of standard output: how it goes is for people.
    view = _for_people(environment) if arguments.has("json") else environment
    return _ended(follow_run(record, view, as_json=False), plan, environment)


def _waited_for_run(session: str, environment: Environment) -> bool:
    """Follow a run that is at work to its end: what it does is to be taken back, too. False where Ctrl-C left it."""
    record = act.live_run(session)
    if record is None:
        return True
    environment.tell("A run of this session is at work: it is followed to its end before anything is undone.")
    follow_run(record, _for_people(environment), as_json=False)
    return act.live_run(session) is None


def _for_people(environment: Environment) -> Environment:
    return Environment(environment.stdin, environment.stderr, environment.stderr, environment.environ)


def _other_by_now() -> Failure:
    return Failure(
        "What there is to undo changed while this was shown, so nothing was undone.",
        why="Another run of this session was at work meanwhile.",
        next_step="Undo again: it is worked out anew.",
        code=ExitCode.SESSION_UNUSABLE,
    )


def _ended(code: int, plan: Plan, environment: Environment) -> int:
    if code != int(ExitCode.DONE):
        return code
    unfinished = act.unfinished_packages()
    if unfinished:
        environment.tell(unfinished)
        return int(ExitCode.ATTENTION)
    return _code(plan)


def _code(plan: Plan) -> int:
    """What stays for somebody else's sake is to be looked at: the host is not as it was."""
    return int(ExitCode.ATTENTION if plan.stays else ExitCode.DONE)


def _print(plan: Plan, arguments: Arguments, environment: Environment) -> None:
    if arguments.has("json"):
        from wizard.cli.document import say_document

        say_document(environment, {**plan_document(plan), "stays": list(plan.stays)})
    elif plan.steps():
        for line in decide.plan_lines(plan):
            environment.say(line)
    else:
        for note in plan.notes:
            environment.tell(note)
