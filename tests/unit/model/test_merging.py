"""Keys set in files that others use, too: what was there stays."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wizard.model.merging import CannotMerge, inverse, merged, still_ours, value_text
from wizard.model.plain import plain
from wizard.model.plan import KeyChange, MergeFile, Plan, Stage, Step
from wizard.model.rebuild import rebuild

JSON = "/etc/docker/daemon.json"
INI = "/etc/dnf/dnf.conf"


def to_json(*changes: KeyChange) -> MergeFile:
    return MergeFile(JSON, "json", changes)


def to_ini(*changes: KeyChange) -> MergeFile:
    return MergeFile(INI, "ini", changes)


LOGGING = to_json(
    KeyChange(("log-driver",), "json-file"),
    KeyChange(("log-opts", "max-size"), "50m"),
    KeyChange(("log-opts", "max-file"), "5"),
)
PROXY = to_ini(KeyChange(("main", "proxy"), "http://proxy:3128"))

text = st.text('ab"\\\\é\n ', max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "data-root": values,
        "ä": values,
        "hosts": values,
        "log-opts": st.dictionaries(st.sampled_from(["labels", "env", "é"]), text, min_size=1),
    },
)
styles = st.sampled_from([None, 1, 2, 4, "\t"])


@given(documents, styles, st.booleans(), st.sampled_from(["", "\n"]))
def test_every_other_key_of_json_stays_in_its_order(document, indent, is_ascii, ending) -> None:
    before = json.dumps(document, indent=indent, ensure_ascii=is_ascii) + ending
    after = merged(LOGGING, before.encode())
    found = json.loads(after)
    ours = {"max-size": "50m", "max-file": "5"}
    wanted = {**document, "log-driver": "json-file", "log-opts": {**document.get("log-opts", {}), **ours}}
    assert found == wanted
    assert list(found)[: len(document)] == list(document)
    assert after.endswith(b"\n") == bool(ending)
    assert merged(LOGGING, after) == after, "once is enough"
    if document and indent is not None:
        kept = [line for line in before.splitlines() if line.rstrip(",")[-1:] not in ("{", "}", "")]
        assert {line.rstrip(",") for line in kept} <= {
            line.rstrip(",") for line in after.decode().splitlines()
        }


@given(documents)
def test_what_was_merged_can_be_taken_back(document) -> None:
    content = json.dumps(document).encode()
    back = inverse([LOGGING], like=LOGGING)
    assert json.loads(merged(back, merged(LOGGING, content))) == document


def test_it_is_written_as_it_was() -> None:
    tabs = b'{\n\t"data-root": "/srv",\n\t"debug": false\n}'
    assert merged(to_json(KeyChange(("mtu",), 1400)), tabs) == (
        b'{\n\t"data-root": "/srv",\n\t"debug": false,\n\t"mtu": 1400\n}'
    )
    assert (
        merged(to_json(KeyChange(("mtu",), 1400)), b'{"debug": true}\n') == b'{"debug": true, "mtu": 1400}\n'
    )
    for nothing in (None, b"", b" \n"):
        assert merged(to_json(KeyChange(("mtu",), 1400)), nothing) == b'{\n  "mtu": 1400\n}\n'
    assert merged(to_json(KeyChange(("mtu",), 1)), b"\xef\xbb\xbf{}") == b'\xef\xbb\xbf{\n  "mtu": 1\n}'
    half = b'{"a": "\\ud800", "b": "\xc3\xa9"}'
    assert json.loads(merged(to_json(KeyChange(("mtu",), 1)), half))["a"] == "\ud800"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"log-driver": "json-file",}', "line 1, column 28"),
        (b'["log-driver"]', "not an object"),
        (b'{"log-opts": "none"}', "log-opts in /etc/docker/daemon.json is not an object"),
        (b'{"log-opts": ["none"]}', "not an object"),
        (b'{"a": 1, "a": 2}', "names a twice"),
        (b'{"a": {"b\x1b[31m": 1}}', "control character"),
        (b'{"a": NaN}', "no number"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": "\xe9"}', "UTF-8"),
        (b"[" * 100_000, "too deep"),
        (b'{"log-driver": "journald"}', "changed by somebody else since"),
        (b'{"log-driver": false}', "changed by somebody else since"),
    ],
    ids=itertools.count(),
)
def test_what_is_not_what_it_should_be_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(CannotMerge, match=re.escape(told)) as refused:
        merged(LOGGING, content)
    assert any(words in str(refused.value) for words in ("left as it was", "Nothing was changed in it"))
    assert str(refused.value).isprintable()


def test_true_is_not_one() -> None:
    with pytest.raises(CannotMerge):
        merged(to_json(KeyChange(("debug",), False, old=1)), b'{"debug": true}')


def test_null_is_a_key_that_is_not_there() -> None:
    assert merged(LOGGING, b'{"log-driver": null, "log-opts": null}')


DNF = b"""# written by the image builder; caf\xe9
[main]
gpgcheck = 1
installonly_limit=3
excludepkgs=kernel-debug
# between
 kernel-rt
