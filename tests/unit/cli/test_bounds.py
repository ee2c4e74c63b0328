"""What others could have put into a session, and what has no end: refused in a sentence, or read within bounds."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from tests.unit.apply.plans import ROOT, plan_of, sh, step
from tests.unit.cli.console import ANSWERS, answers_file, run
from wizard.apply.journal import LIMIT_BYTES, Reader, append, each_event, event, trouble
from wizard.apply.liveness import ProcessMark, own_mark
from wizard.apply.runfile import RunFile, write_run_file
from wizard.apply.runs import create_run
from wizard.model.answers import Answers, UsageAnswers
from wizard.model.session import RunRecord, SessionState
from wizard.workflow import keep
from wizard.workflow.progress import Onlooker

READING = (["status"], ["status", "--json"], ["attach"], ["attach", "--json"], ["undo", "--all"], ["answers"])
BEGINNING = ["apply", "--yes"]


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    """What blocks in an open or a read is cut off: then the test fails, and does not wait for ever."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(100)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def begun(session: str) -> RunRecord:
    """A session with answers and a run whose process is gone; its first step is done."""
    answers = Answers(usage=UsageAnswers(environment="testing", mau=500))
    keep.save(session, SessionState(answers=answers, changed_at="2026-01-01T00:00:00Z"))
    record = create_run(session, plan_of(step("one", sh("true")), step("two", sh("true"))))
    gone = ProcessMark(2**22 + 1, 1, own_mark().boot_id)
    write_run_file(
        record.directory,
        RunFile(os.path.basename(record.directory), "2026-01-01T00:00:00.000Z", gone, number=1),
    )
    append(record.journal, event("run-started", "Doing 2 steps."))
    append(record.journal, event("step-started", "One", step="one", node="n"))
    return record


@pytest.mark.parametrize("command", [*READING, BEGINNING])
def test_a_session_that_others_could_change_is_refused(
    tmp_path: Path, session: str, begun: RunRecord, command: list[str]
) -> None:
    link = tmp_path / "link"
    link.symlink_to(session)
    ran = run(*command, "--session", str(link))
    assert (ran.code, ran.out) == (7, "") and "symbolic link" in ran.err, ran
    os.chmod(session, 0o777)
    ran = run(*command, "--session", session)
    assert (ran.code, ran.out) == (7, "") and "other users may write to it" in ran.err, ran
    os.chmod(session, 0o700)
    os.chmod(tmp_path, 0o777)
    ran = run(*command, "--session", session)
    assert (ran.code, ran.out) == (7, "") and "could swap what is in it" in ran.err, ran
    os.chmod(tmp_path, 0o700)
    if os.geteuid() == 0:
        os.chown(session, 12345, 12345)
        ran = run(*command, "--session", session)
        assert (ran.code, ran.out) == (7, "") and "belongs to another user (uid 12345)" in ran.err, ran
    assert sorted(os.listdir(begun.directory)) == ["journal.jsonl", "plan.json", "run.json"]


ESCAPES = "\x1b]0;evil\x07\x1b[2J\u202e\x9b31m"
HOSTILE_LINES = (
    {"at": ESCAPES, "event": "step-started", "step": f"one{ESCAPES}", "node": ESCAPES, "message": ESCAPES},
    {"at": ESCAPES, "event": "step-output", "step": "one", "node": "n", "message": ESCAPES * 100},
    {"at": "x", "event": "step-finished", "step": "one", "node": "n", "status": "failed", "message": ESCAPES},
    {"at": "2026-01-01T00:00:00", "event": "step-started", "step": "two", "node": "n", "message": ""},
    {
        "at": "x",
        "event": "step-finished",
        "step": "two",
        "node": "n",
        "status": "skipped",
        "message": ESCAPES,
    },
)


