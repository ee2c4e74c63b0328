"""Whatever the terminal shows, the difference turns it into the next frame; no difference is no byte."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyte.screens import Char
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from wizard.tui.paint import Painter, cells, difference

WIDTH, HEIGHT = 24, 4
COLORS = ColorSystem.EIGHT_BIT
STYLES = [
    None,
    *(
        Style.parse(words)
        for words in (
            "", "bold", "dim", "reverse", "underline", "strike", "bold red", "green", "on blue", "yellow on red",
            "reverse red", "bold reverse", "underline green", "bright_black", "color(200)", "on color(100)",
            "bold underline on bright_cyan", "italic", "#336699 on #112233",
        )
    ),
]  # fmt: skip
CHARACTERS = st.sampled_from("aab  xz09✓▸·日本語全…é")
TEXTS = st.text(CHARACTERS, max_size=WIDTH)
SEGMENTS = st.tuples(TEXTS, st.sampled_from(STYLES)).map(lambda pair: Segment(*pair))


def strip(segments: list[Segment]) -> Strip:
    return Strip(segments).adjust_cell_length(WIDTH)


FRAMES = st.lists(st.lists(SEGMENTS, max_size=6).map(strip), min_size=HEIGHT, max_size=HEIGHT)


def screen_after(*sequences: str) -> pyte.Screen:
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    for sequence in sequences:
        stream.feed(sequence)
    return screen


def look(cell: Char) -> tuple[object, ...]:
    """A cell with its style; what can't be seen on a blank is left out."""
    if cell.data == " " and not cell.reverse:
        return (" ", cell.bg, cell.underscore, cell.strikethrough)
    return tuple(cell)


def looks(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    return [[look(screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def plainly(frame: list[Strip]) -> pyte.Screen:
    """The frame as Rich would write it, without any cleverness."""
    out = []
    for y, line in enumerate(frame):
        out.append(f"\x1b[{y + 1};1H\x1b[m")
        for segment in line:
            codes = Strip.render_ansi(segment.style, COLORS) if segment.style is not None else ""
            out.append(f"\x1b[0;{codes}m{segment.text}\x1b[m" if codes else segment.text)
    return screen_after("".join(out))


@settings(max_examples=250, deadline=None)
@given(FRAMES, FRAMES, FRAMES)
def test_differences_give_exactly_the_next_frame(one: list[Strip], two: list[Strip], three: list[Strip]):
    painter = Painter()
    sent = []
    for frame in (one, two, three):
        sent.append(painter.paint(frame, WIDTH, COLORS))
        assert looks(screen_after(*sent)) == looks(plainly(frame))


@settings(max_examples=100, deadline=None)
@given(FRAMES, FRAMES)
def test_an_equal_frame_costs_nothing(one: list[Strip], two: list[Strip]):
    painter = Painter()
    painter.paint(one, WIDTH, COLORS)
    painter.paint(two, WIDTH, COLORS)
    assert painter.paint([Strip(list(line)) for line in two], WIDTH, COLORS) == ""


@settings(max_examples=100, deadline=None)
@given(FRAMES, FRAMES)
def test_after_forgetting_nothing_of_before_is_relied_on(one: list[Strip], two: list[Strip]):
    painter = Painter()
    painter.paint(one, WIDTH, COLORS)
    painter.forget()
    sequence = painter.paint(two, WIDTH, COLORS)
    garbage = "\x1b[31;7mgarbage everywhere" * 6
    assert looks(screen_after(garbage, sequence)) == looks(plainly(two))


@settings(max_examples=200, deadline=None)
@given(st.lists(SEGMENTS, max_size=6))
def test_a_line_is_as_wide_as_it_is(segments: list[Segment]):
    line = cells(segments, WIDTH, COLORS)
    assert len(line) == WIDTH
    assert sum(cell_len(character) or (character == "") * 0 for character, _codes in line) in (
        WIDTH,
        WIDTH + 1,
    )


def test_combining_characters_stay_with_their_letter():
    line = cells([Segment("e\u0301a")], 4, COLORS)
    assert [character for character, _codes in line] == ["e\u0301", "a", " ", " "]


def test_another_size_draws_anew():
    painter = Painter()
    painter.paint([Strip([Segment("abc")])], 3, COLORS)
    assert painter.paint([Strip([Segment("abcd")])], 4, COLORS).startswith("\x1b[m\x1b[2J")


@pytest.mark.parametrize(
    ("before", "after", "most"),
    [("abc", "abd", 8), ("50000 users", "50001 users", 8), ("text", "", 12), ("", "one two", 14)],
)
def test_small_changes_are_cheap(before: str, after: str, most: int):
    old = cells([Segment(before)], WIDTH, COLORS)
    new = cells([Segment(after)], WIDTH, COLORS)
    assert len(difference(old, new, 3)) <= most


def test_bold_words_need_no_switch_between_them():
    bold = Style.parse("bold")
    new = cells([Segment("32 vCPU  64 GiB", bold)], WIDTH, COLORS)
    assert difference(cells([], WIDTH, COLORS), new, 0) == "\x1b[1;1H\x1b[1m32 vCPU  64 GiB\x1b[m"
