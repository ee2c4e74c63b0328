"""Domain, host names and certificate, line by line."""

from __future__ import annotations

from wizard.cli.paper import table
from wizard.cli.prompts.accepting import accept_while_open
from wizard.cli.prompts.talk import Talk
from wizard.workflow import look


def domain(talk: Talk) -> None:
    """All of it may be left for later."""
    talk.head("Domain and TLS")
    talk.say("What you don't have yet can wait: leave the line empty.")
    talk.answer("domain.primary", "Primary domain", "later", "The one domain, such as chat.example.com.")
    if talk.answers.domain.primary:
        _host_names(talk)
        talk.answer(
            "domain.extra_allowed",
            "Other origins that are allowed",
            "none",
            "Domains of your own pages that embed the chat, with commas between.",
        )
    talk.answer(
        "tls.certificate", "Certificate file", "later", "A PEM file with its chain, an absolute path."
    )
    talk.answer(
        "tls.key", "Key file", "later", "PEM, without a passphrase, an absolute path. It is never copied."
    )
    if talk.answers.domain.primary or talk.answers.tls.certificate:
        talk.show_findings(("tls-", "dns-"))
        accept_while_open(talk, ("tls-", "dns-"))


def _host_names(talk: Talk) -> None:
    """The one table of host names; the operator may edit it."""
    while True:
        rows = [
            (
                f"  {name.key}",
                name.host,
                f"contested: the vendor also says {name.other}"
                if name.contested and name.other
                else name.origin,
            )
            for name in look.service_names(talk.answers)
        ]
        talk.show(["", *table(rows, talk.environment.width), ""])
        typed = talk.line(
            "Change one (`service host`), or Enter to go on: ",
            "For example `dashboard dashboard.chat.example.com`. `dashboard -` takes the default again.",
        ).split()
        if not typed:
            return
        known = {name.key for name in look.service_names(talk.answers)}
        if len(typed) != 2 or typed[0] not in known:
            talk.say(f"Type a service and its host name. Services: {', '.join(sorted(known))}.")
            continue
        _change_host(talk, typed[0], typed[1])


def _change_host(talk: Talk, key: str, host: str) -> None:
    from wizard.workflow import ask

    path = f"domain.hosts.{key}"
    if host == "-":
        talk.change(path, None)
        return
    try:
        talk.change(path, ask.typed(path, host))
    except ValueError as problem:
        talk.say(f"This {problem}.")
