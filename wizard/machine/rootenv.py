"""What root takes over from the shell that started it: nothing that makes programs run or read others' files.

`sudo env PATH=...`, `sudo -E` and `su` hand a user's settings to root. So root's process keeps those of a list and no
others, before anything else is done; all that it starts inherits that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping

from wizard.machine.owned import ROOT, weak_spot

# Names that say something about the terminal, the login or the network, and those of our own.
_KEPT_NAMES = """
COLORTERM COLUMNS ESCDELAY INVOCATION_ID LANG LANGUAGE LINES LOGNAME NO_COLOR SHLVL STY SUDO_COMMAND SUDO_GID
SUDO_UID SUDO_USER TERM TMUX TMUX_PANE TZ USER XDG_SEAT XDG_SESSION_ID XDG_VTNR SSH_CLIENT SSH_CONNECTION SSH_TTY
ALL_PROXY FTP_PROXY HTTPS_PROXY HTTP_PROXY NO_PROXY all_proxy ftp_proxy https_proxy http_proxy no_proxy
"""
_KEPT = frozenset(_KEPT_NAMES.split())
_KEPT_BEGINNINGS = ("COMETCHAT_WIZARD_", "LC_")
# Where these hold a / or a %, C's library or a program takes them for a file's name (as sudo's env_check has it).
_PLAIN = ("COLORTERM", "LANG", "LC_", "TERM")
# Kept where only root can change what they name.
_PLACES = ("HOME", "XDG_STATE_HOME", "TMPDIR")
SYSTEM_DIRECTORIES = (
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/snap/bin",
)


def keep_to_own(environ: MutableMapping[str, str]) -> None:
    """Leave in root's environment only what is root's own to decide; PATH holds directories of root's alone."""
    kept = {name: text for name, text in environ.items() if _may_stay(name, text)}
    kept["PATH"] = ":".join(own_directories(environ.get("PATH", "")))
    kept.setdefault("HOME", _home())
    for name in [name for name in environ if name not in kept]:
        del environ[name]
    environ.update(kept)


def own_directories(path: str) -> tuple[str, ...]:
    """The directories of a PATH, then the system's, in which root alone can put a program.

    Of the PATH those on other machines' file systems are left out unasked: one that does not answer would hang root.
    """
    given = [name for name in path.split(":") if name in SYSTEM_DIRECTORIES or _answers(name)]
    named = dict.fromkeys((*given, *SYSTEM_DIRECTORIES))
    return tuple(name for name in named if os.path.isdir(name) and not weak_spot(name, holds_programs=True))


def own_code_problem(environ: Mapping[str, str]) -> str:
    """Why root does not go on with this very program, in sentences; "" where nobody else could have changed it."""
    owners = _trusted_owners(environ)
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    weak = weak_spot(sys.executable, owners) or weak_spot(package, owners, holds_programs=True)
    if not weak:
        return ""
    return (
        f"This wizard is not run as root, since {weak}, so another user could decide what root does. "
        "Install root's own from a checkout that is root's or yours: ./install.sh as root, or with sudo."
    )


def _trusted_owners(environ: Mapping[str, str]) -> frozenset[int]:
    """Root, and whoever became root through sudo: it is their own decision what they run so."""
    uid = environ.get("SUDO_UID", "")
    return ROOT | ({int(uid)} if uid.isascii() and uid.isdigit() else set())


def _may_stay(name: str, text: str) -> bool:
    if name in _PLACES:
        return text.startswith("/") and _answers(text) and not weak_spot(text)
    if name == "TZ":
        return not text.startswith(("/", ":")) and ".." not in text and "%" not in text
    if name.startswith(_PLAIN) and ("/" in text or "%" in text):
        return False
    return name in _KEPT or name.startswith(_KEPT_BEGINNINGS)


def _answers(path: str) -> bool:
    """False for what another machine or process serves, which may never answer."""
    from wizard.machine.mounts import may_hang, read_mounts  # which find programs with what is here

    return not may_hang(path, read_mounts())


def _home() -> str:
    import pwd

    try:
        return pwd.getpwuid(0).pw_dir
    except KeyError:
        return "/root"
