"""The note in an export directory of what we wrote there, so that nothing else is ever replaced."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from wizard.model.strictjson import read_json

NAME = ".cometchat-wizard"
LIMIT_BYTES = 1 << 20


def fingerprint(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def manifest_text(contents: Mapping[str, bytes], earlier: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """Every file with its fingerprint; while files are being replaced, those of before count as ours too."""
    prints: dict[str, list[str]] = {path: [fingerprint(content)] for path, content in contents.items()}
    for path, old in (earlier or {}).items():
        known = prints.setdefault(path, [])
        known.extend(item for item in old if item not in known)
    about = "What cometchat-wizard wrote into this directory. It replaces these files and no others."
    return json.dumps({"about": about, "files": dict(sorted(prints.items()))}, indent=1) + "\n"


def parse_manifest(content: bytes) -> dict[str, tuple[str, ...]] | None:
    """Path to the fingerprints that are ours; None if this is no manifest of ours."""
    try:
        files = read_json(content)["files"]
        return {str(path): tuple(_texts(prints)) for path, prints in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _texts(items: Iterable[object]) -> Iterable[str]:
    return (item for item in items if isinstance(item, str))
