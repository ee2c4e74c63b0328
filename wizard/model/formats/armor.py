"""A signing key in ASCII armour, as apt and rpm read it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.model.formats.text import CannotHold, FileText, text_of, whole_line

_LINE = re.compile(r"-----(?:BEGIN|END) PGP PUBLIC KEY BLOCK-----|[A-Za-z]+: [ -~]+|=?[A-Za-z0-9+/]*={0,2}")


def key_file(lines: Iterable[str]) -> FileText:
    """The whole file. Raises CannotHold for a line that is none of such a key's."""
    kept = tuple(lines)
    if not all(_LINE.fullmatch(item) for item in kept):
        raise CannotHold("this is no signing key in ASCII armour")
    return text_of(map(whole_line, kept))