@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize("is_whole", [True, False])
def test_nothing_of_a_hostile_run_steers_the_terminal(
    session: str, begun: RunRecord, command: list[str], *, is_whole: bool
) -> None:
    """is_whole: with a run.json of hostile words; without one, what is told comes from the journal alone."""
    with open(begun.journal, "a") as file:
        for line in HOSTILE_LINES:
            file.write(json.dumps(line) + "\n")
    note = Path(begun.directory, "run.json")
    found = json.loads(note.read_text())
    hostile = {
        "started_at": ESCAPES,
        "exit_code": 6,
        "message": ESCAPES,
        "waiting": [{"step": ESCAPES, "why": ESCAPES}],
    }
    note.write_text(json.dumps({**found, **hostile}) if is_whole else "{")
    for name in ("plan.json", "log.txt"):
        path = Path(begun.directory, name)
        text = path.read_text() if path.exists() else ESCAPES
        path.write_text(text.replace('"One', f'"{json.dumps(ESCAPES)[1:-1]}').replace('"why"', '"why"'))
    Path(session, "lock").write_text(
        json.dumps(dict.fromkeys(("user", "terminal", "client", "since"), ESCAPES) | {"pid": 1})
    )
    ran = run(*command, "--session", session)
    assert ran.code in (0, 6, 7), ran
    assert [one for one in ran.out + ran.err if not (one.isprintable() or one == "\n")] == []
    if "--json" in command:
        assert all(
            one.isprintable()
            for one in re.sub(
                r"\s",
                "",
                str(
                    [json.loads(line) for line in ran.out.splitlines()]
                    if command[0] == "attach"
                    else ran.document
                ),
            )
        )


def test_a_hostile_plan_is_shown_safely(session: str, begun: RunRecord) -> None:
    path = Path(begun.directory, "plan.json")
    plan = json.loads(path.read_text())
    plan["stages"][0]["title"] = plan["stages"][0]["steps"][0]["title"] = ESCAPES
    path.write_text(json.dumps(plan))
    seen = Onlooker(begun).look(is_over=True)
    assert seen.stages[0].title.isprintable() and all(one.title.isprintable() for one in seen.steps)


HOSTILE_NUMBERS = (
    "9" * 400,
    "-" + "9" * 400,
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "9" * 5000,
    "[" * 3000 + "]" * 3000,
    "[" * 80 + "]" * 80,
)


@pytest.mark.parametrize("value", HOSTILE_NUMBERS, ids=lambda value: value[:4] + str(len(value)))
@pytest.mark.parametrize(
    "name", ["session.json", "seen.json", "lock", "run.json", "plan.json", "records.json", "journal.jsonl"]
)
def test_a_number_that_nothing_can_compute_with_is_a_damaged_record(
    session: str, begun: RunRecord, name: str, value: str
) -> None:
    keys = {
        "session.json": '"survey": {"hosts": [{"memory_bytes": @}]}, "exported_run": @, "version": 1',
        "seen.json": '"version": @, "host": {}, "before": {}',
        "lock": '"pid": @, "user": "", "terminal": "", "client": "", "since": "", "start_time": @',
        "run.json": '"id": "", "started_at": "", "number": @, "process": {"pid": @, "start_ticks": @, "boot_id": ""}',
        "plan.json": '"stages": @',
        "records.json": '"steps": [{"step": "one", "at": "", "begun": @}]',
        "journal.jsonl": '"at": "", "event": "step-started", "more": @',
    }
    own = session if name in ("session.json", "seen.json", "lock") else begun.directory
    Path(own, name).write_text("{" + keys[name].replace("@", value) + "}\n")
    for command in READING:
        ran = run(*command, "--session", session)
        assert ran.code in (0, 6, 7), (command, ran)
        assert "Something unexpected" not in ran.err
    if name == "session.json":
        assert "session.json was damaged" in run("answers", "--session", session).err
    if name in ("run.json", "plan.json", "records.json"):
        ran = run("undo", "--all", "--session", session)
        assert ran.code == 7 and f"its {name} is damaged" in ran.err


@pytest.mark.parametrize("words", ["inf", "nan", "-1", "1e400", "soon"])
def test_a_wait_without_an_end_is_bad_input(session: str, begun: RunRecord, words: str) -> None:
    for command in (["apply", "--yes"], ["undo", "--all"]):
        ran = run(*command, "--session", session, environ={"COMETCHAT_WIZARD_LOCK_WAIT": words})
        assert ran.code == 2 and f"COMETCHAT_WIZARD_LOCK_WAIT is `{words}`" in ran.err, ran
    assert len(os.listdir(f"{session}/runs")) == 1


