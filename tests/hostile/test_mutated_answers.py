"""Answers files from elsewhere: damaged, odd or made to hurt. Each is refused in a sentence, or is what it says.

What a hostile but valid answer becomes in the files that we write is tested by what reads those files: see README.md.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.hostile.commands import Wrong, looked, started, told, what_is_wrong
from tests.hostile.made import HOST, answers_text
from tests.hostile.mutations import RAW, damaged
from tests.hostile.seeds import chance, count

HEAD = "apiVersion: cometchat-wizard/v1\nkind: Answers\n"
REALLY = 40

# Each a file that YAML's own rules make dangerous or large.
MADE: dict[str, str | bytes] = {
    "bomb": HEAD
    + "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "alias of itself": HEAD + "usage: &u {mau: *u}\n",
    "merge of itself": HEAD + "usage: &u\n  <<: *u\n",
    "python object": HEAD + "usage: !!python/object/apply:os.system ['id > /tmp/PWNED']\n",
    "python name": HEAD + "usage: !!python/name:os.system\n",
    "own tag": HEAD + "usage: !evil {mau: 1}\n",
    "set": HEAD + "usage: !!set {mau, pcc}\n",
    "binary": HEAD + "domain: {primary: !!binary aGFsbG8=}\n",
    "deep": HEAD + "usage: " + "[" * 20_000 + "]" * 20_000 + "\n",
    "deep maps": HEAD + "usage: " + "{a: " * 20_000 + "}" * 20_000 + "\n",
    "deep lines": HEAD + "".join(" " * level + "a:\n" for level in range(1000)),
    "400 digits": HEAD + f"usage: {{mau: {'9' * 400}}}\n",
    "5000 digits": HEAD + f"usage: {{mau: {'9' * 5000}}}\n",
    "hex": HEAD + f"usage: {{mau: 0x{'f' * 4000}}}\n",
    "sexagesimal": HEAD + "usage: {mau: 190:20:30}\n",
    "octal": HEAD + "usage: {mau: 0o17}\n",
    "infinite": HEAD + "usage: {mau: .inf}\n",
    "not a number": HEAD + "usage: {mau: .nan, pcc: -.inf}\n",
    "date": HEAD + "usage: {mau: 2024-99-99}\n",
    "time": HEAD + "usage: {mau: 2024-01-01T99:99:99+99:99}\n",
    "twice": HEAD + "usage: {mau: 1}\nusage: {mau: 2}\n",
    "twice within": HEAD + "usage: {mau: 1, mau: 2}\n",
    "two documents": HEAD + "---\n" + HEAD,
    "directive": "%YAML 9.9\n---\n" + HEAD,
    "keys that are lists": HEAD + "? [a, b]\n: c\n",
    "keys that are numbers": HEAD + "1: 2\nnull: 3\ntrue: 4\n2024-01-01: 5\n",
    "nothing": "",
    "blanks": " \n\t\n",
    "a word": "yes\n",
    "a list": "- 1\n- 2\n",
    "bytes": bytes(range(256)),
    "zeros": bytes(4096),
    "byte order mark": b"\xef\xbb\xbf" + HEAD.encode(),
    "utf-16": HEAD.encode("utf-16"),
    "latin-1": (HEAD + "accepted: [{id: vcpus-short, reason: für uns}]\n").encode("latin-1"),
    "surrogate": HEAD + 'domain: {primary: "\\ud800"}\n',
    "escapes": HEAD + 'domain: {primary: "\\e[2Jx\\a"}\n"\\e]0;owned\\a": 1\n',
    "right to left": HEAD + "accepted: [{id: vcpus-short, reason: '\u202egnp'}]\n\u2066a: 1\n",
    "other line ends": HEAD + "usage: {mau: 1}\u2028kind: x\u0085kind: y\n",
    "newer": HEAD.replace("v1", "v2"),
    "much newer": HEAD.replace("v1", "v" + "9" * 400),
    "another kind": HEAD.replace("Answers", "Deployment"),
    "a long value": HEAD + f"domain: {{primary: {'a' * 900_000}}}\n",
    "a long key": HEAD + f"{'k' * 100_000}: 1\n",
    "many keys": HEAD + "".join(f"key{number}: 1\n" for number in range(60_000)),
    "many nodes": HEAD
    + "nodes:\n"
    + "".join(f"- {{name: n{number}, roles: [worker]}}\n" for number in range(8000)),
    "many networks": HEAD + "network: {allow_from: [" + ", ".join(["203.0.113.0/24"] * 20_000) + "]}\n",
    "too long": HEAD + "#" * (2 << 20),
}
# What is put in place of a value; those that YAML reads otherwise than JSON are above.
_VALUES = (
    *(
        json.dumps(text)
        for text in ("", " ", "\u202ex", "\x1b[31m", "\n\nid", "a" * 5000, "%", "'", "${x}", "../..", "/")
    ),
    *(
        "~",
        "yes",
        "no",
        "0x10",
        "010",
        "1:30",
        "1e3",
        ".inf",
        "2024-01-01",
        "[]",
        "{}",
        "[[]]",
        "!!str 1",
        "|-\n  x\n  y",
    ),
    '"fe80::1%x\\"\\nExecStartPre=id\\n#"',
    '"http://u:p@h:1/\\r\\nX: y"',
    '"::1/129"',
    '"0.0.0.0/0"',
    '"999.1.1.1"',
    '"-"',
    '"--help"',
    '"xn--\\u00e9.com"',
)


def _mutated(text: str, numbers: random.Random) -> bytes:
    """By its bytes, its lines, or by what stands at one key."""
    how = numbers.random()
    if how < 0.4:
        return damaged(text.encode(), numbers)
    lines = text.splitlines(keepends=True)
    at = numbers.randrange(len(lines))
    if how < 0.55:
        lines[at] = numbers.choice(
            ("", lines[at] * 2, "\t" + lines[at], "  " + lines[at], lines[at].lstrip(), "- " + lines[at])
        )
        return "".join(lines).encode()
    document: Any = yaml.safe_load(text)
    places = list(_leaves(document, []))
    *above, last = numbers.choice(places)
    parent = document
    for key in above:
        parent = parent[key]
    raw = numbers.choice((*RAW, *_VALUES))
    parent[last] = "HOSTILE"
    # JSON is YAML, so the value goes in as it stands.
    return json.dumps(document, indent=1).replace('"HOSTILE"', raw).encode("utf-8", "surrogatepass")


def _leaves(data: Any, above: list[Any]) -> list[list[Any]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found = []
    for key, value in pairs:
        found += [[*above, key], *_leaves(value, [*above, key])]
    return found


def _look(path: Path, session: str) -> list[Wrong]:
    """A file that `validate` takes goes on through check, plan, answers and export; others are refused by all."""
    ran, wrong = looked(["validate", str(path), "--json"], HOST)
    if ran is None or wrong:
        return wrong
    is_valid = ran.code == 0
    given = ["--answers", str(path), "--session", session]
    out = str(path.parent / "out")
    commands = [["check", "--json", *given], ["plan", *given], ["answers", *given], ["export", out, *given]]
    for argv in commands if is_valid else commands[:1]:
        done, found = looked(argv, HOST, str(path.parent))
        wrong += found
        if done is not None and (done.code == 2) is is_valid and argv[0] != "export":
            wrong.append(
                Wrong(argv[0], f"ended with {done.code}, but validate with {ran.code}: {done.err[:200]}")
            )
    return wrong


@pytest.mark.parametrize("name", MADE)
def test_made_to_hurt(tmp_path: Path, name: str) -> None:
    content = MADE[name]
    path = tmp_path / "answers.yaml"
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    assert _look(path, str(tmp_path / "session")) == []
    assert not Path("/tmp/PWNED").exists()
    ran, _wrong = looked(["validate", str(path)], HOST)
    assert ran is not None and len((ran.out + ran.err).splitlines()) < 200, "a page of problems, not a book"


def test_the_file_that_is_damaged_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(answers_text())
    ran, _wrong = looked(["validate", str(path)], HOST)
    assert ran is not None and ran.code == 0
    assert _look(path, str(tmp_path / "session")) == []


@pytest.mark.slow
@pytest.mark.timeout(24 * 3600)
def test_damaged_answers(tmp_path: Path, tell: Callable[[str], None]) -> None:
    text = answers_text()
    bad: dict[str, list[Wrong]] = {}
    valid, tried = 0, count(400)
    for number in range(tried):
        path = tmp_path / f"{number % 10}" / "answers.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_mutated(text, chance("answers", number)))
        wrong = _look(path, str(tmp_path / "session"))
        valid += (path.parent / "out").exists()
        if number % REALLY == 0:
            argv = ("check", "--json", "--answers", str(path), "--session", str(tmp_path / "session"))
            done = started(argv)
            wrong += [
                Wrong("really check", what)
                for what in what_is_wrong(done.returncode, done.stdout, done.stderr, argv)
            ]
        if wrong:
            bad[f"answers {number}"] = wrong
    assert not bad, told(bad, tried)
    tell(f"Damaged answers files: {tried}; all held")
