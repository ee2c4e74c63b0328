"""What is kept of a command's words, and what is advised: with what apt and dpkg really said."""

from __future__ import annotations

import pytest

from wizard.apply.advice import advice
from wizard.apply.said import Said

POSTINST = """\
Unpacking jq (99.0) ...
Setting up jq (99.0) ...
jq: the licence server did not answer
dpkg: error processing package jq (--configure):
 installed jq package post-installation script subprocess returned error exit status 1
"""
END = """\
Errors were encountered while processing:
 jq
E: Sub-process /usr/bin/dpkg returned an error code (1)
"""
FULL = """\
Unpacking libpsl5t64:amd64 (0.21.2-1.1+b1) ...
dpkg: error processing archive /tmp/x/34-libpsl5t64_0.21.2-1.1+b1_amd64.deb (--unpack):
 cannot copy extracted data for './usr/lib/x' to '/usr/lib/x.dpkg-new': failed to write (No space left on device)
"""


def said(text: str) -> Said:
    found = Said()
    for line in text.splitlines():
        found.take(line)
    return found


def test_a_failed_package_is_told_with_its_own_words_and_dpkgs_reason() -> None:
    between = "".join(f"Setting up package-{number} (1.0) ...\n" for number in range(100))
    assert said(POSTINST + between + END).words() == (
        "jq: the licence server did not answer | dpkg: error processing package jq (--configure): | "
        "installed jq package post-installation script subprocess returned error exit status 1 | "
        "E: Sub-process /usr/bin/dpkg returned an error code (1)"
    )


def test_the_first_cause_is_kept_however_much_follows_from_it() -> None:
    words = said(FULL * 100 + END).words()
    assert "No space left on device" in words and words.endswith("error code (1)")
    assert len(words) <= 420 and "Unpacking" not in words


def test_where_nothing_tells_the_last_lines_do() -> None:
    assert said("one\ntwo\n\nthree\nfour\n").words() == "two | three | four"
    assert said("").words() == ""
    assert said("E: " + "x" * 1000).words(100) == "E: " + "x" * 96 + "…"


def test_doubts_of_a_command_that_ended_well() -> None:
    line = "W: Failed to fetch http://192.0.2.7/./InRelease  Connection failed"
    assert said(f"Hit:1 http://192.0.2.8\n{line}\n{line}\nReading package lists...\n").doubts() == line
    assert said("W: Target Packages is configured multiple times\n").doubts() == ""


@pytest.mark.parametrize(
    ("words", "advised"),
    [
        ("failed to write (No space left on device)", "The disk is full"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "The disk is full"),
        ("Temporary failure resolving 'deb.example.com'", "check its DNS"),
        (
            "Could not connect to 192.0.2.7:80 (192.0.2.7). - connect (111: Connection refused)",
            "did not answer",
        ),
        ("Connection failed [IP: 192.0.2.7 80]", "did not answer"),
        ("E: Unable to locate package jq", "No repository of this host has that package"),
        ("installed jq package post-installation script subprocess returned error", "could not be set up"),
    ],
)
def test_what_to_do_next(words: str, advised: str) -> None:
    assert advised in advice(words)
    assert "docker_from" not in advice(words)


def test_no_advice_is_made_up() -> None:
    assert advice("the moon is full") == ""
    assert "docker_from: distribution" in advice("Temporary failure resolving 'download.docker.com'")
