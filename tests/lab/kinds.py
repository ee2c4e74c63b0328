"""The kinds of host. What is real and what is borrowed in each stands in README.md."""

from __future__ import annotations

from tests.lab.host import Made

UBUNTU = Made("ubuntu")
# Docker's init script wants more open files than a sandbox without CAP_SYS_RESOURCE may give: then that is left out.
UBUNTU_PLAIN = Made(
    "ubuntu-without-systemd",
    systemd=False,
    script="(ulimit -n 1048576) 2>/dev/null || echo 'ulimit() { :; }' > /etc/default/docker",
)
RHEL = Made("rhel", layers=("rhel",))
# As RHEL's own "Container Management" leaves it: podman, and its program in Docker's place. Docker's packages stand in
# the same repository, and dnf takes what obsoletes runc for runc unless it is told otherwise.
RHEL_PODMAN = Made(
    "rhel-podman",
    layers=("rhel",),
    script="dnf -y -q --setopt=obsoletes=0 install podman-docker podman runc",
)
RHEL_FIREWALLD = Made(
    "rhel-firewalld",
    layers=("rhel",),
    script="systemctl enable -q --now firewalld && firewall-cmd --state",
)
OLD_DOCKER = Made("ubuntu-docker-20.10", layers=("leftovers",))
PORT_80_HELD = Made(
    "ubuntu-port-80-held",
    script="apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nginx-light >/dev/null"
    " && systemctl is-active nginx",
)
SMALL_DATA_DISK = Made("ubuntu-small-data-disk", data_disk_mib=2048)
MEMORY_LIMIT = Made("ubuntu-memory-limit", memory_mib=2048)
# tcsh is no POSIX shell; de_DE is Latin-1; nobody else may read what is made.
OTHER_LOGIN = Made(
    "ubuntu-other-login",
    user="pat",
    script="usermod -s /bin/tcsh pat && usermod -s /bin/tcsh root"
    " && printf 'umask 077\\nsetenv LANG de_DE\\nsetenv LC_ALL de_DE\\n' | tee /root/.tcshrc > /home/pat/.tcshrc",
)
SUDO_PASSWORD = Made("ubuntu-sudo-with-password", user="pat")
NO_SUDO = Made("ubuntu-without-sudo", user="kim")
# Its whole disk: what fits on it besides git does not suffice for Docker.
SMALL_ROOT = Made("ubuntu-small-root", disk_mib=400)

ALL = {
    made.kind: made
    for made in (
        UBUNTU,
        UBUNTU_PLAIN,
        RHEL,
        RHEL_PODMAN,
        RHEL_FIREWALLD,
        OLD_DOCKER,
        PORT_80_HELD,
        SMALL_DATA_DISK,
        MEMORY_LIMIT,
        OTHER_LOGIN,
        SUDO_PASSWORD,
        NO_SUDO,
        SMALL_ROOT,
    )
}
