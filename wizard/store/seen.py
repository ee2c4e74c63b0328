"""seen.json: the host as it was looked at last, so that the next look can tell what changed meanwhile."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from wizard.machine.files import read_record, write_atomic
from wizard.model.facts import HostFacts
from wizard.model.plain import plain, without_logins
from wizard.model.rebuild import rebuild
from wizard.model.strictjson import read_json

FILE = "seen.json"
SEEN_VERSION = 1
_LIMIT_BYTES = 8 << 20
# Looks closer together than this belong to one visit: a line that drops and is back at once loses no news.
_VISIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Seen:
    """before: the last look of an earlier visit, which this one's are compared with. host: the last look of all."""

    before: HostFacts
    host: HostFacts
    version: int = SEEN_VERSION


def read_seen(directory: str) -> Seen | None:
    """None where there is none, or none that this version can rest on: then nothing is said to have changed."""
    try:
        content = read_record(os.path.join(directory, FILE), _LIMIT_BYTES)
        found = rebuild(Seen, without_logins(read_json(content)))
    except (OSError, ValueError):
        return None
    return found if found.version == SEEN_VERSION else None


def keep_seen(directory: str, seen: Seen) -> bool:
    """Keep it, 0600. False where that is not possible: it is only for the news of the next visit."""
    try:
        write_atomic(os.path.join(directory, FILE), json.dumps(plain(seen)) + "\n")
    except OSError:
        return False
    return True


def with_look(seen: Seen | None, host: HostFacts) -> Seen:
    """What is to be kept after another look; its `before` is what that look is compared with."""
    if seen is None:
        return Seen(host, host)
    is_same_visit = abs(_time(host.read_at) - _time(seen.host.read_at)) < _VISIT
    return Seen(seen.before if is_same_visit else seen.host, host)


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return datetime.min.replace(tzinfo=timezone.utc)
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
