"""Accepting a blocker, or leaving out a step, by its id and with a reason that goes into the config."""

from __future__ import annotations

from wizard.cli.prompts.talk import Talk
from wizard.model.change import with_acceptance, with_skip
from wizard.model.finding import Finding
from wizard.workflow import ask


def accept_while_open(talk: Talk, starts: tuple[str, ...] = ("",)) -> None:
    """Ask for ids of blockers whose id starts with one of these, until none is left or the operator goes on."""
    while True:
        ids = _acceptable(talk, starts)
        if not ids:
            return
        talk.show(["", f"Can be accepted with a reason: {', '.join(ids)}"])
        typed = talk.line(
            "Type an id to accept it, or Enter to go on: ",
            "An accepted blocker no longer blocks; its reason goes into the config and the summary.",
        )
        if not typed:
            return
        if typed not in ids:
            talk.say("No open blocker that can be accepted has that id.")
        else:
            _accept(talk, [finding for finding in talk.findings if finding.id == typed and finding.blocks])


def _acceptable(talk: Talk, starts: tuple[str, ...]) -> list[str]:
    found = [item for item in talk.findings if item.blocks and item.acceptable and item.id.startswith(starts)]
    return list(dict.fromkeys(item.id for item in found))


def skip_while_wanted(talk: Talk, steps: tuple[str, ...]) -> None:
    """Ask for steps of the plan to leave out, until the operator goes on."""
    while True:
        skipped = {skip.step for skip in talk.answers.skipped}
        left = [step for step in steps if step not in skipped]
        if not left:
            return
        typed = talk.line(
            "Type a step's id to leave it out of the plan, or Enter to go on: ",
            f"It is then not asked for again; its reason goes into the config. Steps: {', '.join(left)}.",
        )
        if not typed:
            return
        if typed not in left:
            talk.say(f"No step of this plan has that id. There are: {', '.join(left)}.")
            continue
        reason = _reason(talk, "skipped[].reason", "Why is it left out? ")
        if reason is not None:
            talk.take(with_skip(talk.answers, typed, reason))
            talk.say(f"{typed} is left out.")


def _accept(talk: Talk, chosen: list[Finding]) -> None:
    reason = _reason(talk, "accepted[].reason", "Why is it fine here? ")
    if reason is None:
        talk.say("Without a reason it stays a blocker.")
        return
    answers = talk.answers
    for finding in chosen:
        answers = with_acceptance(answers, finding.id, finding.node, reason)
    talk.take(answers)
    talk.say(f"{chosen[0].id} is accepted.")


def _reason(talk: Talk, path: str, question: str) -> str | None:
    """One sentence; None for an empty line."""
    while True:
        typed = talk.line(question, "One sentence. An empty line leaves everything as it is.")
        if not typed:
            return None
        try:
            return str(ask.typed(path, typed))
        except ValueError as problem:
            talk.say(f"The reason {problem}.")
