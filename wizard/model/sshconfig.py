"""sshd's own configuration, as far as its ports go. Pure."""

from __future__ import annotations


def parse_sshd_config(text: str | None) -> list[int]:
    """`Port` and `ListenAddress host:port` lines."""
    found: list[int] = []
    for line in (text or "").splitlines():
        words = line.replace("=", " ").split()
        if len(words) < 2:
            continue
        key = words[0].lower()
        if key == "port":
            found += port_of(words[1])
        elif key == "listenaddress" and (words[1].count(":") == 1 or "]:" in words[1]):
            found += port_of(words[1].rpartition(":")[2])
    return found


def port_of(word: str) -> list[int]:
    """The port that a word names; [] where it names none."""
    is_number = word.isascii() and word.isdigit() and len(word) < 6
    return [int(word)] if is_number and 0 < int(word) < 65536 else []
