"""`check`: what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.cli.environment import Environment
from wizard.cli.look import judged, look_around, tell_changes
from wizard.cli.options import Arguments
from wizard.cli.sessions import current_answers, session_directory
from wizard.model.finding import Finding, verdict
from wizard.model.origin import ExitCode

_CODES = {"ok": ExitCode.DONE, "warnings": ExitCode.ATTENTION, "blocked": ExitCode.BLOCKED}


def run(arguments: Arguments, environment: Environment) -> int:
    """Print verdict and findings; 0, 4 with warnings only, 3 where blocked."""
    answers = current_answers(arguments, environment)
    survey, found = look_around(answers, environment)
    tell_changes(session_directory(arguments, environment.environ), answers, survey, environment)
    findings = judged(found)
    word = verdict(findings)
    if arguments.has("json"):
        from wizard.cli.document import say_document
        from wizard.model.plain import plain

        say_document(environment, {"verdict": word, "findings": plain(findings)})
    else:
        from wizard.cli.paper import findings_lines

        for line in findings_lines(findings, environment):
            environment.say(line)
        environment.say(summary(findings))
    return int(_CODES[word])


def summary(findings: Sequence[Finding]) -> str:
    """`Blocked: 2 blockers (1 of them mended by the plan), 1 warning, 3 notes.`"""
    from wizard.cli.paper import amount

    blockers = [finding for finding in findings if finding.blocks]
    accepted = [finding for finding in findings if finding.severity == "blocker" and not finding.blocks]
    fixable = [finding for finding in blockers if finding.fixable]
    counts = [
        amount(len(blockers), "blocker") + (f" ({len(fixable)} mended by the plan)" if fixable else ""),
        amount(sum(finding.severity == "warning" for finding in findings), "warning"),
        amount(sum(finding.severity == "note" for finding in findings), "note"),
    ]
    if accepted:
        counts.insert(1, f"{len(accepted)} accepted")
    words = {"blocked": "Blocked", "warnings": "Nothing blocks", "ok": "All is well"}
    return f"{words[verdict(tuple(findings))]}: {', '.join(counts)}."
