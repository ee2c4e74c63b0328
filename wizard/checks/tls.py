"""The certificate and its key, as openssl described them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.checks.make import blocker, note, unknown, warning
from wizard.checks.names import covers
from wizard.model.answers import TlsAnswers
from wizard.model.deployment import ServiceHost
from wizard.model.facts import HostFacts, TlsFacts
from wizard.model.finding import Finding
from wizard.model.formats import shell

EXPIRING_DAYS = 30
_RULE = "rule: covers every public host, matches its key, does not expire within 30 days"


def check_tls(
    answers: TlsAnswers, tls: TlsFacts | None, names: tuple[ServiceHost, ...], hosts: tuple[HostFacts, ...]
) -> Iterator[Finding]:
    """tls-missing, tls-unreadable, tls-key-encrypted, tls-mismatch, tls-expired, tls-expiring, tls-name.

    hosts: the first one is where the files were read; the time of its survey tells what is not valid yet.
    """
    if not answers.certificate:
        yield _missing("", "No certificate is answered yet.", "tls.certificate and tls.key")
        return
    if not answers.key:
        yield _missing("key", "A certificate is answered, but not its key.", "tls.key")
    if tls is None:
        yield from unknown(
            "tls", ["the certificate"], None, f"Try: openssl x509 -noout -in {_quoted(answers.certificate)}"
        )
        return
    why_not = _why_not_asked(tls, hosts[0] if hosts else None)
    if why_not:
        yield from unknown("tls", ["the certificate and its key"], None, why_not)
        return
    yield from _key(tls)
    if tls.problem:
        yield _unreadable("certificate", tls.certificate, tls.problem, "openssl x509 -noout -text -in ")
        return
    yield from _validity(tls, hosts[0].read_at if hosts else None)
    yield from _names(tls, names)


def _missing(subject: str, seen: str, keys: str) -> Finding:
    return warning(
        "tls-missing",
        subject=subject,
        seen=seen,
        why="All public traffic is HTTPS: NGINX doesn't start without a certificate and its key.",
        fix=f"This can wait. When you have them (PEM files, the certificate with its chain), answer {keys}.",
        source="vendor: Prerequisites, use TLS/SSL certificates for all HTTPS traffic",
    )


def _why_not_asked(tls: TlsFacts, host: HostFacts | None) -> str | None:
    """What to do first where the files could not be looked at at all: that says nothing against them."""
    problems = (tls.problem or "", tls.key_problem or "")
    if host is not None and host.software.openssl is None and any(problems):
        return "Install openssl first (the plan does), then check again."
    if host is not None and not host.privilege.is_root and any("go on as root" in text for text in problems):
        return "This user may not read them. Check again as root: sudo cometchat-wizard check"
    return None


def _unreadable(what: str, path: str, problem: str, command: str) -> Finding:
    return blocker(
        "tls-unreadable",
        subject=what,
        seen=f"The {what} {path} can't be read: {problem}",
        why="NGINX needs it as a PEM file that this host can read.",
        fix=f"See what openssl says: sudo {command}{_quoted(path)}. If it is not PEM, convert it; if the "
        f"path is wrong, correct tls.{what}.",
        source=_RULE,
    )


def _key(tls: TlsFacts) -> Iterator[Finding]:
    if tls.key and tls.key_encrypted:
        yield blocker(
            "tls-key-encrypted",
            seen=f"The key {tls.key} is encrypted with a passphrase.",
            why="NGINX would wait for the passphrase at every start, where nobody types it.",
            fix="Decrypt it into a file that only root reads: (umask 077; sudo openssl pkey -in "
            f"{_quoted(tls.key)} -out {_quoted(tls.key + '.plain')}), then answer tls.key with that file.",
            source="rule: nothing prompts at a start of the services",
        )
    elif tls.key and tls.key_problem:
        yield _unreadable("key", tls.key, tls.key_problem, "openssl pkey -noout -in ")
    elif tls.matches is False:
        yield blocker(
            "tls-mismatch",
            seen=f"The certificate {tls.certificate} and the key {tls.key} do not belong together.",
            why="NGINX refuses to start with a pair that does not match.",
            fix="Find the key that the certificate was requested with, or have it issued again for this "
            "key. Their public halves must be equal: openssl x509 -noout -pubkey -in CERTIFICATE; openssl "
            "pkey -pubout -in KEY",
            source=_RULE,
        )
    elif tls.matches is None and tls.key and not tls.problem:
        yield from unknown("tls-key", ["whether certificate and key match"], None)


def _validity(tls: TlsFacts, read_at: str | None) -> Iterator[Finding]:
    now, start, end = (_second(text) for text in (read_at, tls.not_before, tls.not_after))
    is_early = bool(now and start and start > now)
    is_over = (tls.expires_in_days is not None and tls.expires_in_days < 0) or bool(
        now and end and end <= now
    )
    if is_early or is_over:
        expired = f"expired on {tls.not_after or 'a past day'}"
        when = f"is not valid before {tls.not_before}" if is_early else expired
        yield blocker(
            "tls-expired",
            seen=f"The certificate {tls.certificate} {when}.",
            why="Browsers and apps refuse to connect with it.",
            fix="Have it renewed and answer tls.certificate with the new one"
            + ("; or check this host's clock: timedatectl" if is_early else "."),
            source=_RULE,
        )
    elif tls.expires_in_days is None:
        yield from unknown("tls", ["until when the certificate is valid"], None)
    elif tls.expires_in_days < EXPIRING_DAYS:
        yield warning(
            "tls-expiring",
            seen=f"The certificate {tls.certificate} expires in less than {EXPIRING_DAYS} days, "
            f"on {tls.not_after or 'a near day'}.",
            why="When it has expired, browsers and apps refuse to connect.",
            fix="Have it renewed before you go live, and put a reminder or automatic renewal in place.",
            source=_RULE,
        )


def _names(tls: TlsFacts, names: tuple[ServiceHost, ...]) -> Iterator[Finding]:
    hosts = dict.fromkeys(name.host for name in names if name.public)
    on_it = ", ".join(tls.names[:5]) or "no name at all"
    more = f" and {len(tls.names) - 5} more" if len(tls.names) > 5 else ""
    for host in hosts:
        if not any(covers(pattern, host) for pattern in tls.names):
            yield blocker(
                "tls-name",
                subject=host,
                seen=f"The certificate does not cover {host}; it is for {on_it}{more}.",
                why="Browsers and apps refuse a host name that the certificate does not name. A wildcard "
                "covers one level, and not the domain itself.",
                fix=f"Have a certificate issued that names {host} (or its wildcard), or change the host "
                "name under domain.hosts.",
                source=_RULE,
            )
    if not hosts:
        yield note(
            "tls-names-open",
            seen="There is no domain yet, so the certificate's names were not compared.",
            why="It must cover every public host name.",
            fix="Answer domain.primary.",
            source=_RULE,
        )


def _second(text: str | None) -> str | None:
    """`2026-03-01T00:00:00Z` cut to the second: such texts of UTC compare as times. None if it is no time."""
    found = re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", text or "", re.ASCII)
    return found.group().replace(" ", "T") if found else None


def _quoted(path: str) -> str:
    return shell.word(path)
