"""The last place before the terminal: what moves its cursor or turns its words around is never drawn."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from wizard.tui.paint import BLANK, Painter, cells


def test_controls_in_a_segment_are_not_drawn() -> None:
    line = cells([Segment("a\x1b[2Jb\x07\u202ec\x9b\ud800d\u0301")], 12, None)
    assert "".join(text for text, _codes in line).rstrip() == "a[2Jbcd\u0301"
    assert len(line) == 12 and line[-1] == BLANK


def test_a_frame_has_no_sequence_but_the_painters_own() -> None:
    frame = Painter().paint([Strip([Segment("x\x1b]0;owned\x07y")])], 20, None)
    assert "\x1b]" not in frame and "\x07" not in frame
    assert frame.count("\x1b") == frame.count("\x1b[")
