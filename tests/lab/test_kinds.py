"""What each kind of host is, seen by the wizard's survey and by the host's own programs.

Real: apt, dpkg, systemd, sshd, ufw, the kernel's limits and file systems. Borrowed: the name of the distribution.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab import kinds
from tests.lab.conftest import MakeHost
from tests.lab.host import Host, Made


def survey(host: Host, user: str | None = None) -> dict[str, Any]:
    """What `survey --json` says on the host."""
    done = host.try_run("cometchat-wizard survey --json", user=user)
    assert done.returncode == 0, done.stderr
    (node,) = json.loads(done.stdout)["nodes"]
    assert isinstance(node, dict)
    return node


@pytest.mark.parametrize("made", kinds.ALL.values(), ids=kinds.ALL)
def test_each_kind_comes_up_and_is_surveyed(make_host: MakeHost, made: Made) -> None:
    host = make_host(made)
    facts = survey(host)
    assert facts["name"] == host.name
    print(json.dumps(facts, indent=1))
