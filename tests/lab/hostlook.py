"""What a host is made of, as one JSON document on standard output. Run on the host itself by its own python3.

Reads and changes nothing. Every part is a map from what it is to how it is, so that two documents can be compared.
"""

import hashlib
import json
import os
import re
import shutil
import stat
import subprocess

# Files that are compared line by line, as accounts.
ACCOUNT_FILES = ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")
SYSCTL = (
    "net.core",
    "net.ipv4.ip_forward",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.ip_local_port_range",
    "net.ipv6.conf.all.forwarding",
    "fs.file-max",
    "fs.nr_open",
    "fs.inotify",
    "vm.swappiness",
    "vm.max_map_count",
    "vm.overcommit_memory",
)


def said(*argv: str) -> list[str]:
    """The lines that a program prints; none where there is no such program."""
    if shutil.which(argv[0]) is None:
        return []
    environ = {**os.environ, "LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environ)
    return done.stdout.splitlines()


def packages() -> dict[str, str]:
    if os.path.exists("/var/lib/dpkg/status"):
        lines = said("dpkg-query", "-W", "-f", "${binary:Package}\t${db:Status-Abbrev} ${Version}\n")
    else:
        lines = said("rpm", "-qa", "--qf", "%{NAME}.%{ARCH}\tinstalled %{EPOCHNUM}:%{VERSION}-%{RELEASE}\n")
    return dict(line.split("\t") for line in lines)


def conffiles_left() -> dict[str, str]:
    """Paths that dpkg lists as the settings of packages that are removed and not purged, and directories above them."""
    found: dict[str, str] = {}
    owner = ""
    for line in said("dpkg-query", "-W", "-f", "${db:Status-Status} ${binary:Package}\n${Conffiles}\n"):
        if line.startswith(" "):
            path = line.split()[0]
            while owner and path != "/etc":
                found.setdefault(path, owner)
                path = os.path.dirname(path)
        elif line:
            owner = line.split()[1] if line.startswith("config-files ") else ""
    return found


def etc() -> dict[str, str]:
    found = {}
    left = conffiles_left()
    for directory, names, files in os.walk("/etc"):
        for name in (*names, *files):
            path = os.path.join(directory, name)
            if path.removeprefix("/etc/") not in ACCOUNT_FILES:
                found[path] = entry(path) + (f", for conffiles of {left[path]}" if path in left else "")
    return found


def entry(path: str) -> str:
    at = os.lstat(path)
    who = f"{stat.S_IMODE(at.st_mode):04o} {at.st_uid}:{at.st_gid}"
    if stat.S_ISLNK(at.st_mode):
        return f"link to {os.readlink(path)}"
    if stat.S_ISDIR(at.st_mode):
        return f"directory {who}"
    with open(path, "rb") as file:
        return f"file {who} sha256:{hashlib.sha256(file.read()).hexdigest()[:16]}"


def accounts() -> dict[str, str]:
    found = {}
    for name in ACCOUNT_FILES:
        if os.path.exists(f"/etc/{name}"):
            found[f"/etc/{name}"] = entry(f"/etc/{name}").rpartition(" ")[0]
            with open(f"/etc/{name}") as file:
                found.update({f"{name} {line.partition(':')[0]}": line.strip() for line in file})
    return found


def units() -> dict[str, str]:
    """Which are enabled and which are active. A unit that is inactive is as good as none."""
    found = {}
    for line in said("systemctl", "list-unit-files", "--plain", "--no-legend"):
        unit, state = line.split()[:2]
        if state not in ("transient", "generated"):
            found[f"{unit} is"] = state
    kinds = "--type=service,socket,timer,path"
    for line in said("systemctl", "list-units", "--all", "--plain", "--no-legend", kinds):
        unit, _load, active, _rest = line.split(maxsplit=3)
        if active != "inactive":
            found[f"{unit} runs"] = active
    return found


def listening() -> dict[str, str]:
    network = {" ".join((line.split()[0], line.split()[4])): "listens" for line in said("ss", "-Hltun")}
    # dockerd names one of its sockets anew at every start.
    sockets = [re.sub(r"/[0-9a-f]{12}\.sock", "/ID.sock", line.split()[4]) for line in said("ss", "-Hlx")]
    return {**network, **{f"unix {path}": "listens" for path in sockets if path.startswith("/")}}


def firewall() -> dict[str, str]:
    found = {f"ufw: {line.strip()}": "is there" for line in said("ufw", "status", "verbose") if line.strip()}
    for when in ((), ("--permanent",)):
        zone = ""
        for line in said("firewall-cmd", *when, "--list-all-zones"):
            zone = line.split()[0] if line and not line.startswith(" ") else zone
            if line.strip():
                found[f"firewalld {''.join(when)} {zone}: {line.strip()}"] = "is there"
        for line in said("firewall-cmd", *when, "--get-policies"):
            found |= {f"firewalld {''.join(when)} policy {name}": "is there" for name in line.split()}
    return {**found, **rules()}


def rules() -> dict[str, str]:
    """Every rule of the kernel under its chain, and how often it stands there."""
    found: dict[str, str] = {}
    where: list[str] = []
    for line in said("nft", "--stateless", "list", "ruleset"):
        text = re.sub(r"counter packets \d+ bytes \d+ ?|\s+# progname .*", "", line.strip())
        if text == "}":
            where.pop()
        elif text.endswith("{"):
            where.append(text.removesuffix("{").strip())
            found[f"nft {' / '.join(where)}"] = "is there"
        elif text:
            key = f"nft {' / '.join(where)}: {text}"
            found[key] = str(int(found.get(key, "0")) + 1)
    return found


def values() -> dict[str, str]:
    found = {}
    for line in said("sysctl", "-a"):
        name, _, value = line.partition(" = ")
        if name.startswith(SYSCTL):
            found[name] = " ".join(value.split())
    for name in ("enabled", "defrag"):
        path = f"/sys/kernel/mm/transparent_hugepage/{name}"
        if os.path.exists(path):
            with open(path) as file:
                found[path] = file.read().strip()
    return found


def links() -> dict[str, str]:
    return dict.fromkeys(os.listdir("/sys/class/net"), "is there")


print(
    json.dumps(
        {
            "package": packages(),
            "file": etc(),
            "account": accounts(),
            "unit": units(),
            "listening": listening(),
            "firewall": firewall(),
            "sysctl": values(),
            "interface": links(),
        }
    )
)
