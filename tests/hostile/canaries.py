"""Secrets that can meet the product's way, each with a word of its own, planted where an operator has them.

They are planted in a mount namespace of the test's own: this machine's /etc is not touched.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

# Kind to what it is. Each canary is `k` and the kind's number, then this; so a leak names its kind.
KINDS = (
    "answers: a proxy's password",
    "answers: a token as a proxy's user",
    "environment: a proxy's password",
    "environment: the same with per cent signs, in capitals",
    "environment: a token as a proxy's user",
    "environment: the key of an interface",
    "/etc/environment: a proxy's password",
    "apt.conf: a proxy's password",
    "apt: a repository's password, in its address and in auth.conf",
    "dnf.conf: proxy_password, and one in the address",
    "docker.service.d: a proxy's password",
    "daemon.json: a proxy's password",
    "~/.docker/config.json: a registry's login, and a proxy",
    "~/.netrc and ~/.git-credentials",
    "TLS: the private key itself",
    "TLS: a passphrase noted beside the key",
    "docker: a swarm's tokens and a proxy in what it says and complains",
    "a program on port 80: a password among its arguments",
)


def word(kind: str) -> str:
    """The canary of a kind."""
    return f"k{KINDS.index(kind):02d}Zx81Kanari"


def _of(start: str) -> str:
    return word(next(kind for kind in KINDS if kind.startswith(start)))


@dataclass
class Planted:
    """home and etc hold them; environ is what an operator's shell has. key_line: one of the TLS key itself."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)
    key_line: str = ""
    files: set[Path] = field(default_factory=set)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def upper(self) -> Path:
        return self.root / "etc"

    def put(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600 if self.home in path.parents else 0o644)
        self.files.add(path)

    def found_in(self, content: bytes) -> list[str]:
        """The kinds whose canary stands in some text."""
        kinds = [
            kind
            for kind in KINDS
            if word(kind).encode() in content or _per_cent(word(kind)).encode() in content
        ]
        return [*kinds, *(["TLS: the private key itself"] if self.key_line.encode() in content else [])]

    def leaks(self, *roots: Path) -> list[str]:
        """Files that hold one and were not planted: kind and path."""
        found = []
        for path in (path for root in roots for path in root.rglob("*")):
            if path.is_file() and not path.is_symlink() and path not in self.files:
                found += [f"{kind} in {path}" for kind in self.found_in(path.read_bytes())]
        return found


def _per_cent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def plant(root: Path) -> Planted:
    """All of them."""
    made = Planted(root)
    made.home.mkdir()
    proxy = "http://anna:{}@proxy.invalid:3128".format
    made.environ = {
        "HOME": str(made.home),
        "https_proxy": proxy(_of("environment: a proxy's password")),
        "HTTP_PROXY": proxy(_per_cent(_of("environment: the same"))),
        "all_proxy": f"http://{_of('environment: a token')}@proxy.invalid:3128",
        "COMETCHAT_API_KEY": _of("environment: the key"),
        "DOCKER_AUTH_CONFIG": json.dumps({"auths": {"r.invalid": {"auth": _of("environment: the key")}}}),
    }
    etc = {
        "environment": f'https_proxy="{proxy(_of("/etc/environment"))}"\n',
        "apt/apt.conf.d/99canary": f'Acquire::http::Proxy "{proxy(_of("apt.conf"))}";\n',
        "apt/sources.list.d/canary.list": f"deb https://u:{_of('apt: a')}@repo.invalid/ stable main\n",
        "apt/auth.conf.d/canary.conf": f"machine repo.invalid login u password {_of('apt: a')}\n",
        "dnf/dnf.conf": f"[main]\nproxy={proxy(_of('dnf'))}\nproxy_username=u\nproxy_password={_of('dnf')}\n",
        "systemd/system/docker.service.d/proxy.conf": '[Service]\nEnvironment="HTTPS_PROXY='
        + proxy(_of("docker.service.d"))
        + '"\n',
        "docker/daemon.json": json.dumps({"proxies": {"http-proxy": proxy(_of("daemon.json"))}}),
    }
    for name, text in etc.items():
        made.put(made.upper / name, text)
    login = {"auths": {"r.invalid": {"auth": _of("~/.docker")}}}
    made.put(
        made.home / ".docker/config.json",
        json.dumps({**login, "proxies": {"default": {"httpProxy": proxy(_of("~/.docker"))}}}),
    )
    made.put(made.home / ".netrc", f"machine repo.invalid login u password {_of('~/.netrc')}\n")
    made.put(made.home / ".git-credentials", f"https://u:{quote(_of('~/.netrc'))}@repo.invalid\n")
    _plant_tls(made)
    return made


def _plant_tls(made: Planted) -> None:
    certificate, key = made.root / "tls/chat.pem", made.root / "tls/chat.key"
    certificate.parent.mkdir()
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "90",
                "-subj",
                "/CN=chat.invalid",
                "-addext",
                "subjectAltName=DNS:*.chat.invalid,DNS:chat.invalid",
            ),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    made.key_line = key.read_text().splitlines()[8]
    for path in (certificate, key):
        made.put(path, f"# {_of('TLS: a passphrase')}\n{path.read_text()}")
        path.chmod(0o600)


# A fake docker, whose words and complaints hold what a real one's may.
def fake_docker() -> str:
    """Its script."""
    said = {"Swarm": {"LocalNodeState": "active", "JoinTokens": {"Worker": f"SWMTKN-1-{_of('docker: a')}"}}}
    said["HttpProxy"] = f"http://u:{_of('docker: a')}@proxy.invalid"  # type: ignore[assignment]
    complaint = (
        f"error during connect via http://u:{_of('docker: a')}@proxy.invalid: SWMTKN-1-{_of('docker: a')}"
    )
    return f"#!/bin/sh\n# A fake\necho '{json.dumps(said)}'\necho '{complaint}' >&2\nexit 1\n"


_LISTENS = "import socket, time; s = socket.create_server(('0.0.0.0', 80)); time.sleep(900)"
_NAMESPACES = (
    'mount -t overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/work" canaries /etc'
    ' && mount --bind "$1/programs" /usr/local/sbin && mount -t tmpfs none /run && : >/run/docker.sock'
    ' && ip link set lo up; "$2" -c "$3" "--password=$4" & shift 4; sleep 0.3; "$@"'
)


def among_them(made: Planted) -> list[str]:
    """What a command is started by, so that it meets all of them: namespaces of its own, gone with it."""
    for name in ("work", "programs"):
        (made.root / name).mkdir(exist_ok=True)
    docker = made.root / "programs/docker"
    made.put(docker, fake_docker())
    docker.chmod(0o755)
    spaces = (
        "--mount",
        "--propagation",
        "private",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    )
    given = (str(made.root), sys.executable, _LISTENS, _of("a program on port 80"))
    return ["unshare", *spaces, "sh", "-c", _NAMESPACES, "sh", *given]


@contextmanager
def sampled(made: Planted) -> Iterator[set[str]]:
    """The kinds that stood among any process's arguments meanwhile, but for the one that is planted there."""
    found: set[str] = set()
    is_over = Event()

    def look() -> None:
        while not is_over.wait(0.005):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    found.update(made.found_in(path.read_bytes()))
                except OSError:
                    continue

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        is_over.set()
        thread.join()
        found.discard("a program on port 80: a password among its arguments")
