"""What was written is what is read: as YAML, as plain data, and in a session; and the schema agrees with parsing."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings

from wizard.model.answers import Answers, UsageAnswers
from wizard.model.session import SessionState
from wizard.store.answers import answers_plain, dump_answers, parse_answers
from wizard.store.conform import conform
from wizard.store.schema import schema
from wizard.store.session import parse_session, session_text
from wizard.store.yaml_text import dump_yaml, read_yaml

_SPEC = importlib.util.spec_from_file_location("made", Path(__file__).with_name("made.py"))
assert _SPEC and _SPEC.loader
made = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made)

SCHEMA = schema("answers")
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@settings(max_examples=100, deadline=None)
@given(made.ANSWERS)
def test_answers_come_back_from_every_form(answers):
    text = dump_answers(answers)
    assert parse_answers(read_yaml(text.encode())) == (answers, ())
    assert parse_answers(answers_plain(answers)) == (answers, ())
    state = SessionState(answers=answers, changed_at="2026-01-01T00:00:00Z", survey={"hosts": [1, None, "ü"]})
    assert parse_session(session_text(state).encode()) == state
    # Other YAML readers get the same out of it.
    assert yaml.safe_load(text) == answers_plain(answers)
    assert VALIDATOR.is_valid(answers_plain(answers)) and not list(conform(answers_plain(answers), SCHEMA))


def test_only_what_was_given_is_written_in_a_stable_order():
    assert dump_answers(Answers()) == "apiVersion: cometchat-wizard/v1\nkind: Answers\n"
    text = dump_answers(Answers(usage=UsageAnswers(pcc="5%", mau=5, environment="testing")))
    assert text.splitlines()[2:] == ["usage:", "  environment: testing", "  mau: 5", "  pcc: 5%"]


def test_the_dump_has_no_aliases_and_keeps_letters():
    twice = {"a": 1}
    text = dump_yaml({"x": [twice, twice], "z": "ü漢", "b": ("t",)})
    assert "&" not in text and "*" not in text and "ü漢" in text
    assert text.index("x:") < text.index("z:") < text.index("b:")


def test_the_schemas_are_schemas():
    for kind in ("answers", "deployment"):
        jsonschema.Draft202012Validator.check_schema(schema(kind))


def _documents():
    values = _load("test_answers_values")
    for paths, is_valid in ((values.TAKEN, True), (values.REFUSED, False)):
        for path, texts in paths.items():
            for text in texts:
                yield path, text, is_valid


def _load(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# What JSON Schema can't say, or what is tidied up only when it is parsed.
_BEYOND_SCHEMA = {
    ("network.allow_from", "203.0.113.5/24"),
    ("network.address_pool", "10.1.0.0/8"),
    ("domain.primary", ("x" * 60 + ".") * 5 + "example"),
    ("accepted[0].reason", "a\u202eb"),
    ("nodes[0].address", "u:pw@h"),
}


@pytest.mark.parametrize(("path", "text", "is_valid"), list(_documents()))
def test_schema_and_parsing_agree(path, text, is_valid):
    document = _document(path, text)
    problems = parse_answers(document)[1]
    assert VALIDATOR.is_valid(document) == (not list(conform(document, SCHEMA)))
    if (path, text) not in _BEYOND_SCHEMA:
        assert VALIDATOR.is_valid(document) == (not problems), problems


def test_schema_and_parsing_agree_on_shapes():
    documents: tuple[Any, ...] = (
        {},
        {"usage": None, "nodes": []},
        {"usage": 5},
        {"usage": {"mau": "5"}},
        {"usage": {"mau": True}},
        {"usage": {"pcc": 5.5}},
        {"nodes": [{}]},
        {"nodes": [{"name": "a", "machine": {"vcpus": None}}]},
        {"nodes": [{"name": "a", "roles": ["worker", "worker"]}]},
        {"domain": {"hosts": {"other": "a.example.com"}}},
        {"accepted": [{"id": "a"}]},
        {"apiVersion": "cometchat-wizard/v2"},
        {"kind": "Pod"},
        {"other": 1},
        [],
        None,
    )
    for document in documents:
        is_valid = not parse_answers(document)[1]
        assert VALIDATOR.is_valid(document) == is_valid, document
        assert (not list(conform(document, SCHEMA))) == is_valid, document


def _document(path, text):
    """One field's text as a file would hold it: numbers and true/false as such, lists as lists."""
    value: object = text
    if path in ("usage.mau", "usage.pcc") or "retention" in path or "growth" in path:
        value = int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() else text
    if path.endswith(("roles", "remove", "allow_from", "extra_allowed")):
        value = [item for item in text.replace(",", " ").split() if item]
    if path == "network.encrypted_overlay":
        value = {"true": True}.get(text, text)
    for name in reversed(path.replace("[0]", "[]").split(".")):
        value = {name.removesuffix("[]"): [value] if name.endswith("[]") else value}
    assert isinstance(value, dict)
    for part, needed in (
        ("nodes", {"name": "n"}),
        ("accepted", {"id": "i", "reason": "r"}),
        ("skipped", {"step": "s", "reason": "r"}),
    ):
        if part in value:
            value[part][0] = {**needed, **value[part][0]}
    return value
