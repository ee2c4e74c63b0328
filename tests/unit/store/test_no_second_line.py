"""No address, network or name can hold what starts a line of its own, neither as parsed nor by the schema."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import jsonschema
import pytest

from wizard.store.answers import parse_answers
from wizard.store.conform import conform
from wizard.store.networks import scoped
from wizard.store.rules import RULES
from wizard.store.schema import schema

_SPEC = importlib.util.spec_from_file_location(
    "test_answers_values", Path(__file__).with_name("test_answers_values.py")
)
assert _SPEC and _SPEC.loader
values = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(values)

SCHEMAS = {kind: schema(kind) for kind in ("answers", "deployment")}
UNIT = "fe80::1%x\"\nExecStartPre=sh -c 'id > PWNED'\n#"
ADDRESSES = [
    UNIT,
    "fe80::1%eth0",
    "fe80::1%1",
    "::1%",
    "fe80::1\n",
    "10.0.0.5\n",
    "10.0.0.5\r",
    "fe80::1\x1b[31m",
    "fe80::1%\u202e",
    "10.0.0.5 ",
    "١٠.0.0.5",
]


def _valid(section: str, key: str, value: object) -> tuple[bool, bool, bool]:
    document = {section: {key: value}}
    answers = SCHEMAS["answers"]
    return (
        not parse_answers(document)[1],
        jsonschema.Draft202012Validator(answers).is_valid(document),
        not list(conform(document, answers)),
    )


@pytest.mark.parametrize("text", [*ADDRESSES, "eth0\n"])
def test_an_advertised_address_is_an_address_and_nothing_else(text: str) -> None:
    assert _valid("network", "advertise_address", text) == (False, False, False)


@pytest.mark.parametrize("text", [*ADDRESSES, "fe80::%eth0/64", "10.0.0.0/8\n", 'fe80::/64%x"\nA=1'])
def test_who_may_come_in_is_a_network_and_nothing_else(text: str) -> None:
    assert _valid("network", "allow_from", [text]) == (False, False, False)


@pytest.mark.parametrize("text", ["10.200.0.0/16\n", "10.200.0.0/16%x\nA=1", "10.0.0.0/8\x1b"])
def test_a_pool_is_a_network_and_nothing_else(text: str) -> None:
    assert _valid("network", "address_pool", text) == (False, False, False)


def test_why_a_scope_is_refused_is_said() -> None:
    for key, value in (("advertise_address", "fe80::1%eth0"), ("allow_from", ["fe80::1%eth0"])):
        (problem,) = parse_answers({"network": {key: value}})[1]
        assert "%" in problem.problem and "scope" in problem.problem
    assert scoped("fe80::1%eth0") and not scoped("fe80::1")


def _texts() -> list[tuple[str, str]]:
    return [
        (path.replace("[0]", "[]"), text.strip())
        for path, texts in values.TAKEN.items()
        for text in texts
        if path.replace("[0]", "[]") in RULES
    ]


@pytest.mark.parametrize(("path", "text"), _texts())
@pytest.mark.parametrize("end", ["\n", "\r\n", "\x00", "\u2028", "\x1b[2J"])
def test_nothing_may_follow_a_value(path: str, text: str, end: str) -> None:
    """`$` of a Python pattern lets a last line break through; what a reason may hold is folded when it is parsed."""
    if path.endswith(".reason") and end != "\x00":
        return
    for pattern in _patterns(RULES[path].schema):
        assert not re.search(pattern, text + end), pattern


@pytest.mark.parametrize("kind", SCHEMAS)
def test_no_pattern_of_a_schema_ends_at_a_dollar_alone(kind: str) -> None:
    """What follows it is asked for in words that mean the same in Python's patterns and in JavaScript's."""
    found = list(_patterns(SCHEMAS[kind]))
    assert len(found) > 5
    for pattern in found:
        assert not re.search(r"(?<!\\)\$\)*(?:$|\))", pattern), pattern
        re.compile(pattern)


def _patterns(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["pattern"]] if isinstance(part.get("pattern"), str) else []
        return own + [pattern for value in part.values() for pattern in _patterns(value)]
    if isinstance(part, (list, tuple)):
        return [pattern for value in part for pattern in _patterns(value)]
    return []
