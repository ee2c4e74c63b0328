"""os-release to OsFacts, by the distro library's own rules."""

from __future__ import annotations

import os

from wizard.model.facts import OsFacts
from wizard.model.plain import shown


def parse_os(text: str | None) -> OsFacts:
    """What distro makes of this os-release; all None where it is missing, empty or broken.

    distro gets the text through a memory file: the host's own files may be FIFOs or devices, and are read with care
    elsewhere.
    """
    if not text or not text.strip():
        return OsFacts()
    import distro

    descriptor = os.memfd_create("os-release")
    try:
        os.write(descriptor, text.encode("utf-8", "replace"))
        release = distro.LinuxDistribution(
            include_lsb=False,
            include_uname=False,
            include_oslevel=False,
            os_release_file=f"/proc/self/fd/{descriptor}",
            distro_release_file="/dev/null",
            root_dir="/proc/self/fdinfo",
        )
        return OsFacts(
            id=_clean(release.id()),
            version=_clean(release.version()),
            name=_clean(release.name()),
            like=tuple(shown(word, 100) for word in release.like().split()[:10]),
            codename=_clean(release.os_release_attr("ubuntu_codename") or release.codename()),
        )
    except ValueError:
        # Unbalanced quotes.
        return OsFacts()
    finally:
        os.close(descriptor)


def _clean(text: str) -> str | None:
    return shown(text, 100).strip() or None