clean_requirements_on_remove=True

; the end
[other]
proxy=http://elsewhere
"""


def test_ini_keeps_every_other_byte() -> None:
    after = merged(PROXY, DNF)
    line = b"proxy=http://proxy:3128\n"
    at = after.index(line)
    assert after[:at] + after[at + len(line) :] == DNF
    assert after[:at].endswith(b"remove=True\n")
    assert merged(inverse([PROXY], like=PROXY), after) == DNF


def test_ini_replaces_a_key_with_all_its_lines() -> None:
    change = KeyChange(("main", "excludepkgs"), "x", old="kernel-debug\nkernel-rt")
    after = merged(to_ini(change), DNF)
    assert b"excludepkgs=x\n# between\nclean_requirements" in after
    taken = merged(to_ini(KeyChange(("main", "excludepkgs"), None, old="kernel-debug\nkernel-rt")), DNF)
    assert b"limit=3\n# between\nclean_requirements" in taken


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b"[main]\nproxy=http://proxy:3128\n"),
        (b"", b"[main]\nproxy=http://proxy:3128\n"),
        (b"[main]", b"[main]\nproxy=http://proxy:3128\n"),
        (b"[main]\r\nbest=1\r\n", b"[main]\r\nbest=1\r\nproxy=http://proxy:3128\r\n"),
        (b"[other]\na=1", b"[other]\na=1\n\n[main]\nproxy=http://proxy:3128\n"),
        (b"[main]\n#proxy=x\n", b"[main]\nproxy=http://proxy:3128\n#proxy=x\n"),
    ],
)
def test_ini_finds_its_place(before: bytes | None, after: bytes) -> None:
    assert merged(PROXY, before) == after


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[main]\nproxy=a\nproxy=b\n", "twice"),
        (b"[main]\n[main]\n", "twice"),
        (b"[main]\nhello\n", "line 2"),
        (b"[main\n", "line 1"),
        (b" proxy=x\n", "line 1"),
        (b"\x7fELF\0\0", "line 1"),
        (b"[main]\nproxy=http://other\n", "changed by somebody else since"),
    ],
)
def test_an_ini_that_is_none_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(CannotMerge, match=told):
        merged(PROXY, content)


lines_of_ini = st.lists(
    st.sampled_from(
        ["a=1", "b = two words", "# note", "; note", "", " more", "c=", "[other]", "d=[x]", "é=ü"]
    ),
    max_size=12,
)


@given(lines_of_ini, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_every_other_line_of_ini_stays(lines, ending, is_ended) -> None:
    before = ending.join(["[main]", *lines]) + (ending if is_ended else "")
    try:
        after = merged(PROXY, before.encode()).decode()
    except CannotMerge:
        assume(False)
    found = after.splitlines()
    found.remove("proxy=http://proxy:3128")
    assert [line for line in found if line] == [line for line in before.splitlines() if line]


def test_the_inverse_of_several_is_the_first_before() -> None:
    one = to_json(KeyChange(("a",), 2, old=1), KeyChange(("b",), 5))
    two = to_json(KeyChange(("a",), 3, old=2))
    back = inverse([one, two], like=two)
    assert back.changes == (KeyChange(("a",), 1, old=3), KeyChange(("b",), None, old=5))
    assert merged(back, b'{"a": 3, "b": 5}') == b'{"a": 1}'


def test_only_what_is_still_ours_counts() -> None:
    back = inverse([LOGGING], like=LOGGING)
    found = still_ours(back, b'{"log-driver": "local", "log-opts": {"max-size": "50m"}}')
    assert [change.path for change in found] == [("log-opts", "max-size")]


def test_a_plan_with_it_comes_back_from_json() -> None:
    nested = to_json(KeyChange(("default-ulimits", "nofile"), {"Name": "nofile", "Hard": 5, "Soft": 5}))
    step = Step(
        "x", "here", "X", "Y", (nested, PROXY), undo=(inverse([nested], like=nested),), undo_guards=("g",)
    )
    plan = Plan((Stage("s", "S", (step,)),))
    assert rebuild(Plan, json.loads(json.dumps(plain(plan)))) == plan


def test_values_read_well() -> None:
    assert [value_text(value) for value in (None, "a", 5, {"a": True})] == [
        "not set",
        "a",
        "5",
        '{"a": true}',
    ]
