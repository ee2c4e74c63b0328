"""The questions line by line: the same answers and the same config as any other way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.console import Ran, answers_file, run
from wizard.workflow import hold, keep

HOST = "ubuntu-24.04-docker"


@pytest.fixture
def session(tmp_path: Path) -> str:
    return str(tmp_path / "session")


def walk(session: str, *lines: str, host: str = HOST, environ: dict[str, str] | None = None) -> Ran:
    """Type these lines; the input ends after them."""
    typed = "".join(f"{line}\n" for line in lines)
    return run("--plain", "--session", session, host=host, typed=typed, environ=environ)


START = [""]  # no answers file
USAGE = ["testing", "500", "", "", "", "", "", ""]
TO_REVIEW = ["", "", "", "", "", "", "", "", "", ""]
# host: two directories, on. software: source. ports: rules, networks, proxy. domain: domain, certificate, key.
ALL_PAGES = [*START, *USAGE, *TO_REVIEW]


def test_to_a_written_config(session: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = walk(session, *ALL_PAGES, str(out))
    assert ran.code == 0, ran.err
    assert ran.out == "" and (out / "deployment.yaml").is_file()
    # The same answers through the command line give the same files, but for times.
    again = tmp_path / "again"
    done = run("export", str(again), "--answers", str(out / "answers.yaml"), host=HOST)
    assert done.code == 0, done.err
    assert _without_times(out / "deployment.yaml") == _without_times(again / "deployment.yaml")
    assert (out / "answers.yaml").read_text() == (again / "answers.yaml").read_text()


def _without_times(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if "generated_at:" not in line]


def test_defaults_stay_unanswered(session: str) -> None:
    walk(session, *ALL_PAGES)
    text = run("answers", "--session", session).out
    assert "environment: testing" in text and "mau: 500" in text
    for key in ("table", "content", "retention_months", "docker_from", "firewall", "data_directory"):
        assert key not in text


def test_the_end_of_input_keeps_everything(session: str) -> None:
    ran = walk(session, *START, "testing", "500")
    assert ran.code == 0
    assert "Every answer is saved" in ran.err and f"--session {session}" in ran.err
    assert keep.load(session).answers.usage.mau == 500


def test_going_on_where_it_stopped(session: str) -> None:
    walk(session, *START, *USAGE, "")
    ran = walk(session, "y")
    assert "Go on at: host?" in ran.err and "Monthly active users [" not in ran.err
    ran = walk(session, "n")
    assert "Monthly active users [500]" not in ran.err and "For (production, testing) [testing]" in ran.err


def test_what_is_wrong_is_said_and_asked_again(session: str) -> None:
    ran = walk(
        session, *START, "nonsense", "testing", "many", "500", "900", "", "", "", "", "", "", "", "400"
    )
    assert "One of: production, testing" in ran.err
    assert ran.err.count("Monthly active users [") >= 2
    assert "usage.pcc" in ran.err
    assert keep.load(session).answers.usage.pcc in (400, 900)


@pytest.mark.parametrize(("typed", "kept"), [("y", True), ("", None)])
def test_a_restart_that_ends_containers_is_asked_for(session: str, typed: str, kept: bool | None) -> None:
    ran = walk(session, *START, *USAGE, "", "", "", "", typed, host="ubuntu-24.04-distribution-docker")
    assert "which ends 1 container for some seconds" in ran.err
    assert keep.load(session).answers.software.restart_docker is kept
    assert ("docker-settings" in ran.err.partition("May Docker be restarted?")[2]) == bool(kept)


def test_help_and_back(session: str) -> None:
    ran = walk(session, *START, "?", *USAGE, "back", "", "back")
    assert "Testing is the vendor's minimum" in ran.err
    assert ran.err.count("\nUsage\n-----") == 3


def test_taking_an_answer_back(session: str) -> None:
    walk(session, *START, "testing", "500", "20")
    assert keep.load(session).answers.usage.pcc == 20
    walk(session, "", "", "-")
    assert keep.load(session).answers.usage.pcc is None


def test_a_blocker_is_accepted_with_a_reason(session: str) -> None:
    production = ["", "200000", "20000", "", "", "", "", ""]
    ran = walk(
        session,
        *START,
        *production,
        "",
        "",
        "nonsense",
        "memory-short",
        "",
        "memory-short",
        "more comes on Monday",
        "",
        "",
    )
    assert "Without a reason" in ran.err and "No open blocker" in ran.err
    (accepted,) = keep.load(session).answers.accepted
    assert (accepted.id, accepted.reason) == ("memory-short", "more comes on Monday")
    assert "memory-short" in run("answers", "--session", session).out


def test_host_names_are_shown_and_changed(session: str) -> None:
    before_domain = [*START, *USAGE, "", "", "", "", "", "", ""]
    ran = walk(
        session,
        *before_domain,
        "chat.example.com",
        "dashboard dash.example.com",
        "tidb",
        "x y",
        "",
        "",
        "",
        "",
    )
    assert "contested" in ran.err and "api.chat.example.com" in ran.err
    assert "Services:" in ran.err
    domain = keep.load(session).answers.domain
    assert domain.primary == "chat.example.com" and dict(domain.hosts) == {"dashboard": "dash.example.com"}


def test_the_plan_is_shown_before_it_is_asked(session: str) -> None:
    ran = walk(session, *START, *USAGE, "", "", "", "", "n", host="ubuntu-24.04")
    assert ran.err.index("apt-get") < ran.err.index("Install this now? [y/N]")


def test_a_step_is_left_out_with_a_reason(session: str) -> None:
    start = [*START, *USAGE, "", "", "", "", "n"]
    ran = walk(session, *start, "nonsense", "install-jq", "jq comes with our image", "", host="ubuntu-24.04")
    (skip,) = keep.load(session).answers.skipped
    assert (skip.step, skip.reason) == ("install-jq", "jq comes with our image")
    assert "No step of this plan" in ran.err
    plan = run("plan", "--session", session, "--json", host="ubuntu-24.04").document
    assert "install-jq" not in [step["id"] for stage in plan["stages"] for step in stage["steps"]]


def test_a_typed_proxy_password_is_kept_nowhere(session: str) -> None:
    pages = [*START, *USAGE, "", "", "", "", "", "", "http://user:s3cr3t-canary@proxy.example.com:3128", ""]
    ran = walk(session, *pages)
    assert keep.load(session).answers.network.proxy == "http://***@proxy.example.com:3128"
    kept = "".join(path.read_text() for path in Path(session).rglob("*") if path.is_file())
    assert "s3cr3t-canary" not in kept + ran.err + ran.out


def test_from_an_answers_file(session: str, tmp_path: Path) -> None:
    bad = answers_file(tmp_path, "usage: {mau: x}\n", "bad.yaml")
    ran = walk(session, bad, answers_file(tmp_path))
    assert "usage.mau" in ran.err
    assert keep.load(session).answers.usage.mau == 500


def test_answers_of_the_command_line_are_saved(session: str, tmp_path: Path) -> None:
    run("--plain", "--session", session, "--answers", answers_file(tmp_path), host=HOST, typed="")
    assert keep.load(session).answers.usage.mau == 500


def test_a_held_session_is_offered(session: str) -> None:
    with hold.acquire(session, {}):
        ran = walk(session, "n")
    assert ran.code == 7 and "Take it over?" in ran.err


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"TERM": ""}])
def test_dumb_terminals_get_lines(session: str, environ: dict[str, str]) -> None:
    opened: list[str] = []

    def open_wizard(directory: str, _answers: object) -> int:
        opened.append(directory)
        return 0

    ran = run("--session", session, host=HOST, typed="", environ=environ, open_wizard=open_wizard)
    assert opened == [] and "Answers file to start from" in ran.err
    run("--session", session, host=HOST, typed="", environ={"TERM": "xterm"}, open_wizard=open_wizard)
    assert opened == [session]
    run(
        "--session",
        session,
        "--plain",
        host=HOST,
        typed="",
        environ={"TERM": "xterm"},
        open_wizard=open_wizard,
    )
    assert opened == [session]


def test_an_unfinished_session_elsewhere_is_offered(tmp_path: Path, session: str) -> None:
    state = tmp_path / "state"
    elsewhere = state / "cometchat-wizard"
    walk(str(elsewhere), *START, "testing", "500")
    ran = run("--plain", "--session", session, host=HOST, typed="", environ={"XDG_STATE_HOME": str(state)})
    assert str(elsewhere) in ran.err


def test_a_full_disk_ends_in_a_sentence(session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from wizard.model.failure import Failure
    from wizard.model.origin import ExitCode

    def full(*_arguments: object) -> None:
        raise Failure("The disk is full.", code=ExitCode.SESSION_UNUSABLE)

    monkeypatch.setattr(keep, "save", full)
    ran = walk(session, *START, "testing")
    assert ran.code == 7 and "disk is full" in ran.err


def test_answers_that_a_file_replaces_are_kept_aside(tmp_path: Path, session: str) -> None:
    first = answers_file(tmp_path, "usage: {mau: 12345}\n", "first.yaml")
    for path in (first, first, answers_file(tmp_path)):
        run("--plain", "--session", session, "--answers", path, host=HOST, typed="")
    (kept,) = Path(session).glob("answers-*.yaml")
    assert "mau: 12345" in kept.read_text()
    assert "12345" not in run("answers", "--session", session).out
