"""`apply`: do the plan, or the named steps, and follow it."""

from __future__ import annotations

from wizard.cli.consent import refuse_unattended, wants_it
from wizard.cli.environment import Environment
from wizard.cli.follow import follow_run, start_run, waited_for_leftover
from wizard.cli.look import look_around, tell_changes
from wizard.cli.machines import settle_machine
from wizard.cli.nextstep import next_step
from wizard.cli.options import Arguments
from wizard.cli.paper import finding_lines
from wizard.cli.privilege import become_root
from wizard.cli.sessions import imported_answers, refuse_recovered, session_directory, tell_notice, told_state
from wizard.model.failure import Failure
from wizard.model.finding import Finding
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan
from wizard.model.session import RunRecord, SessionState
from wizard.workflow import act, decide, hold, keep
from wizard.workflow.resume import keep_look


def run(arguments: Arguments, environment: Environment) -> int:
    """Plan, ask, start the runner and follow it. The exit code is the run's."""
    refuse_unattended(arguments, environment)
    imported = imported_answers(arguments)
    session = session_directory(arguments, environment.environ)
    hold.refuse_foreign(session)
    settle_machine(session, arguments, environment)
    is_elsewhere = imported is None and hold.moved_to(session) is not None
    earlier = (_as_root if is_elsewhere else _followed)(session, arguments, environment)
    if earlier:
        return earlier
    with hold.acquire(session, environment.environ):
        state = told_state(session, environment)
        if imported is not None:
            state = keep.save_answers(session, state, imported)
        elif arguments.has("yes"):
            refuse_recovered(
                state,
                arguments,
                "If that will do, apply without --yes: it shows the plan and asks. If not, give the answers as a file "
                "with --answers FILE.",
            )
        if act.was_rebooted(session):
            environment.tell("The reboot that the last run asked for was seen. Looking at this host again.")
        if not waited_for_leftover(session, environment):
            return int(ExitCode.INTERRUPTED)
        survey, findings = look_around(state.answers, environment)
        tell_changes(session, state.answers, survey, environment)
        if environment.reader is None:
            keep_look(session, survey.hosts[0])
        plan = decide.plan(state.answers, survey, tuple(arguments.words))
        blockers = decide.plan_blockers(findings, applying=False)
        if blockers:
            return _refused(blockers, environment)
        if not plan.steps():
            for line in decide.plan_lines(plan):
                environment.tell(line)
            return _nothing_left(session, findings, environment)
        missing_rights = decide.plan_blockers(findings, applying=True)
        started = None if missing_rights else _started(arguments, environment, session, plan, state)
    if missing_rights:
        # The lock is free again: the same command goes on as root and takes it there.
        return become_root(arguments, environment, session, missing_rights)
    as_json = arguments.has("json")
    return int(ExitCode.INTERRUPTED) if started is None else follow_run(started, environment, as_json=as_json)


def _as_root(session: str, arguments: Arguments, environment: Environment) -> int:
    """The session went on as root: so does the command, with root's answers. The exit code where it can't."""
    tell_notice(session, environment)
    return become_root(arguments, environment, session, ())


def _followed(session: str, arguments: Arguments, environment: Environment) -> int:
    """A run that is at work is followed to its end; its exit code. 0 without one: there is still to be looked at
    what is left, since that run may have been asked for less.
    """
    record = act.live_run(session)
    if record is None:
        return int(ExitCode.DONE)
    environment.tell(
        "A run of this session is at work already: it is followed to its end before anything else."
    )
    return follow_run(record, environment, as_json=arguments.has("json"))


def _nothing_left(session: str, findings: tuple[Finding, ...], environment: Environment) -> int:
    """Nothing to do is not yet all done: while something waits for a reboot, and while the packages are not whole."""
    waiting = act.waiting_for_reboot(session)
    if waiting:
        environment.tell(f"A reboot is needed before going on: {' '.join(waiting)}")
        environment.tell(next_step("reboot-needed"))
        return int(ExitCode.REBOOT_NEEDED)
    unfinished = [item for item in findings if item.id == "package-unfinished" and item.accepted is None]
    for finding in unfinished:
        environment.tell("\n".join(finding_lines(finding, environment)))
    return int(ExitCode.ATTENTION if unfinished else ExitCode.DONE)


def _started(
    arguments: Arguments, environment: Environment, session: str, plan: Plan, state: SessionState
) -> RunRecord | None:
    """The run, None where the operator said no or does not wait for its start."""
    if not arguments.has("yes"):
        for line in decide.plan_lines(plan):
            environment.tell(line)
        if not wants_it(environment, "Do this now?"):
            environment.tell("Nothing was changed.")
            return None
    if environment.reader is not None:
        raise Failure("A recorded host can't be changed.", next_step="Apply on the host itself.")
    if state.is_recovered:
        # A yes to what these answers lead to is a yes to them: they are the session's from now on.
        keep.save(session, state)
    return start_run(session, plan, environment)


def _refused(blockers: tuple[Finding, ...], environment: Environment) -> int:
    for finding in blockers:
        environment.tell("\n".join(finding_lines(finding, environment)))
    environment.tell("Nothing was changed: settle this, or accept it by its id with a reason in the answers.")
    return int(ExitCode.BLOCKED)
