"""The text of a file, put together from lines and quoted values that the formats alone can make.

Asked for by type while it runs: values from the catalogue are `Any`, which a type checker lets through.
"""

from __future__ import annotations

from collections.abc import Iterable

from wizard.model.plain import shown

_COMMENT_LIMIT = 2000


class CannotHold(ValueError):
    """A format has no way to write this value. Values are asked for before they come here, so this is a bug of ours."""


class Quoted(str):
    """A value as one format writes it; a class of its own for each format. Made by that format's module alone."""

    __slots__ = ()


class Line(str):
    """A whole line of a file. Made by the formats alone."""

    __slots__ = ()


class FileText(str):
    """The whole text of a file. Made by `text_of` alone."""

    __slots__ = ()


def line(template: str, *values: Quoted | int) -> Line:
    """The line with a value for each `{}`, in order; all of one format. The template is a constant, never a value.

    Raises TypeError for a value that no format has quoted, and CannotHold where this would be several lines.
    """
    kinds = {type(value) for value in values if type(value) is not int}
    if any(not issubclass(kind, Quoted) for kind in kinds) or len(kinds) > 1:
        raise TypeError("a value that goes into a file is quoted by that file's format, and by no other")
    parts = template.split("{}")
    if len(parts) != len(values) + 1:
        raise TypeError("a template has one {} for each value")
    words = [part for pair in zip(parts, (*map(str, values), ""), strict=True) for part in pair]
    return whole_line("".join(words))


def whole_line(text: str) -> Line:
    """For the formats: text that is one line of a file. Raises CannotHold where it is several, or can't be shown."""
    refuse_control(text, "a line of a file")
    return Line(text)


def refuse_control(text: str, where: str) -> None:
    """Raises CannotHold for line breaks, and for control, bidirectional and surrogate characters."""
    if not text.isprintable():
        raise CannotHold(f"{where} can't hold a line break or a control character")


def hash_comment(text: str) -> Line:
    """`# text`: one line, since no line break ends it early; what can't be shown becomes `?`."""
    return Line(f"# {shown(text, _COMMENT_LIMIT)}".rstrip())


def slash_comment(text: str) -> Line:
    """`// text`, as apt.conf has it."""
    return Line(f"// {shown(text, _COMMENT_LIMIT)}".rstrip())


def text_of(lines: Iterable[Line]) -> FileText:
    """The lines, each with its end. Raises TypeError for one that no format has made."""
    kept = tuple(lines)
    if any(type(item) is not Line for item in kept):
        raise TypeError("a file is put together from lines that a format has made")
    return FileText("".join(f"{item}\n" for item in kept))
