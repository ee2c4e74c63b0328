"""A file to be written, from a text that its format has made."""

from __future__ import annotations

from wizard.model.formats.text import FileText
from wizard.model.plan import WriteFile


def file_with(path: str, text: FileText, mode: int = 0o644) -> WriteFile:
    """The file to be written with that text. Raises TypeError for a text that no format has made."""
    if type(text) is not FileText:
        raise TypeError("what is written into a file is put together by its format")
    return WriteFile(path, str(text), mode)
