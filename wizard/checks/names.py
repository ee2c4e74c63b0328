"""Which host names a certificate's name covers."""

from __future__ import annotations


def covers(pattern: str, host: str) -> bool:
    """RFC 6125: equal without regard to case, or a wildcard as the whole leftmost label, for one label.

    `*.example.com` covers `api.example.com`, not `example.com`, not `a.b.example.com`; `a*.example.com` and a
    bare `*` cover nothing. A wildcard right under a top-level name (`*.com`) covers nothing either. Names in
    ASCII (IDNA) form are compared as they are.
    """
    pattern, host = _plain(pattern), _plain(host)
    if not pattern or not host or "*" in host:
        return False
    if "*" not in pattern:
        return pattern == host
    first, _, rest = pattern.partition(".")
    label, _, parent = host.partition(".")
    return first == "*" and "*" not in rest and "." in rest and bool(label) and rest == parent


def _plain(name: str) -> str:
    # Only ASCII letters have a case in DNS: str.lower would fold others together (the Kelvin sign with k).
    name = name.removesuffix(".")
    return name.translate({upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)})
