"""Small rpm packages and their repository: real transactions of a real dnf, not Red Hat's own packages.

Every package is a stub and says so in its summary. Their relations (requires, conflicts, obsoletes) are those of
the real ones; what they put in place are links to Debian's programs, kept off the PATH in LIBEXEC until then.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.places import environment
from tests.lab.recipe import OS_RELEASE

LIBEXEC = "/usr/libexec/lab"
# Debian's packages whose programs the stubs link to.
_PROGRAMS = (
    *("docker.io", "docker-cli", "docker-compose", "containerd", "runc", "tini"),
    *("git", "openssl", "jq", "curl", "net-tools"),
)
_PROGRAM_PLACES = ("/usr/bin/", "/usr/sbin/", "/usr/libexec/docker/")
_DEBIAN_ONLY = (
    *("var/lib/dpkg", "etc/apt", "etc/dpkg", "etc/debian_version", "etc/ufw", "etc/init.d/docker"),
    "usr/lib/apt",
)


@dataclass(frozen=True)
class Rpm:
    """relations: lines of a spec file. links: path on the host to the name of Debian's program. texts: other files."""

    version: str
    relations: Sequence[str] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)


_CONTAINERD_SERVICE = """\
[Unit]
Description=Lab stub: Debian's containerd
After=network.target

[Service]
Type=notify
ExecStart=/usr/bin/containerd
Delegate=yes
KillMode=process

[Install]
WantedBy=multi-user.target
"""

_DOCKER_SERVICE = """\
[Unit]
Description=Lab stub: Debian's Docker daemon
After=network-online.target firewalld.service containerd.service docker.socket
Wants=network-online.target containerd.service
Requires=docker.socket

[Service]
Type=notify
ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
Delegate=yes
KillMode=process

[Install]
WantedBy=multi-user.target
"""

_DOCKER_SOCKET = """\
[Unit]
Description=Lab stub: Docker's socket

[Socket]
ListenStream=/run/docker.sock
SocketMode=0660
SocketGroup=docker

[Install]
WantedBy=sockets.target
"""

_PODMAN = """\
#!/bin/sh
# Lab stub: it can only say which version it is.
case " $* " in
*" version "*) echo '{"Client":{"APIVersion":"4.9.4","Version":"4.9.4"}}' ;;
*) echo 'lab stub of podman: it runs nothing' >&2; exit 125 ;;
esac
"""

_PODMAN_DOCKER = """\
#!/bin/sh
echo 'Emulate Docker CLI using podman.' >&2
exec podman "$@"
"""

_RELOAD = "systemctl daemon-reload >/dev/null 2>&1 || :"

