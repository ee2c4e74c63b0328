"""A canary in a TLS key and in a proxy's password: it sings in no file, no log, no output, on no screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.packages import ACCEPTED
from tests.journeys.product import Product
from tests.journeys.terminal import CTRL_Q, ENTER
from tests.journeys.walking import accept_all, next_page, skip_all_steps

pytestmark = [pytest.mark.journey, pytest.mark.slow]

CANARY = "kanari9Qx7Lm2"
PROXY = f"http://anna:{CANARY}@127.0.0.1:9"
ENVIRONMENT = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"), PROXY)

# A bug in the survey, whose message holds what it must not.
_CRASH = """
import os, sys
import wizard.workflow.look as look
def boom(*_arguments, **_more):
    raise RuntimeError("no way to " + os.environ["https_proxy"])
look.survey = look.survey_host = boom
from wizard.__main__ import main
sys.exit(main())
"""


def make_pair(directory: Path, *, is_encrypted: bool) -> tuple[Path, Path]:
    """Certificate and key; the canary stands beside the key, and is its passphrase."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90"),
            *("-subj", "/CN=chat.example.com", "-addext", "subjectAltName=DNS:*.chat.example.com"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    if is_encrypted:
        subprocess.run(
            ["openssl", "rsa", "-aes256", "-passout", f"pass:{CANARY}", "-in", str(key), "-out", str(key)],
            check=True,
            capture_output=True,
        )
    key.write_text(f"# {CANARY}\n{key.read_text()}{CANARY}\n")
    return certificate, key


def write_answers(product: Product, *, is_encrypted: bool) -> Path:
    certificate, key = make_pair(product.home, is_encrypted=is_encrypted)
    path = product.home / "given.yaml"
    accepted = "".join(f"  - {{id: {ident}, reason: a test machine}}\n" for ident in ACCEPTED)
    path.write_text(
        "apiVersion: cometchat-wizard/v1\nkind: Answers\nusage: {environment: testing}\n"
        f"network: {{proxy: '{PROXY}'}}\ndomain: {{primary: chat.example.com}}\n"
        f"tls: {{certificate: {certificate}, key: {key}}}\naccepted:\n{accepted}"
    )
    return path


def key_line(product: Product) -> str:
    """A line of the key itself."""
    return (product.home / "key.pem").read_text().splitlines()[8]


def search(product: Product, *given: Path) -> None:
    """Every file under the home but those that hold the canary by the test's own hand, and every byte on a screen."""
    secrets = (CANARY.encode(), key_line(product).encode())
    own = {*given, product.home / "key.pem"}
    for path in product.home.rglob("*"):
        if path.is_file() and path not in own:
            content = path.read_bytes()
            assert not any(secret in content for secret in secrets), f"it sings in {path}"
    for terminal in product.opened:
        assert not any(secret in terminal.received for secret in secrets), "it sings on a screen"


@pytest.mark.usefixtures("steady_machine")
@pytest.mark.parametrize("is_encrypted", [False, True])
def test_canary_through_the_wizard_and_every_command(product: Product, is_encrypted: bool) -> None:
    product.more = ENVIRONMENT
    given = write_answers(product, is_encrypted=is_encrypted)
    terminal = product.open("--answers", str(given))
    terminal.wait_for("▸ Go on at: Usage")
    terminal.send(ENTER)
    terminal.wait_for("Step 1 of 7")
    next_page(terminal, 2)
    terminal.wait_match(r"Memory +[\d.,]+ GiB", 60)
    next_page(terminal, 3)
    skip_all_steps(terminal)
    next_page(terminal, 4)
    next_page(terminal, 5)
    terminal.wait_for("chat.example.com")
    next_page(terminal, 6)
    accept_all(terminal)
    next_page(terminal, 7)
    terminal.send(CTRL_Q)
    assert terminal.ended() == 0

    commands = (
        ("check",),
        ("check", "--json"),
        ("plan",),
        ("plan", "--json"),
        ("export", str(product.home / "config")),
        ("answers",),
        ("answers", "--json"),
        ("survey", "--json"),
        ("status", "--json"),
        ("validate", str(given)),
        ("diff", str(given), str(product.home / "config" / "answers.yaml")),
        ("attach",),
    )
    for command in commands:
        done = product.run(*command, seconds=90)
        assert done.returncode in (0, 2, 3, 4), f"{command}: {done.stderr}"
        assert "Traceback" not in done.stderr
        assert CANARY not in done.stdout + done.stderr, command
    deployment = (product.home / "config" / "deployment.yaml").read_text()
    assert "***@127.0.0.1:9" in deployment, "the proxy itself is kept"
    search(product, given)


def test_canary_in_a_crash(product: Product) -> None:
    """The traceback goes to a log, without it."""
    product.more = ENVIRONMENT
    given = write_answers(product, is_encrypted=False)
    crashing = (sys.executable, "-c", _CRASH)
    terminal = product.open("--answers", str(given), program=crashing)
    assert terminal.ended(60) == 1
    flat = terminal.flow()
    assert "Something unexpected went wrong" in flat
    assert terminal.modes() == terminal.modes_before
    log = (product.session / "wizard.log").read_text()
    assert "RuntimeError: no way to http://***@127.0.0.1:9" in log
    for command in (("check",), ("survey", "--json"), ("export", str(product.home / "config"))):
        ended = subprocess.run(
            [*crashing, *command],
            env=product.environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 1, ended.stderr
        assert CANARY not in ended.stdout + ended.stderr
    search(product, given)


def test_canary_through_a_run(product: Product) -> None:
    """The proxy refuses, the package lists can't be read anew: what apt says of it is kept without the password."""
    from tests.journeys.packages import is_installed, need_apt, without_package

    need_apt()
    product.more = ENVIRONMENT
    given = write_answers(product, is_encrypted=False)
    with without_package():
        done = product.run("apply", "install-net-tools", "--yes", "--answers", str(given), seconds=110)
        assert done.returncode in (0, 6), done.stdout + done.stderr
        assert CANARY not in done.stdout + done.stderr
        assert done.returncode == 6 or is_installed()
        attached = product.run("attach", "--json")
        assert CANARY not in attached.stdout + attached.stderr
        undone = product.run("undo", "--all", "--yes", seconds=110)
        assert CANARY not in undone.stdout + undone.stderr
    search(product, given)
