"""A wizard in a user's home: root never runs it, and says how root gets one of its own.

Real: the user, sudo and its password on a real terminal, install.sh from a wheelhouse, as the user and as root.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.journeys.terminal import ENTER, Terminal
from tests.lab.conftest import MakeHost, put_release
from tests.lab.host import Host
from tests.lab.kinds import SUDO_PASSWORD
from tests.lab.recipe import USERS
from tests.lab.wrong import apply_words, is_there, pack, packages, put_answers

OWN = "/home/pat/.local/bin/cometchat-wizard"
JQ = "#!/bin/sh\necho jq-99.0\n"
# What a thief of the user's account would plant: it leaves a mark where root runs it.
PLANTED = "import os\nif os.geteuid() == 0:\n    open('/root/taken', 'w')\n"


def test_root_runs_its_own_wizard_and_never_the_one_in_a_user_s_home(
    make_host: MakeHost, lab_wheelhouse: Path
) -> None:
    host = make_host(SUDO_PASSWORD, installed=False)
    put_answers(host)
    pack(host, "jq", "99.0", "#!/bin/sh\nexit 0\n", JQ)
    put_release(host, lab_wheelhouse)
    host.run("mv /root/release /root/wheels /home/pat/ && chown -R pat: /home/pat")
    host.run("cd ~/release && ./install.sh --wheelhouse ~/wheels --install-only", user="pat")
    package = host.run(
        "echo ~pat/.local/share/cometchat-wizard/current/lib/python3*/site-packages/wizard"
    ).strip()
    with open(host.inside(f"{package}/__init__.py"), "a", encoding="utf-8") as file:
        file.write(PLANTED)
    host.run(f"touch {package}/__init__.py")
    before = packages(host)
    words = apply_words("install-jq").replace("cometchat-wizard", OWN, 1)

    said = _on_a_terminal(host, words, asks=False, code=3)
    assert "Root does not run this wizard" in said and "Nothing was changed" in said
    how = re.search(
        r"`sudo (/home/pat/release/install\.sh --wheelhouse /home/pat/wheels) --install-only`", said
    )
    assert how is not None, said
    found = host.try_run(f"{OWN} check --answers /srv/answers.yaml", user="pat").stdout
    assert f"sudo {how[1]} apply" in " ".join(found.split())
    assert packages(host) == before

    _on_a_terminal(host, f"sudo {how[1]} --install-only", asks=True, code=0)
    assert host.run("stat -L -c %U /usr/local/bin/cometchat-wizard") == "root\n"
    _on_a_terminal(host, words, asks=True, code=0)
    assert is_there(host, "jq")
    assert host.run("ls /root") == "", "nothing of the user's was run as root"

    # Older than the session: what is typed for root is what brings it a newer one.
    root_s = host.run(
        "echo /opt/cometchat-wizard/current/lib/python3*/site-packages/wizard/__init__.py"
    ).strip()
    host.run(f"sed -i 's/^__version__ = .*/__version__ = \"0.0.1\"/' {root_s}")
    assert f"`sudo {how[1]}` goes on with it" in _on_a_terminal(host, words, asks=False, code=0)


def _on_a_terminal(host: Host, words: str, *, asks: bool, code: int) -> str:
    """What stands on pat's terminal after a command that must end so, as one line; asks: sudo wants the password."""
    terminal: Terminal = host.open(words, user="pat", size=(300, 60))
    if asks:
        terminal.wait_for("password for pat")
        terminal.send(USERS["pat"][1] + ENTER)
    ended = terminal.ended(120)
    said = " ".join(terminal.text().split())
    assert ended == code, said
    return said