PACKAGES = {
    # What a RHEL has from the start, as far as the packages below ask for it: Debian's packages stand beneath.
    "lab-base": Rpm(
        "9.4",
        [
            "Provides: system-release = 9.4",
            "Provides: /bin/sh",
            "Provides: systemd",
            "Provides: iptables",
            "Provides: libseccomp = 2.5",
            "Provides: tar",
            "Provides: xz",
        ],
    ),
    "openssl": Rpm("3.0.7", links={"/usr/bin/openssl": "openssl"}),
    "git": Rpm("2.43.5", links={"/usr/bin/git": "git"}),
    "jq": Rpm("1.6", links={"/usr/bin/jq": "jq"}),
    "curl": Rpm("7.76.1", links={"/usr/bin/curl": "curl"}),
    "net-tools": Rpm(
        "2.0",
        links={
            f"/usr/sbin/{name}" if name in ("route", "arp") else f"/usr/bin/{name}": name
            for name in ("netstat", "ifconfig", "route", "arp")
        },
    ),
    "container-selinux": Rpm("2.229.0", ["Epoch: 3"]),
    "docker-ce": Rpm(
        "26.1.5",
        [
            "Epoch: 3",
            "Requires: docker-ce-cli",
            "Requires: docker-ce-rootless-extras",
            "Requires: container-selinux >= 2:2.74",
            "Requires: containerd.io >= 1.6.24",
            "Requires: libseccomp >= 2.3",
            "Requires: systemd",
            "Requires: ( iptables or nftables )",
            "Requires: tar",
            "Requires: xz",
            "Conflicts: docker",
            "Conflicts: docker-io",
            "Conflicts: docker-ee",
            "Obsoletes: docker-engine",
            "Obsoletes: docker-engine-selinux",
        ],
        links={
            "/usr/bin/dockerd": "dockerd",
            "/usr/bin/docker-proxy": "docker-proxy",
            "/usr/bin/docker-init": "tini-static",
        },
        texts={
            "/usr/lib/systemd/system/docker.service": _DOCKER_SERVICE,
            "/usr/lib/systemd/system/docker.socket": _DOCKER_SOCKET,
        },
        scripts={
            "pre": "getent group docker >/dev/null || groupadd --system docker",
            "post": _RELOAD,
            "preun": "[ $1 -gt 0 ] || systemctl disable --now docker.service docker.socket >/dev/null 2>&1 || :",
            "postun": _RELOAD,
        },
    ),
    "docker-ce-cli": Rpm(
        "26.1.5",
        [
            "Epoch: 1",
            "Requires: /bin/sh",
            "Recommends: docker-buildx-plugin",
            "Recommends: docker-compose-plugin",
            "Conflicts: docker",
            "Conflicts: docker-io",
            "Conflicts: docker-ee-cli",
            "Obsoletes: docker-ce < 0:18.09",
        ],
        links={"/usr/bin/docker": "docker"},
    ),
    "docker-ce-rootless-extras": Rpm("26.1.5", ["Requires: docker-ce"]),
    "containerd.io": Rpm(
        "1.7.24",
        [
            "Requires: container-selinux >= 2:2.74",
            "Requires: libseccomp",
            "Provides: containerd",
            "Obsoletes: containerd",
            "Conflicts: containerd",
            "Obsoletes: runc",
            "Conflicts: runc",
        ],
        links={f"/usr/bin/{name}": name for name in ("containerd", "containerd-shim-runc-v2", "ctr", "runc")},
        texts={"/usr/lib/systemd/system/containerd.service": _CONTAINERD_SERVICE},
        scripts={
            "post": _RELOAD,
            "preun": "[ $1 -gt 0 ] || systemctl disable --now containerd.service >/dev/null 2>&1 || :",
            "postun": _RELOAD,
        },
    ),
    "docker-buildx-plugin": Rpm("0.14.1", ["Epoch: 0", "Enhances: docker-ce-cli"]),
    "docker-compose-plugin": Rpm(
        "2.26.1",
        ["Enhances: docker-ce-cli"],
        links={"/usr/libexec/docker/cli-plugins/docker-compose": "docker-compose"},
    ),
    "lab-broken-post": Rpm("1.0", scripts={"post": "echo 'lab-broken-post: no such key' >&2\nexit 1"}),
}

# Built by themselves: they own /usr/bin/docker too.
PODMAN = {
    "runc": Rpm("1.1.12", ["Epoch: 4", "Provides: oci-runtime = 1"], links={"/usr/bin/runc": "runc"}),
    "podman": Rpm(
        "4.9.4",
        ["Epoch: 4", "Requires: oci-runtime", "Requires: container-selinux"],
        texts={"/usr/bin/podman": _PODMAN},
    ),
    "podman-docker": Rpm(
        "4.9.4",
        [
            "Epoch: 4",
            "Requires: podman = 4:%{version}-%{release}",
            "Provides: docker = %{version}",
            "Conflicts: docker",
            "Conflicts: docker-latest",
            "Conflicts: docker-ce",
            "Conflicts: docker-ee",
            "Conflicts: moby-engine",
        ],
        texts={"/usr/bin/docker": _PODMAN_DOCKER},
    ),
}

# Repositories of their own beside the others: newer packages that can't be set up. A test puts one in force.
BROKEN = {
    "rpm-pre": {"jq": Rpm("99", scripts={"pre": "echo 'lab: jq finds no room for itself' >&2\nexit 1"})},
    "rpm-post": {
        "jq": Rpm(
            "99",
            links={"/usr/bin/jq": "jq"},
            scripts={"post": "echo 'lab: jq is only half set up' >&2\nexit 1"},
        )
    },
}

_SPEC_HEAD = (
    "%global debug_package %{nil}",
    "%global __os_install_post %{nil}",
    "Name: lab",
    "Version: 1",
    "Release: 1.el9",
    "Summary: Lab stub: not built itself",
    "License: none",
    "AutoReqProv: no",
    "%description",
    "Not built itself.",
    "%install",
)

# As RHEL 9 ships it; Debian's passes over repositories that are not there.
_DNF_CONF = """\
[main]
gpgcheck=1
installonly_limit=3
clean_requirements_on_remove=True
best=True
skip_if_unavailable=False
"""

REPOSITORY = """\
[{name}]
name=Lab: {name}
baseurl=file:///srv/packages/{name}
enabled=1
gpgcheck=0
"""


