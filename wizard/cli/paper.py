"""Text for people: tables, wrapped sentences, severities with a glyph and a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from wizard.cli.environment import Environment
from wizard.model.finding import Finding

_GAP = "  "
_GLYPHS = {"blocker": ("×", "x"), "warning": ("!", "!"), "note": ("i", "i")}
_COLOURS = {"blocker": "31;1", "warning": "33", "note": "0"}
_WORDS = {"blocker": "blocker", "warning": "warning", "note": "note"}

Align = Literal["left", "right"]


def table(rows: Sequence[Sequence[str]], width: int, align: Sequence[Align] = ()) -> list[str]:
    """Aligned columns; the last one is wrapped at `width` under itself."""
    if not rows:
        return []
    columns = len(rows[0])
    widths = [max(len(row[index]) for row in rows) for index in range(columns)]
    left = sum(widths[:-1]) + len(_GAP) * (columns - 1)
    lines: list[str] = []
    for row in rows:
        cells = [
            cell.rjust(size) if index < len(align) and align[index] == "right" else cell.ljust(size)
            for index, (cell, size) in enumerate(zip(row[:-1], widths, strict=False))
        ]
        last = wrapped(row[-1], max(20, width - left)) or [""]
        lines.append((_GAP.join([*cells, last[0]])).rstrip())
        lines += [" " * left + more for more in last[1:]]
    return lines


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Words in lines of at most `width`; a word that is longer stands on a line of its own, uncut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and len(indent) + len(line) + 1 + len(word) > width:
            lines.append(indent + line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        lines.append(indent + line)
    return lines


def labelled(rows: Iterable[tuple[str, str]], width: int, indent: str) -> list[str]:
    """`label  text` lines, the text wrapped under itself; rows without a text are left out."""
    return table([(indent + label, text) for label, text in rows if text], width)


def number(value: int | None) -> str:
    """With thousands separators; `unknown` for None."""
    return "unknown" if value is None else f"{value:,}"


def amount(count: int, word: str) -> str:
    """`1 warning`, `2 warnings`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def severity_mark(finding: Finding, environment: Environment) -> str:
    """A glyph and a word, in colour where there is one."""
    fancy, plain = _GLYPHS[finding.severity]
    glyph = fancy if environment.can_write(fancy) else plain
    text = f"{glyph} {_WORDS[finding.severity]}"
    if finding.accepted is not None:
        text += " (accepted)"
    return f"\x1b[{_COLOURS[finding.severity]}m{text}\x1b[0m" if environment.has_colour else text


def finding_lines(finding: Finding, environment: Environment) -> list[str]:
    """One finding: word and id, then what was seen, why it matters, what to do."""
    where = f"  on {finding.node}" if finding.node else ""
    subject = f" {finding.subject}" if finding.subject else ""
    return [
        f"{severity_mark(finding, environment)}  {finding.id}{subject}{where}",
        *labelled(
            (
                ("seen", finding.seen),
                ("why", finding.why),
                ("fix", finding.fix),
                ("source", finding.source),
                ("reason", finding.accepted or ""),
            ),
            environment.width,
            "    ",
        ),
    ]


def findings_lines(findings: Iterable[Finding], environment: Environment) -> list[str]:
    """All findings, an empty line after each."""
    lines: list[str] = []
    for finding in findings:
        lines += [*finding_lines(finding, environment), ""]
    return lines
