"""One host of a lab: its files, its address, its init, its ssh."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.terminal import Terminal
from tests.lab.places import environment
from tests.lab.room import NETWORK, Room, ran, said, until


@dataclass(frozen=True)
class Made:
    """How a host is made. layers: cached layers over the base, the topmost first.

    user: who logs in. disk_mib: its whole disk, a file system of that size; None: as large as this machine's.
    memory_mib: a cgroup limit. script: done once as root when it is up.
    """

    kind: str
    layers: tuple[str, ...] = ()
    systemd: bool = True
    user: str = "root"
    disk_mib: int | None = None
    data_disk_mib: int | None = None
    memory_mib: int | None = None
    script: str = ""


class Host:
    """A host that is up. Raises RuntimeError with its console where it does not come up."""

    def __init__(
        self,
        room: Room,
        number: int,
        made: Made,
        lowers: tuple[Path, ...],
        packages: Path,
        name: str | None = None,
    ) -> None:
        self.room = room
        self.made = made
        self.alias = f"chat-{number}"
        self.name = name or self.alias
        self.address = f"{NETWORK}.{10 + number}"
        self.directory = room.directory / self.alias
        self.root = self.directory / "root"
        self._lowers = lowers
        self._packages = packages
        self._terminals: list[Terminal] = []
        self._mount()
        self._identify()
        self._connect()
        self._start()
        self.wait_up()
        if made.script:
            self.run(made.script)

    # ------------------------------------------------------------------------------------------ what tests do

    def run(self, script: str, *, user: str = "root", seconds: float = 120, check: bool = True) -> str:
        """A shell script over ssh; its standard output. check: RuntimeError where it fails."""
        done = self.try_run(script, user=user, seconds=seconds)
        if check and done.returncode != 0:
            raise RuntimeError(
                f"{self.name}: {script!r} ended with {done.returncode}: {done.stdout}{done.stderr}"
            )
        return done.stdout

    def try_run(
        self, script: str, *, user: str | None = None, seconds: float = 120, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The same, whatever comes of it."""
        return ran(self.ssh("sh", "-c", shlex.quote(script), user=user), text=text, seconds=seconds)

    def ssh(
        self, *argv: str, user: str | None = None, options: tuple[str, ...] = (), source: str | None = None
    ) -> list[str]:
        """The ssh command as an operator's machine would run it."""
        config = str(self.room.directory / "ssh_config")
        bound = ["-b", source] if source else []
        who = ["-l", user or self.made.user]
        return self.room.at_the_bridge(
            "ssh", "-F", config, "-o", "ProxyCommand=none", *options, *bound, *who, self.alias, *argv
        )

    def open(
        self,
        *argv: str,
        user: str | None = None,
        size: tuple[int, int] = (80, 24),
        source: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Terminal:
        """An ssh login on a real pseudo-terminal that runs argv, or a login shell without."""
        log = self.directory / f"terminal-{len(self._terminals)}.bytes"
        variables = {**environment(), "TERM": "xterm-256color", **(environ or {})}
        terminal = Terminal(
            self.ssh(*argv, user=user, options=("-tt",), source=source), variables, size=size, log=log
        )
        self._terminals.append(terminal)
        return terminal

    def put(self, source: Path, target: str) -> None:
        """Copy a file or a directory there, by tar over ssh."""
        pack = subprocess.Popen(
            ["tar", "-C", str(source.parent), "--exclude=__pycache__", "-c", source.name],
            stdout=subprocess.PIPE,
            env=environment(),
        )
        into = shlex.quote(target)
        argv = self.ssh(
            "sh", "-c", shlex.quote(f"mkdir -p {into} && tar -C {into} --strip-components=1 -x"), user="root"
        )
        done = subprocess.run(argv, stdin=pack.stdout, capture_output=True, text=True, env=environment())
        if pack.wait() != 0 or done.returncode != 0:
            raise RuntimeError(f"{source} could not be copied to {self.name}: {done.stderr}")

    def inside(self, path: str) -> Path:
        """A file of the host as seen from outside, while it runs."""
        return Path(f"/proc/{self.room.pid}/root") / str(self.root).lstrip("/") / path.lstrip("/")

    def power_off(self, seconds: float = 30) -> None:
        """Shut down in an orderly way; its files stay, `boot` brings it up again. systemd's hosts alone."""
        # The login may end before it can say how it ended. `poweroff` itself is refused while apt is at work.
        self.try_run(
            "systemctl start --no-block --job-mode=replace-irreversibly poweroff.target", user="root"
        )
        self._process.wait(seconds)

    def cut_power(self) -> None:
        """Everything on it ends at once, nobody is told; its files stay as they are."""
        self.room.kill_host(self.alias)
        self._process.wait(20)

    def boot(self) -> None:
        """Up again after `power_off` or `cut_power`; what the kernel knew of its network is gone, as on any machine."""
        self._disconnect()
        self._connect()
        # A control group that was killed goes on killing: what systemd starts in it dies now and then (seen on 6.18).
        self.room.remove_cgroups(self.alias)
        self._start()
        self.wait_up()

    def close_terminals(self) -> None:
        """End the logins that `open` made; their bytes are kept until the host is gone."""
        for terminal in self._terminals:
            terminal.close()
        self._terminals.clear()

    def stop(self) -> None:
        """End it and take its files away."""
        self.close_terminals()
        self.cut_power()
        for part in ("root", "disk/docker", "disk"):
            if self.inside("/").parent.joinpath(part).is_mount():
                self.room.run("umount", "--recursive", str(self.directory / part))
        self._disconnect()
        self.room.remove_cgroups(self.alias)
        shutil.rmtree(self.directory)

    def logs(self, lines: int = 40) -> str:
        """What is worth reading after a failure."""
        script = (
            'for f in /var/lib/cometchat-wizard/runs/*/log.txt; do echo "== $f"; tail -n 15 "$f"; done; '
            f"journalctl --no-pager -n {lines} -o short-monotonic || tail -n {lines} /var/log/lab-init.log"
        )
        try:
            return self.try_run(f"({script}) 2>/dev/null", user="root", seconds=20).stdout
        except (OSError, subprocess.SubprocessError) as error:
            return f"no logs: {error}\n{self._console()}"

    # ------------------------------------------------------------------------------------------ coming up

    def _mount(self) -> None:
        """Its root: the cached layers below, its own changes on top."""
        disk = self.directory / "disk"
        for path in (self.root, disk):
            path.mkdir(parents=True)
        if self.made.disk_mib:
            self._own_file_system(disk, self.made.disk_mib)
        lower = ":".join(str(path) for path in self._lowers)
        self.room.run("mkdir", "-p", *(f"{disk}/{part}" for part in ("upper", "work", "docker")))
        options = f"lowerdir={lower},upperdir={disk}/upper,workdir={disk}/work"
        self.room.run("mount", "-t", "overlay", "-o", options, "lab", str(self.root))
        if self.made.data_disk_mib:
            self._own_file_system(disk / "docker", self.made.data_disk_mib)

    def _own_file_system(self, at: Path, mib: int) -> None:
        image = self.directory / f"{at.name}.img"
        with open(image, "wb") as file:
            file.truncate(mib << 20)
        said(["mkfs.ext4", "-q", "-m", "0", str(image)])
        self.room.run("mount", "-o", "loop", str(image), str(at))

    def _identify(self) -> None:
        root = self.inside("/")
        (root / "etc/hostname").write_text(self.name + "\n")
        (root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        (root / "etc/machine-id").unlink(missing_ok=True)
        (root / "etc/machine-id").write_text(os.urandom(16).hex() + "\n")
        key = self.directory / "host_key"
        said(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)])
        for suffix in ("", ".pub"):
            target = root / f"etc/ssh/ssh_host_ed25519_key{suffix}"
            target.write_bytes(Path(f"{key}{suffix}").read_bytes())
            target.chmod(0o600 if not suffix else 0o644)
        public = (self.room.directory / "operator.pub").read_text()
        for home, owner in (
            ("root", 0),
            *((f"home/{p.name}", p.stat().st_uid) for p in (root / "home").iterdir()),
        ):
            ssh = root / home / ".ssh"
            ssh.mkdir(mode=0o700, exist_ok=True)
            (ssh / "authorized_keys").write_text(public)
            for path in (ssh, ssh / "authorized_keys"):
                os.chown(path, owner, owner)
        host_key = " ".join(key.with_suffix(".pub").read_text().split()[:2])
        with open(self.room.directory / "known_hosts", "a") as file:
            file.write(f"{self.alias},{self.address} {host_key}\n")
        with open(self.room.directory / "ssh_config", "a") as file:
            file.write(f"Host {self.alias}\n  HostName {self.address}\n  User {self.made.user}\n")

    def _connect(self) -> None:
        """A network of its own with one end on the bridge, and a default route that leads nowhere."""
        port = f"v-{self.alias}"
        self.room.run("ip", "netns", "add", self.alias)
        self.room.run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", self.alias)
        self.room.run("ip", "link", "set", port, "master", "bridge", "up")
        self.room.run("ip", "-n", self.alias, "address", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            self.room.run("ip", "-n", self.alias, "link", "set", device, "up")
        self.room.run("ip", "-n", self.alias, "route", "add", "default", "via", f"{NETWORK}.1")

    def _disconnect(self) -> None:
        # The port first: with its namespace it would go only some time later.
        self.room.run("ip", "link", "delete", f"v-{self.alias}")
        self.room.run("ip", "netns", "delete", self.alias)

    def _start(self) -> None:
        cgroups = self.room.cgroup(self.alias)
        if self.made.memory_mib:
            for path in cgroups:
                for file in ("memory.limit_in_bytes", "memory.max"):
                    if (path / file).exists():
                        (path / file).write_text(str(self.made.memory_mib << 20))
        argv = self._nspawn() if self.made.systemd else self._plain()
        join = "".join(f"echo $$ > {shlex.quote(str(path))}/cgroup.procs; " for path in cgroups)
        with open(self.directory / "console.log", "ab") as log:
            self._process = subprocess.Popen(
                ["sh", "-c", join + 'exec "$@"', "sh", *self.room.enter(*argv)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    **environment(),
                    "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
                    "SYSTEMD_NSPAWN_LOCK": "0",
                },
                start_new_session=True,
            )

    def _nspawn(self) -> list[str]:
        disk = self.directory / "disk"
        return [
            "systemd-nspawn",
            "--quiet",
            "--boot",
            "--register=no",
            "--keep-unit",
            f"--machine={self.alias}",
            f"--hostname={self.name}",
            f"--network-namespace-path=/run/netns/{self.alias}",
            "--capability=all",
            "--setenv=SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1",
            "--resolv-conf=off",
            "--timezone=off",
            "--console=pipe",
            f"--bind={disk}/docker:/var/lib/docker",
            f"--bind-ro={self._packages}:/srv/packages",
            f"--directory={self.root}",
        ]

    def _plain(self) -> list[str]:
        script = _PLAIN.format(
            root=shlex.quote(str(self.root)),
            name=self.name,
            packages=shlex.quote(str(self._packages)),
            docker=shlex.quote(f"{self.directory}/disk/docker"),
        )
        own = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--fork", "--kill-child=KILL"]
        return ["ip", "netns", "exec", self.alias, *own, "sh", "-ec", script]

    def wait_up(self) -> None:
        """Until ssh answers and the system says that it is up."""

        hung = 0

        def answers() -> bool:
            nonlocal hung
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.name} ended while it came up:\n{self._console()}")
            try:
                return self.try_run("true", user="root", seconds=20).returncode == 0
            except subprocess.TimeoutExpired:
                hung += 1
                return False

        until(answers, f"ssh to {self.name}:\n{self._console()}", 90)
        if hung:
            # Seen once in some thousand logins and not understood: what the host logged is kept for whoever looks.
            warnings.warn(f"{self.name}: {hung} logins hung while it came up:\n{self.logs(80)}", stacklevel=1)
        if self.made.systemd:
            # "degraded" is an answer too: tests assert what they need.
            self.try_run("systemctl is-system-running --wait", user="root", seconds=90)

    def _console(self) -> str:
        path = self.directory / "console.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-20:]) if path.exists() else ""


