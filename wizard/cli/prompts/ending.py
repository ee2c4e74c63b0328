"""Review and export, line by line."""

from __future__ import annotations

import os

from wizard.cli.paper import finding_lines, table
from wizard.cli.prompts.accepting import accept_while_open
from wizard.cli.prompts.talk import Talk
from wizard.model.failure import Failure
from wizard.model.finding import Finding
from wizard.model.session import SessionState
from wizard.workflow import act, decide, keep


def review(talk: Talk) -> None:
    """Every value with its origin, every finding; a blocker may be accepted with a reason."""
    talk.head("Review")
    rows = [
        (f"  {row.label}", row.value, row.origin)
        for row in decide.review_rows(talk.answers, talk.survey, talk.findings)
        if row.value != "not answered"
    ]
    talk.show(table([(label, origin, value) for label, value, origin in rows], talk.environment.width))
    for finding in talk.findings:
        if finding.severity != "note":
            talk.show(["", *finding_lines(finding, talk.environment)])
    accept_while_open(talk)


def done(talk: Talk) -> None:
    """Write the export directory and say what comes next."""
    talk.head("Export")
    if keep.missing(talk.answers):
        talk.say("The usage is not answered yet: without it there is no config. Type `back` to get there.")
        talk.line("Enter to leave: ")
        return
    blockers = decide.export_blockers(talk.findings)
    if any(finding.id == "beyond-swarm" for finding in blockers):
        talk.say("Beyond Docker Swarm's range only a sheet for the talk with CometChat is written.")
    elif blockers:
        talk.say(f"Nothing can be written yet. In the way: {', '.join(finding.id for finding in blockers)}.")
        talk.line("`back` goes to the review, Enter leaves: ")
        return
    default = talk.state.exported_to or keep.default_export()
    while True:
        directory = os.path.abspath(
            os.path.expanduser(talk.line(f"Directory to write to [{default}]: ") or default)
        )
        if _write(talk, directory, blockers):
            return


def _write(talk: Talk, directory: str, blockers: tuple[Finding, ...]) -> bool:
    try:
        state, written = _export(talk, directory, blockers)
    except Failure as failure:
        talk.say(f"{failure.seen} {failure.why} {failure.next_step}")
        return False
    talk.state = state
    talk.show(["", *(f"  {path}" for path in written)])
    for sentence in act.changes(talk.session):
        talk.say(sentence, "  ")
    talk.say(f"Written to {directory}. Read SUMMARY.md there first: it names the next commands.")
    return True


def _export(
    talk: Talk, directory: str, blockers: tuple[Finding, ...]
) -> tuple[SessionState, tuple[str, ...]]:
    if blockers:
        written = keep.export_sales_sheet(directory, talk.state, talk.survey, talk.findings)
        return talk.state, written
    return keep.export(talk.session, directory, talk.state, talk.survey)
