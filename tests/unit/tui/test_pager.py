"""A window on a log: whatever moves it, its rows are rows of the whole, in order, and it never runs over an end."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from wizard.apply.log import LogFile
from wizard.tui.pager import Pager, Shown, pieces

LINES = st.lists(
    st.one_of(
        st.text(alphabet="abé日", max_size=40), st.integers(0, 9000).map(lambda size: "x" * size), st.just("")
    ),
    max_size=30,
)
MOVES = st.lists(
    st.one_of(st.integers(-30, 30), st.sampled_from(["start", "end", "show", "resize"])), max_size=12
)


def pager_on(directory: Path, text: str, width: int = 20, height: int = 6) -> Pager:
    path = directory / "log.txt"
    path.write_text(text)
    pager = Pager(LogFile(str(path)))
    pager.resize(width, height)
    return pager


def all_rows(pager: Pager) -> list[Shown]:
    lines = pager.log.after(0, 10_000)
    return [Shown(line, at, text) for line in lines for at, text in pieces(line.text, pager.width)]


@settings(max_examples=150, deadline=None)
@given(lines=LINES, moves=MOVES, place=st.integers(0, 100_000), width=st.integers(1, 90))
def test_a_window_is_a_part_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[str],
    moves: list[int | str],
    place: int,
    width: int,
):
    pager = pager_on(tmp_path_factory.mktemp("log"), "\n".join(lines) + "\n")
    whole = all_rows(pager)
    at = 0
    for move in moves:
        last = max(0, len(whole) - pager.height)
        if isinstance(move, int):
            pager.scroll(move)
            at = max(0, min(last, at + move))
        elif move == "start":
            pager.to_start()
            at = 0
        elif move == "end":
            pager.to_end()
            at = last
        elif move == "show":
            offset = place % pager.log.size()
            start = pager.show(offset)
            rows = pager.rows()
            assert any(row.line.start == start for row in rows)
            at = whole.index(rows[0])
        else:
            pager.resize(width, 6)
            whole = all_rows(pager)
            at = whole.index(pager.rows()[0])
            continue  # the window may be short at the end until it is moved
        if at <= last:
            assert pager.rows() == whole[at : at + pager.height]


def test_what_comes_is_at_the_end(tmp_path: Path):
    pager = pager_on(tmp_path, "".join(f"{number}\n" for number in range(20)))
    pager.to_end()
    assert pager.is_at_end() and [row.text for row in pager.rows()] == ["14", "15", "16", "17", "18", "19"]
    with open(tmp_path / "log.txt", "a") as file:
        file.write("20\n")
    assert not pager.is_at_end()
    pager.scroll(1)
    assert pager.is_at_end() and pager.rows()[-1].text == "20"


def test_a_log_that_is_empty_or_gone_has_no_rows(tmp_path: Path):
    for pager in (pager_on(tmp_path, ""), Pager(LogFile(str(tmp_path / "none")))):
        for move in (pager.to_end, pager.to_start, lambda pager=pager: pager.scroll(5)):
            move()
            pager.scroll(-5)
            assert pager.rows() == [] and pager.show(0) == 0


@given(st.text(alphabet="ab日é\u0301", max_size=60), st.integers(2, 9))
def test_a_wrapped_line_is_whole_and_fits(text: str, width: int):
    found = pieces(text, width)
    assert "".join(part for _at, part in found) == text
    assert all(cell_len(part) <= width for _at, part in found)
    assert all(text[at : at + len(part)] == part for at, part in found)
