"""For all tests: a property is judged by what comes out, never by how long a busy machine took for it."""

from __future__ import annotations

import os

from hypothesis import settings

# On CI hypothesis has a profile of its own that has no deadline either.
if not os.environ.get("CI"):
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")
