"""Keys of terminals that do not send UTF-8."""

from __future__ import annotations

import locale

import pytest

from wizard.__main__ import _encoding
from wizard.tui.driver import read_as_sent


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"Gr\xf6\xdfe", "iso8859-1", "Größe"),
        (b"\xa4", "iso8859-15", "€"),
        (b"1\xff2", "utf-8", "12"),
        (b"\xc3", "utf-8", ""),
    ],
)
def test_read_in_the_terminals_own_encoding_or_left_out(data: bytes, encoding: str, text: str):
    assert read_as_sent(data, encoding) == text


@pytest.mark.parametrize(
    ("named", "encoding"),
    [
        ("ISO-8859-1", "iso8859-1"),
        ("ISO-8859-15", "iso8859-15"),
        ("UTF-8", "utf-8"),
        ("ANSI_X3.4-1968", "utf-8"),
        ("", "utf-8"),
        ("no such thing", "utf-8"),
    ],
)
def test_what_an_installed_locale_names_is_written(
    monkeypatch: pytest.MonkeyPatch, named: str, encoding: str
):
    monkeypatch.setattr(locale, "nl_langinfo", lambda _item: named)
    assert _encoding() == encoding
