"""What one answer may be: the check that parsing uses, and the same as JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.store.refused import Refused


@dataclass(frozen=True, slots=True)
class Rule:
    """check: a value of the right type to the value as kept, raising Refused. schema: its JSON Schema."""

    check: Callable[[Any], Any]
    schema: Mapping[str, Any] = field(default_factory=dict)


# The end of the text. Of `$` alone Python's reading differs from JavaScript's: it lets one line break follow.
END = r"(?![\s\S])"
# Control, invisible and bidirectional characters, for a pattern's brackets; those of str.isprintable that have a name.
UNPRINTABLE = r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"


def whole_text(pattern: str) -> str:
    """The pattern of a JSON Schema that is met by the whole text, in every reader's dialect."""
    return f"^(?:{pattern}){END}"


def whole(minimum: int, maximum: int) -> Rule:
    """A whole number within bounds, both included."""

    def check(value: int) -> int:
        if not minimum <= value <= maximum:
            raise Refused(f"must be a whole number from {minimum:,} to {maximum:,}")
        return value

    return Rule(check, {"minimum": minimum, "maximum": maximum})


def matching(pattern: str, must: str, longest: int) -> Rule:
    """Text that matches the whole pattern (ASCII); `must` is the sentence's rest where it doesn't."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if len(value) > longest or not compiled.fullmatch(value):
            raise Refused(must)
        return value

    return Rule(check, {"pattern": whole_text(pattern), "maxLength": longest})


def one_line(value: str) -> str:
    """Text with blanks and line breaks as single blanks; control characters are refused."""
    text = " ".join(value.split())
    if not text:
        raise Refused("must not be empty")
    if not text.isprintable():
        raise Refused("must not hold control characters")
    if len(text) > 500:
        raise Refused("must be 500 characters or less")
    return text
