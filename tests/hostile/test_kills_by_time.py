"""Kills, orderly shutdowns and power cuts at moments that nobody chose, while it installs and while it undoes.

tests/lab/test_kill.py hits each point of the record keeping; here the clock alone decides, so that what lies between
those points is hit, too: dpkg in the middle of unpacking, a service that starts. After each blow the same command
goes on to its end, and the whole host is compared with one that nobody hit.

Real: the packages, Docker and its daemon, systemd's own shutdown. A power cut ends every process at once; what the
kernel had not written yet is not lost.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from tests.hostile.blows import Blow, draw, strike
from tests.hostile.seeds import chance, kills, seed
from tests.lab import kinds
from tests.lab.conftest import MakeHost
from tests.lab.host import Host
from tests.lab.hoststate import AFTER_A_BOOT, KEPT_UBUNTU, Kept, differences, state_of, unexplained
from tests.lab.undoing import ALL, UFW, put_answers

pytestmark = [pytest.mark.lab, pytest.mark.slow]

State = Mapping[str, str]
# What docker.io recommends and the wizard does not need would make a round twice as long.
PREPARE = f"""\
cat >/etc/apt/preferences.d/lab <<'END'
Package: criu needrestart docker-buildx
Pin: release *
Pin-Priority: -1
END
{UFW} && apt-get update -qq
"""
DOCKER = ("install-docker", "install-compose", "start-docker")
STATES = {"empty", "answering", "interrupted", "failed", "done"}
# What a host that was hit may have besides one that was not.
AFTER_A_BLOW = {
    **AFTER_A_BOOT,
    "boot-rules": Kept(
        r"[-+~] firewall nft table ip6? (filter|nat|raw).*",
        "Docker and ufw number their chains anew at each boot",
    ),
}

# After an undo nothing of it listens any more, so this holds for an installation alone.
INSTALLED_AFTER_A_BLOW = {
    **AFTER_A_BLOW,
    "containerd-port": Kept(
        r"[-+] listening tcp 127\.0\.0\.1:(3[2-9]|[45][0-9]|6[0-5])[0-9]{3}: listens",
        "containerd takes any free port of the loopback at each start",
    ),
}

# Known and not mended: the package is gone and its settings are kept as ever, but dpkg was left asked for more.
UNDONE_AFTER_A_BLOW = {
    **KEPT_UBUNTU,
    **AFTER_A_BLOW,
    "asked-to-purge": Kept(
        r"\+ package \S+: pc  \S+",
        "an apt that was hit while it removed a package can leave it selected for purging",
    ),
}


@dataclass(frozen=True)
class Whole:
    """The host before, and once all is installed; how long each takes undisturbed, seconds."""

    before: State
    installed: State
    apply_seconds: float
    undo_seconds: float


def _apply_words() -> str:
    return "apply --answers /srv/answers.yaml --yes"


def _done(host: Host, words: str, why: str) -> float:
    """To its end, which must be 0; how long it took."""
    began = time.monotonic()
    done = host.try_run(f"cometchat-wizard {words}", user="root", seconds=240)
    assert done.returncode == 0, f"{why}: {words} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return time.monotonic() - began


def _need_sound(host: Host, why: str) -> None:
    """dpkg and apt have nothing to finish or to mend."""
    said = host.run("dpkg --audit; ls /var/lib/dpkg/updates; apt-get check -qq 2>&1", check=False)
    assert said == "", f"{why}: {said}"


def _need_status(host: Host, why: str) -> None:
    done = host.try_run("cometchat-wizard status --json", user="root")
    assert done.returncode == 0, f"{why}: {done.stderr}"
    assert json.loads(done.stdout)["state"] in STATES, f"{why}: {done.stdout}"


def _whole(host: Host) -> Whole:
    """Once without a blow. The host has been booted before, as it will be in between."""
    before = state_of(host)
    apply_seconds = _done(host, _apply_words(), "undisturbed")
    installed = state_of(host)
    _need_sound(host, "undisturbed")
    undo_seconds = _done(host, ALL, "undisturbed")
    _need_sound(host, "undisturbed")
    left = differences(before, state_of(host))
    assert unexplained(left, {**KEPT_UBUNTU, **AFTER_A_BLOW}, all_of_it=False) == ()
    return Whole(before, installed, apply_seconds, undo_seconds)


def _round(host: Host, whole: Whole, into: Blow, back: Blow) -> None:
    """Hit while it installs, gone on with; hit while it undoes, gone on with."""
    why = f"seed {seed()}: apply hit by {into}, undo by {back}"
    said = strike(host, _apply_words(), whole.apply_seconds, into)
    assert "Traceback" not in said, said
    _need_status(host, why)
    _done(host, _apply_words(), why)
    _need_sound(host, why)
    left = differences(whole.installed, state_of(host))
    assert unexplained(left, INSTALLED_AFTER_A_BLOW, all_of_it=False) == (), why

    said = strike(host, ALL, whole.undo_seconds, back)
    assert "Traceback" not in said, said
    _need_status(host, why)
    _done(host, ALL, why)
    _need_sound(host, why)
    left = differences(whole.before, state_of(host))
    assert unexplained(left, UNDONE_AFTER_A_BLOW, all_of_it=False) == (), why
    assert "nothing to undo" in host.try_run(f"cometchat-wizard {ALL}", user="root").stderr


@pytest.mark.timeout(12 * 3600)
@pytest.mark.parametrize("what", ["tools", "docker"])
def test_after_a_blow_the_host_becomes_what_it_would_have_been(
    make_host: MakeHost, tell: Callable[[str], None], what: str
) -> None:
    host = make_host(kinds.UBUNTU)
    host.run(PREPARE)
    skipped = DOCKER if what == "tools" else ("install-git",)
    put_answers(
        host,
        {
            "usage": {"environment": "production", "mau": 1000},
            "skipped": [{"step": step, "reason": "not here"} for step in skipped],
        },
    )
    host.power_off()
    host.boot()
    whole = _whole(host)
    began = time.monotonic()
    hit: list[str] = []
    for number in range(kills(1)):
        numbers = chance("kills", what, number)
        into, back = draw(numbers), draw(numbers)
        tell(f"{what}: apply {into}, undo {back}")
        _round(host, whole, into, back)
        hit += [f"apply {into}", f"undo {back}"]
    seconds = time.monotonic() - began
    tell(
        f"Blows by time, {what} (apply {whole.apply_seconds:.1f} s, undo {whole.undo_seconds:.1f} s): {len(hit)} in "
        f"{seconds / 60:.1f} min, all held: {', '.join(hit)}"
    )
