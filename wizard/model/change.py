"""Answers with one value changed; everything else stays as it was."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from wizard.model.answers import Acceptance, Answers, Skip


def changed(answers: Answers, path: str, value: Any) -> Answers:
    """The answers with `usage.mau` (or any other `part.field`) set; None takes the answer back.

    A mapping's entry is named by a third part: `domain.hosts.websocket`. Raises ValueError for an unknown path.
    """
    part, _, rest = path.partition(".")
    name, _, key = rest.partition(".")
    if part not in {item.name for item in fields(Answers)} or not name:
        raise ValueError(f"no answer is called {path}")
    section = getattr(answers, part)
    if key:
        entries = dict(getattr(section, name))
        if value is None:
            entries.pop(key, None)
        else:
            entries[key] = value
        value = entries
    elif value is None and isinstance(getattr(section, name), tuple):
        value = ()
    try:
        return replace(answers, **{part: replace(section, **{name: value})})
    except TypeError:
        raise ValueError(f"no answer is called {path}") from None


def answered(answers: Answers, path: str) -> Any:
    """The value at `part.field` (or `part.field.key`); None where it was not answered."""
    value: Any = answers
    for name in path.split(".", 2):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name)
    return value


def with_acceptance(answers: Answers, finding_id: str, node: str | None, reason: str) -> Answers:
    """Accept a finding with a reason; an empty reason takes the acceptance back."""
    others = tuple(
        item for item in answers.accepted if not (item.id == finding_id and item.node in (node, None))
    )
    added = (Acceptance(finding_id, reason, node),) if reason else ()
    return replace(answers, accepted=others + added)


def with_skip(answers: Answers, step: str, reason: str) -> Answers:
    """Skip a step with a reason; an empty reason takes the skip back."""
    others = tuple(item for item in answers.skipped if item.step != step)
    return replace(answers, skipped=others + ((Skip(step, reason),) if reason else ()))
