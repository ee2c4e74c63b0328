"""Sets what the wizard's pages look at when they are imported, so that they draw the same on every machine."""

from __future__ import annotations

import os
import sys

# TERM and the locale pick the glyphs; Textual reads the rest when it is imported.
FIXED = {
    "TERM": "xterm-256color",
    "COLORTERM": "",
    "LC_ALL": "C.UTF-8",
    "TEXTUAL_ANIMATIONS": "none",
    "ESCDELAY": "500",
}


def settle() -> None:
    """Call before wizard.tui is imported."""
    os.environ.update(FIXED)
    os.environ.pop("NO_COLOR", None)
    stream = sys.__stderr__
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8")


settle()
