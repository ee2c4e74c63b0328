"""Every end is a sentence and an exit code: failures, Ctrl-C, faults of our own, streams that break."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.console import Stream, run
from wizard import __version__
from wizard.cli import estimate as estimate_command
from wizard.cli.environment import Environment
from wizard.cli.failures import failure_text, masked
from wizard.cli.main import main
from wizard.model.failure import Failure, Problem

CANARY = "s3cr3t-canary"


def test_version_and_help_are_results() -> None:
    assert run("--version").out == f"cometchat-wizard {__version__}\n"
    assert run("check", "--version").code == 0
    assert run("--help").code == 0 and "Commands" in run("-h").out
    assert "--mau" in run("estimate", "--help").out


def test_wrong_usage_leaves_standard_output_empty() -> None:
    ran = run("no-such-command", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "no-such-command" in ran.err and "estimate" in ran.err


def test_a_failure_names_every_problem() -> None:
    failure = Failure(
        "Seen.", why="Because.", next_step="Do.", problems=(Problem("a.b", "wrong"), Problem("", "bad"))
    )
    assert failure_text(failure, {}).splitlines() == [
        "cometchat-wizard: Seen.",
        "  a.b: wrong",
        "  bad",
        "Because.",
        "Do.",
    ]


def _break(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def broken(_usage: Any) -> Any:
        raise error

    monkeypatch.setattr(estimate_command, "estimate", broken)


def test_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    _break(monkeypatch, KeyboardInterrupt())
    ran = run("estimate", "--mau", "100")
    assert ran.code == 130 and "Interrupted" in ran.err and ran.out == ""


def test_a_fault_of_ours_is_logged_and_told_in_sentences(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _break(monkeypatch, RuntimeError(f"failed for http://user:{CANARY}@proxy:3128 and {CANARY}"))
    ran = run(
        "estimate",
        "--mau",
        "100",
        "--session",
        str(tmp_path),
        environ={"https_proxy": f"http://user:{CANARY}@proxy:3128"},
    )
    log = tmp_path / "wizard.log"
    assert ran.code == 1 and str(log) in ran.err and "Traceback" not in ran.err
    text = log.read_text()
    assert "RuntimeError" in text and "Traceback" in text
    assert CANARY not in text + ran.err + ran.out
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_fault_without_a_session_is_logged_privately(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _break(monkeypatch, RuntimeError("odd"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ran = run("estimate", "--mau", "100", "--session", str(tmp_path / "none" / "here"))
    (log,) = tmp_path.glob("cometchat-wizard-*.log")
    assert ran.code == 1 and str(log) in ran.err
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_planted_link_is_not_followed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _break(monkeypatch, RuntimeError("odd"))
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / "session").mkdir()
    (tmp_path / "session" / "wizard.log").symlink_to(target)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run("estimate", "--mau", "100", "--session", str(tmp_path / "session")).code == 1
    assert target.read_text() == "mine"


@pytest.mark.parametrize(
    "environ",
    [{"https_proxy": f"http://u:{CANARY}@p:1"}, {"HTTPS_PROXY": "http://u:s3cr3t%2Dcanary@p:1"}],
)
def test_proxy_passwords_are_masked_wherever_they_stand(environ: dict[str, str]) -> None:
    assert CANARY not in masked(f"could not reach {CANARY}", environ)
    assert masked("http://u:other@p:1/x", {}) == "http://***@p:1/x"
    assert masked("'http://u:ot@her@p:1/x'", {}) == "'http://***@p:1/x'"
    assert masked("http://h:80/a@b", {}) == "http://h:80/a@b"


class Broken(Stream):
    """A stream that fails at the flush, as a pipe does."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def flush(self) -> None:
        raise self._error


def _on(stdout: io.StringIO, *argv: str) -> tuple[int, str]:
    err = Stream()
    return main(list(argv), Environment(Stream(), stdout, err, {"HOME": "/nonexistent"})), err.getvalue()


def test_a_closed_pipe_is_no_fault() -> None:
    assert _on(Broken(BrokenPipeError(errno.EPIPE, "Broken pipe")), "estimate", "--mau", "100") == (0, "")


def test_a_full_disk_is_a_sentence() -> None:
    code, err = _on(Broken(OSError(errno.ENOSPC, "No space left on device")), "estimate", "--mau", "100")
    assert code == 7 and "disk is full" in err


def test_a_closed_standard_error_changes_nothing() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "w") as gone:
        environment = Environment(Stream(), Stream(), gone, {"HOME": "/nonexistent"})
        assert main(["nonsense"], environment) == 2