_PLAIN = """\
hostname {name}
mkdir -p {root}/proc {root}/sys {root}/dev {root}/run {root}/srv/packages {root}/var/lib/docker
mount -t proc proc {root}/proc
mount -t sysfs sysfs {root}/sys
mount --bind {packages} {root}/srv/packages
mount -o remount,bind,ro {root}/srv/packages
mount --bind {docker} {root}/var/lib/docker
mount -t tmpfs -o mode=755 tmpfs {root}/run
mount -t tmpfs -o mode=755 tmpfs {root}/dev
for node in null zero full random urandom tty; do
    touch {root}/dev/$node
    mount --bind /dev/$node {root}/dev/$node
done
mkdir {root}/dev/pts {root}/dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts {root}/dev/pts
ln -s pts/ptmx {root}/dev/ptmx
ln -s /proc/self/fd {root}/dev/fd
mount -t tmpfs -o mode=1777 tmpfs {root}/dev/shm
mount -t tmpfs -o mode=755 tmpfs {root}/sys/fs/cgroup
while read -r name rest; do
    case $name in '#'*) continue ;; esac
    mkdir {root}/sys/fs/cgroup/$name
    mount -t cgroup -o $name cgroup {root}/sys/fs/cgroup/$name || rmdir {root}/sys/fs/cgroup/$name
done </proc/cgroups
exec chroot {root} /usr/local/sbin/lab-init
"""
