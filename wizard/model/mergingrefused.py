"""Why a shared file can't be merged into."""

from __future__ import annotations


class CannotMerge(ValueError):
    """The file is left as it is; the text says why, as a sentence."""
