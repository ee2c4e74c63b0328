"""The command line in this process: recorded hosts, typed lines, and what came out."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hosts import load
from tests.unit.apply.plans import runner_argv
from wizard.apply.runs import create_run, launch
from wizard.cli.environment import Environment, OpenWizard
from wizard.cli.main import main
from wizard.machine.reading import Reader
from wizard.model.plan import Plan
from wizard.model.session import RunRecord

ANSWERS = """\
apiVersion: cometchat-wizard/v1
kind: Answers
usage: {environment: testing, mau: 500}
"""


class Stream(io.StringIO):
    """Text in memory that may claim to be a terminal."""

    encoding = "utf-8"

    def __init__(self, text: str = "", *, is_terminal: bool = False) -> None:
        super().__init__(text)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@dataclass
class Ran:
    """What one command left."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def run(
    *argv: str,
    host: str | Reader | None = None,
    typed: str | None = None,
    environ: dict[str, str] | None = None,
    open_wizard: OpenWizard | None = None,
) -> Ran:
    """Run one command. host: a recorded one. typed: what a person at a terminal types; None: no terminal."""
    is_terminal = typed is not None
    out, err = Stream(is_terminal=is_terminal), Stream(is_terminal=is_terminal)
    environment = Environment(
        Stream(typed or "", is_terminal=is_terminal),
        out,
        err,
        {"HOME": "/nonexistent", "TERM": "dumb", **(environ or {})},
        load(host) if isinstance(host, str) else host,
        open_wizard,
    )
    code = main(list(argv), environment)
    return Ran(code, out.getvalue(), err.getvalue())


def answers_file(directory: Path, text: str = ANSWERS, name: str = "answers.yaml") -> str:
    """An answers file; its path."""
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def start(session: str, plan: Plan) -> RunRecord:
    """A real runner at work on a plan of harmless commands."""
    record = create_run(session, plan)
    return launch(record, runner_argv(record.directory))
