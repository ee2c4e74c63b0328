"""The wizard on a recorded host in a terminal: `python start_recorded.py SESSION PAGE HOST [wide]`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """As wizard.__main__ opens the pages, with the answers of the pictures in the session."""
    session, page, host, *more = sys.argv[1:]
    for name, value in (("ESCDELAY", "500"), ("TEXTUAL_FPS", "30"), ("TEXTUAL_ANIMATIONS", "none")):
        os.environ.setdefault(name, value)
    from tests.hosts import load, recording
    from tests.screens.recorded import NOW, name_of_the_host, outside
    from wizard.machine.reading import RecordedReader
    from wizard.model.answers import Acceptance, Answers, DomainAnswers, UsageAnswers
    from wizard.model.session import SessionState
    from wizard.tui.app import WizardApp
    from wizard.tui.setup import Setup

    os.uname = name_of_the_host
    answers = Answers()
    reader = load(host)
    if "begun" in more or "wide" in more:
        answers = Answers(usage=UsageAnswers(mau=50000), domain=DomainAnswers(primary="chat.example.com"))
    if "wide" in more:
        # Double-width, combining and zero-width characters in what a host names and an operator types.
        made = recording(host)
        made["files"]["/etc/os-release"] = 'NAME="Ubuntu 日本語版 é"\nID=ubuntu\nVERSION_ID="24.04"\n'
        made["files"]["/proc/sys/kernel/hostname"] = "チャット-e\u0301-host\n"
        reader = RecordedReader(made)
        wide = Acceptance("vcpus-short", "月曜日に増設 ✓ café e\u0301 全角", "recorded-host")
        answers = Answers(usage=answers.usage, domain=answers.domain, accepted=(wide,))
    state = SessionState(answers=answers, changed_at=NOW if answers != Answers() else "")
    app = WizardApp(Setup(session, state), page, reader=reader, look_outside=outside)
    app.run(mouse=False)


if __name__ == "__main__":
    main()
