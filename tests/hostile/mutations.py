"""Text that was right once and no longer is: bytes and JSON, damaged by numbers from a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

# Stands in a document for what JSON's own writer would never write.
_MARK = "@@hostile@@"
DEEP = 20_000

_PIECES = (
    b"\x00",
    b"\x1b[2J\x1b]0;owned\x07",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    "\u202egnp.exe\u2066".encode(),
    "\u2028\u0085\ufeff".encode(),
    b'{"',
    b"}]",
    b'"',
    b"\\",
    b"\\ud800",
    b"NaN",
    b"-0",
    b"1e999",
    b"9" * 400,
    b"[" * 2000,
    b"\n",
    b"\r\n",
)

# As they stand in the file.
RAW: tuple[str, ...] = (
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.5",
    "-0.0",
    "1e308",
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "9" * 400,
    "-" + "9" * 4000,
    "9" * 5000,
    str(2**31),
    str(2**63),
    str(2**64 + 1),
    '""',
    '" "',
    '"\\u0000"',
    '"\\ud800"',
    '"\\u001b[31mred\\u001b]8;;http://x\\u0007"',
    '"\\u202etxt.exe"',
    '"\\u0085\\u2028\\n\\r\\t"',
    '"../../../../etc/shadow"',
    '"/dev/zero"',
    '"/proc/self/mem"',
    '"$(id)`id`;id\\nid"',
    '"%s%n{0}{x.__class__}"',
    '"9999-99-99T99:99:99Z"',
    '"0001-01-01T00:00:00+23:59"',
    '"-24"',
    '"x' + "y" * 100_000 + '"',
    '"' + "\\u00e9" * 3000 + '"',
    "[]",
    '[""]',
    "[null]",
    "[[[[[[]]]]]]",
    "{}",
    '{"": null}',
    '{"__class__": "os", "version": 99}',
    "[" + ",".join(["0"] * 5000) + "]",
    "[" * DEEP + "]" * DEEP,
    '{"a":' * DEEP + "1" + "}" * DEEP,
    "[" * DEEP,
)
_VERSIONS = ("0", "2", "-1", "99", '"1"', "1.0", "1e999", "null", "true", "9" * 400, "[1]")


def damaged(content: bytes, numbers: random.Random) -> bytes:
    """The same with one to three things wrong with it; half of the time the document, else its bytes."""
    if numbers.random() < 0.6:
        found = _document(content, numbers)
        if found is not None:
            return found
    for _time in range(numbers.choice((1, 1, 2, 3))):
        content = numbers.choice(_BYTES)(content, numbers)
    return content


# ------------------------------------------------------------------------------------------------ its bytes


def _flip(content: bytes, numbers: random.Random) -> bytes:
    if not content:
        return b"\x00"
    at = numbers.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << numbers.randrange(8))]) + content[at + 1 :]


def _cut(content: bytes, numbers: random.Random) -> bytes:
    return content[: numbers.randrange(len(content) + 1)]


def _hole(content: bytes, numbers: random.Random) -> bytes:
    start, end = sorted(numbers.randrange(len(content) + 1) for _ in range(2))
    return content[:start] + content[min(end, start + 200) :]


def _twice(content: bytes, numbers: random.Random) -> bytes:
    start, end = sorted(numbers.randrange(len(content) + 1) for _ in range(2))
    return content[:end] + content[start:]


def _insert(content: bytes, numbers: random.Random) -> bytes:
    at = numbers.randrange(len(content) + 1)
    return content[:at] + numbers.choice(_PIECES) + content[at:]


def _zeros(content: bytes, numbers: random.Random) -> bytes:
    """As a file system leaves it after a power cut: the length is right, the content is not there."""
    at = numbers.randrange(len(content) + 1)
    return content[:at] + bytes(len(content) - at)


def _other_encoding(content: bytes, numbers: random.Random) -> bytes:
    return content.decode("utf-8", "replace").encode(numbers.choice(("utf-16", "utf-32", "utf-8-sig")))


def _noise(content: bytes, numbers: random.Random) -> bytes:
    return numbers.randbytes(numbers.choice((0, 1, 64, 4096)))


_BYTES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip,
    _flip,
    _cut,
    _hole,
    _twice,
    _insert,
    _insert,
    _zeros,
    _other_encoding,
    _noise,
)

# ------------------------------------------------------------------------------------------------ its document


def _document(content: bytes, numbers: random.Random) -> bytes | None:
    """With one value, key or version that is another; of a journal one line. None for what is no JSON."""
    try:
        return _changed(content, numbers)
    except ValueError:
        pass
    lines = content.splitlines(keepends=True)
    if not lines:
        return None
    at = numbers.randrange(len(lines))
    try:
        lines[at] = _changed(lines[at], numbers) + b"\n"
    except ValueError:
        return None
    return b"".join(lines)


def _changed(content: bytes, numbers: random.Random) -> bytes:
    data = json.loads(content)
    places = list(_places(data, []))
    if not places:
        return numbers.choice(RAW).encode()
    *above, last = numbers.choice(places)
    parent = data
    for key in above:
        parent = parent[key]
    raw = numbers.choice(_VERSIONS if last == "version" else RAW)
    what = numbers.choice(("value", "value", "value", "swap", "key", "twice", "gone"))
    if what == "value" or not isinstance(parent, dict):
        parent[last] = _MARK
    elif what == "swap":
        other = numbers.choice(list(parent))
        parent[last], parent[other] = parent[other], parent[last]
    elif what == "key":
        parent[numbers.choice(("", "\x1b[1m", "\u202e", "version", "__proto__", last.upper()))] = parent.pop(
            last
        )
    elif what == "twice":
        # The same key once more, which only text can say.
        parent[f"{_MARK}key"] = _MARK
        return _put(data, raw).replace(f'"{_MARK}key"'.encode(), json.dumps(last).encode())
    else:
        del parent[last]
    return _put(data, raw)


def _put(data: Any, raw: str) -> bytes:
    return json.dumps(data).replace(f'"{_MARK}"', raw).encode()


def _places(data: Any, above: list[Any]) -> list[list[Any]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found = []
    for key, value in pairs:
        found += [[*above, key], *_places(value, [*above, key])]
    return found
