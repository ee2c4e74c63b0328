"""No name server is asked in this process: what one says, and how late, is no part of these tests."""

from __future__ import annotations

import socket

import pytest


@pytest.fixture(autouse=True)
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object, **_more: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "no names in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refused)
