"""Rules of a firewall that were there before: undo leaves them, and puts back what a rule of ours replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.apply.plans import machine, plan_of, sh, step
from tests.unit.apply.test_undo import apply, directories, undo
from wizard.apply import rules
from wizard.apply.packages import CannotRecord
from wizard.apply.rules import KeptRule, merged, rules_before, ufw_back
from wizard.model.plan import Command, Step
from wizard.model.ufwrules import parse_ufw
from wizard.planning.firewall_commands import Rule, withdraw

OFFICE = Rule("https", "tcp", 443, "203.0.113.0/24", 4)
ANYONE = Rule("https", "tcp", 443)
PEER = Rule("swarm", "esp", None, "10.0.0.5", 4)
V6 = Rule("https", "tcp", 443, "2001:db8::5", 6)


def argv(rule: Rule) -> tuple[str, ...]:
    return withdraw("ufw", rule)[0].argv


def line(text: str) -> str:
    return f"### tuple ### {text}"


def back_of(asked: tuple[str, ...], *lines: str) -> tuple[str, ...]:
    return ufw_back(asked, parse_ufw("\n".join(lines)))


@pytest.mark.parametrize(
    ("rule", "there", "words"),
    [
        (OFFICE, "allow tcp 443 0.0.0.0/0 any 203.0.113.0/24 in", "allow"),
        (OFFICE, "deny tcp 443 0.0.0.0/0 any 203.0.113.0/24 in", "deny"),
        (OFFICE, "reject_log tcp 443 0.0.0.0/0 any 203.0.113.0/24 in", "reject log"),
        (OFFICE, "limit_log-all tcp 443 0.0.0.0/0 any 203.0.113.0/24 in", "limit log-all"),
        (ANYONE, "deny tcp 443 0.0.0.0/0 any 0.0.0.0/0 in", "deny"),
        (ANYONE, "deny tcp 443 ::/0 any ::/0 in", "deny"),
        (PEER, "allow esp any 0.0.0.0/0 any 10.0.0.5 in", "allow"),
        (V6, "allow tcp 443 ::/0 any 2001:db8:0::5 in", "allow"),
    ],
)
def test_the_rule_that_was_there_comes_back_with_its_comment(rule: Rule, there: str, words: str) -> None:
    asked = argv(rule)
    back = ("ufw", *words.split(), *asked[3:])
    assert back_of(asked, line("allow udp 1 0.0.0.0/0 any 0.0.0.0/0 in"), line(there)) == (
        *back,
        "comment",
        "",
    )
    comment = "m\u00fcnchen office"
    with_comment = line(f"{there} comment={comment.encode().hex()}")
    assert back_of(asked, with_comment) == (*back, "comment", comment)


def test_our_own_rule_of_before_stays() -> None:
    ours = line(f"allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in comment={b'cometchat-wizard https'.hex()}")
    assert back_of(argv(ANYONE), ours) == ()


@pytest.mark.parametrize(
    "there",
    [
        "allow tcp 443 0.0.0.0/0 any 203.0.113.0/25 in",
        "allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in",
        "allow udp 443 0.0.0.0/0 any 203.0.113.0/24 in",
        "allow any 443 0.0.0.0/0 any 203.0.113.0/24 in",
        "allow tcp 80 0.0.0.0/0 any 203.0.113.0/24 in",
        "allow tcp 443 10.0.0.1 any 203.0.113.0/24 in",
        "allow tcp 443 0.0.0.0/0 1024 203.0.113.0/24 in",
        "allow tcp 443 0.0.0.0/0 any 203.0.113.0/24 in_eth0",
        "allow tcp 443 0.0.0.0/0 any 203.0.113.0/24 out",
        "allow tcp 443 0.0.0.0/0 any 203.0.113.0/24 Nginx - in",
        "allow tcp 443",
        "allow tcp 443 0.0.0.0/0 any nonsense in",
    ],
)
def test_another_rule_is_none_of_it(there: str) -> None:
    assert back_of(argv(OFFICE), line(there), f"# {there}", "") == argv(OFFICE)


def test_a_comment_that_can_not_be_read_is_none() -> None:
    there = line("deny tcp 443 0.0.0.0/0 any 203.0.113.0/24 in comment=zz")
    assert back_of(argv(OFFICE), there)[-2:] == ("comment", "")


def test_firewalld_is_asked_for_each_of_both_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, '[ "$1" = --permanent ]')
    argvs = [command.argv for command in withdraw("firewalld", ANYONE)]
    asked = rules_before(machine(), step("x", undo=tuple(as_user(item) for item in argvs)))
    assert asked == (KeptRule(argvs[0], argvs[0]), KeptRule(argvs[1], ()))
    assert (tmp_path / "asked").read_text().splitlines() == [
        "--query-port=443/tcp",
        "--permanent --query-port=443/tcp",
    ]


def test_a_firewalld_that_does_not_say_lets_nothing_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path, monkeypatch, "exit 252")
    with pytest.raises(CannotRecord, match="can't be told"):
        rules_before(machine(), step("x", undo=(as_user(withdraw("firewalld", ANYONE)[0].argv),)))


def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A firewall-cmd of a test's own: firewalld itself is asked in the lab."""
    program = tmp_path / "firewall-cmd"
    program.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


def as_user(argv: tuple[str, ...]) -> Command:
    return Command(argv, root=False)


def test_two_runs_keep_what_the_first_found() -> None:
    gone = ("ufw", "delete", "x")
    brought, there, denied = KeptRule(gone, gone), KeptRule(gone, ()), KeptRule(gone, ("ufw", "deny", "x"))
    assert merged([brought], [there]) == (brought,), "the second run found the first one's"
    assert merged([there], [brought]) == (brought,), "somebody took his away in between"
    assert merged([there], [there]) == (there,)
    assert merged([denied], [there]) == (denied,)
    assert merged([], [denied]) == merged([denied], []) == (denied,)


@pytest.mark.parametrize("is_there", [False, True])
def test_undo_leaves_a_rule_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    user_rules = tmp_path / "user.rules"
    user_rules.write_text(line("allow tcp 443 0.0.0.0/0 any 203.0.113.0/24 in") if is_there else "")
    monkeypatch.setattr(rules, "UFW_FILES", (str(user_rules), str(tmp_path / "none")))
    session = tmp_path / "session"
    session.mkdir()
    apply(session, plan_of(opens()))
    assert len(directories(session)) == 1
    (found,) = undo(session).steps()
    words = ["proto", "tcp", "from", "203.0.113.0/24", "to", "any", "port", "443"]
    back = ("ufw", "allow", *words, "comment", "") if is_there else ("ufw", "delete", "allow", *words)
    assert [action.argv for action in found.commands if isinstance(action, Command)] == [back]


def opens() -> Step:
    return step("firewall-https", sh("true"), undo=withdraw("ufw", OFFICE))
