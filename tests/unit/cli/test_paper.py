"""Tables and severities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli.console import Stream
from wizard.cli.environment import Environment
from wizard.cli.paper import finding_lines, severity_mark, table, wrapped
from wizard.model.finding import Finding

FINDING = Finding("memory-short", "blocker", "Seen.", "Why.", "Fix.", "source", node="n1")


def _environment(
    encoding: str = "utf-8", environ: dict[str, str] | None = None, *, tty: bool = False
) -> Environment:
    out = Stream(is_terminal=tty)
    out.encoding = encoding
    return Environment(Stream(), out, Stream(), environ or {"TERM": "xterm"})


@given(st.text(), st.integers(min_value=20, max_value=120))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert " ".join(lines).split() == text.split()
    assert all(len(line) <= width or " " not in line for line in lines)


def test_columns_are_aligned_and_the_last_is_wrapped() -> None:
    lines = table([("a", "1", "word " * 20), ("bb", "22", "x")], 40, ("left", "right"))
    assert lines[0].startswith("a    1  word") and lines[-1] == "bb  22  x"
    assert all(len(line) <= 40 for line in lines)


def test_severity_is_a_glyph_and_a_word() -> None:
    assert severity_mark(FINDING, _environment()) == "× blocker"
    assert severity_mark(FINDING, _environment("ascii")) == "x blocker"


def test_colour_only_on_a_terminal_that_wants_it() -> None:
    assert "\x1b[" in severity_mark(FINDING, _environment(tty=True))
    for environ in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}, {"PATH": ""}):
        assert "\x1b" not in severity_mark(FINDING, _environment(environ=environ, tty=True))


def test_a_finding_says_seen_why_and_fix() -> None:
    text = "\n".join(finding_lines(FINDING, _environment()))
    assert "memory-short" in text and "on n1" in text
    assert text.index("seen") < text.index("why") < text.index("fix")


@pytest.mark.parametrize("errors_are_seen", [True, False])
def test_our_own_colours_reach_a_terminal_and_no_file(errors_are_seen: bool) -> None:
    out, err = Stream(is_terminal=True), Stream(is_terminal=errors_are_seen)
    environment = Environment(Stream(is_terminal=True), out, err, {"TERM": "xterm"})
    for say in (environment.say, environment.tell):
        say("\x1b[31;1m× blocker\x1b[0m \x1b]0;title\x07")
    assert out.getvalue() == "\x1b[31;1m× blocker\x1b[0m ?]0;title?\n"
    assert err.getvalue() == (out.getvalue() if errors_are_seen else "× blocker ?]0;title?\n")
