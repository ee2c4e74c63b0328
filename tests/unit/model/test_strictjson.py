"""JSON of our own comes back as it was; what no record holds is a ValueError, never another exception."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.model.strictjson import read_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64) + 1, 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_characters="\0")), inner)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_we_write_comes_back(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_are_a_value_or_a_value_error(content: bytes) -> None:
    try:
        json.dumps(read_json(content), allow_nan=False)
    except ValueError:
        pass


@pytest.mark.parametrize(
    "text",
    [
        "9" * 400,
        "-" + "9" * 22,
        "9" * 5000,
        "1e400",
        "-1e400",
        "1." + "0" * 400,
        "NaN",
        "Infinity",
        "-Infinity",
        "[" * 66 + "]" * 66,
        '{"a":' * 66 + "1" + "}" * 66,
        "[" * 100_000,
        '"a\\u0000b"',
        '"\\\\\\u0000"',
        '{"\\u0000": 1}',
        "\ufeff1",
        "",
        "[1,]",
    ],
)
def test_what_no_record_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_json(f'{{"a": {text}}}'.encode() if text else b"")


def test_a_backslash_before_letters_that_look_like_a_nul_is_no_nul() -> None:
    assert read_json(b'"a\\\\u0000"') == "a\\u0000"
    assert read_json(("[" * 64 + "]" * 64).encode()) is not None
    with pytest.raises(UnicodeDecodeError):
        read_json(b'"\xff"')
