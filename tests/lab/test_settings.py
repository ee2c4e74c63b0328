"""daemon.json, and the proxy's files, on hosts with a real dockerd.

Real: dockerd 26.1, its containers, systemd, apt-config, files with their modes. Borrowed: the name Ubuntu 24.04, and
the containers' image, a busybox that is imported.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.lab.conftest import MakeHost
from tests.lab.host import Host
from tests.lab.wrong import apply, log, need_done, need_failure, put_answers

DAEMON = "/etc/docker/daemon.json"
# Not as any program would write it. The runtime is the lab's: see _RUNC.
FOREIGN = (
    b'{ "labels":["site=lab"],\n\n     "log-opts" : {"labels": "com.example"} ,'
    b' "runtimes": {"lab": {"path": "/usr/local/bin/lab-runc"}}, "debug":false }'
)
# The real runc, told not to make a keyring: a host that is a container itself may not.
_RUNC = """\
#!/bin/sh
for word; do
    shift
    set -- "$@" "$word"
    [ "$word" != create ] || set -- "$@" --no-new-keyring
done
exec runc "$@"
"""
SIZES = {"max-file": "5", "max-size": "50m"}


def with_docker(host: Host) -> None:
    """Docker from the distribution, running on an operator's own daemon.json."""
    host.inside("/etc/docker").mkdir(exist_ok=True)
    host.inside(DAEMON).write_bytes(FOREIGN)
    host.inside(DAEMON).chmod(0o640)
    answer(host)
    host.inside("/usr/local/bin/lab-runc").write_text(_RUNC)
    host.inside("/usr/local/bin/lab-runc").chmod(0o755)
    need_done(host, apply(host, "start-docker", seconds=240), "docker.io")
    host.run(
        "mkdir -p /root/image/bin && cp /root/busybox /root/image/bin/ && tar -C /root/image -c . | "
        "docker import - busybox >/dev/null"
    )


def answer(host: Host, *, allow: bool = False, proxy: str = "") -> None:
    """/srv/answers.yaml, with what these tests are about."""
    put_answers(host, skipped=())
    path = host.inside("/srv/answers.yaml")
    more = "docker_from: distribution" + (", restart_docker: true" if allow else "")
    text = path.read_text().replace("docker_from: distribution", more)
    path.write_text(text + (f"network: {{proxy: {proxy!r}}}\n" if proxy else ""))
    if not host.inside("/root/busybox").exists():
        busybox = subprocess.run(
            ["sh", "-c", "command -v busybox"], capture_output=True, text=True, check=True
        )
        program = busybox.stdout.strip()
        host.inside("/root/busybox").write_bytes(Path(program).read_bytes())
        host.inside("/root/busybox").chmod(0o755)


def dockerd(host: Host) -> str:
    """The daemon's process."""
    return host.run("cat /run/docker.pid").strip()


def log_options(host: Host) -> dict[str, str]:
    """The log options that a container made now gets."""
    host.run("docker create --name probe busybox /bin/busybox true")
    config = json.loads(host.run("docker inspect --format '{{json .HostConfig.LogConfig}}' probe"))
    host.run("docker rm probe")
    assert config["Type"] == "json-file"
    options: dict[str, str] = config["Config"]
    return options


def notes(host: Host, step: str) -> str:
    """What `plan` says where it does not plan a step."""
    done = host.try_run(f"cometchat-wizard plan {step} --json --answers /srv/answers.yaml")
    plan = json.loads(done.stdout)
    assert step not in [item["id"] for stage in plan["stages"] for item in stage["steps"]], plan["stages"]
    return " ".join(plan["notes"])


