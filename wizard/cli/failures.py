"""A Failure as text for people, and the masks that nothing on standard error goes without."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.model.failure import Failure
from wizard.model.masking import masker


def failure_text(failure: Failure, environ: Mapping[str, str]) -> str:
    """What was seen, every problem with its path, why it matters, and the next step."""
    lines = [f"cometchat-wizard: {failure.seen}"]
    lines += [
        f"  {problem.path}: {problem.problem}" if problem.path else f"  {problem.problem}"
        for problem in failure.problems
    ]
    lines += [text for text in (failure.why, failure.next_step) if text]
    return masked("\n".join(lines), environ)


def masked(text: str, environ: Mapping[str, str]) -> str:
    """Users and passwords of addresses, and of the proxies in the environment wherever they stand, as `***`."""
    return masker(environ)(text)
