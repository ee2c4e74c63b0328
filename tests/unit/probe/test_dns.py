"""Names resolved from here: answered, unknown, unanswered."""

import socket
import threading
import time

from wizard.probe import dns


def test_known_and_unknown(monkeypatch):
    found = dns.resolve(("localhost", "a" * 70 + ".example.com", "x\0y"))
    assert {"127.0.0.1", "::1"} & set(found.resolved["localhost"] or ())
    assert found.resolved["a" * 70 + ".example.com"] == ()
    assert found.resolved["x\0y"] == ()


def test_no_answer_in_time_is_none_and_holds_nobody(monkeypatch):
    release = threading.Event()
    real = socket.getaddrinfo

    def slow(name, *arguments, **options):
        if name == "slow.example.com":
            release.wait(10)
        return real("127.0.0.1", *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    started = time.monotonic()
    found = dns.resolve(("slow.example.com", "quick.example.com"), 0.3)
    release.set()
    assert time.monotonic() - started < 2
    assert found.resolved == {"slow.example.com": None, "quick.example.com": ("127.0.0.1",)}


def test_a_resolver_that_fails_is_not_no_such_name(monkeypatch):
    def failing(*_arguments, **_options):
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", failing)
    assert dns.resolve(("api.example.com",)).resolved == {"api.example.com": None}


def test_nothing_asked():
    assert dns.resolve(()).resolved == {}