@pytest.mark.parametrize(
    "name", ["lock", "session.json", "session.json.bak", "seen.json", "moved.json", "wizard.log"]
)
def test_a_fifo_in_the_session_keeps_nobody_waiting(session: str, begun: RunRecord, name: str) -> None:
    path = os.path.join(session, name)
    if os.path.exists(path):
        os.unlink(path)
    if name in ("moved.json", "session.json.bak"):
        os.unlink(os.path.join(session, "session.json"))
    os.mkfifo(path)
    for command in (*READING, BEGINNING):
        ran = run(*command, "--session", session, host="ubuntu-24.04-docker")
        assert ran.code in (0, 2, 3, 6, 7), (command, ran)
    if name == "lock":
        assert run("status", "--session", session).code == 0
        ran = run("apply", "--yes", "--session", session)
        assert ran.code == 7 and f"{path} is not a regular file." in ran.err


@pytest.mark.parametrize(
    "name", ["run.json", "plan.json", "records.json", "journal.jsonl", "log.txt", "request", "reserve"]
)
def test_a_fifo_in_a_run_keeps_nobody_waiting(session: str, begun: RunRecord, name: str) -> None:
    path = os.path.join(begun.directory, name)
    if os.path.exists(path):
        os.unlink(path)
    os.mkfifo(path)
    for command in READING:
        assert run(*command, "--session", session).code in (0, 6, 7), command


# --- a journal without an end ---

