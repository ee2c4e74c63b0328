"""The answers file: YAML text to Answers and back."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from wizard.model.answers import Answers
from wizard.model.failure import Failure, Problem
from wizard.model.plain import shown
from wizard.store.convert import Conversion
from wizard.store.fields import field_problem, parse_field
from wizard.store.problems import LISTED
from wizard.store.refused import Refused

__all__ = [
    "API_VERSION",
    "answers_of",
    "answers_plain",
    "dump_answers",
    "field_problem",
    "parse_answers",
    "parse_field",
    "read_answers",
    "read_document",
]

API_VERSION = "cometchat-wizard/v1"
_HEADER = ("apiVersion", "kind")


def read_answers(path: str) -> Answers:
    """The answers in a YAML file. Failure, code 2: the file can't be read, or all its problems at once."""
    return answers_of(read_document(path), path)


def answers_of(data: object, path: str) -> Answers:
    """The answers in the document that a file holds. Failure, code 2, with all its problems at once."""
    if isinstance(data, Mapping) and data.get("kind") == "Deployment":
        raise Failure(
            f"{shown(path)} is a deployment, not answers.",
            next_step="Use the answers.yaml that lies beside it.",
        )
    answers, problems = parse_answers(data)
    if problems:
        count = "one problem" if len(problems) == 1 else f"{min(len(problems), LISTED)} problems"
        count += " and more" if len(problems) > LISTED else ""
        raise Failure(
            f"The answers file {shown(path)} has {count}. Nothing was written.",
            next_step="Correct what is listed and start again.",
            problems=problems,
        )
    return answers


def read_document(path: str) -> Any:
    """The YAML document in a file, as mappings, lists and scalars. Failure, code 2, with a sentence."""
    from wizard.machine.given import read_given
    from wizard.store.yaml_text import LIMIT_BYTES, read_yaml

    problem = ""
    try:
        return read_yaml(read_given(path, LIMIT_BYTES))
    except Refused as refused:
        problem = f"The file {shown(path)} {refused}."
    except (OSError, ValueError) as error:
        problem = _unreadable(shown(path), error)
    raise Failure(
        problem,
        next_step="Name a YAML text file, like the one that `cometchat-wizard answers` prints.",
    )


def parse_answers(data: object) -> tuple[Answers, tuple[Problem, ...]]:
    """Plain data to answers, and the first 50 problems, each with its path, and then how many more there are.

    What has a problem is left out of the answers.
    Only values that don't fit together (PCC above MAU, a name used twice) are both reported and kept.
    """
    if not isinstance(data, Mapping):
        problem = "must be a group of `key: value` lines, starting with apiVersion and kind"
        return Answers(), (Problem("", problem),)
    header = _header_problems(data)
    if any("newer" in problem.problem or problem.path == "kind" for problem in header):
        return Answers(), header
    conversion = Conversion()
    conversion.problems.take(header)
    answers = conversion.noun(Answers, data, "", "", extra=_HEADER)
    conversion.problems.take(_misfits(answers))
    return answers, conversion.problems.told()


def answers_plain(answers: Answers) -> dict[str, Any]:
    """Plain data with only what was given, apiVersion and kind first; parse_answers takes it back."""
    return {"apiVersion": API_VERSION, "kind": "Answers", **_given(answers)}


def dump_answers(answers: Answers) -> str:
    """The answers file: YAML, only what was given, keys always in the same order."""
    from wizard.store.yaml_text import dump_yaml

    return dump_yaml(answers_plain(answers))


def _given(noun: Any) -> dict[str, Any]:
    given = {}
    for item in fields(noun):
        value = getattr(noun, item.name)
        default = item.default_factory() if item.default_factory is not MISSING else item.default
        # `nodes[].address` has a default that is an answer too: a node that is this host says so.
        if value != default or isinstance(value, str):
            given[item.name] = _given_value(value)
    return given


def _given_value(value: Any) -> Any:
    if is_dataclass(value):
        return _given(value)
    if isinstance(value, Mapping):
        return {str(key): value[key] for key in sorted(value)}
    if isinstance(value, (tuple, list)):
        return [_given_value(item) for item in value]
    return value


def _header_problems(data: Mapping[Any, Any]) -> tuple[Problem, ...]:
    problems = []
    version, kind = data.get("apiVersion", API_VERSION), data.get("kind", "Answers")
    if version != API_VERSION:
        text = f"must be {API_VERSION}"
        if isinstance(version, str) and re.fullmatch(r"cometchat-wizard/v[1-9][0-9]{0,5}", version):
            text = f"was written by a newer version of cometchat-wizard; this one reads {API_VERSION}"
        problems.append(Problem("apiVersion", text))
    if kind != "Answers":
        problems.append(Problem("kind", "must be Answers"))
    return tuple(problems)


def _misfits(answers: Answers) -> tuple[Problem, ...]:
    """Values that are right alone and wrong together."""
    problems = []
    usage = answers.usage
    if usage.mau is not None and isinstance(usage.pcc, int) and usage.pcc > usage.mau:
        problem = "is above usage.mau: no more users can be connected than there are"
        problems.append(Problem("usage.pcc", problem))
    names: set[str] = set()
    locals_seen = 0
    for index, node in enumerate(answers.nodes):
        locals_seen += node.address == "local"
        if node.name.lower() in names:
            problems.append(Problem(f"nodes[{index}].name", "is another node's name already"))
        if node.address == "local" and locals_seen > 1:
            problems.append(Problem(f"nodes[{index}].address", "is local for another node already"))
        names.add(node.name.lower())
    hosts: dict[str, str] = {}
    for key, host in answers.domain.hosts.items():
        if host in hosts:
            problems.append(Problem(f"domain.hosts.{key}", f"is the host name of {hosts[host]} already"))
        hosts.setdefault(host, key)
    return tuple(problems)


_READING = {
    errno.ENOENT: "There is no file {path}.",
    errno.ENOTDIR: "There is no file {path}.",
    errno.EISDIR: "{path} is a directory, not a file.",
    errno.EACCES: "This user may not read {path}.",
    errno.EPERM: "This user may not read {path}.",
    errno.EINVAL: "{path} is neither a file nor a pipe: a device can't be read here.",
    errno.ENXIO: "{path} is neither a file nor a pipe: a socket or a device can't be read here.",
    errno.ETIMEDOUT: "{path} is a pipe, and whoever writes into it did not finish within a minute.",
    errno.EFBIG: "The file {path} is larger than 1 MiB.",
    errno.ELOOP: "{path} is a chain of links that leads nowhere.",
}


def _unreadable(path: str, error: OSError | ValueError) -> str:
    code = error.errno if isinstance(error, OSError) else None
    return _READING.get(code or 0, "The file {path} can't be read.").format(path=path)
