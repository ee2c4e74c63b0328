"""No password of an address is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.model.masking import mask, masker


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        ("Err:1 http://bob:geheim@proxy:3128 foo", "Err:1 http://bob:***@proxy:3128 foo"),
        ("https://bob:p@ss:w@host/x y@z", "https://bob:***@host/x y@z"),
        ("http://bob:pa/ss@host", "http://bob:***@host"),
        ("proxy=bob:geheim@proxy:3128", "proxy=bob:***@proxy:3128"),
        ("'http://:geheim@host'", "'http://:***@host'"),
        (
            "Get:1 http://deb.debian.org:80/debian bookworm/main",
            "Get:1 http://deb.debian.org:80/debian bookworm/main",
        ),
        ("git@github.com:owner/name.git", "git@github.com:owner/name.git"),
        ("12:30:01 mail to root@host", "12:30:01 mail to root@host"),
        ("Setting up jq (1.6-2.1) ...", "Setting up jq (1.6-2.1) ..."),
    ],
)
def test_lines(line: str, safe: str) -> None:
    assert mask(line) == safe


def test_the_environments_own_passwords_go_wherever_they_stand() -> None:
    masked = masker({"https_proxy": "http://bob:can%40ary@proxy:3128", "OTHER": "x:y@z"})
    assert masked("curl: bad word can@ary, also can%40ary") == "curl: bad word ***, also ***"


@given(st.from_regex(r"[A-Za-z0-9_%!$&*+,;=.~-]{1,20}", fullmatch=True), st.text(alphabet="ab /", max_size=5))
def test_a_password_never_survives(password: str, around: str) -> None:
    canary = f"x{password}x"
    assert canary not in mask(f"{around} http://user:{canary}@proxy.example:3128/ {around}")
