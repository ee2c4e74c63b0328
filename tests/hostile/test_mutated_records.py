"""Records that somebody, or a disk, damaged: every command that looks at them ends in a sentence and changes nothing.

Damaged are session.json and its copy, seen.json, moved.json, the lock, and of a run its plan, run.json, journal,
records, log, request and kept files. HOSTILE_COUNT says how many, HOSTILE_SEED which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.hostile.commands import LOOKING, Wrong, looked, started, told, what_is_wrong
from tests.hostile.made import HOST, make_old, make_session, moved_session, records_of
from tests.hostile.mutations import RAW, damaged
from tests.hostile.seeds import chance, count

# A record can say of a run that it ended with any code, and `attach` passes that on.
ANY_CODE = range(256)
# One of so many is looked at by the real command, too.
REALLY = 40
# Each is read by so many commands, chosen by its number.
AT_ONCE = 3


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_session(tmp_path_factory.mktemp("records"))


def _look(session: Path, commands: Sequence[tuple[str, ...]] = LOOKING) -> list[Wrong]:
    wrong: list[Wrong] = []
    for command in commands:
        argv = [*command, "--session", str(session)]
        codes = ANY_CODE if command[0] == "attach" else None
        _ran, found = looked(argv, HOST) if codes is None else looked(argv, HOST, codes=codes)
        wrong += found
    return wrong


def test_the_session_that_is_damaged_is_whole(session: Path) -> None:
    """All that follows would hold for an empty one as well."""
    names = records_of(session)
    for name in ("session.json", "session.json.bak", "seen.json", "lock"):
        assert name in names
    for name in ("run.json", "plan.json", "journal.jsonl", "records.json", "log.txt", "request"):
        assert any(other.endswith(name) for other in names), name
    assert sum("kept-" in name for name in names) >= 3, names
    assert _look(session) == []
    ran, _wrong = looked(["undo", "--all", "--json", "--session", str(session)], HOST)
    assert ran is not None and "undo-write-files" in ran.out


@pytest.mark.slow
@pytest.mark.timeout(24 * 3600)
def test_damaged_records(session: Path, tell: Callable[[str], None]) -> None:
    names = records_of(session)
    bad: dict[str, list[Wrong]] = {}
    tried = count(400)
    for number in range(tried):
        numbers = chance("records", number)
        path = session / numbers.choice(names)
        whole = path.read_bytes()
        path.write_bytes(damaged(whole, numbers))
        make_old(session)
        kept = path.read_bytes()
        wrong = _look(session, numbers.sample(LOOKING, AT_ONCE))
        if number % REALLY == 0:
            for command in (("status", "--json"), ("attach",)):
                done = started([*command, "--session", str(session)], seconds=60)
                wrong += [
                    Wrong(f"really {' '.join(command)}", what)
                    for what in what_is_wrong(done.returncode, done.stdout, done.stderr, command, ANY_CODE)
                ]
        if path.read_bytes() != kept:
            wrong.append(Wrong("some", "command changed it"))
        if wrong:
            bad[f"records {number} ({path.relative_to(session)})"] = wrong
        path.write_bytes(whole)
    assert not bad, told(bad, tried)
    tell(f"Damaged records: {tried}, each read by {AT_ONCE} of {len(LOOKING)} commands; all held")


@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
def test_what_says_where_a_session_went_may_hold_anything(tmp_path: Path, raw: str) -> None:
    session = moved_session(tmp_path)
    (session / "moved.json").write_text(f'{{"moved_to": {raw}}}')
    assert _look(session, [("status", "--json"), ("check",), ("attach",), ("undo", "--all")]) == []


@pytest.mark.slow
def test_two_records_at_once(session: Path) -> None:
    """The copy counts where session.json is damaged, and may be damaged, too."""
    both = [session / "session.json", session / "session.json.bak"]
    whole = [path.read_bytes() for path in both]
    bad: dict[str, list[Wrong]] = {}
    tried = max(20, count(400) // 10)
    for number in range(tried):
        numbers = chance("both", number)
        for path, content in zip(both, whole, strict=True):
            path.write_bytes(damaged(content, numbers))
        if wrong := _look(session, numbers.sample(LOOKING, AT_ONCE)):
            bad[f"both {number}"] = wrong
    for path, content in zip(both, whole, strict=True):
        path.write_bytes(content)
    assert not bad, told(bad, tried)
