"""Steps of a real plan that wait where a test wants to look on, each as far into its own work as can be.

What waits is the lab's (`/srv/held/wait`); what it waits in is real: apt-get in the middle of an update, dpkg in the
middle of Docker's own postinst. Where a step has no such place, the program that its first command names waits before
it does anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.lab.building import index
from tests.lab.host import Host

PLACE = "/srv/held"
LATER = "/srv/later"

_WAIT = f"""\
#!/bin/sh
# The lab's: whoever runs this waits until the test lets it go on, two minutes at most.
touch {PLACE}/$1.waiting
for _ in $(seq 1200); do
    [ ! -e {PLACE}/$1.go-on ] || exit 0
    sleep 0.1
done
exit 1
"""
# Asked by Docker's postinst whether its daemon may be started now.
_POLICY = f"""\
#!/bin/sh
case "$*" in *docker*) {PLACE}/wait install-docker ;; esac
exit 0
"""
_UPDATE = f'APT::Update::Pre-Invoke {{ "{PLACE}/wait refresh-packages"; }};\n'
_WITHIN = ("refresh-packages", "install-docker", "install-jq")


@dataclass(frozen=True)
class Held:
    """A step that waits, and its stage."""

    host: Host
    stage: str
    step: str
    steps: tuple[str, ...]

    def is_waiting(self) -> bool:
        return self.host.inside(f"{PLACE}/{self.step}.waiting").exists()

    def let_go(self) -> None:
        self.host.inside(f"{PLACE}/{self.step}.go-on").touch()

    def forget(self) -> None:
        """Nobody waits any more: the one that did was ended."""
        self.host.inside(f"{PLACE}/{self.step}.waiting").unlink()


def hold_every_stage(host: Host, answers: str) -> list[Held]:
    """One step of each stage of the host's plan will wait. answers: the file to plan from, on the host."""
    hold_jq(host)
    _put(host, "/usr/sbin/policy-rc.d", _POLICY)
    plan = json.loads(host.run(f"cometchat-wizard plan --json --answers {answers}"))
    held = []
    wrapped: dict[str, list[tuple[str, str]]] = {}
    for stage in plan["stages"]:
        steps = {step["id"]: step["commands"] for step in stage["steps"]}
        found = next((name for name in steps if name in _WITHIN), None)
        if found is None:
            found, argv = next(
                (name, command["argv"])
                for name, commands in steps.items()
                for command in commands
                if "argv" in command
            )
            wrapped.setdefault(argv[0], []).append((found, " ".join(argv[1:])))
        held.append(Held(host, stage["name"], found, tuple(steps)))
    for program, cases in wrapped.items():
        _wrap(host, program, cases)
    host.inside("/etc/apt/apt.conf.d/held").write_text(_UPDATE)
    return held


def hold_jq(host: Host) -> Held:
    """jq's installation alone will wait, in its postinst."""
    hold_back_jq(host, f"#!/bin/sh\nexec {PLACE}/wait install-jq\n")
    _put(host, f"{PLACE}/wait", _WAIT)
    return Held(host, "tools", "install-jq", ("install-jq",))


def hold_back_jq(host: Host, postinst: str) -> None:
    """jq's own package under a higher version and with this postinst, in a repository of its own."""
    host.run(f"""set -e
mkdir -p {LATER} && cd {LATER}
dpkg-deb -R /srv/packages/jq_*.deb tree
sed -i 's/^Version: .*/&+later/' tree/DEBIAN/control
cat >tree/DEBIAN/postinst <<'END'
{postinst}END
chmod 755 tree/DEBIAN/postinst
dpkg-deb -b tree . >/dev/null
rm -r tree
echo 'deb [trusted=yes] file:{LATER} ./' >/etc/apt/sources.list.d/later.list
""")
    index(host.inside(LATER))
    host.run("apt-get update -qq")


def _wrap(host: Host, program: str, cases: list[tuple[str, str]]) -> None:
    """A program of that name before the real one, which waits where it is called as the plan calls it."""
    real = host.run(f"command -v {program}").strip()
    waits = "".join(f"    '{arguments}') {PLACE}/wait {step} ;;\n" for step, arguments in cases)
    text = f'#!/bin/sh\n# The lab\'s: {program} that waits.\ncase "$*" in\n{waits}esac\nexec {real} "$@"\n'
    _put(host, f"/usr/local/sbin/{program}", text)


def _put(host: Host, path: str, text: str) -> None:
    file = host.inside(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
