"""What stands still in these tests: the host's name, the clock, the home, what resolver and openssl say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.model.answers import Answers
from wizard.model.facts import DnsFacts, TlsFacts
from wizard.workflow import keep, look

if TYPE_CHECKING:
    import pytest

NOW = "2026-11-24T03:00:00Z"
NODE = "recorded-host"


def settle(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    """Nothing of this machine is seen; relative paths lie in `directory`."""
    monkeypatch.chdir(directory)
    monkeypatch.setenv("HOME", "/home/operator")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setattr(os, "uname", name_of_the_host)
    monkeypatch.setattr(keep, "now", lambda: NOW)
    monkeypatch.setattr(look, "outside", outside)


def name_of_the_host() -> os.uname_result:
    """In place of os.uname: a node is called after the machine unless the answers name it."""
    return os.uname_result(("Linux", NODE, "6.8.0", "#1", "x86_64"))


def outside(answers: Answers) -> tuple[TlsFacts | None, DnsFacts | None]:
    """A certificate that covers every name for ten more years, and a resolver that knows every name but one."""
    tls = dns = None
    if answers.tls.certificate:
        tls = TlsFacts(
            answers.tls.certificate,
            answers.tls.key,
            key_encrypted=False,
            matches=True,
            names=(f"*.{answers.domain.primary}", answers.domain.primary or ""),
            not_before="2026-01-01T00:00:00Z",
            not_after="2036-01-01T00:00:00Z",
            expires_in_days=3325,
        )
    names = [name.host for name in look.service_names(answers) if name.public]
    if names:
        known: dict[str, tuple[str, ...] | None] = dict.fromkeys(names, ("192.0.2.10",))
        known[names[0]] = ()
        dns = DnsFacts(known)
    return tls, dns
