"""Builds the cached roots and the local repository. The only part of the lab that needs a network."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.lab import inside, recipe, rpms
from tests.lab.places import cache_directory, environment

Say = Callable[[str], None]


class Roots:
    """The cached roots of one recipe, and the repository that all hosts see at /srv/packages.

    base: a Debian without what the wizard is to bring. layer(name): what stands upon it.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.base = directory / "base"
        self.packages = directory / "packages"

    def layer(self, name: str) -> Path:
        return self.directory / "layers" / name


def roots(say: Say = print) -> Roots:
    """The roots of this recipe, built where they are not there yet; two that ask at once build once."""
    parent = cache_directory() / "roots"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = Roots(parent / recipe.key())
    with open(parent / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (found.directory / "complete").exists():
            started = time.monotonic()
            shutil.rmtree(found.directory, ignore_errors=True)
            (found.directory / "layers").mkdir(parents=True)
            _build(found, say)
            (found.directory / "complete").touch()
            say(f"lab: roots built in {time.monotonic() - started:.0f} s: {found.directory}")
    return found


def drop_older_roots() -> None:
    """Remove the roots of other recipes. Only where no lab stands."""
    current = recipe.key()
    for entry in (cache_directory() / "roots").glob("*/"):
        if entry.name != current:
            shutil.rmtree(entry)


def _build(made: Roots, say: Say) -> None:
    say("lab: building the base root (Debian's packages, once for each recipe)")
    _base(made)
    say("lab: filling the local repository")
    _repository(made)
    say("lab: the layer with Docker 20.10")
    _leftovers(made)
    say("lab: the layer with dnf and rpm")
    _rpm_layer(made)


def mirror() -> str:
    """The Debian mirror that this machine's own apt uses."""
    said = _output(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)"])
    for line in said.splitlines():
        origin, label, address = line.split("|", 2)
        if (origin, label) == ("Debian", "Debian"):
            return address.rstrip("/")
    raise RuntimeError("This machine's apt knows no Debian mirror (run apt-get update first).")


def _base(made: Roots) -> None:
    _run(
        [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            '--aptopt=Acquire::Languages "none"',
            f"--include={','.join(recipe.BASE)}",
            recipe.SUITE,
            str(made.base),
            mirror(),
        ]
    )
    _write(made.base / "etc/os-release", recipe.OS_RELEASE["ubuntu-24.04"])
    _write(made.base / "etc/apt/sources.list", inside.APT_SOURCES)
    _write(made.base / "etc/ssh/sshd_config.d/lab.conf", inside.SSHD)
    _write(made.base / "etc/dpkg/dpkg.cfg.d/lab", inside.DPKG)
    _write(made.base / "etc/systemd/system/lab-writable.service", inside.WRITABLE)
    _write(made.base / "usr/local/sbin/lab-writable", inside.WRITABLE_SCRIPT, 0o755)
    wanted = made.base / "etc/systemd/system/sysinit.target.wants"
    wanted.mkdir(parents=True, exist_ok=True)
    (wanted / "lab-writable.service").symlink_to("../lab-writable.service")
    _write(made.base / "usr/local/sbin/lab-init", inside.PLAIN_INIT, 0o755)
    for name, (groups, password) in recipe.USERS.items():
        more = ["-G", groups] if groups else []
        _run(["chroot", str(made.base), "useradd", "-m", "-s", "/bin/bash", *more, name])
        _run(["chroot", str(made.base), "chpasswd"], text=f"{name}:{password}\n")
    for definition, characters, name in recipe.LOCALES:
        _run(["chroot", str(made.base), "localedef", "-i", definition, "-f", characters, name])
    for name in ("srv/packages", "root/.ssh"):
        (made.base / name).mkdir(parents=True, exist_ok=True, mode=0o700 if "ssh" in name else 0o755)
    for old in [*made.base.glob("var/lib/apt/lists/*_*"), *made.base.glob("etc/ssh/ssh_host_*")]:
        old.unlink()
    for name in ("etc/resolv.conf", "etc/hostname"):
        (made.base / name).unlink(missing_ok=True)


def _repository(made: Roots) -> None:
    """Every package of the list with all that it needs and recommends, and the lab's own, with an index."""
    made.packages.mkdir()
    with _networked(made, made.directory / "scratch", recipe.SUITE) as root:
        _download(root, recipe.POOL, made.packages)
        _download(root, recipe.RPM_PROGRAMS, made.directory / "rpm-programs")
    shutil.rmtree(made.directory / "scratch")
    for name, (version, depends, what) in recipe.SHIMS.items():
        _package(made, name, version, depends, what)
    index(made.packages)


def index(directory: Path) -> None:
    """Packages and Release of a directory of .deb files, as apt reads them from `file:DIR ./`."""
    for name, argument in (("Packages", "packages"), ("Release", "release")):
        (directory / name).write_text(_output(["apt-ftparchive", argument, "."], directory))


def _package(made: Roots, name: str, version: str, depends: str, what: str) -> None:
    tree = made.directory / "packing"
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: lab <lab@localhost>\n"
    control += (f"Depends: {depends}\n" if depends else "") + f"Description: {what}\n"
    _write(tree / "DEBIAN/control", control)
    _run(["dpkg-deb", "--build", str(tree), str(made.packages / f"{name}_{version}_all.deb")])
    shutil.rmtree(tree)


def _leftovers(made: Roots) -> None:
    """Docker 20.10 and Compose 1.29, installed and not running: what an upgraded server has."""
    with _networked(made, made.layer("leftovers"), recipe.OLD_SUITE) as root:
        names = [f"{name}/{recipe.OLD_SUITE}" for name in recipe.OLD_DOCKER]
        _apt(root, "install", "-y", "--no-install-recommends", "-t", recipe.OLD_SUITE, *names)
        _apt(root, "clean")


def _rpm_layer(made: Roots) -> None:
    """dnf, rpm and firewalld from the downloaded packages, and a repository of small rpms."""
    with mounted(made, made.layer("rhel")) as root:
        debs = made.directory / "rpm-programs"
        target = root / "var/tmp/debs"
        shutil.copytree(debs, target)
        _run(
            [
                "chroot",
                str(root),
                "sh",
                "-c",
                "DEBIAN_FRONTEND=noninteractive dpkg -i --force-confold /var/tmp/debs/*.deb",
            ]
        )
        shutil.rmtree(target)
        rpms.furnish(root, made.packages)
    shutil.rmtree(debs)


@contextmanager
def mounted(made: Roots, upper: Path) -> Iterator[Path]:
    """The base with `upper` over it, daemons kept from starting."""
    work, merged = (made.directory / f"{upper.name}-{part}" for part in ("work", "merged"))
    for path in (upper, work, merged):
        path.mkdir(parents=True)
    _run(
        [
            "mount",
            "-t",
            "overlay",
            "-o",
            f"lowerdir={made.base},upperdir={upper},workdir={work}",
            "lab",
            str(merged),
        ]
    )
    try:
        _write(merged / "usr/sbin/policy-rc.d", inside.NO_DAEMONS, 0o755)
        yield merged
        (merged / "usr/sbin/policy-rc.d").unlink()
    finally:
        _run(["umount", str(merged)])
        shutil.rmtree(work)
        merged.rmdir()


@contextmanager
def _networked(made: Roots, upper: Path, suite: str) -> Iterator[Path]:
    """The same, with this machine's way to its Debian mirror."""
    with mounted(made, upper) as root:
        kept = {path: path.read_bytes() for path in (root / "etc/apt/sources.list",)}
        lines = "".join(f"deb {mirror()} {name} main\n" for name in dict.fromkeys((recipe.SUITE, suite)))
        _write(root / "etc/apt/sources.list", lines)
        for name in ("resolv.conf", "hosts"):
            shutil.copy(f"/etc/{name}", root / f"etc/{name}")
        for file in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            shutil.copy(file, root / "etc/apt/apt.conf.d/lab-proxy")
        _apt(root, "update")
        yield root
        for path, content in kept.items():
            path.write_bytes(content)
        for old in [*(root / "var/lib/apt/lists").glob("*_*"), root / "etc/resolv.conf", root / "etc/hosts"]:
            old.unlink()
        (root / "etc/apt/apt.conf.d/lab-proxy").unlink(missing_ok=True)


def _download(root: Path, names: Sequence[str], target: Path) -> None:
    target.mkdir(exist_ok=True)
    _apt(root, "install", "-y", "--download-only", *names)
    for file in (root / "var/cache/apt/archives").glob("*.deb"):
        shutil.move(file, target / file.name)


def _apt(root: Path, *arguments: str) -> None:
    options = [
        "-qq",
        "-o",
        "Acquire::Languages=none",
        "-o",
        "Acquire::Retries=3",
        "-o",
        "APT::Sandbox::User=root",
    ]
    _run(["chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options, *arguments])


def _write(path: Path, content: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        path.unlink()
    path.write_text(content)
    path.chmod(mode)


def _run(argv: Sequence[str], text: str | None = None) -> None:
    done = subprocess.run(
        argv,
        input=text,
        stdin=None if text else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(),
    )
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{said}")


def _output(argv: Sequence[str], directory: Path | None = None) -> str:
    return subprocess.run(
        argv, stdout=subprocess.PIPE, text=True, check=True, env=environment(), cwd=directory
    ).stdout
