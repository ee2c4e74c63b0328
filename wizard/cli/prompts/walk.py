"""From the first question to the export; every answer is saved before the next question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.cli.environment import Environment
from wizard.cli.nextstep import next_step
from wizard.cli.options import Arguments
from wizard.cli.prompts.ending import done, review
from wizard.cli.prompts.machine import follow_live_run, host, ports, software
from wizard.cli.prompts.names import domain
from wizard.cli.prompts.size import usage
from wizard.cli.prompts.talk import Back, Leave, Talk
from wizard.model.answers import Answers
from wizard.model.failure import Failure
from wizard.model.formats import shell
from wizard.model.origin import ExitCode
from wizard.model.plain import sentences
from wizard.workflow import act, hold, keep, parting

if TYPE_CHECKING:
    from wizard.store.session import Lock

# The wizard's own names of its pages, so that either front end goes on where the other stopped.
PAGES = {
    "usage": usage,
    "host": host,
    "software": software,
    "ports": ports,
    "domain": domain,
    "review": review,
    "done": done,
}


def walk(session: str, imported: Answers | None, arguments: Arguments, environment: Environment) -> int:
    """Hold the session, ask, leave in good order. Returns the exit code."""
    lock = _held(session, environment)
    try:
        talk = Talk(session, keep.load(session), lock, environment)
        if talk.state.notice:
            talk.say(talk.state.notice)
        if imported is not None:
            if talk.answers not in (Answers(), imported):
                keep.put_aside(session)
            talk.take(imported)
        _tell_of_the_last_run(talk)
        return _pages(talk)
    except (Leave, KeyboardInterrupt) as end:
        environment.tell()
        environment.tell(getattr(end, "words", "") or "Every answer is saved.")
        run = act.live_run(session)
        if run is not None:
            environment.tell(parting.goes_on(run))
        environment.tell(f"To go on: {shell.words(('cometchat-wizard', '--plain', '--session', session))}")
        return int(ExitCode.INTERRUPTED if isinstance(end, KeyboardInterrupt) else ExitCode.DONE)
    finally:
        lock.release()


def _tell_of_the_last_run(talk: Talk) -> None:
    """One that still goes on is followed first; of one that is over is told what was not just well, and what to do."""
    run = act.current_run(talk.session)
    if run is None or follow_live_run(talk):
        return
    ending = act.ending(run)
    is_plain = ending.state == "done" and not (ending.leftover or ending.doubt)
    if is_plain and not act.was_rebooted(talk.session):
        return
    is_undo = act.is_undo(run)
    lead = f"The last {'undo' if is_undo else 'run'}, started {run.started_at}: {ending.message}"
    talk.say(sentences(lead, next_step(ending.state, is_undo=is_undo)))


def _held(session: str, environment: Environment) -> Lock:
    """The session's lock; where another holds it, offer to take over. Raises Failure 7."""
    try:
        return hold.acquire(session, environment.environ)
    except Failure as failure:
        if not hold.is_held(failure):
            raise
        environment.tell(failure.seen)
        environment.tell("Take it over? The other one saves and leaves. [y/N] ", end="")
        if (environment.read_line() or "").strip().lower() not in ("y", "yes"):
            raise
    hold.take_over(session)
    return hold.acquire(session, environment.environ)


def _pages(talk: Talk) -> int:
    names = list(PAGES)
    index = _first_page(talk, names)
    while index < len(names):
        talk.at_page(names[index])
        try:
            PAGES[names[index]](talk)
        except Back:
            index = max(0, index - 1)
            continue
        except Failure as failure:
            talk.say(f"{failure.seen} {failure.why} {failure.next_step}")
            for problem in failure.problems:
                talk.say(f"{problem.path} {problem.problem}", "  ")
            if failure.code == ExitCode.SESSION_UNUSABLE or index == 0:
                raise
            index = 0
            continue
        index += 1
    return int(ExitCode.DONE)


def _first_page(talk: Talk, names: list[str]) -> int:
    talk.head("CometChat on-premise setup")
    talk.say(
        "Empty line: what stands in brackets. `?`: help. `back`: the page before. Ctrl-D: save and leave."
    )
    talk.say("Nothing is changed on this host before you have seen the commands and said yes.")
    page = talk.state.page
    if not talk.state.changed_at:
        _maybe_from_file(talk)
        return 0
    if page not in names[1:]:
        return 0
    try:
        goes_on = talk.claim(f"Go on at: {page}?", default=True)
    except Back:
        goes_on = False
    return names.index(page) if goes_on else 0


def _maybe_from_file(talk: Talk) -> None:
    from wizard.workflow.ask import read_answers

    while True:
        try:
            path = talk.line(
                "Answers file to start from [none]: ", "The YAML that `cometchat-wizard answers` prints."
            )
        except Back:
            return
        if not path:
            return
        try:
            talk.take(read_answers(path))
        except Failure as failure:
            talk.say(f"{failure.seen} {failure.next_step}")
            for problem in failure.problems:
                talk.say(f"{problem.path}: {problem.problem}", "  ")
            continue
        return
