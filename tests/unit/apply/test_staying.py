"""Rules that an undo must leave when it comes to them. The ufw here only writes down what it is told; the real one,
with a real sshd, is in tests/lab/test_undo_ssh.py.
"""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.apply.plans import machine, plan_of, sh, step, text_of
from tests.unit.apply.test_undo import apply, directories, undo
from wizard.apply import rules, sshnow, staying
from wizard.apply.changes import changes
from wizard.apply.runfile import read_run_file
from wizard.checks.closing import SshNow
from wizard.machine.readvalues import sockets
from wizard.model.origin import ExitCode
from wizard.model.plan import Command, Plan, Step
from wizard.planning.firewall_commands import Rule, withdraw

CLIENT = "203.0.113.9"
ON_443 = SshNow(frozenset({(CLIENT, 443)}), frozenset({443}))
ON_22 = SshNow(frozenset({(CLIENT, 22)}), frozenset({22}))
OURS = b"cometchat-wizard web".hex()


class Ufw:
    """ufw's files in a directory, and a program of that name."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rules, self.asked = tmp_path / "user.rules", tmp_path / "asked"
        self.conf, self.defaults = tmp_path / "ufw.conf", tmp_path / "defaults"
        self.conf.write_text("ENABLED=yes\n")
        self.defaults.write_text('DEFAULT_INPUT_POLICY="DROP"\n')
        monkeypatch.setattr(rules, "UFW_FILES", (str(self.rules),))
        monkeypatch.setattr(staying, "UFW_CONF", str(self.conf))
        monkeypatch.setattr(staying, "UFW_DEFAULTS", str(self.defaults))
        program = tmp_path / "bin" / "ufw"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\necho "$*" >>{self.asked}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        self.has()

    def has(self, *lines: str) -> None:
        self.rules.write_text("".join(f"### tuple ### {line}\n" for line in lines))

    def done(self) -> list[str]:
        return self.asked.read_text().splitlines() if self.asked.exists() else []


@pytest.fixture
def ufw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ufw:
    return Ufw(tmp_path, monkeypatch)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "session"
    path.mkdir()
    return path


def opens(*ports: int) -> Step:
    found = [withdraw("ufw", Rule("web", "tcp", port))[0] for port in ports]
    return step("firewall-web", sh("true"), undo=tuple(replace(item, root=False) for item in found))


def is_reached(monkeypatch: pytest.MonkeyPatch, ssh: SshNow) -> None:
    monkeypatch.setattr(staying, "ssh_now", lambda _machine: ssh)


def mine(*ports: int) -> list[str]:
    return [f"allow tcp {port} 0.0.0.0/0 any 0.0.0.0/0 in comment={OURS}" for port in ports]


def test_what_ssh_comes_in_by_stays_and_the_rest_goes(
    ufw: Ufw, session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(session, plan_of(opens(443, 80)))
    ufw.has(*mine(443, 80))
    is_reached(monkeypatch, ON_443)
    plan = undo(session)
    assert any("SSH comes in by stays" in note for note in plan.notes)
    assert apply(session, plan) == ExitCode.ATTENTION
    assert ufw.done() == ["delete allow proto tcp from any to any port 80"]
    ended = read_run_file(directories(session)[0])
    assert ended is not None and f"the SSH connection from {CLIENT}" in ended.message
    assert "undo again" in ended.message
    assert '"failed"' not in text_of(directories(session)[0], "journal.jsonl")
    told = [sentence for sentence in changes(directories(session)) if "ufw" in sentence]
    assert len(told) == 1 and "port 443" not in told[0], "what was left is no change"

    # Still to be undone, that rule alone; and done once SSH comes in elsewhere.
    (again,) = undo(session).steps()
    assert [item.argv[-1] for item in again.commands if isinstance(item, Command)] == ["443"]
    is_reached(monkeypatch, ON_22)
    assert apply(session, undo(session)) == ExitCode.DONE
    assert ufw.done()[1:] == ["delete allow proto tcp from any to any port 443"]
    assert undo(session).steps() == ()


@pytest.mark.parametrize(
    ("case", "stays"),
    [("another rule", False), ("policy", False), ("off", False), ("unreadable settings", True)],
)
def test_only_what_ssh_rests_on_stays(
    ufw: Ufw, session: Path, monkeypatch: pytest.MonkeyPatch, case: str, stays: bool
) -> None:
    is_reached(monkeypatch, ON_443)
    apply(session, plan_of(opens(443)))
    ufw.has(*mine(443))
    if case == "another rule":
        ufw.has(*mine(443), "allow tcp 443 0.0.0.0/0 any 203.0.113.0/24 in")
    elif case == "policy":
        ufw.defaults.write_text("DEFAULT_INPUT_POLICY=ACCEPT\n")
    elif case == "off":
        ufw.conf.write_text("ENABLED=no\n")
    else:
        ufw.conf.unlink()
        ufw.defaults.unlink()
    assert apply(session, undo(session)) == (ExitCode.ATTENTION if stays else ExitCode.DONE)
    assert bool(ufw.done()) is not stays


def test_a_rule_that_refused_is_not_put_back_over_ssh(
    ufw: Ufw, session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ufw.has("deny tcp 443 0.0.0.0/0 any 0.0.0.0/0 in")
    apply(session, plan_of(opens(443)))
    ufw.has(*mine(443), "allow any any 0.0.0.0/0 any 0.0.0.0/0 in")
    is_reached(monkeypatch, ON_443)
    assert apply(session, undo(session)) == ExitCode.ATTENTION
    assert ufw.done() == []
    is_reached(monkeypatch, ON_22)
    assert apply(session, undo(session)) == ExitCode.DONE
    assert ufw.done() == ["deny proto tcp from any to any port 443 comment "]


@pytest.mark.parametrize("comment", ["", f" comment={b'theirs'.hex()}"])
def test_a_rule_that_somebody_set_again_is_theirs(
    ufw: Ufw, session: Path, monkeypatch: pytest.MonkeyPatch, comment: str
) -> None:
    is_reached(monkeypatch, ON_22)
    apply(session, plan_of(opens(443, 80)))
    ufw.has(f"allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in{comment}", *mine(80))
    plan = undo(session)
    assert plan.stays == ("ufw allow proto tcp from any to any port 443",)
    (note,) = [text for text in plan.notes if "set again by somebody else" in text]
    assert "`ufw delete allow proto tcp from any to any port 443`" in note
    assert apply(session, plan) == ExitCode.DONE
    assert ufw.done() == ["delete allow proto tcp from any to any port 80"]
    again = undo(session)
    assert (again.steps(), again.stays) == ((), plan.stays), "said every time, as of files"


def test_one_that_was_set_again_after_the_plan_was_made_stays_as_well(
    ufw: Ufw, session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_reached(monkeypatch, ON_22)
    apply(session, plan_of(opens(443)))
    ufw.has(*mine(443))
    plan = undo(session)
    ufw.has("allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in")
    assert apply(session, plan) == ExitCode.ATTENTION
    assert ufw.done() == []


def test_an_apply_that_would_shut_ssh_out_by_now_changes_nothing(
    ufw: Ufw, session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No plan of this wizard has such a command; the runner is asked all the same."""
    is_reached(monkeypatch, ON_443)
    shuts = step("firewall-x", sh(f"echo first >>{ufw.asked}"), *opens(443).undo)
    assert apply(session, plan_of(shuts)) == ExitCode.STEP_FAILED
    assert ufw.done() == []
    assert undo(session) == Plan()


