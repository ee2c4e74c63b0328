"""Hostile and broken answers files: one plain sentence each, exit 2, and never a piece of the file."""

from __future__ import annotations

import traceback

import pytest
import yaml

from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.store.answers import parse_answers, read_answers

CANARY = "canary-7f3a"

BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

REFUSED = {
    "object tag": (f"usage: !!python/object/apply:os.system ['{CANARY}']", "tag"),
    "name tag": (f"usage: !!python/name:{CANARY}.x", "tag"),
    "own tag": (f"usage: !secret {CANARY}", "tag"),
    "plain tag": (f"usage: !!str {CANARY}", "tag"),
    "non-specific tag": (f"usage: ! {CANARY}", "tag"),
    "anchor": (f"usage: &x {CANARY}", "anchors"),
    "alias": (f"network: {{proxy: *{CANARY}}}", "anchors"),
    "alias bomb": (BOMB, "anchors"),
    "merge": (f"usage:\n  <<: {{proxy: {CANARY}}}", "merge"),
    "duplicate key": (f"usage: {{mau: 1}}\nusage: {CANARY}", "same key twice"),
    "duplicate key within": (f"network:\n  proxy: {CANARY}\n  proxy: {CANARY}", "at line 3, column 3"),
    "two documents": (f"usage: {{mau: 1}}\n---\nusage: {CANARY}", "more than one document"),
    "empty": ("", "is empty"),
    "comments alone": (f"# {CANARY}\n", "is empty"),
    "depth, flow": ("[" * 100_000, "nested deeper"),
    "depth, maps": ("{a: " * 5_000, "nested deeper"),
    "depth, block": ("".join(f"{' ' * depth}a:\n" for depth in range(300)), "nested deeper"),
    "broken quotes": (f"network:\n  proxy: '{CANARY}\n", "not valid YAML at line"),
    "broken indentation": (f"usage:\n   mau: 1\n  pcc: {CANARY}\n", "not valid YAML at line 3"),
    "tab": (f"usage:\n\tproxy: {CANARY}\n", "not valid YAML"),
    "at sign": (f"usage: @{CANARY}", "not valid YAML"),
    "control character": (f"usage: \x01{CANARY}", "not valid YAML"),
    "list as key": (f"? [{CANARY}]\n: 1", "not a word"),
}


@pytest.mark.parametrize("parser", ["libyaml", "pure"])
@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_plain_yaml_is_refused_in_a_sentence(tmp_path, monkeypatch, name, parser):
    if parser == "pure":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    content, expected = REFUSED[name]
    path = tmp_path / "answers.yaml"
    path.write_text(content)
    _refused(path, expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x7fELF\x00\x00" + CANARY.encode(), "binary"),
        (b"usage: {mau: 1}\n\x00", "binary"),
        (b"\xff\xfe" + CANARY.encode("utf-16-le"), "binary"),
        (b"usage: \xff" + CANARY.encode(), "not UTF-8"),
        (b"# " + b"x" * (1 << 20), "larger than 1 MiB"),
    ],
)
def test_binary_and_huge_files_are_refused(tmp_path, content, expected):
    path = tmp_path / "answers.yaml"
    path.write_bytes(content)
    _refused(path, expected)


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    _refused(tmp_path, "is a directory")
    _refused(tmp_path / "none", "There is no file")
    _refused("/dev/zero", "neither a file nor a pipe")
    _refused("with\0nul", "can't be read")
    _refused("x" * 5000, "can't be read")


@pytest.mark.parametrize("content", ["- a\n- b\n", "just text\n", "5\n", "null\n", "~\n"])
def test_a_top_level_that_is_no_mapping_is_one_problem(tmp_path, content):
    failure = _failure_with(tmp_path, content)
    assert [problem.path for problem in failure.problems] == [""]


@pytest.mark.parametrize(
    ("header", "path", "expected"),
    [
        ("apiVersion: cometchat-wizard/v2", "apiVersion", "newer version"),
        ("apiVersion: cometchat-wizard/v10", "apiVersion", "newer version"),
        ("apiVersion: v1", "apiVersion", "must be cometchat-wizard/v1"),
        ("apiVersion: 1", "apiVersion", "must be cometchat-wizard/v1"),
        ("kind: Pod", "kind", "must be Answers"),
        ("kind: [Answers]", "kind", "must be Answers"),
    ],
)
def test_other_kinds_and_newer_versions(tmp_path, header, path, expected):
    failure = _failure_with(tmp_path, f"{header}\nusage: {{mau: 5}}\n")
    assert [problem.path for problem in failure.problems] == [path]
    assert expected in failure.problems[0].problem


def test_a_deployment_is_told_apart(tmp_path):
    failure = _failure_with(tmp_path, "apiVersion: cometchat-wizard/v1\nkind: Deployment\nusage: null\n")
    assert "deployment" in failure.seen and "answers.yaml" in failure.next_step


@pytest.mark.parametrize(
    "number",
    [
        "1_000",
        "0x10",
        "010",
        "1:30",
        "1e3",
        "1.5",
        ".nan",
        ".inf",
        "-.inf",
        "true",
        "'50000'",
        "9" * 400,
        "[1]",
    ],
)
def test_only_plain_digits_are_a_number(tmp_path, number):
    failure = _failure_with(tmp_path, f"usage: {{mau: {number}}}\n")
    assert [problem.path for problem in failure.problems] == ["usage.mau"]
    assert "whole number" in failure.problems[0].problem


def test_huge_numbers_from_plain_data():
    for value in (10**400, -(10**400), float("nan"), float("inf"), True):
        problems = parse_answers({"usage": {"mau": value}})[1]
        assert [problem.path for problem in problems] == ["usage.mau"]


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "n", "2024-01-01", "1_000", "0x10", "~x", "="])
def test_words_stay_words(tmp_path, word):
    path = tmp_path / "answers.yaml"
    path.write_text(f"skipped: [{{step: install-jq, reason: {word}}}]\n")
    assert read_answers(str(path)).skipped[0].reason == word


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    path = tmp_path / "answers.yaml"
    path.write_bytes(b"\xef\xbb\xbfusage:\r\n  mau: 5\r\n")
    assert read_answers(str(path)).usage.mau == 5


def test_a_file_may_be_reached_by_a_link(tmp_path):
    (tmp_path / "real.yaml").write_text("usage: {mau: 5}\n")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    assert read_answers(str(tmp_path / "link.yaml")).usage.mau == 5


def _failure_with(tmp_path, content):
    path = tmp_path / "answers.yaml"
    path.write_text(content)
    return _refused(path, "")


def _refused(path, expected):
    with pytest.raises(Failure) as caught:
        read_answers(str(path))
    failure = caught.value
    assert expected in failure.seen
    assert failure.code == ExitCode.BAD_INPUT and failure.next_step
    assert failure.seen.endswith(".") and "\n" not in failure.seen
    told = "".join(traceback.format_exception(failure)) + repr(failure.problems) + failure.next_step
    assert CANARY not in told
    chained: BaseException | None = failure
    while chained is not None:
        assert CANARY not in repr(chained.args) + repr(getattr(chained, "__dict__", ""))
        chained = chained.__context__ or chained.__cause__
    return failure
