"""Nothing is begun beside what a killed run left at work."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hosts import load
from tests.unit.apply.plans import plan_of, sh, step
from tests.unit.cli.console import Stream, answers_file, run
from wizard.apply.liveness import ProcessMark
from wizard.apply.runfile import note_command, read_run_file, write_run_file
from wizard.apply.runs import all_runs, create_run
from wizard.cli.environment import Environment
from wizard.cli.prompts.machine import apply_steps
from wizard.cli.prompts.talk import Talk
from wizard.model.answers import Answers, UsageAnswers
from wizard.model.facts import HostFacts, ListeningPort, SoftwareFacts
from wizard.model.failure import Failure
from wizard.model.origin import ExitCode
from wizard.model.plan import Plan
from wizard.model.session import Holder, SessionState
from wizard.store.session import Lock
from wizard.workflow import act, look, resume, verify


@pytest.fixture
def session(tmp_path: Path) -> str:
    directory = tmp_path / "session"
    directory.mkdir(mode=0o700)
    return str(directory)


@pytest.fixture
def left(session: str) -> Iterator[subprocess.Popen[bytes]]:
    """A run whose runner is gone, and the command that it started and that goes on."""
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    directory = create_run(session, Plan()).directory
    note_command(directory, "snap install docker", process.pid)
    note = read_run_file(directory)
    assert note is not None and note.command is not None
    runner = replace(note.command.process, pid=2**22 + 1)
    write_run_file(directory, replace(note, process=runner))
    yield process
    process.kill()
    process.wait()


def test_no_run_is_started_beside_it(session: str, left: subprocess.Popen[bytes]) -> None:
    with pytest.raises(Failure) as failure:
        act.start(session, plan_of(step("one", sh("true"))))
    assert failure.value.code == ExitCode.SESSION_UNUSABLE
    assert failure.value.seen.startswith(
        "`snap install docker`, which the last run started, is still at work"
    )
    assert f"kill {left.pid}" in failure.value.next_step
    assert len(all_runs(session)) == 1


def test_it_is_waited_for_with_words(session: str, left: subprocess.Popen[bytes]) -> None:
    said: list[str] = []

    def end() -> None:
        left.kill()
        left.wait()

    def tell(words: str) -> None:
        said.append(words)
        if len(said) == 1:
            threading.Thread(target=end).start()

    resume.wait_for_leftover(session, {}, tell)
    assert "Waiting for it, at most 600 s; Ctrl-C leaves it alone." in said[0]
    assert said[1:] == ["It has finished. Looking at what is left to do."]


def test_it_is_not_waited_for_for_ever(session: str, left: subprocess.Popen[bytes]) -> None:
    with pytest.raises(Failure) as failure:
        resume.wait_for_leftover(session, {"COMETCHAT_WIZARD_LOCK_WAIT": "0"}, print)
    assert failure.value.code == ExitCode.SESSION_UNUSABLE
    assert left.poll() is None


def test_nothing_left_is_no_wait(session: str) -> None:
    said: list[str] = []
    resume.wait_for_leftover(session, {}, said.append)
    create_run(session, Plan())
    resume.wait_for_leftover(session, {}, said.append)
    assert said == []


@pytest.mark.parametrize("verb", [("apply", "--yes"), ("undo", "--all", "--yes")])
def test_apply_and_undo_go_away_from_it_at_ctrl_c(
    session: str,
    tmp_path: Path,
    left: subprocess.Popen[bytes],
    verb: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    answers = ("--answers", answers_file(tmp_path)) if verb[0] == "apply" else ()
    ran = run(*verb, *answers, "--session", session)
    assert ran.code == ExitCode.INTERRUPTED
    assert "`snap install docker`" in ran.err and "nothing was begun beside it" in ran.err
    assert len(all_runs(session)) == 1 and left.poll() is None


def test_status_and_attach_tell_of_it(session: str, left: subprocess.Popen[bytes]) -> None:
    shown = run("status", "--session", session)
    assert shown.out.startswith("interrupted: The run ended without a word before its first step")
    assert f"(process {left.pid})" in " ".join(shown.out.split())
    details = run("status", "--json", "--session", session).document["details"]
    assert details["leftover"] == {"words": "snap install docker", "pid": left.pid}
    assert f"(process {left.pid})" in run("attach", "--session", session).err
    os.kill(left.pid, signal.SIGKILL)
    left.wait()
    assert run("status", "--json", "--session", session).document["details"]["leftover"] is None


def test_the_plain_questions_tell_of_it_and_begin_nothing(
    session: str, left: subprocess.Popen[bytes]
) -> None:
    lock = Lock.acquire(session, Holder(os.getpid(), "anna", "", "", "2026-01-01T00:00:00Z"))
    err = Stream()
    talk = Talk(session, SessionState(), lock, Environment(Stream(), Stream(), err, {}, load("ubuntu-24.04")))
    assert apply_steps(talk, ("install-jq",), "Install this now?")
    lock.release()
    words = " ".join(err.getvalue().split())
    assert f"is still at work (process {left.pid}). Nothing is begun beside it" in words
    assert "install-jq" not in words and len(all_runs(session)) == 1


def test_a_command_of_another_boot_is_not_left(session: str, left: subprocess.Popen[bytes]) -> None:
    (found,) = all_runs(session)
    note = read_run_file(found.directory)
    assert note is not None and note.command is not None
    mark = ProcessMark(left.pid, note.command.process.start_ticks, "another boot")
    write_run_file(found.directory, replace(note, command=replace(note.command, process=mark)))
    assert resume.leftover(session) is None


# What changed since the visit before


THEN = "ubuntu-24.04-docker"


def seen_before(session: str, name: str = THEN, **changes: object) -> HostFacts:
    """A look of the day before, kept."""
    found = look.survey_host(Answers(), load(name))
    found = replace(found, read_at="2026-01-01T10:00:00Z", machine_id=None, **changes)  # type: ignore[arg-type]
    resume.keep_look(session, found, is_ours=True)
    return found


def now(name: str = THEN, **changes: object) -> HostFacts:
    found = look.survey_host(Answers(), load(name))
    return replace(found, machine_id=None, **changes)  # type: ignore[arg-type]


def test_what_changed_and_whether_the_answers_hold(session: str) -> None:
    before = seen_before(session)
    assert before.memory_bytes is not None
    more = before.memory_bytes + 8 * 2**30
    answers = Answers(usage=UsageAnswers(environment="testing", mau=500))
    news = resume.changed_since(session, answers, now(memory_bytes=more))
    assert news is not None and news.sentence() == (
        "Since 2026-01-01 10:00 UTC: 8 GiB of memory were added. Your answers still hold."
    )
    held = (ListeningPort(80, "tcp", "0.0.0.0", "apache2", 7),)
    news = resume.changed_since(session, answers, now(listening=held))
    assert news is not None and news.sentence() == (
        "Since 2026-01-01 10:00 UTC: port 80 was taken by apache2. Now in the way: port-held (80)."
    )
    seen_before(session, listening=held)
    news = resume.changed_since(session, answers, now())
    assert (
        news is not None
        and "No longer in the way: port-held (80). Your answers still hold." in news.sentence()
    )
    news = resume.changed_since(session, Answers(), now())
    assert news is not None and news.sentence().endswith("(apache2 held it).")


def test_nothing_changed_or_nothing_known_is_no_news(session: str) -> None:
    assert resume.changed_since(session, Answers(), now()) is None
    assert resume.last_change(session, Answers()) is None
    seen_before(session)
    assert resume.changed_since(session, Answers(), now()) is None


def test_looks_of_one_visit_have_the_same_news_and_the_next_visit_its_own(session: str) -> None:
    seen_before(session)
    held = (ListeningPort(80, "tcp", "0.0.0.0", "apache2", 7),)
    first = now(listening=held, read_at="2026-01-02T10:00:00Z")
    for minute in ("00", "05", "10", "20", "30"):
        again = replace(first, read_at=f"2026-01-02T10:{minute}:00Z")
        news = resume.changed_since(session, Answers(), again)
        assert news is not None and news.at == "2026-01-01T10:00:00Z"
        resume.keep_look(session, again)
        assert resume.last_change(session, Answers()) == news
    later = replace(first, read_at="2026-01-03T10:00:00Z")
    assert resume.changed_since(session, Answers(), later) is None


def test_what_a_run_changed_itself_is_no_news(session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen_before(session, "ubuntu-24.04")
    installed = now(read_at="2026-01-02T10:00:00Z")
    assert resume.changed_since(session, Answers(), installed) is not None
    monkeypatch.setattr(verify, "survey_host", lambda _answers: installed)
    step_done = step("install-docker", sh("true"), settles=("software-missing/docker",))
    assert verify.verifier(Answers(), session)(step_done) is None
    assert resume.changed_since(session, Answers(), installed) is None


@pytest.mark.parametrize(("last", "is_news"), [("firewall-http", False), ("firewall-https", True)])
def test_after_the_last_step_is_looked_though_it_settles_nothing(
    session: str, monkeypatch: pytest.MonkeyPatch, last: str, *, is_news: bool
) -> None:
    """After the others that settle nothing it would only take time."""
    seen_before(session, "ubuntu-24.04")
    opened = now(read_at="2026-01-02T10:00:00Z")
    monkeypatch.setattr(verify, "survey_host", lambda _answers: opened)
    assert verify.verifier(Answers(), session, last)(step("firewall-http", sh("true"))) is None
    assert (resume.changed_since(session, Answers(), opened) is not None) == is_news


def test_check_apply_and_status_say_it_in_one_line_and_only_look(session: str, tmp_path: Path) -> None:
    seen_before(session, software=SoftwareFacts())
    kept = (Path(session) / "seen.json").read_bytes()
    answers = ("--answers", answers_file(tmp_path), "--session", session)
    for verb in (("check",), ("apply", "--yes")):
        ran = run(*verb, *answers, host="ubuntu-24.04-docker")
        (line,) = [line for line in ran.err.splitlines() if line.startswith("Since ")]
        assert line.startswith("Since 2026-01-01 10:00 UTC: Docker ")
        assert "Since" not in ran.out
    assert (Path(session) / "seen.json").read_bytes() == kept
    assert "changed" not in run("status", "--json", *answers).document["details"]
    resume.keep_look(session, replace(now(), read_at="2026-01-02T10:00:00Z"))
    shown = run("status", *answers)
    assert "Since 2026-01-01 10:00 UTC: Docker " in " ".join(shown.out.split())
    details = run("status", "--json", *answers).document["details"]["changed"]
    assert details["at"] == "2026-01-01T10:00:00Z" and details["changes"][0].startswith("Docker ")
    assert details["in_the_way"] == []
