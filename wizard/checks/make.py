"""How this package builds its findings: every text made safe to show, in one place."""

from __future__ import annotations

from wizard.model.finding import Finding, Severity
from wizard.model.plain import shown

_TEXT_LIMIT = 1000
_SUBJECT_LIMIT = 255


def blocker(
    id: str,
    *,
    seen: str,
    why: str,
    fix: str,
    source: str,
    node: str | None = None,
    subject: str = "",
    fixable: bool = False,
    acceptable: bool = True,
) -> Finding:
    """A finding that stops the deployment until it is mended or, if acceptable, accepted with a reason."""
    return _finding("blocker", id, (seen, why, fix, source), node, subject, fixable, acceptable)


def warning(
    id: str,
    *,
    seen: str,
    why: str,
    fix: str,
    source: str,
    node: str | None = None,
    subject: str = "",
    fixable: bool = False,
) -> Finding:
    """A finding that should be looked at, but stops nothing."""
    return _finding("warning", id, (seen, why, fix, source), node, subject, fixable, False)


def note(
    id: str, *, seen: str, why: str, fix: str, source: str, node: str | None = None, subject: str = ""
) -> Finding:
    """A finding that is good to know."""
    return _finding("note", id, (seen, why, fix, source), node, subject, False, False)


def unknown(area: str, what: list[str], node: str | None, fix: str = "") -> list[Finding]:
    """One note for all that could not be read in an area; [] where everything could be.

    Source: what can't be known is said so, never passed by looking away.
    """
    if not what:
        return []
    return [
        note(
            "facts-unknown",
            seen=f"Could not be read on this host: {', '.join(what)}.",
            why="What can't be read can't be judged, so these checks did not pass: they were not made.",
            fix=fix
            or "Run the check again as root (sudo cometchat-wizard check). What stays unknown, "
            "look up by hand.",
            source="rule: not knowable is said, never guessed",
            node=node,
            subject=area,
        )
    ]


def _finding(
    severity: Severity,
    id: str,
    texts: tuple[str, str, str, str],
    node: str | None,
    subject: str,
    fixable: bool,
    acceptable: bool,
) -> Finding:
    seen, why, fix, source = (shown(text, _TEXT_LIMIT) for text in texts)
    return Finding(
        id=id,
        severity=severity,
        seen=seen,
        why=why,
        fix=fix,
        source=source,
        node=node,
        subject=shown(subject, _SUBJECT_LIMIT),
        fixable=fixable,
        acceptable=acceptable,
    )
