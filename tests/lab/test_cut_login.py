"""Another login: tcsh, an installed Latin-1 locale, umask 077, no root: the pages, and a cut line there."""

from __future__ import annotations

import stat

import pytest

from tests.journeys.product import eventually
from tests.journeys.terminal import CTRL_N, DOWN, ENTER, TAB, Terminal
from tests.lab.conftest import MakeHost
from tests.lab.cutting import WAYS, Operator, Way
from tests.lab.kinds import OTHER_LOGIN

PLACE = "/home/pat/.local/state/cometchat-wizard"
REASON = "für die Probe"


def to_the_reason(terminal: Terminal) -> None:
    """Usage, then a blocker on This host and the reason in its dialog, typed in Latin-1."""
    terminal.wait_for("> Start")
    terminal.send(ENTER)
    terminal.wait_for("> Monthly users")
    terminal.send("60000" + TAB)
    terminal.wait_for("> Peak at once")
    terminal.send("7.5%")
    terminal.wait_match(r"Peak at once +7\.5%")
    terminal.send(CTRL_N)
    terminal.wait_match(r"> +Platform .*ok")
    terminal.send(DOWN * 3)
    terminal.wait_match(r"> +Memory .*blocker")
    terminal.send(ENTER)
    terminal.wait_for("Blocker: memory-short")
    terminal.wait_match(r"[> ] Reason  ")
    terminal.send(REASON.encode("latin-1"))
    terminal.wait_match(r"f.?r die Probe")


@pytest.mark.parametrize("way", WAYS)
def test_latin_1_and_a_cut_line(make_host: MakeHost, way: Way) -> None:
    host = make_host(OTHER_LOGIN)
    assert "de_DE" in host.run("locale -a")
    operator = Operator(host, place=PLACE)
    first = operator.log_in(line=operator.new_line() if way == "silent" else None)
    to_the_reason(first)
    first.send(ENTER)
    first.wait_gone("Blocker: memory-short")
    eventually(lambda: "accepted" in operator.answers(), "the acceptance on disk", 5)
    assert [item["reason"] for item in operator.answers()["accepted"]] == [REASON]
    assert {byte for byte in first.received if byte > 127} == {0xFC}, "ASCII marks, and the letter as Latin-1"
    operator.lose(first, way)

    second = operator.come_back(way)
    second.wait_for("> Go on at: This host")
    second.send(ENTER)
    second.wait_for("> This host")
    second.wait_match(r"Memory .*! warning")
    answers = operator.answers()
    assert answers["usage"] == {"mau": 60000, "pcc": "7.5%"}
    assert [item["reason"] for item in answers["accepted"]] == [REASON]
    assert operator.state()["page"] == "host"
    assert {byte for byte in second.received if byte > 127} == set()
    operator.is_alone()
    operator.leave(second)
    owner = host.inside("/home/pat").stat().st_uid
    kept = [host.inside(PLACE), *host.inside(PLACE).rglob("*")]
    assert {path.name for path in kept} >= {"session.json", "session.json.bak", "lock"}
    for path in kept:
        found = path.stat()
        assert stat.S_IMODE(found.st_mode) == (0o700 if path.is_dir() else 0o600), path
        assert found.st_uid == owner, path