def test_foreign_keys_stay_and_dockerd_takes_the_new_ones(make_host: MakeHost) -> None:
    host = make_host()
    with_docker(host)
    before = dockerd(host)
    assert log_options(host) == {"labels": "com.example"}

    need_done(host, apply(host, "docker-settings"))
    found = json.loads(host.inside(DAEMON).read_text())
    assert (found["labels"], found["debug"]) == (["site=lab"], False)
    assert found["log-opts"] == {"labels": "com.example", **SIZES}
    assert host.run(f"stat -c '%a %U:%G' {DAEMON}").strip() == "640 root:root"
    assert dockerd(host) != before, "it was restarted"
    assert log_options(host) == {"labels": "com.example", **SIZES}
    assert "site=lab" in host.run("docker info --format '{{.Labels}} {{.LoggingDriver}}'")
    assert "nothing to do" in notes(host, "docker-settings")

    before = dockerd(host)
    undone = host.try_run("cometchat-wizard undo docker-settings --yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert host.inside(DAEMON).read_bytes() == FOREIGN
    assert host.run(f"stat -c '%a %U:%G' {DAEMON}").strip() == "640 root:root"
    assert dockerd(host) != before
    assert log_options(host) == {"labels": "com.example"}


def test_running_containers_are_ended_only_where_that_is_allowed(make_host: MakeHost) -> None:
    host = make_host()
    with_docker(host)
    host.run("docker run -d --name chat --runtime lab --network none busybox /bin/busybox sleep 1000")
    before = dockerd(host)
    said = notes(host, "docker-settings")
    assert "1 container is running" in said and "software.restart_docker: true" in said
    assert apply(host, "docker-settings").returncode == 0
    assert (host.inside(DAEMON).read_bytes(), dockerd(host)) == (FOREIGN, before)

    answer(host, allow=True)
    need_done(host, apply(host, "docker-settings"))
    assert dockerd(host) != before
    assert host.run("docker ps -q") == "", "it has no restart policy: the note said so"

    # The permission does not outlive the answer: a container that runs by now keeps the undo from restarting.
    answer(host)
    assert apply(host, "docker-settings").returncode == 0
    host.run("docker start chat")
    merged, before = host.inside(DAEMON).read_bytes(), dockerd(host)
    undone = host.try_run("cometchat-wizard undo docker-settings --yes")
    assert undone.returncode == 6, undone.stdout + undone.stderr
    assert "1 container(s) run here by now" in undone.stdout
    assert (host.inside(DAEMON).read_bytes(), dockerd(host)) == (merged, before)
    host.run("docker rm -f chat >/dev/null")
    undone = host.try_run("cometchat-wizard undo docker-settings --yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert host.inside(DAEMON).read_bytes() == FOREIGN


def test_a_file_that_docker_could_not_read_is_left_and_docker_goes_on(make_host: MakeHost) -> None:
    """dockerd itself says what is wrong before it would be restarted."""
    host = make_host()
    with_docker(host)
    host.inside(DAEMON).write_text('{"no-such-key": 1}')
    before = dockerd(host)
    message = need_failure(host, apply(host, "docker-settings"), "docker-settings")
    assert "no-such-key" in message
    assert dockerd(host) == before and host.run("docker ps -q") == ""
    undone = host.try_run("cometchat-wizard undo docker-settings --yes")
    assert undone.returncode == 6 and "no-such-key" in undone.stdout, undone.stdout + undone.stderr
    assert host.inside(DAEMON).read_text() == '{"no-such-key": 1}'
    assert dockerd(host) == before, "what the operator wrote would have kept it from starting"
    host.inside(DAEMON).write_text('{"debug": false')
    assert "is not settings in JSON" in notes(host, "docker-settings")


def test_the_proxy_is_told_to_apt_and_to_dockerd(make_host: MakeHost) -> None:
    host = make_host()
    with_docker(host)
    answer(host, proxy="http://bob:canary@10.250.9.9:3128")
    assert "asks for a password" in notes(host, "proxy-apt")
    answer(host, proxy="http://10.250.9.9:3128")
    need_done(host, apply(host, "proxy-apt", "proxy-docker"))
    dumped = host.run("apt-config dump")
    for kind in ("http", "https"):
        assert f'Acquire::{kind}::Proxy "http://10.250.9.9:3128";' in dumped
    info = host.run("docker info --format '{{.HTTPProxy}} {{.HTTPSProxy}} {{.NoProxy}}'").split()
    assert info[:2] == ["http://10.250.9.9:3128"] * 2 and "localhost" in info[2]
    said = notes(host, "proxy-apt") + notes(host, "proxy-docker")
    assert "another proxy" not in said

    undone = host.try_run("cometchat-wizard undo proxy-apt proxy-docker --yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert "10.250.9.9" not in host.run("apt-config dump; docker info --format '{{.HTTPProxy}}'")
    left = host.run("find /etc/apt/apt.conf.d /etc/systemd/system -name '*cometchat*'")
    assert left == ""
    assert not host.inside("/etc/systemd/system/docker.service.d").exists()
    everything = host.run("cat /var/lib/cometchat-wizard/runs/*/* /var/lib/cometchat-wizard/*.json")
    assert "canary" not in everything


def test_a_host_without_daemon_json_gets_the_proxy_and_its_docker_back(make_host: MakeHost) -> None:
    """Most hosts have no such file, and an undo takes ours away: dockerd is not asked about what is not there."""
    host = make_host()
    with_docker(host)
    host.run("rm /etc/docker/daemon.json && systemctl restart docker")
    answer(host, proxy="http://10.250.9.9:3128")
    before = dockerd(host)
    need_done(host, apply(host, "proxy-docker"))
    assert dockerd(host) != before
    asked = "docker info --format '{{.HTTPProxy}} {{.LoggingDriver}}'"
    assert host.run(asked).split() == ["http://10.250.9.9:3128", "json-file"]
    assert "no /etc/docker/daemon.json" in log(host)

    need_done(host, apply(host, "docker-settings"))
    assert log_options(host) == SIZES
    before = dockerd(host)
    undone = host.try_run("cometchat-wizard undo docker-settings proxy-docker --yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert not host.inside(DAEMON).exists()
    assert dockerd(host) != before and log_options(host) == {}
    assert host.run(asked).split() == ["json-file"]


def test_a_proxy_that_docker_does_not_use_yet_is_no_done_step(make_host: MakeHost) -> None:
    """Its file is there, the restart has failed: the next plan does not write it again, and restarts."""
    host = make_host()
    with_docker(host)
    answer(host, proxy="http://10.250.9.9:3128")
    used = "docker info --format '{{.HTTPSProxy}}'"
    host.inside(DAEMON).write_text('{"no-such-key": 1}')
    message = need_failure(host, apply(host, "proxy-docker"), "proxy-docker")
    assert "no-such-key" in message and host.run(used).strip() == ""
    found = json.loads(host.run("cometchat-wizard check --json --answers /srv/answers.yaml || true"))
    due = [item["subject"] for item in found["findings"] if item["id"] == "docker-restart-due"]
    assert "proxy" in due

    host.inside(DAEMON).write_bytes(FOREIGN)
    plan = json.loads(host.run("cometchat-wizard plan proxy-docker --json --answers /srv/answers.yaml"))
    (step,) = [item for stage in plan["stages"] for item in stage["steps"]]
    assert not [action for action in step["commands"] if "write" in action], step["commands"]
    need_done(host, apply(host, "proxy-docker"))
    assert host.run(used).strip() == "http://10.250.9.9:3128"
    notes(host, "proxy-docker")

    # Where something else sets another one, no restart helps: that is said instead.
    host.run(
        "mkdir -p /srv/env && echo HTTPS_PROXY=http://10.250.9.8:1 > /srv/env/docker && "
        "printf '[Service]\\nEnvironmentFile=/srv/env/docker\\n' > /etc/systemd/system/docker.service.d/90-lab.conf && "
        "systemctl daemon-reload && systemctl restart docker"
    )
    assert "something sets it" in notes(host, "proxy-docker")

    host.run("rm /etc/systemd/system/docker.service.d/90-lab.conf")
    undone = host.try_run("cometchat-wizard undo proxy-docker --yes", seconds=240)
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert "10.250.9.9" not in host.run(used)
