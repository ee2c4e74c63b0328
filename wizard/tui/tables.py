"""Rows of need, have and verdict, drawn the same on every page."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.model.finding import Finding
from wizard.model.need import Need
from wizard.tui import glyphs
from wizard.tui.widgets.rows import Row, row
from wizard.tui.words import wrapped

_WORDS = {"ok": "ok", "blocker": "blocker", "warning": "warning", "note": "note", "unknown": "not known"}
_LABEL, _NEED, _BAR, _VERDICT = 15, 16, 8, 10


def head(width: int) -> Row:
    """The column heads."""
    have = width - 2 - _LABEL - _NEED - _VERDICT
    return Row(((f"{'':<{_LABEL}}{'needed':<{_NEED}}{'found':<{have}}verdict", "dim"),))


def need_row(need: Need, width: int) -> Row:
    """One row: label, needed, found with a bar where there is a size to hold it against, verdict as glyph and word."""
    have_width = width - 2 - _LABEL - _NEED - _VERDICT
    bar = ""
    if need.ratio is not None and have_width >= len(need.have) + _BAR + 2:
        bar = glyphs.bar(need.ratio, _BAR)
    room = have_width - (_BAR + 1 if bar else 0)
    return Row(
        (
            (cut(need.label, _LABEL - 1).ljust(_LABEL), ""),
            (cut(need.need, _NEED - 1).ljust(_NEED), "dim"),
            (cut(need.have, room - 1).ljust(room), ""),
            (bar, glyphs.BAR_STYLE),
            (" " * (have_width - room - len(bar)), ""),
            (f"{glyphs.SEVERITY[need.verdict]} {_WORDS[need.verdict]}", glyphs.STYLE[need.verdict]),
        ),
        key=f"need:{need.label}",
    )


Group = tuple[Finding, ...]  # findings of one id on one node: looked at and accepted together


def groups(findings: Iterable[Finding]) -> list[Group]:
    """Findings of one id, node and acceptance together, in the order of the first of each."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.id, finding.node, finding.severity, finding.accepted), []).append(finding)
    return [tuple(group) for group in found.values()]


def group_row(group: Group, width: int) -> Row:
    """One line: glyph, word, what was seen, and how many more of the same."""
    lead, style = _lead(group[0])
    more = f" (+{len(group) - 1})" if len(group) > 1 else ""
    text = cut(group[0].seen, width - 3 - len(lead) - len(more))
    return Row(((lead, style), (text + more, "")), key=group_key(group))


def group_rows(group: Group, width: int) -> list[Row]:
    """Blockers in full (the id, then all that was seen), anything else in one line."""
    if group[0].severity != "blocker":
        return [group_row(group, width)]
    lead, style = _lead(group[0])
    first = Row(((lead, style), (group[0].id, "bold")), key=group_key(group))
    if group[0].accepted is not None:
        return [first, *(row(f"  {line}") for line in wrapped(f"Reason: {group[0].accepted}", width - 5))]
    return [first, *(row(f"  {line}") for finding in group for line in wrapped(finding.seen, width - 5))]


def group_key(group: Group) -> str:
    """What tells a group from every other."""
    return f"finding:{group[0].id}@{group[0].node or ''}"


def find(findings: Iterable[Finding], key: str) -> Group:
    """The group with that key; () where there is none."""
    return next((group for group in groups(findings) if group_key(group) == key), ())


def group_of(findings: Iterable[Finding], needs: Iterable[Need], key: str) -> Group:
    """The findings behind a row: of a need (the one that explains its verdict) or of a finding; () for none."""
    if not key.startswith("need:"):
        return find(findings, key)
    ident = next((need.finding_id for need in needs if key == f"need:{need.label}"), None)
    return next((group for group in groups(findings) if ident and group[0].id == ident), ())


def _lead(finding: Finding) -> tuple[str, str]:
    word, style = finding.severity, glyphs.STYLE[finding.severity]
    if finding.accepted is not None:
        return f"{glyphs.OK} {'accepted':<9}", ""
    return f"{glyphs.SEVERITY[finding.severity]} {word:<9}", style


def cut(text: str, width: int) -> str:
    """At most `width` cells; what is missing shows as an ellipsis."""
    if len(text) <= width:
        return text
    return text[: max(0, width - len(glyphs.MORE))] + glyphs.MORE
