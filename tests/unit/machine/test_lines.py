"""Splitting a program's output into lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wizard.machine.lines import LINE_LIMIT_BYTES, LineSplitter


def lines_of(*chunks: bytes) -> list[str]:
    splitter = LineSplitter()
    found = [line for chunk in chunks for line in splitter.feed(chunk)]
    return [*found, *splitter.flush()]


def test_progress_bars_become_lines() -> None:
    assert lines_of(b"10%\r20%\r\n", b"done\n") == ["10%", "20%", "done"]


def test_a_line_in_two_chunks_is_one_line() -> None:
    assert lines_of(b"Setting up j", b"q (1.6)\nrest") == ["Setting up jq (1.6)", "rest"]


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert lines_of(b"caf\xe9\n") == ["caf\N{REPLACEMENT CHARACTER}"]


def test_a_line_without_end_is_cut_and_the_next_one_is_whole() -> None:
    found = lines_of(b"x" * 3000, b"y" * 3000, b"z" * 100_000, b"\nnext\n")
    assert found[0].endswith("[cut]")
    assert len(found[0]) < LINE_LIMIT_BYTES + 10
    assert found[1:] == ["next"]


@given(st.lists(st.text(alphabet="ab \u00e9", min_size=1, max_size=8)), st.integers(1, 7))
def test_the_chunks_do_not_matter(texts: list[str], size: int) -> None:
    data = "\n".join(texts).encode()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert lines_of(*chunks) == [text.rstrip() for text in texts if text.strip()]
