"""The certificate and its key, read by openssl alone: no key content ever comes into this process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from wizard.machine.apart import TIMEOUT_SECONDS as ANSWER_SECONDS
from wizard.machine.mounts import MOUNTINFO, MOUNTINFO_LIMIT_BYTES, mount_of, parse_mounts
from wizard.machine.readoutcome import Outcome, Reader
from wizard.model.facts import TlsFacts
from wizard.model.plain import shown
from wizard.probe.certificate import parse_certificate

TIMEOUT_SECONDS = 6.0
# Passphrases that nobody has, given so that nothing prompts; their failure is how an encrypted key is
# known. Two,
# because one in 256 wrong ones decrypts to noise that openssl then reports as a broken key.
_PASSPHRASES = ("pass:no one's passphrase", "pass:nor this one")
_ENCRYPTED_MARKS = (
    "bad decrypt",
    "bad password",
    "decrypt error",
    "cipherfinal",
    "empty password",
    "wrong password",
    "unable to get passphrase",
    "password read",
)
_PROBLEMS = {
    "missing": "There is no such file on this host.",
    "denied": "This user may not look into that directory: go on as root, or give it the right.",
    "lost": "The path can't be followed on this host.",
    "directory": "This is a directory, not a file.",
    "other": "This is not a regular file.",
}


def read_tls(certificate: str | None, key: str | None, reader: Reader | None = None) -> TlsFacts | None:
    """Facts of a PEM certificate (its first one counts) and key; None without a certificate and a key.

    certificate, key: absolute paths as answered. What can't be read is a sentence in `problem` or `key_problem`.
    matches is None where one of the two could not be read.
    """
    if certificate is None and key is None:
        return None
    if reader is None:
        from wizard.machine.reading import LocalReader

        reader = LocalReader()
    problem = "No certificate is given." if certificate is None else path_problem(certificate, reader)
    key_problem = None if key is None else path_problem(key, reader)
    if reader.find("openssl") is None:
        problem = problem or "openssl is not installed, so the certificate can't be read."
        return TlsFacts(_path(certificate), _path(key) or None, problem, key_problem)
    outcomes = _ask(reader, None if problem else certificate, None if key is None or key_problem else key)
    facts: dict[str, Any] = {}
    if not problem:
        problem, facts = _certificate(outcomes)
    is_encrypted: bool | None = None
    if key is not None and not key_problem:
        is_encrypted, key_problem = judge_key(outcomes["key"], outcomes["key_again"])
    return TlsFacts(
        certificate=_path(certificate),
        key=_path(key) or None,
        problem=problem,
        key_problem=key_problem,
        key_encrypted=is_encrypted,
        matches=_matches(outcomes),
        **facts,
    )


def _path(path: str | None) -> str:
    return shown(path) if path else ""


def _ask(reader: Reader, certificate: str | None, key: str | None) -> Mapping[str, Outcome]:
    """All questions at once. The public keys are printed, the private one never is."""
    commands: dict[str, tuple[str, ...]] = {}
    if certificate is not None:
        # -inform: OpenSSL 3 would take DER and PKCS #12 as well, which NGINX refuses.
        x509 = ("openssl", "x509", "-inform", "PEM", "-in", certificate, "-noout")
        commands["dates"] = (*x509, "-dates")
        commands["subject"] = (*x509, "-subject", "-nameopt", "RFC2253,utf8,sep_multiline")
        commands["names"] = (*x509, "-ext", "subjectAltName")
        commands["certificate"] = (*x509, "-pubkey")
    if key is not None:
        for name, passphrase in zip(("key", "key_again"), _PASSPHRASES, strict=True):
            pkey = ("openssl", "pkey", "-inform", "PEM", "-in", key)
            commands[name] = (*pkey, "-passin", passphrase, "-pubout")
    reader.start(commands, TIMEOUT_SECONDS)
    return reader.wait(tuple(commands))


def _certificate(outcomes: Mapping[str, Outcome]) -> tuple[str | None, dict[str, Any]]:
    dates = outcomes["dates"]
    if dates.state == "timed-out":
        return "openssl did not answer in time for the certificate.", {}
    if not dates.succeeded:
        return "This file holds no PEM certificate that openssl can read.", {}
    texts = {name: outcomes[name].stdout for name in ("subject", "names")}
    return None, parse_certificate(dates.stdout, texts["subject"], texts["names"], time.time())


def _matches(outcomes: Mapping[str, Outcome]) -> bool | None:
    """Do both hold the same public key; compared as PEM text without white space."""
    keys = []
    for name in ("certificate", "key"):
        outcome = outcomes.get(name)
        if outcome is None or not outcome.succeeded or "PUBLIC KEY" not in outcome.stdout:
            return None
        _, _, body = outcome.stdout.partition("-----BEGIN PUBLIC KEY-----")
        keys.append("".join(body.partition("-----END")[0].split()))
    return keys[0] == keys[1]


def judge_key(outcome: Outcome, again: Outcome) -> tuple[bool | None, str | None]:
    """Is the key encrypted, and what is wrong with it (None: nothing); from two tries."""
    if outcome.succeeded:
        return False, None
    if "timed-out" in (outcome.state, again.state):
        return None, "openssl did not answer in time for the key."
    said = f"{outcome.stderr}\n{again.stderr}".lower()
    if any(mark in said for mark in _ENCRYPTED_MARKS):
        return True, "The key is encrypted with a passphrase; NGINX needs one without."
    return None, "This file holds no PEM private key that openssl can read."


def path_problem(path: str, reader: Reader) -> str | None:
    """Why a path can't be a readable PEM file, without opening what could hang; None where it may be one."""
    if not path.startswith("/"):
        return "The path is not absolute: write it from / on."
    found = reader.value("file", path)
    if not isinstance(found, Mapping):
        return _no_answer(path, reader)
    if found.get("kind") == "file" and not found.get("readable"):
        return "This user may not read the file: go on as root, or give it the right."
    return _PROBLEMS.get(str(found.get("kind")))


def _no_answer(path: str, reader: Reader) -> str:
    mount = mount_of(parse_mounts(reader.text(MOUNTINFO, MOUNTINFO_LIMIT_BYTES)), path)
    where = "The file system that it leads to"
    if mount is not None and mount.may_hang:
        where = f"The file system at {shown(mount.point)} ({shown(mount.filesystem, 60)})"
    return f"{where} did not answer within {ANSWER_SECONDS:.0f} seconds."
