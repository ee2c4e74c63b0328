"""The wizard that root runs: an installation that root alone can change, never one in a user's home."""

from __future__ import annotations

import os
import re
import sys

from wizard import __version__
from wizard.machine.owned import tree_weak_spot, weak_spot
from wizard.model.formats import shell

NAME = "cometchat-wizard"
# Where install.sh puts root's. No variable names another place: what root runs is not for a user's shell to say.
USUAL = (f"/usr/local/bin/{NAME}", f"/opt/{NAME}/current/bin/{NAME}")
_VERSION = re.compile(r'^__version__ = "([0-9.]+)"$', re.MULTILINE)
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_LIMIT_BYTES = 4096


def own_weak_spot() -> str:
    """What others than root could change of this very program, as a clause; "" where root may run it."""
    weak = weak_spot(sys.executable) or tree_weak_spot(_PACKAGE)
    modules = [place for place in sys.path if os.path.isdir(place) and place != os.path.dirname(_PACKAGE)]
    for place in (*modules, os.path.dirname(_PACKAGE)):
        weak = weak or weak_spot(place, holds_programs=True)
    return weak


def roots_command() -> str | None:
    """The command of root's own installation, None where root has none of this version or a newer one."""
    return next((command for command in (*USUAL, *_own()) if _is_roots(command)), None)


def typed() -> str:
    """What is typed after `sudo` to start root's wizard, quoted for a shell.

    Where root has none, the install.sh that sets it up and then does the same.
    """
    command = roots_command()
    if command == USUAL[0] and os.path.exists("/etc/debian_version"):
        return NAME  # elsewhere (Red Hat) sudo does not look into /usr/local/bin
    return _installing() if command is None else shell.word(command)


def why_not() -> str:
    """Why root runs no wizard from here, and how root gets one, in sentences; "" where it has one."""
    if roots_command() is not None:
        return ""
    weak = own_weak_spot()
    if not weak:
        return ""
    return (
        f"Root does not run this wizard, since {weak}, and has none of its own of this version. "
        f"Set one up with `sudo {_installing()} --install-only`, then go on here."
    )


def _own() -> tuple[str, ...]:
    """The command of the installation that this program is of."""
    envs, name = os.path.split(sys.prefix)
    command = os.path.join(os.path.dirname(envs), "current", "bin", NAME)
    return (command,) if name and os.path.basename(envs) == "envs" and os.path.exists(command) else ()


def _is_roots(command: str) -> bool:
    real = os.path.realpath(command)
    environment = os.path.dirname(os.path.dirname(real))
    if (
        not os.path.exists(command)
        or weak_spot(command)
        or weak_spot(os.path.join(environment, "bin", "python"))
    ):
        return False
    package = _package_of(environment)
    if package is None or weak_spot(package, holds_programs=True):
        return False
    try:
        with open(os.path.join(package, "__init__.py"), encoding="utf-8") as file:
            found = _VERSION.search(file.read(_LIMIT_BYTES))
    except (OSError, ValueError):
        return False
    # A session that this version has written is one that an older version may not read.
    return found is not None and _numbers(found[1]) >= _numbers(__version__)


def _package_of(environment: str) -> str | None:
    library = os.path.join(environment, "lib")
    try:
        versions = sorted(name for name in os.listdir(library) if name.startswith("python3"))
    except OSError:
        return None
    places = (os.path.join(library, name, "site-packages", "wizard") for name in versions)
    return next((place for place in places if os.path.isdir(place)), None)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)


def _installing() -> str:
    """install.sh of the release that this program was installed from, or lies in, as it is typed."""
    checkout, wheelhouse = _source()
    if not checkout:
        return "./install.sh"
    words = [os.path.join(checkout, "install.sh")]
    if wheelhouse and os.path.isdir(wheelhouse):
        words += ["--wheelhouse", wheelhouse]
    return shell.words(words)


def _source() -> tuple[str, str]:
    lines = ["", ""]
    try:
        with open(os.path.join(sys.prefix, "source"), encoding="utf-8") as file:
            lines = [*file.read(_LIMIT_BYTES).split("\n"), "", ""]
    except (OSError, ValueError):
        pass
    for checkout, wheelhouse in ((lines[0], lines[1]), (os.path.dirname(_PACKAGE), "")):
        is_plain = (checkout + wheelhouse).isprintable()
        if is_plain and checkout.startswith("/") and os.path.isfile(os.path.join(checkout, "install.sh")):
            return checkout, wheelhouse
    return "", ""
