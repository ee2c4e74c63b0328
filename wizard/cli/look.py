"""What the commands that look at the host share: answers in, survey and findings out."""

from __future__ import annotations

from dataclasses import replace

from wizard.cli.environment import Environment
from wizard.model.answers import Answers
from wizard.model.finding import Finding
from wizard.model.survey import Survey
from wizard.workflow import decide, look


def look_around(answers: Answers, environment: Environment) -> tuple[Survey, tuple[Finding, ...]]:
    """The survey of this host and all findings on it."""
    survey = look.survey(answers, reader=environment.reader)
    return survey, decide.check(answers, survey)


def tell_changes(session: str, answers: Answers, survey: Survey, environment: Environment) -> None:
    """What changed on this host since the visit before, in one line for people; nothing where nothing did."""
    from wizard.workflow.resume import changed_since

    for host in survey.hosts:
        news = changed_since(session, answers, host)
        if news is not None:
            environment.tell(news.sentence())


def judged(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings as `check` sees them: what blocks apply alone is a note to everybody else."""
    return tuple(
        replace(finding, severity="note") if finding.apply_only and finding.severity == "blocker" else finding
        for finding in findings
    )