def furnish(root: Path, packages: Path) -> None:
    """Make a Debian root with dnf and rpm in it look like a RHEL, and build the repository beside the .deb files."""
    inside = root / "srv/packages"
    _run("mount", "--bind", str(packages), str(inside))
    try:
        _programs(root)
        for name, rpms in (("rpm", PACKAGES), ("rpm", PODMAN), *BROKEN.items()):
            _build(root, f"/srv/packages/{name}", rpms)
        _rename(root)
        _chroot(root, "rpm --upgrade /srv/packages/rpm/lab-base-*.rpm /srv/packages/rpm/openssl-*.rpm")
    finally:
        _run("umount", str(inside))


def _programs(root: Path) -> None:
    """Debian's packages installed for their libraries, their programs moved off the PATH."""
    names = " ".join(_PROGRAMS)
    options = "-qq -o APT::Sandbox::User=root"
    _chroot(root, f"apt-get {options} update")
    _chroot(
        root,
        f"DEBIAN_FRONTEND=noninteractive apt-get {options} install -y --no-install-recommends {names}",
    )
    # firewalld too: which hosts have it running is a matter of their kind.
    _chroot(root, "systemctl --quiet disable firewalld docker.service docker.socket containerd")
    target = root / LIBEXEC.lstrip("/")
    target.mkdir(parents=True)
    for line in _chroot(root, f"dpkg -L {names}").splitlines():
        path = root / line.lstrip("/")
        is_unit = line.startswith("/usr/lib/systemd/system/")
        if not (is_unit or line.startswith(_PROGRAM_PLACES)) or path.is_dir():
            continue
        if is_unit or path.is_symlink():
            path.unlink()
        else:
            path.rename(target / path.name)
    _chroot(root, "groupdel docker")
    _chroot(root, "dpkg --purge ufw")


def _rename(root: Path) -> None:
    """From here on rpm's database is the only one, and the system's name another."""
    for name in _DEBIAN_ONLY:
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for path in (root / "usr/bin").glob("*"):
        if path.name.startswith(("apt", "dpkg")):
            path.unlink()
    (root / "etc/os-release").write_text(OS_RELEASE["rhel-9"])
    (root / "etc/redhat-release").write_text("Red Hat Enterprise Linux release 9.4 (Plow)\n")
    (root / "etc/dnf/dnf.conf").write_text(_DNF_CONF)
    (root / "etc/yum.repos.d").mkdir(exist_ok=True)
    (root / "etc/yum.repos.d/lab.repo").write_text(REPOSITORY.format(name="rpm"))


def _build(root: Path, directory: str, rpms: Mapping[str, Rpm]) -> None:
    """Build packages from one spec file, in the root, and index them."""
    spec = root / "var/tmp/lab.spec"
    spec.write_text(_spec(rpms))
    (root / directory.lstrip("/")).mkdir(exist_ok=True)
    settings = {
        "_topdir": "/var/tmp/rpmbuild",
        "_rpmdir": directory,
        "_rpmfilename": "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
    }
    defines = " ".join(f"--define '{name} {value}'" for name, value in settings.items())
    _chroot(root, f"rpmbuild -bb --quiet {defines} /var/tmp/lab.spec && createrepo_c -q {directory}")
    spec.unlink()
    shutil.rmtree(root / "var/tmp/rpmbuild")


def _spec(rpms: Mapping[str, Rpm]) -> str:
    lines = list(_SPEC_HEAD)
    for rpm in rpms.values():
        for path in (*rpm.links, *rpm.texts):
            lines.append(f"mkdir -p $(dirname %{{buildroot}}{path})")
        lines += [f"ln -sf {LIBEXEC}/{program} %{{buildroot}}{path}" for path, program in rpm.links.items()]
        for path, text in rpm.texts.items():
            lines += [f"cat >%{{buildroot}}{path} <<'LAB'", text + "LAB"]
            lines.append(f"chmod {'755' if '/bin/' in path else '644'} %{{buildroot}}{path}")
    for name, rpm in rpms.items():
        lines += [f"%package -n {name}", f"Version: {rpm.version}", f"Summary: Lab stub: {name}"]
        lines += ["AutoReqProv: no", *rpm.relations]
        lines += [f"%description -n {name}", f"Lab stub: stands for {name}, and is not it."]
        for when, script in rpm.scripts.items():
            lines += [f"%{when} -n {name}", script]
        lines += [f"%files -n {name}", *rpm.links, *rpm.texts]
    return "\n".join(lines) + "\n"


def _chroot(root: Path, script: str) -> str:
    return _run("chroot", str(root), "sh", "-ec", script)


def _run(*argv: str) -> str:
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment())
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{said}")
    return done.stdout
