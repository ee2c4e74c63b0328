"""Why a single value is refused."""

from __future__ import annotations


class Refused(ValueError):
    """A value that can't be taken; its text is a sentence's rest (`must be ...`), never with the value."""
