"""Secrets of many kinds on one host, and everything that the product says and keeps there: none of them is in it.

Real: the commands, a run and its undo, /etc as the product sees it (an overlay in a namespace of its own). Fake:
docker.
The password typed to sudo is in tests/lab/test_wrong_host.py, the pages are in tests/journeys/test_wizard_canary.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.canaries import KINDS, Planted, among_them, plant, sampled, word
from tests.hostile.commands import started
from tests.journeys.packages import ACCEPTED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STEP = "proxy-apt"
PROXIES = {
    "password": f"http://anna:{word(KINDS[0])}@proxy.invalid:3128",
    "token": f"http://{word(KINDS[1])}@proxy.invalid:3128",
}
COMMANDS = (
    "survey",
    "survey --json",
    "check",
    "check --json",
    "plan",
    "plan --json",
    f"apply {STEP} --yes",
    f"apply {STEP} --yes --answers {{plain}}",
    "status --json",
    "attach",
    "attach --json",
    "answers",
    "answers --json",
    "export {out}",
    "validate {given}",
    "diff {given} {out}/answers.yaml",
    "undo --all --json",
    "undo --all --yes",
    "attach --json",
)


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root and namespaces")
    made = plant(tmp_path)
    done = subprocess.run(
        [*among_them(made), "grep", "-c", "Kanari", "/etc/environment"], capture_output=True, text=True
    )
    if done.stdout != "1\n":
        pytest.skip(f"no overlay over /etc here: {done.stderr}")
    return made


def _answers(made: Planted, proxy: str, name: str = "given.yaml") -> Path:
    path = made.root / name
    accepted = "".join(f"  - {{id: {ident}, reason: a test}}\n" for ident in (*ACCEPTED, "swarm-foreign"))
    made.put(
        path,
        "apiVersion: cometchat-wizard/v1\nkind: Answers\nusage: {environment: testing}\n"
        f"software: {{docker_from: offline}}\nnetwork: {{proxy: '{proxy}'}}\ndomain: {{primary: chat.invalid}}\n"
        f"tls: {{certificate: {made.root}/tls/chat.pem, key: {made.root}/tls/chat.key}}\naccepted:\n{accepted}",
    )
    return path


@pytest.mark.parametrize("form", PROXIES)
def test_no_canary_sings(planted: Planted, tell: Callable[[str], None], form: str) -> None:
    out, session = planted.root / "out", planted.root / "session"
    given = _answers(planted, PROXIES[form])
    # One with a login is not written for apt, so there would be no run.
    plain = _answers(planted, "http://other.invalid:3128", "plain.yaml")
    environ = {
        **planted.environ,
        "COMETCHAT_WIZARD_SESSION": str(session),
        "TMPDIR": str(planted.root / "tmp"),
    }
    (planted.root / "tmp").mkdir()
    said: dict[str, str] = {}
    applied = ""
    with sampled(planted) as in_arguments:
        for words in COMMANDS:
            if "{plain}" in words:
                # apt is told no proxy while it has another; all before this have met that one.
                (planted.upper / "apt/apt.conf.d/99canary").unlink()
            argv = words.format(given=given, plain=plain, out=out).split()
            if argv[0] in ("check", "plan", "apply", "export") and "--answers" not in argv:
                argv += ["--answers", str(given)]
            done = started(argv, environ, before=among_them(planted), seconds=120)
            assert done.returncode in (0, 2, 3, 4, 6), (
                f"{words}: {done.returncode} {done.stdout} {done.stderr}"
            )
            said[words] = done.stdout + done.stderr
            if argv[0] == "apply":
                applied = done.stdout
    assert f"done     {STEP}" in applied, said[f"apply {STEP} --yes --answers {{plain}}"]
    leaks = [
        f"{kind} in what `{words}` says"
        for words, text in said.items()
        for kind in planted.found_in(text.encode())
    ]
    leaks += [f"{kind} among a process's arguments" for kind in in_arguments]
    leaks += planted.leaks(session, out, planted.upper, planted.root / "tmp", planted.home)
    assert not leaks, "\n".join(leaks)
    # That it had met them: the proxies are named without their secrets.
    assert "proxy.invalid" in said["survey --json"] and "***" in said["survey --json"]
    assert (session / "session.json").exists() and len(list(session.glob("runs/*/journal.jsonl"))) == 2
    tell(f"Canaries: {len(KINDS)} kinds, {len(COMMANDS)} commands with a proxy's {form}: none sang")


def test_the_search_finds_what_is_there(planted: Planted) -> None:
    """In any spelling, in a file, in a text, among arguments."""
    (planted.root / "session").mkdir()
    (planted.root / "session/log").write_text(f"x{word(KINDS[3])}x{planted.key_line}")
    assert len(planted.leaks(planted.root / "session")) == 2
    assert planted.found_in(f"a {planted.environ['HTTP_PROXY']} b".encode()) == [KINDS[3]]
    with sampled(planted) as found:
        subprocess.run(["sh", "-c", "sleep 0.5", word(KINDS[5])], check=True)
    assert KINDS[5] in found


def test_there_are_at_least_fourteen_kinds(planted: Planted) -> None:
    """Each is planted somewhere, or is an answer."""
    texts = [path.read_bytes() for path in planted.files]
    texts += [" ".join([*planted.environ.values(), *among_them(planted), *PROXIES.values()]).encode()]
    assert {kind for text in texts for kind in planted.found_in(text)} == set(KINDS)
    assert len(KINDS) >= 14
