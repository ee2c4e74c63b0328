"""Certificates and keys, read by the real openssl."""

import os
import subprocess
from pathlib import Path

import pytest

from wizard.machine.reading import LocalReader
from wizard.model.facts import TlsFacts
from wizard.probe import certificate, tls

LOCKED = ("rsa-locked", "pkcs8-locked", "ec-locked")


def read_tls(certificate, key, reader=None) -> TlsFacts:
    found = tls.read_tls(certificate, key, reader)
    assert found is not None
    return found


def said(text: str | None) -> str:
    assert text is not None
    return text


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    made = {name: directory / f"{name}.pem" for name in ("cert", "key", "bare", "bare-key", *LOCKED)}
    common = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days")
    names = "subjectAltName=DNS:*.chat.example.com,DNS:Chat.example.com,IP:192.0.2.1"
    openssl(
        *common,
        90,
        "-keyout",
        made["key"],
        "-out",
        made["cert"],
        "-subj",
        "/O=a, b/CN=other",
        "-addext",
        names,
    )
    openssl(*common, 3, "-keyout", made["bare-key"], "-out", made["bare"], "-subj", "/CN=Only.example.com")
    openssl("rsa", "-aes128", "-in", made["key"], "-out", made["rsa-locked"], "-passout", "pass:c4nary")
    openssl("pkcs8", "-topk8", "-in", made["key"], "-out", made["pkcs8-locked"], "-passout", "pass:c4nary")
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", directory / "ec.pem")
    openssl(
        "ec", "-aes256", "-in", directory / "ec.pem", "-out", made["ec-locked"], "-passout", "pass:c4nary"
    )
    return {name: str(path) for name, path in made.items()}


def test_a_pair_that_belongs_together(pem):
    found = read_tls(pem["cert"], pem["key"])
    assert (found.problem, found.key_problem, found.matches, found.key_encrypted) == (None, None, True, False)
    assert found.names == ("*.chat.example.com", "chat.example.com")
    assert found.expires_in_days in (89, 90)
    assert said(found.not_after).endswith("Z")


def test_a_pair_that_does_not(pem):
    found = read_tls(pem["bare"], pem["key"])
    assert found.matches is False
    assert found.names == ("only.example.com",), "the common name only where there is no subjectAltName"


@pytest.mark.parametrize("key", LOCKED)
def test_an_encrypted_key_is_said_to_be_one(pem, key):
    found = read_tls(pem["cert"], pem[key])
    assert found.key_encrypted is True
    assert "encrypted" in said(found.key_problem)
    assert found.matches is None


def test_a_certificate_is_no_key_and_a_key_no_certificate(pem):
    found = read_tls(pem["key"], pem["cert"])
    assert "no PEM certificate" in said(found.problem)
    assert "no PEM private key" in said(found.key_problem)
    assert found.key_encrypted is None


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (os.mkfifo, "not a regular file"),
        (lambda path: path.mkdir(), "a directory"),
        (lambda path: None, "no such file"),
        (lambda path: path.write_bytes(os.urandom(3000)), "no PEM certificate"),
        (lambda path: path.write_bytes(b""), "no PEM certificate"),
        (lambda path: path.symlink_to(path), "can't be followed"),
    ],
)
def test_what_is_no_certificate_is_a_sentence(tmp_path, make, says):
    path = tmp_path / "given"
    make(path)
    assert says in said(read_tls(str(path), None).problem)


@pytest.mark.parametrize("path", ["cert.pem", "", "/etc/\0x"])
def test_paths_that_can_not_be(path):
    assert read_tls(path, path).problem


def test_nothing_given_is_nothing_found():
    assert tls.read_tls(None, None) is None


def test_the_private_key_never_reaches_this_process(pem):
    class Watching(LocalReader):
        said = ""

        def wait(self, names=None):
            outcomes = super().wait(names)
            Watching.said += "".join(outcome.stdout + outcome.stderr for outcome in outcomes.values())
            return outcomes

    assert read_tls(pem["cert"], pem["key"], Watching()).matches is True
    secret = "".join(Path(pem["key"]).read_text().split("\n")[2:-2])
    assert "PRIVATE" not in Watching.said
    assert secret[:40] not in Watching.said.replace("\n", "")


def test_without_openssl_it_is_said(pem, monkeypatch):
    reader = LocalReader()
    monkeypatch.setattr(reader, "find", lambda program: None)
    assert "openssl is not installed" in said(read_tls(pem["cert"], pem["key"], reader).problem)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nov 24 03:53:00 2026 GMT", 1795492380),
        ("Jan  1 00:00:00 1970 GMT", 0),
        ("Xxx  1 00:00:00 1970 GMT", None),
        ("24. November", None),
    ],
)
def test_dates(text, expected):
    assert certificate.parse_date(text) == expected


def test_a_certificate_that_has_expired_counts_below_zero():
    dates = "notBefore=Jan  1 00:00:00 2020 GMT\nnotAfter=Jan  2 00:00:00 2020 GMT\n"
    assert certificate.parse_certificate(dates, "", "", 1577923201.0)["expires_in_days"] == -1


def test_only_pem_counts_since_nginx_reads_nothing_else(pem, tmp_path):
    der, p12, key = (str(tmp_path / name) for name in ("cert.der", "pair.p12", "key.der"))
    openssl("x509", "-in", pem["cert"], "-outform", "DER", "-out", der)
    openssl("pkcs12", "-export", "-in", pem["cert"], "-inkey", pem["key"], "-passout", "pass:", "-out", p12)
    openssl("pkey", "-in", pem["key"], "-outform", "DER", "-out", key)
    for other in (der, p12):
        assert "no PEM certificate" in said(read_tls(other, pem["key"]).problem)
    assert "no PEM private key" in said(read_tls(pem["cert"], key).key_problem)
