"""Words of a shell, to be shown or copied: what is pasted is the word and nothing else, and all of it can be seen."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.model.formats.text import Line, Quoted, whole_line

# What shlex.quote leaves bare; importing shlex would cost commands that hardly ever quote a word.
_BARE = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


class ShellWord(Quoted):
    """One word, or several, as typed into a shell."""

    __slots__ = ()


def word(text: str) -> ShellWord:
    """One word. Characters that can't be shown are written out (`$'a\\nb'`), as `ls` does it and bash reads it."""
    if _BARE.fullmatch(text):
        return ShellWord(text)
    if text.isprintable():
        return ShellWord("'" + text.replace("'", "'\"'\"'") + "'")
    return ShellWord("$'" + "".join(map(_written_out, text)) + "'")


def words(argv: Iterable[str]) -> ShellWord:
    """A whole command, parted by blanks."""
    return ShellWord(" ".join(map(word, argv)))


def command(*argv: str) -> Line:
    """A whole command as a line of a file."""
    return whole_line(words(argv))


def _written_out(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e"}.get(character)
    if named is not None:
        return named
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is no UTF-8
        return f"\\{code - 0xDC00:03o}"
    # Octal has at most three digits: a hexadecimal one would go on with the digits that follow.
    return f"\\{code:03o}" if code < 0x80 else f"\\U{code:08x}"
