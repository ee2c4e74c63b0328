"""A plan's exact commands as rows to read, wrapped so that a copied one still works."""

from __future__ import annotations

from dataclasses import replace

from wizard.model.plan import Plan, Stage, Step
from wizard.tui.widgets.rows import Row, row
from wizard.tui.words import wrapped
from wizard.workflow import decide


def plan_rows(plan: Plan, width: int) -> list[Row]:
    """What would be removed first, then the notes, then every command."""
    rows = [row(line) for note in plan.notes for line in wrapped(note, width)]
    if plan.removes:
        rows = [row(f"Will be removed: {', '.join(plan.removes)}", "bold ansi_yellow"), *rows]
    if rows:
        rows.append(row(""))
    return [*rows, *command_rows(decide.plan_lines(replace(plan, notes=(), removes=())), width)]


def step_rows(step: Step, width: int) -> list[Row]:
    """A step in full: what, why, commands, and how it is undone."""
    rows = [row(step.title, "bold"), *(row(line) for line in wrapped(step.why, width)), row("")]
    rows += command_rows(_actions(step), width)
    if step.undo:
        rows += [row(""), row("Undone by", "bold")]
        rows += command_rows(_actions(replace(step, commands=step.undo)), width)
    return rows


def command_rows(lines: tuple[str, ...], width: int) -> list[Row]:
    """Lines that are too long go on in the next, a command with a backslash, a comment with another `#`."""
    rows: list[Row] = []
    for line in lines:
        text = line.lstrip()
        indent = " " * (len(line) - len(text))
        if text.startswith("#"):
            rows += [
                row(f"{indent}# {part}", "dim") for part in wrapped(text[1:].strip(), width - len(indent) - 2)
            ]
        else:
            rows += [row(part) for part in _continued(line, indent, width)]
    return rows


def _actions(step: Step) -> tuple[str, ...]:
    """The commands of one step without its title and reason."""
    lines = decide.plan_lines(Plan(stages=(Stage("step", "", (replace(step, why=""),)),)))
    return tuple(line.removeprefix("    ") for line in lines[2:] if line.strip() != "#")


def _continued(line: str, indent: str, width: int) -> list[str]:
    parts: list[str] = []
    while len(line) > width:
        at = line.rfind(" ", len(indent) + 1, width - 2)
        if at <= len(indent):
            break
        parts.append(f"{line[:at]} \\")
        line = f"{indent}    {line[at + 1 :]}"
    return [*parts, *(line[start : start + width] for start in range(0, max(1, len(line)), width))]
