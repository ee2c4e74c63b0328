"""`export`: write the deployment config and all that is rendered from it."""

from __future__ import annotations

import os

from wizard.cli.environment import Environment
from wizard.cli.look import look_around
from wizard.cli.machines import settle_machine
from wizard.cli.options import Arguments
from wizard.cli.paper import finding_lines
from wizard.cli.sessions import current_state, refuse_recovered, session_directory
from wizard.model.failure import Failure, Problem
from wizard.model.finding import Finding
from wizard.model.origin import ExitCode
from wizard.model.session import SessionState
from wizard.model.survey import Survey
from wizard.workflow import decide, hold, keep


def run(arguments: Arguments, environment: Environment) -> int:
    """Write the directory; 3 where a blocker is neither fixed nor accepted."""
    directory = os.path.abspath(arguments.words[0])
    if arguments.value("answers") is not None:
        return _export(arguments, environment, directory, None)
    session = session_directory(arguments, environment.environ)
    settle_machine(session, arguments, environment)
    state = current_state(arguments, environment)
    if not environment.can_ask:
        refuse_recovered(
            state, arguments, "If that will do, save it as a file and export from that with --answers FILE."
        )
    _refuse_without_usage(state)
    with hold.acquire(session, environment.environ):
        return _export(arguments, environment, directory, session)


def _export(arguments: Arguments, environment: Environment, directory: str, session: str | None) -> int:
    state = current_state(arguments, environment) if session is None else keep.load(session)
    _refuse_without_usage(state)
    survey, findings = look_around(state.answers, environment)
    blockers = decide.export_blockers(findings)
    any_owner = arguments.has("foreign-directory")
    written = _write(directory, session, state, survey, findings, blockers, any_owner=any_owner)
    if arguments.has("json"):
        from wizard.cli.document import say_document
        from wizard.model.plain import plain

        say_document(
            environment,
            {"directory": directory, "written": list(written), "blocked_by": plain(blockers)},
        )
    else:
        for path in written:
            environment.say(path)
    if blockers:
        _tell_blocked(blockers, environment, bool(written))
        return int(ExitCode.BLOCKED)
    environment.tell(f"{len(written)} files written to {directory}. Read {directory}/SUMMARY.md first.")
    return int(ExitCode.DONE)


def _write(
    directory: str,
    session: str | None,
    state: SessionState,
    survey: Survey,
    findings: tuple[Finding, ...],
    blockers: tuple[Finding, ...],
    *,
    any_owner: bool,
) -> tuple[str, ...]:
    """What was written: beyond Swarm's range what the talk with the vendor needs, else all or nothing."""
    if any(finding.id == "beyond-swarm" for finding in blockers):
        return keep.export_sales_sheet(directory, state, survey, findings, any_owner=any_owner)
    if blockers:
        return ()
    if session is None:
        return keep.export_unsaved(directory, state, survey, findings, any_owner=any_owner)
    return keep.export(session, directory, state, survey, any_owner=any_owner)[1]


def _refuse_without_usage(state: SessionState) -> None:
    missing = keep.missing(state.answers)
    if missing:
        raise Failure(
            f"There is no deployment without {', '.join(missing)}.",
            why="Everything is sized from the monthly active users.",
            next_step="Answer it in the wizard, or name a file: `cometchat-wizard export DIR --answers FILE`.",
            problems=tuple(Problem(path, "is missing") for path in missing),
        )


def _tell_blocked(blockers: tuple[Finding, ...], environment: Environment, wrote_sheet: bool) -> None:
    for finding in blockers:
        environment.tell("\n".join(finding_lines(finding, environment)))
    acceptable = [finding for finding in blockers if finding.acceptable]
    if acceptable:
        environment.tell("\nTo accept what can be accepted, add this to the answers, each with its reason:\n")
        environment.tell("\n".join(acceptance_lines(acceptable)))
    if any(finding.fixable for finding in blockers):
        environment.tell(
            "\nThe plan mends the rest: `cometchat-wizard apply`. A step may be left out with a reason (`skipped`)."
        )
    if wrote_sheet:
        environment.tell("\nNo deployment config was written, only what the talk with CometChat needs.")
    else:
        environment.tell("\nNothing was written.")


def acceptance_lines(findings: list[Finding]) -> list[str]:
    """The YAML that accepts these findings, once the reasons are filled in."""
    lines = ["accepted:"]
    for finding in {(item.id, item.node): item for item in findings}.values():
        lines.append(f"  - id: {finding.id}")
        if finding.node:
            lines.append(f"    node: {finding.node}")
        lines.append("    reason: why this is fine here")
    return lines
