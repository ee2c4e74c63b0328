"""No password of an address is kept."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.model.masking import mask, masker


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        ("Err:1 http://bob:geheim@proxy:3128 foo", "Err:1 http://***@proxy:3128 foo"),
        ("https://bob:p@ss:w@host/x y@z", "https://***@host/x y@z"),
        ("http://bob:pa/ss@host", "http://***@host"),
        ("proxy=bob:geheim@proxy:3128", "proxy=***@proxy:3128"),
        ("'http://:geheim@host'", "'http://***@host'"),
        ("E: http://ghp_geheim@proxy:3128 refused", "E: http://***@proxy:3128 refused"),
        ("git clone https://geheim@github.com/o/n.git", "git clone https://***@github.com/o/n.git"),
        ("http://***@proxy:3128 http://bob:***@old", "http://***@proxy:3128 http://***@old"),
        ("ssh://root@10.0.0.5:22 SSH://git@github.com", "ssh://root@10.0.0.5:22 SSH://git@github.com"),
        ("ssh://root:geheim@10.0.0.5", "ssh://root:***@10.0.0.5"),
        ("https://registry.example/@scope/x?a=b@c", "https://registry.example/@scope/x?a=b@c"),
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


def test_the_environments_own_users_go_too() -> None:
    masked = masker(
        {"http_proxy": "http://ghp-0123456789@proxy:3128", "HTTPS_PROXY": "http://kim7:x@proxy:3128"}
    )
    assert masked("curl: ghp-0123456789: no such user") == "curl: ***: no such user"
    assert masked("token=xghp-0123456789x") == "token=x***x"
    assert masked("user kim7, kim71, Kim7.") == "user ***, kim71, ***."


@pytest.mark.parametrize("user", ["a", "me", "apt", "root", "proxy", "http", "Docker"])
def test_an_ordinary_user_is_no_secret_everywhere(user: str) -> None:
    """It would take words out of all that is said; in an address it goes as any other."""
    masked = masker({"http_proxy": f"http://{user}:geheim@proxy:3128"})
    said = f"{user} is a word; see http://x/ and the proxy"
    assert masked(said) == said
    assert masked(f"http://{user}:geheim@proxy:3128") == "http://***@proxy:3128"


def test_a_long_text_is_masked_at_once() -> None:
    for text in (
        "a" * 300_000,
        "http://" * 20_000,
        "http://" + "a:" * 50_000,
        "x@" * 50_000,
        "a.b:c" * 40_000,
    ):
        started = time.process_time()
        mask(text)
        assert time.process_time() - started < 5, text[:20]


@given(st.from_regex(r"[A-Za-z0-9_%!$&*+,;=.~-]{1,20}", fullmatch=True), st.text(alphabet="ab /", max_size=5))
def test_a_password_never_survives(password: str, around: str) -> None:
    canary = f"x{password}x"
    assert canary not in mask(f"{around} http://user:{canary}@proxy.example:3128/ {around}")
    assert canary not in mask(f"{around} http://{canary}@proxy.example:3128/ {around}")
