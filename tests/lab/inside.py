"""Files that every host has and a machine of one's own would not need."""

from __future__ import annotations

WRITABLE = """\
[Unit]
Description=Lab: what nspawn leaves read-only is writable, as on a machine of one's own
DefaultDependencies=no
Before=sysinit.target docker.service containerd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-writable

[Install]
WantedBy=sysinit.target
"""

WRITABLE_SCRIPT = """\
#!/bin/sh
for cgroup in /sys/fs/cgroup /sys/fs/cgroup/*; do
    mount -o remount,bind,rw "$cgroup" || mount -o remount,rw "$cgroup"
done
exit 0
"""

# For hosts without systemd: process 1. It starts the ssh daemon as a system without systemd does, and reaps.
PLAIN_INIT = """\
#!/bin/sh
exec >>/var/log/lab-init.log 2>&1 </dev/null
mkdir -p /run/sshd /run/lock
/usr/sbin/sshd
trap 'exit 0' TERM
while :; do sleep 3600 & wait $!; done
"""

SSHD = """\
PermitRootLogin prohibit-password
PasswordAuthentication no
UseDNS no
# A reset of the connection must not lock the tests' one address out.
PerSourcePenalties no
MaxStartups 100
LogLevel VERBOSE
"""

# A host lives for a minute: dpkg need not wait for the disk after each file (it doubles an installation's time).
DPKG = "force-unsafe-io\n"

APT_SOURCES = "deb [trusted=yes] file:/srv/packages ./\n"

NO_DAEMONS = "#!/bin/sh\nexit 101\n"
