"""The glyphs of a UTF-8 terminal, whatever this one is."""

import tests.screens.surroundings  # noqa: F401 - before anything of wizard.tui
