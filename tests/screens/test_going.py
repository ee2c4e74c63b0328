"""A survey that comes in while the app is taken down tells nobody."""

from __future__ import annotations

import pytest

from tests.screens.app import FEW, running
from wizard.tui.looking import Looked

pytestmark = pytest.mark.screens


async def test_a_survey_that_comes_in_while_the_app_goes_is_no_crash():
    async with running("domain", FEW) as wizard:
        app = wizard.on
        survey, answers = app.setup.survey, app.setup.answers
        assert survey is not None
        # What Textual's own shutdown does first; then the page's widgets go, and messages are still taken.
        app._running = False
        for widget in list(app.screen.children):
            await widget.remove()
        app.on_looked(Looked(survey, answers))
        app._running = True
