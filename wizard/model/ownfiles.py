"""Files that the plan writes or sets keys in, and the survey looks into."""

from __future__ import annotations

DAEMON_JSON = "/etc/docker/daemon.json"
DNF_CONF = "/etc/dnf/dnf.conf"
# Read before all others, so that whatever an operator sets elsewhere wins.
APT_PROXY = "/etc/apt/apt.conf.d/05cometchat-wizard-proxy"
DOCKER_PROXY = "/etc/systemd/system/docker.service.d/05-cometchat-wizard-proxy.conf"
# The wizard's own: what is in them is what it raised, and nobody else's.
SYSCTL_FILE = "/etc/sysctl.d/99-cometchat-wizard.conf"
LOGINS_FILE = "/etc/security/limits.d/99-cometchat-wizard.conf"
SERVICES_FILE = "/etc/systemd/system.conf.d/99-cometchat-wizard.conf"