LIMITED = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from wizard.cli.main import main
import wizard.cli.follow, wizard.cli.status, wizard.cli.undo, wizard.apply.runs, wizard.apply.undo
main(["status", "--session", "/nonexistent"])
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + (48 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
sys.exit(main(sys.argv[2:]))
"""


def _limited(*argv: str) -> subprocess.CompletedProcess[str]:
    """The command in a process that may take 48 MiB more than it has once everything is imported."""
    words = [sys.executable, "-c", LIMITED, ROOT, *argv]
    return subprocess.run(words, capture_output=True, text=True, timeout=90)


@pytest.mark.parametrize("command", READING[:5])
def test_a_long_journal_is_read_in_little_memory(session: str, begun: RunRecord, command: list[str]) -> None:
    line = json.dumps({"at": "x", "event": "step-output", "step": "one", "node": "n", "message": "x" * 900})
    with open(begun.journal, "a") as file:
        file.writelines([line + "\n"] * 5_000)
        file.write("y" * (80 << 20) + "\n" + line)
    ran = _limited(*command, "--session", session)
    assert ran.returncode in (0, 6, 7) and "MemoryError" not in ran.stderr, ran.stderr
    if command == ["status"]:
        assert "in the middle of one" in " ".join(ran.stdout.split())


@pytest.mark.parametrize("command", READING[:5])
def test_a_journal_that_no_run_wrote_is_said_and_not_read(
    session: str, begun: RunRecord, command: list[str]
) -> None:
    os.truncate(begun.journal, 3 << 30)
    started = time.monotonic()
    ran = _limited(*command, "--session", session)
    assert ran.returncode in (0, 6, 7) and time.monotonic() - started < 60
    assert "it has more than 256 MiB" in trouble(begun.journal)
    if command[0] in ("status", "attach"):
        assert "more than 256 MiB" in " ".join((ran.stdout + ran.stderr).split())
    if command[0] == "undo":
        assert ran.returncode == 7 and "its journal can't be read" in ran.stderr


def test_a_line_longer_than_a_block_is_left_out_and_what_follows_is_read(begun: RunRecord) -> None:
    whole = json.dumps({"at": "x", "event": "step-started", "step": "two"}) + "\n"
    for length in ((1 << 18) - 1, 1 << 18, (1 << 18) + 1, 5 << 18):
        with open(begun.journal, "w") as file:
            file.write("[" * length + "\n" + whole + '{"at": "torn')
        assert [item.step for item in each_event(begun.journal)] == ["two"]
        reader = Reader(begun.journal)
        assert [item.step for item in reader.more()] == ["two"] and reader.more() == []
        with open(begun.journal, "a") as file:
            file.write('", "event": "step-finished", "step": "two", "status": "done"}\n' + whole)
        assert [item.event for item in reader.more()] == ["step-finished", "step-started"]
    assert LIMIT_BYTES == 256 << 20


def test_an_onlooker_keeps_no_more_than_the_plan_has(begun: RunRecord) -> None:
    with open(begun.journal, "a") as file:
        for number in range(30_000):
            file.write(json.dumps({"at": "x", "event": "step-started", "step": f"other-{number}"}) + "\n")
        file.write(
            json.dumps(
                {"at": "2026-01-01T00:00:09Z", "event": "step-finished", "step": "one", "status": "done"}
            )
            + "\n"
        )
    onlooker = Onlooker(begun)
    seen = onlooker.look(is_over=True)
    assert [one.state for one in seen.steps] == ["done", "waiting"] and len(onlooker._told) == 2


# --- what the operator names ---


def test_answers_may_come_through_a_pipe(tmp_path: Path) -> None:
    path = answers_file(tmp_path)
    script = " && ".join(
        f'"$0" -m wizard {words}'
        for words in (
            f"validate <(cat {path})",
            f"estimate --json --answers <(sleep 0.5; cat {path})",
            f"validate /dev/stdin < <(cat {path})",
            f"diff <(cat {path}) <(sed s/500/600/ {path})",
        )
    )
    ran = subprocess.run(
        ["bash", "-c", script, sys.executable], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert ran.returncode == 4 and "usage.mau: 500 -> 600" in ran.stdout and '"mau": 500' in ran.stdout, ran
    assert ran.stdout.count("is valid.") == 2


def test_a_pipe_that_has_no_end_is_cut_and_one_that_nobody_writes_into_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = '"$0" -m wizard validate <(yes)'
    ran = subprocess.run(
        ["bash", "-c", script, sys.executable], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert ran.returncode == 2 and "larger than 1 MiB" in ran.stdout
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr("wizard.machine.given.PATIENCE_SECONDS", 0.3)
    for command in (["validate"], ["diff", str(tmp_path / "pipe")], ["check", "--answers"]):
        ran_here = run(*command, str(tmp_path / "pipe"))
        assert ran_here.code == 2 and "did not finish within a minute" in ran_here.out + ran_here.err


def test_ninety_thousand_problems_are_the_first_fifty_and_a_number(tmp_path: Path) -> None:
    head, keys = ANSWERS, "".join(f"k{number}: 1\n" for number in range(90_000))
    started = time.process_time()
    ran = run("validate", answers_file(tmp_path, head + keys))
    assert time.process_time() - started < 10  # 2 s on a quiet machine
    lines = ran.out.splitlines()
    assert ran.code == 2 and len(lines) == 51 and lines[-1] == "89,950 more problems are not listed"
    assert lines[49].startswith("k49: is not a known key")
    path = answers_file(tmp_path, head + "".join(f"key{number}: 1\n" for number in range(51)))
    found = run("validate", "--json", path).document
    assert len(found["problems"]) == 51 and found["problems"][-1] == {
        "path": "",
        "problem": "1 more problem is not listed",
    }
    ran = run("check", "--answers", path)
    assert (
        ran.code == 2 and "has 50 problems and more" in ran.err and "1 more problem is not listed" in ran.err
    )


def test_ninety_thousand_entries_are_refused_as_one(tmp_path: Path) -> None:
    text = ANSWERS + "software:\n  remove:\n" + "".join(f"  - p{number}\n" for number in range(90_000))
    ran = run("validate", answers_file(tmp_path, text))
    assert (ran.code, ran.out) == (2, "software.remove: must have 1,000 entries or less\n")


def test_a_large_deployment_is_compared_in_time_that_grows_with_its_length(tmp_path: Path) -> None:
    def deployment(name: str, value: int) -> str:
        lines = "".join(f" k{number}: {value}\n" for number in range(20_000))
        origins = "".join(f" usage.k{number}: typed\n" for number in range(20_000))
        return answers_file(
            tmp_path, f"kind: Deployment\nservices:\n{lines}domain:\n{lines}origins:\n{origins}", name
        )

    started = time.process_time()
    ran = run("diff", "--json", deployment("a", 1), deployment("b", 2))
    assert ran.code == 4 and len(ran.document["differences"]) == 40_000
    assert time.process_time() - started < 30  # the pairs of all would take minutes


def test_a_file_with_the_same_entry_often_is_told_once(tmp_path: Path) -> None:
    ran = run(
        "diff",
        "--json",
        *[
            answers_file(tmp_path, f"kind: Deployment\nusage: {{mau: {value}, pcc: .inf}}\n", str(number))
            for number, value in enumerate((".nan", "1.0e999"))
        ],
    )
    json.loads(ran.out, parse_constant=pytest.fail)
