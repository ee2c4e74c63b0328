"""`status`: where the session stands."""

from __future__ import annotations

from wizard.cli.environment import Environment
from wizard.cli.nextstep import next_step
from wizard.cli.options import Arguments
from wizard.cli.sessions import imported_answers, session_directory
from wizard.model.origin import ExitCode
from wizard.model.plain import sentences
from wizard.model.session import Holder, Status
from wizard.workflow import act, hold, standing

_WORDS = {
    "empty": "Nothing is answered yet.",
    "answering": "Answers were given; nothing is exported from them yet.",
    "running": "A run is going on: `cometchat-wizard attach` follows it.",
    "interrupted": "The last run was interrupted.",
    "failed": "The last run failed.",
    "reboot-needed": "The steps are done, and this host needs a reboot before going on.",
    "done": "The last run is done.",
    "exported": "The deployment config is exported and up to date.",
}


def run(arguments: Arguments, environment: Environment) -> int:
    """Print the session's state."""
    session = session_directory(arguments, environment.environ)
    status = standing.status(session, imported_answers(arguments))
    if "notice" in status.details and (arguments.has("json") or not _is_moved(status)):
        environment.tell(status.details["notice"])
    if arguments.has("json"):
        from wizard.cli.document import say_document
        from wizard.model.plain import plain

        say_document(environment, plain(status))
    else:
        for line in status_lines(status, environment.width):
            environment.say(line)
    return int(ExitCode.DONE)


def status_lines(status: Status, width: int) -> list[str]:
    """The state in a sentence and what belongs to it."""
    from wizard.cli.paper import table, wrapped

    run_text = "none"
    if status.run is not None:
        pid = f", process {status.run.pid}" if status.run.pid is not None else ""
        run_text = f"{status.run.started_at}{pid}, log {status.run.log}"
    rows = [
        ("  Session", status.session),
        ("  Held by", "nobody" if status.holder is None else holder_text(status.holder)),
        ("  Answered", ", ".join(status.answered) or "nothing"),
        ("  Missing", ", ".join(status.missing) or "nothing"),
        ("  Step", status.step or "none"),
        ("  Last run", run_text),
        *((("  Waits", " ".join(status.waiting)),) if status.waiting else ()),
    ]
    news = status.details.get("changed")
    lines = wrapped(f"{status.state}: {_sentence(status)}", width)
    return [*lines, *(wrapped(news["sentence"], width) if news else ()), "", *table(rows, width)]


def _sentence(status: Status) -> str:
    """What the run itself said, where it did not end well, and what to do."""
    if _is_moved(status):
        place = status.details["moved_to"]
        return f"{hold.went_on_as_root(place)}: `{hold.as_root(place, ('status',))}` says where it stands."
    said = status.details.get("message", "")
    is_bad = status.state in ("interrupted", "failed")
    words = said if said and is_bad else _WORDS[status.state]
    is_undo = is_bad and status.run is not None and act.is_undo(status.run)
    next_words = next_step(status.state, is_undo=is_undo)
    if not next_words and status.details.get("leftover"):
        words = f"{words} {said}"
    whole = "`cometchat-wizard attach` shows the whole run." if status.state == "failed" else ""
    return sentences(words, next_words, whole)


def _is_moved(status: Status) -> bool:
    """True where there is nothing here but the word that the session went on elsewhere."""
    return status.state == "empty" and "moved_to" in status.details


def holder_text(holder: Holder) -> str:
    """`anna, process 4711, since 2026-01-01T10:00:00Z, on pts/3 from 192.0.2.7`."""
    place = f", on {holder.terminal}" if holder.terminal else ""
    client = f" from {holder.client}" if holder.client else ""
    return f"{holder.user}, process {holder.pid}, since {holder.since}{place}{client}"
