"""`estimate`: size from usage alone."""

from __future__ import annotations

from typing import Any

from wizard.cli.environment import Environment
from wizard.cli.options import Arguments
from wizard.model.answers import UsageAnswers
from wizard.model.failure import Failure, Problem
from wizard.model.origin import ExitCode
from wizard.model.usage import Sizing
from wizard.workflow.size import estimate

_LARGEST = 10**9
_NUMBERS = ("retention-months", "log-retention-days", "growth-buffer-percent")
_WORDS = ("environment", "table", "content")


def run(arguments: Arguments, environment: Environment) -> int:
    """Print the size; 3 where it is beyond the published range."""
    sizing = estimate(_usage(arguments))
    if arguments.has("json"):
        from wizard.cli.document import say_document
        from wizard.model.plain import plain

        say_document(environment, plain(sizing))
    else:
        for line in _lines(sizing, environment):
            environment.say(line)
    blocked = any(finding.blocks for finding in sizing.findings)
    return int(ExitCode.BLOCKED if blocked else ExitCode.DONE)


def _usage(arguments: Arguments) -> UsageAnswers:
    """The options over what --answers names. Raises Failure 2 with every problem, each with its path."""
    problems: list[Problem] = []
    given: dict[str, Any] = {}
    for name in ("mau", "pcc", *_NUMBERS):
        text = arguments.value(name)
        if text is not None:
            given[name.replace("-", "_")] = _number(f"usage.{name.replace('-', '_')}", text, problems)
    share = arguments.value("pcc-percent")
    if share is not None:
        if "pcc" in given:
            raise Failure("Give --pcc or --pcc-percent, not both.", next_step="Leave one of the two out.")
        given["pcc"] = f"{share.strip().removesuffix('%')}%"
    given.update({name: arguments.values[name] for name in _WORDS if name in arguments.values})
    if problems:
        raise Failure(
            "The usage can't be read.", next_step="Correct the values named.", problems=tuple(problems)
        )
    if arguments.value("answers") is None:
        return UsageAnswers(**given)
    from dataclasses import replace

    from wizard.cli.sessions import imported_answers

    imported = imported_answers(arguments)
    return replace(imported.usage if imported else UsageAnswers(), **given)


def _number(path: str, text: str, problems: list[Problem]) -> int | str | None:
    """A whole number. The common case goes without the store's rules: they are half of the start-up."""
    if text.isascii() and text.isdecimal() and len(text) <= 10 and 0 < int(text) <= _LARGEST:
        value = int(text)
        if path in ("usage.mau", "usage.pcc"):
            return value
    from wizard.workflow.ask import typed

    try:
        parsed: int | str | None = typed(path, text)
    except ValueError as error:
        problems.append(Problem(path, str(error)))
        return None
    if parsed is None:
        problems.append(Problem(path, "must be a whole number"))
    return parsed


def _lines(sizing: Sizing, environment: Environment) -> list[str]:
    from wizard.cli.paper import findings_lines, wrapped

    lines = [*size_lines(sizing, environment), "", "Why"]
    for reason in sizing.because:
        first, *rest = wrapped(reason, environment.width, "    ")
        lines += [f"  - {first.strip()}", *rest]
    if sizing.findings:
        lines += ["", *findings_lines(sizing.findings, environment)[:-1]]
    return lines


def size_lines(sizing: Sizing, environment: Environment) -> list[str]:
    """The size as a table, each number with where it came from."""
    return [_title(sizing), "", *_size_table(sizing, environment)]


def _title(sizing: Sizing) -> str:
    if sizing.table is None:
        return "Beyond the published range of Docker Swarm"
    if sizing.table == "testing":
        return "Testing and QA minimum, not for production"
    if sizing.row is None:
        return f"Production, {sizing.table} table"
    return f"Production, {sizing.table} table, row of {sizing.row.mau:,} MAU and {sizing.row.pcc:,} PCC"


def _size_table(sizing: Sizing, environment: Environment) -> list[str]:
    from wizard.cli.paper import number, table

    storage, origins = sizing.storage_gb, sizing.origins
    rows = [
        ("Monthly active users", number(sizing.mau), "", origins["mau"] if sizing.mau else ""),
        ("Peak connections", number(sizing.pcc), "", origins["pcc"] if sizing.pcc else ""),
        ("vCPU, whole cluster", number(sizing.vcpus), "", origins["vcpus"]),
        ("Memory, whole cluster", number(sizing.memory_gib), "GiB", origins["memory_gib"]),
        ("Storage, the vendor's floor", number(storage.required), "GB", origins["storage_gb.required"]),
        ("Storage, our estimate", number(storage.estimated), "GB", _if(storage.estimated, "estimated")),
        ("Backups, our estimate", number(storage.backup), "GB", _if(storage.backup, "estimated")),
        (
            "WebSocket replicas",
            number(sizing.websocket_replicas),
            "",
            _if(sizing.websocket_replicas, origins["websocket_replicas"]),
        ),
    ]
    return table([(f"  {row[0]}", *row[1:]) for row in rows], environment.width, ("left", "right"))


def _if(value: int | None, origin: str) -> str:
    return "" if value is None else origin
