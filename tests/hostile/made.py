"""A session with everything in it that a session can hold, made by the product itself with harmless commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from tests.hosts import load
from tests.unit.apply.plans import plan_of, runner_argv, sh, step
from tests.unit.render.samples import ANSWERS
from wizard.apply.runs import all_runs, create_run, request_stop
from wizard.model.answers import Answers
from wizard.model.plan import KeyChange, MergeFile, WriteFile
from wizard.model.session import SessionState
from wizard.probe.survey import survey
from wizard.store.answers import dump_answers
from wizard.store.lock import Lock
from wizard.store.seen import Seen, keep_seen
from wizard.workflow import keep
from wizard.workflow.hold import this_holder

HOST = "ubuntu-24.04"
# A run whose process never reported is waited for, from its last change on: these are of yesterday.
_LONG_AGO = 1_700_000_000


def make_session(directory: Path) -> Path:
    """The session; what its runs changed lies beside it in `host/`."""
    session, host = directory / "session", directory / "host"
    host.mkdir(parents=True)
    state = keep.save_answers(str(session), SessionState(), Answers(usage=ANSWERS.usage))
    keep.save_answers(str(session), state, ANSWERS)
    seen = survey("chat-1", "/var/lib/docker", load(HOST))
    assert keep_seen(str(session), Seen(seen, seen))
    for words in ("first", "second"):
        _one_run(session, host, words)
    request_stop(all_runs(str(session))[0])
    (session / "lock").write_text(
        json.dumps({"pid": 1, "user": "anna", "terminal": "pts/1", "client": "", "since": ""})
    )
    make_old(session)
    return session


def _one_run(session: Path, host: Path, words: str) -> None:
    """It replaces a file, makes a new one, sets a key in one that others use, says much, and ends."""
    (host / "old.conf").write_text("theirs\n")
    (host / "shared.json").write_text('{"debug": true}\n')
    settings = (KeyChange(("log-driver",), "local"), KeyChange(("debug",), False, True))
    paths = [str(host / name) for name in ("old.conf", "new.conf", "shared.json")]
    plan = plan_of(
        step(
            "write-files",
            WriteFile(paths[0], f"{words}\n", root=False),
            WriteFile(paths[1], f"{words}\n", root=False),
            MergeFile(paths[2], "json", settings, root=False),
            records=tuple(f"file:{path}" for path in paths),
        ),
        step("say", sh(f"echo {words}; echo to the log; true"), undo=(sh("true"),)),
    )
    record = create_run(str(session), plan)
    # In a process of its own: one of this process would be taken to be still at work.
    subprocess.run(runner_argv(record.directory), check=True, stdin=subprocess.DEVNULL)


def make_old(session: Path) -> None:
    """As if nobody had touched it for long."""
    for directory in session.glob("runs/*"):
        os.utime(directory, (_LONG_AGO, _LONG_AGO))


def records_of(session: Path) -> list[str]:
    """Every file of the session, as a path in it."""
    return sorted(str(path.relative_to(session)) for path in session.rglob("*") if path.is_file())


def moved_session(directory: Path) -> Path:
    """A user's session that went on as root."""
    session = directory / "moved"
    session.mkdir(mode=0o700)
    (session / "moved.json").write_text('{"moved_to": "/var/lib/cometchat-wizard"}\n')
    return session


def copied(session: Path, target: Path) -> Path:
    """The same elsewhere."""
    shutil.copytree(session, target, symlinks=True)
    make_old(target)
    return target


def answers_text() -> str:
    """An answers file with every group in it."""
    return dump_answers(ANSWERS)


def held(session: Path) -> Lock:
    """The session, held by this process."""
    return Lock.acquire(str(session), this_holder({}))
