"""A token as the user of a proxy's address, and a password: neither is in anything that is printed or kept."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.hosts import recording
from tests.unit.cli.console import Ran, answers_file, run
from wizard.cli.plan import plan_document
from wizard.machine.reading import RecordedReader
from wizard.model.facts import HostFacts
from wizard.model.formats import apt
from wizard.model.formats.file import file_with
from wizard.model.formats.text import text_of
from wizard.model.plain import plain
from wizard.model.plan import KeyChange, MergeFile, Plan, Stage, Step
from wizard.model.session import SessionState
from wizard.planning.show import lines
from wizard.store.seen import FILE as SEEN
from wizard.store.seen import Seen, keep_seen, read_seen
from wizard.store.session import load, save

CANARY = "kanari9Qx7Lm2"
USERINFOS = [CANARY, f"{CANARY}:", f"anna:{CANARY}", f":{CANARY}", f"{CANARY}:{CANARY}", f"anna:x{CANARY}%40"]
COMMANDS = (
    ("survey",), ("survey", "--json"), ("check",), ("check", "--json"), ("plan",), ("plan", "--json"),
    ("answers",), ("answers", "--json"), ("status",), ("status", "--json"),
)  # fmt: skip


def with_proxies(name: str, address: str) -> RecordedReader:
    """A recorded host where the proxy is set everywhere that is looked into."""
    host = copy.deepcopy(recording(name))
    names = ("http_proxy", "HTTPS_PROXY", "all_proxy", "NO_PROXY")
    host.setdefault("values", {})["proxies"] = dict.fromkeys(names, address)
    files: dict[str, Any] = host.setdefault("files", {})
    files["/etc/environment"] = f'http_proxy="{address}"\nno_proxy={address}\n'
    files["/etc/apt/apt.conf"] = f'Acquire::http::Proxy "{address}";\nAcquire::https::Proxy "{address}";\n'
    files["/etc/dnf/dnf.conf"] = f"[main]\nproxy={address}\nproxy_password={CANARY}\n"
    files["/etc/docker/daemon.json"] = json.dumps(
        {"proxies": {"http-proxy": address, "no-proxy": address}, "registry-mirrors": [address]}
    )
    return RecordedReader(host)


def all_of(ran: Ran, *directories: Path) -> str:
    kept = [
        path.read_text(encoding="utf-8", errors="replace")
        for directory in directories
        for path in directory.rglob("*")
        if path.is_file()
    ]
    return "\n".join((ran.out, ran.err, *kept))


@pytest.mark.parametrize(
    ("name", "userinfo"), [*zip(["ubuntu-24.04-docker", "rhel-9"] * 3, USERINFOS, strict=True)]
)
def test_it_sings_nowhere(tmp_path: Path, name: str, userinfo: str) -> None:
    address = f"http://{userinfo}@proxy.example.com:3128"
    environ = {"https_proxy": address, "HTTP_PROXY": address}
    text = (
        "usage: {environment: testing, mau: 500}\ndomain: {primary: chat.example.com}\n"
        f"network: {{proxy: {json.dumps(address)}}}\n"
    )
    answers = answers_file(tmp_path, text)
    session = tmp_path / "session"
    where = ("--session", str(session), "--answers", str(answers))
    for words in COMMANDS:
        ran = run(*words, *where, host=with_proxies(name, address), environ=environ)
        assert CANARY not in all_of(ran, session), words
    # The answers are taken into the session by what saves it.
    save(str(session), SessionState())
    out = tmp_path / "out"
    ran = run("export", str(out), *where, "--json", host=with_proxies(name, address), environ=environ)
    told = all_of(ran, session, out)
    assert CANARY not in told
    assert ran.code == (0 if name == "ubuntu-24.04-docker" else 3), ran.err
    if ran.code == 0:
        assert "***@proxy.example.com" in (out / "deployment.yaml").read_text()


@pytest.mark.parametrize("userinfo", USERINFOS)
def test_what_is_wrong_does_not_tell_it(tmp_path: Path, userinfo: str) -> None:
    for text in (
        f"network: {{proxy: 'ftp://{userinfo}@proxy'}}\n",
        f"network: {{proxies: 'http://{userinfo}@proxy'}}\n",
        f"network: {{proxy: 'http://{userinfo}@proxy\n",
        f"domain: {{primary: 'http://{userinfo}@proxy'}}\n",
    ):
        answers = answers_file(tmp_path, text)
        for words in (("check",), ("validate", str(answers)), ("validate", str(answers), "--json")):
            given = ("--answers", str(answers)) if words == ("check",) else ()
            ran = run(*words, *given, host="ubuntu-24.04")
            assert ran.code == 2 and CANARY not in ran.out + ran.err


def test_what_earlier_versions_kept_is_read_without_it(tmp_path: Path) -> None:
    """They took the user of an address for no secret."""
    address = f"http://{CANARY}@proxy:3128"
    facts = HostFacts(
        "x", "2026-11-01T00:00:00Z", proxies={"apt http": address}, own_proxies={"apt": address}
    )
    directory = tmp_path / "session"
    save(str(directory), SessionState(survey={"hosts": [plain(facts)], "tls": None}))
    assert keep_seen(str(directory), Seen(facts, facts))
    assert CANARY in (directory / SEEN).read_text()
    seen, state = read_seen(str(directory)), load(str(directory))
    assert seen is not None and seen.host.proxies == {"apt http": "http://***@proxy:3128"}
    assert state.survey is not None and CANARY not in repr(seen) + repr(state)
    assert "http://***@proxy:3128" in repr(state.survey)


def test_an_undo_of_their_runs_does_not_show_it() -> None:
    address = f"http://{CANARY}@proxy:3128"
    content = text_of([apt.setting("Acquire::http::Proxy", address)])
    merge = MergeFile("/etc/dnf/dnf.conf", "ini", (KeyChange(("main", "proxy"), None, old=address),))
    step = Step("undo-proxy", "x", "t", "w", (file_with("/etc/apt/apt.conf.d/x", content), merge))
    made = Plan((Stage("undo", "Undo", (step,)),))
    shown = "\n".join(lines(made)) + json.dumps(plan_document(made))
    assert CANARY not in shown and shown.count("***@proxy:3128") == 4
