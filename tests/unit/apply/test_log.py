"""A log by windows gives the same lines as the whole of it, whichever way it is read."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.apply import log as module
from wizard.apply.log import PIECE_BYTES, Found, Line, LogFile
from wizard.model.plain import shown

CONTENT = st.lists(
    st.one_of(
        st.text(alphabet="aé日\t\x1b ", max_size=12).map(str.encode),
        st.integers(0, 3 * PIECE_BYTES).map(lambda size: b"x" * size),
        st.integers(0, PIECE_BYTES).map(lambda size: "日".encode() * size),
        st.sampled_from([b"x" * (PIECE_BYTES + shift) for shift in (-2, -1, 0, 1)]),
        st.binary(max_size=8).map(lambda data: data.replace(b"\n", b"")),
    ),
    max_size=7,
)


def log_of(directory: Path, data: bytes) -> LogFile:
    path = directory / "log.txt"
    path.write_bytes(data)
    return LogFile(str(path))


def forward(log: LogFile) -> list[Line]:
    lines: list[Line] = []
    while more := log.after(lines[-1].end if lines else 0, 3):
        lines += more
    return lines


def backward(log: LogFile) -> list[Line]:
    lines: list[Line] = []
    while more := log.before(lines[0].start if lines else log.size(), 2):
        lines = more + lines
    return lines


@settings(max_examples=200, deadline=None)
@given(content=CONTENT, is_whole=st.booleans())
def test_both_ways_give_all_of_it(
    tmp_path_factory: pytest.TempPathFactory, content: list[bytes], is_whole: bool
):
    data = b"\n".join(content) + (b"\n" if is_whole and content else b"")
    log = log_of(tmp_path_factory.mktemp("log"), data)
    lines = forward(log)
    assert backward(log) == lines
    assert b"".join(data[line.start : line.end] for line in lines) == data
    assert all(line.end - line.start <= PIECE_BYTES + 3 for line in lines)
    for line in lines:
        assert line.is_rest == (line.start > 0 and data[line.start - 1 : line.start] != b"\n")
        for offset in {line.start, (line.start + line.end) // 2, line.end - 1}:
            assert log.holding(offset) == line.start
    whole = [line for line in data.decode("utf-8", "replace").split("\n") if len(line.encode()) < PIECE_BYTES]
    texts = [line.text for line in lines]
    assert all(shown(line.rstrip("\r"), len(line)) in texts for line in whole if line)


def found(log: LogFile, words: str, start: int, *, forward: bool = True) -> Found | None:
    return next((item for item in log.find(words, start, forward=forward) if item is not None), None)


def test_searching_goes_both_ways_and_round(tmp_path: Path):
    data = b"one needle\ntwo\nthree NEEDLE\nfour\n"
    log = log_of(tmp_path, data)
    first, second = data.index(b"needle"), data.index(b"NEEDLE")
    assert found(log, "needle", 0) == Found(first, False)
    assert found(log, "Needle", first + 1) == Found(second, False)
    assert found(log, "needle", second + 1) == Found(first, True)
    assert found(log, "needle", second, forward=False) == Found(first, False)
    assert found(log, "needle", first, forward=False) == Found(second, True)
    assert found(log, "haystack", 0) is None and found(log, "haystack", 20, forward=False) is None
    assert found(LogFile(str(tmp_path / "none")), "x", 0) is None


def test_a_match_over_the_edge_of_a_block_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_BLOCK_BYTES", 16)
    for shift in range(20):
        data = b"." * (16 + shift) + b"n\teedle" + b"." * 40
        log = log_of(tmp_path, data)
        for start in (0, 16 + shift, 16 + shift + 1, len(data)):
            for is_forward in (True, False):
                place = found(log, "N EEDLE", start, forward=is_forward)
                assert place is not None and place.offset == 16 + shift


def test_fifty_megabytes_are_not_held(tmp_path: Path):
    path = tmp_path / "log.txt"
    line = b"Get:1 http://archive.ubuntu.com/ubuntu noble/main amd64 libjq1 amd64 1.7.1\n"
    with open(path, "wb") as file:
        for _ in range(50):
            file.write(line * (1_000_000 // len(line)))
        file.write(b"the needle\n")
    log = LogFile(str(path))
    tracemalloc.start()
    try:
        assert log.before(log.size(), 40)[-1].text == "the needle"
        assert len(log.after(25_000_000 // len(line) * len(line), 40)) == 40
        assert found(log, "the NEEDLE", 0) == Found(log.size() - 11, False)
        assert sum(len(part) for part in log.parts()) == log.size()
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


def test_it_grows_while_it_is_read(tmp_path: Path):
    log = log_of(tmp_path, b"one\nha")
    assert [line.text for line in log.after(0, 9)] == ["one", "ha"]
    with open(log.path, "ab") as file:
        file.write(b"lf\nmore\n")
    assert [line.text for line in log.after(4, 9)] == ["half", "more"]
    assert [line.text for line in log.before(log.size(), 1)] == ["more"]


def test_what_could_harm_a_terminal_is_shown_as_a_mark(tmp_path: Path):
    data = "\x1b[2Jboo\t\x07[red]é日\u202e\n\xff".encode("latin-1", "replace") + b"\n"
    log = log_of(tmp_path, data)
    (first, second) = log.after(0, 2)
    assert first.text.startswith("?[2Jboo ?[red]") and second.text == "\N{REPLACEMENT CHARACTER}"
    copied = b"".join(log.parts()).decode()
    assert copied.startswith("?[2Jboo\t?[red]") and copied.endswith("\n\N{REPLACEMENT CHARACTER}\n")


def test_no_log_a_link_and_a_pipe_are_like_an_empty_one(tmp_path: Path):
    import os

    target = log_of(tmp_path, b"secret\n")
    link = LogFile(str(tmp_path / "link"))
    os.symlink(target.path, link.path)
    pipe = LogFile(str(tmp_path / "pipe"))
    os.mkfifo(pipe.path)
    for log in (LogFile(str(tmp_path / "none")), link, pipe):
        assert (log.size(), log.after(0, 5), log.before(9, 5), log.holding(3)) == (0, [], [], 0)
        assert list(log.parts()) == [] and log.problem