def test_ssh_of_this_moment_is_asked_of_its_sockets_and_of_sshd_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A real socket, told to be sshd's; sshd -T and systemctl are of the test's own."""
    programs = {
        "sshd": "echo port 443\necho 'listenaddress [::]:2022'\necho 'x11displayoffset 10'",
        "systemctl": "case $* in\n*sshd.socket) printf 'ActiveState=inactive\\nListen=[::]:3333 (Stream)\\n' ;;\n"
        "*) printf 'ActiveState=active\\nListen=[::]:2222 (Stream)\\n' ;;\nesac",
    }
    for name, script in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("SSH_CONNECTION", "::ffff:198.51.100.7 5000 10.0.0.1 8443")
    names = {"process": "sshd-session"}
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            real = sockets
            monkeypatch.setattr(
                sshnow,
                "sockets",
                lambda _: [{**row, **names} for row in real("") or () if row["port"] == port],
            )
            found = sshnow.ssh_now(machine())
            assert client.getsockname()
    assert found.ports == {443, 2022, 2222, port}
    assert found.live == {("127.0.0.1", port), ("198.51.100.7", 8443)}


def test_where_nothing_tells_of_ssh_it_is_by_the_usual_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sshnow, "sockets", lambda _: None)
    monkeypatch.setattr(sshnow, "_said", lambda _machine, _argv: [])
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    assert sshnow.ssh_now(machine()) == SshNow(ports=frozenset({22}))


def test_who_comes_through_another_program_to_sshd_is_connected_by_that_one_s_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rows are made up, as psutil gives them: sslh waits on 443 and passes ssh on to port 22."""
    monkeypatch.setattr(sshnow, "_said", lambda _machine, _argv: [])
    monkeypatch.delenv("SSH_CONNECTION", raising=False)

    def row(status: str, here: tuple[str, int], there: tuple[str | None, int | None], pid: int, process: str):
        return {
            "status": status,
            "address": here[0],
            "port": here[1],
            "peer": there[0],
            "peer_port": there[1],
            "pid": pid,
            "process": process,
        }

    nobody = (None, None)
    rows = [
        row("LISTEN", ("0.0.0.0", 22), nobody, 1, "sshd"),
        row("LISTEN", ("0.0.0.0", 443), nobody, 2, "sslh"),
        row("LISTEN", ("0.0.0.0", 80), nobody, 3, "nginx"),
        row("ESTABLISHED", ("10.0.0.1", 443), (CLIENT, 5000), 2, "sslh"),
        row("ESTABLISHED", ("127.0.0.1", 40000), ("127.0.0.1", 22), 2, "sslh"),
        row("ESTABLISHED", ("127.0.0.1", 22), ("127.0.0.1", 40000), 4, "sshd-session"),
        row("ESTABLISHED", ("10.0.0.1", 80), ("198.51.100.7", 6000), 3, "nginx"),
    ]
    monkeypatch.setattr(sshnow, "sockets", lambda _: rows)
    found = sshnow.ssh_now(machine())
    assert found == SshNow(frozenset({("127.0.0.1", 22), (CLIENT, 443)}), frozenset({22}))
