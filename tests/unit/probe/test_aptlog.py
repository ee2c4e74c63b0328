"""What a cut off apt did not bring, from its log."""

from __future__ import annotations

from wizard.machine.readoutcome import Outcome
from wizard.probe.aptlog import parse_lost

EARLIER = """
Start-Date: 2026-11-24  10:00:00
Commandline: apt-get install -y less
Install: less:amd64 (668-1), lost-then:amd64 (1, automatic)
End-Date: 2026-11-24  10:00:01
"""
# As apt 3.0 wrote it before it was killed.
CUT = """
Start-Date: 2026-11-25  00:53:23
Commandline: apt-get install -y docker.io
Install: libldap2:amd64 (2.6.10+dfsg-1, automatic), docker-cli:amd64 (26.1.5+dfsg1-9+deb13u1+b1, automatic), \
docker.io:amd64 (26.1.5+dfsg1-9+deb13u1+b1), libsasl2-modules:amd64 (2.1.28+dfsg1-9, automatic)
"""


def lost(text: str, *there: str) -> tuple[str, ...]:
    return parse_lost(Outcome("done", 0, text), frozenset(there))


def test_what_was_to_come_along_and_is_not_there_is_lost() -> None:
    assert lost(EARLIER + CUT, "docker.io", "libldap2") == ("docker-cli", "libsasl2-modules")
    assert lost(EARLIER + CUT, "docker.io", "libldap2", "docker-cli", "libsasl2-modules") == ()
    # What was asked for by name is the plan's own business.
    assert lost(EARLIER + CUT, "libldap2") == ("docker-cli", "libsasl2-modules")


def test_nothing_is_lost_of_what_is_over_or_gone_or_no_concern_of_this_wizard() -> None:
    assert lost(EARLIER + CUT + "End-Date: 2026-11-25  00:54:00\n", "docker.io") == ()
    assert lost(EARLIER + CUT, "less") == (), "all of it is gone: it was taken back"
    assert lost(EARLIER.replace("End-Date", "Ended"), "less") == (), "somebody's own installation"
    said = Outcome("done", 0, EARLIER + CUT)
    assert parse_lost(said, frozenset({"libldap2"}), frozenset({"docker.io"})) == (), "dpkg removed it since"
    assert lost("", "docker.io") == lost("Start-Date:", "docker.io") == ()
    assert parse_lost(None, frozenset({"docker.io"})) == ()
    assert parse_lost(Outcome("done", 1, EARLIER + CUT), frozenset({"docker.io"})) == ()


def test_names_come_to_stand_in_a_command_so_only_what_is_one_is_taken() -> None:
    hostile = CUT.replace("libsasl2-modules:amd64", "--reinstall:amd64").replace("libldap2:", "$(id):")
    assert lost(hostile, "docker.io") == ("docker-cli",)
