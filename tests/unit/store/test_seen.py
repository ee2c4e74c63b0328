"""The kept look: private, whole, and compared with the visit before."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hosts import load, names
from wizard.model.answers import Answers
from wizard.model.facts import HostFacts
from wizard.store.seen import FILE, SEEN_VERSION, Seen, keep_seen, read_seen, with_look
from wizard.workflow.look import survey_host


def at(minute: int, name: str = "x") -> HostFacts:
    day, rest = divmod(minute, 24 * 60)
    return HostFacts(name, f"2026-11-{1 + day:02d}T{rest // 60:02d}:{rest % 60:02d}:00Z")


@pytest.mark.parametrize("name", names())
def test_every_host_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    found = survey_host(Answers(), load(name))
    seen = Seen(found, replace(found, memory_bytes=1))
    assert keep_seen(str(tmp_path), seen)
    assert read_seen(str(tmp_path)) == seen
    assert stat.S_IMODE(os.stat(tmp_path / FILE).st_mode) == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\0" * 100, b"[" * 100_000, b'{"before": 1, "host": 2}', b"\xff\xfe"]
)
def test_a_damaged_one_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert read_seen(str(tmp_path)) is None


def test_one_of_another_version_and_somebody_s_link_are_none(tmp_path: Path) -> None:
    assert read_seen(str(tmp_path)) is None
    assert keep_seen(str(tmp_path), Seen(at(0), at(0)))
    data = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps({**data, "version": SEEN_VERSION + 1}))
    assert read_seen(str(tmp_path)) is None
    (tmp_path / "other").write_text(json.dumps(data))
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).symlink_to(tmp_path / "other")
    assert read_seen(str(tmp_path)) is None


def test_a_session_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert not keep_seen(str(tmp_path / "none"), Seen(at(0), at(0)))
    assert not (tmp_path / "none").exists()


@given(st.lists(st.integers(0, 20 * 24 * 60 - 1), min_size=1, max_size=12))
def test_a_look_is_compared_with_the_visit_before_whatever_the_clock_does(minutes: list[int]) -> None:
    seen: Seen | None = None
    visits: list[list[HostFacts]] = []
    for number, minute in enumerate(minutes):
        here = at(minute, str(number))
        is_new = not visits or abs(minute - minutes[number - 1]) >= 15
        visits = [*visits, [here]] if is_new else [*visits[:-1], [*visits[-1], here]]
        seen = with_look(seen, here)
        assert seen.host == here
        assert seen.before == (visits[-2][-1] if len(visits) > 1 else visits[0][0])
