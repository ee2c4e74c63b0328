"""The one exception that front ends show: a sentence with what, why and what next."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.model.origin import ExitCode


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: `path` is dotted (`usage.mau`, `nodes[1].name`), never a value."""

    path: str
    problem: str


class Failure(Exception):
    """An end that the operator can understand.

    seen: what was seen, one sentence. why: why it matters ("" where plain). next_step: what to do.
    code: the process's exit code. problems: every problem of a refused input, each with its path.
    None of the texts may hold a secret or an unfiltered piece of a hostile file.
    """

    def __init__(
        self,
        seen: str,
        *,
        why: str = "",
        next_step: str = "",
        code: ExitCode = ExitCode.BAD_INPUT,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(seen)
        self.seen = seen
        self.why = why
        self.next_step = next_step
        self.code = code
        self.problems = problems
