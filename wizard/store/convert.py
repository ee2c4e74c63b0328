"""Plain data to answers, every problem at once, each with its path; never a value in a problem's text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from wizard.store.problems import Problems
from wizard.store.refused import Refused
from wizard.store.rules import RULES, SERVICE_KEYS
from wizard.store.shape import Shape, parts_of

_NOTHING: Any = object()
# Machines, networks, names, acceptances: a swarm has some dozens of each, and every one becomes steps, rules and lines.
LONGEST_LIST = 1000


@dataclass(frozen=True, slots=True)
class Conversion:
    """One conversion under way; `problems` fills as it goes."""

    problems: Problems = field(default_factory=Problems)

    def noun(self, kind: type[Any], data: Any, path: str, rule_path: str, extra: tuple[str, ...] = ()) -> Any:
        """An instance of a dataclass, refused fields at their default; _NOTHING if a needed one is missing.

        extra: keys that may be there and are not looked at.
        """
        if not isinstance(data, Mapping):
            return self._refuse(path, "must be a group of `key: value` lines")
        known = {part.name: part for part in parts_of(kind)}
        self._unknown_keys(data, (*known, *extra), path)
        given: dict[str, Any] = {}
        complete = True
        for name, part in known.items():
            value = data.get(name)
            if value is None:
                if part.is_required:
                    self._refuse(_joined(path, name), "is missing")
                complete = complete and not part.is_required
                continue
            taken = self.value(part.shape, value, _joined(path, name), _joined(rule_path, name))
            if taken is not _NOTHING:
                given[name] = taken
            elif part.is_required:
                complete = False
        return kind(**given) if complete else _NOTHING

    def value(self, shape: Shape, value: Any, path: str, rule_path: str) -> Any:
        """One value by its shape and its rule; _NOTHING where it was refused."""
        if shape.kind == "noun" and shape.noun is not None:
            return self.noun(shape.noun, value, path, rule_path)
        if shape.kind == "list" and shape.item is not None:
            return self._list(shape.item, value, path, rule_path)
        if shape.kind == "map" and shape.item is not None:
            return self._map(shape.item, value, path, rule_path)
        try:
            return scalar(shape, value, rule_path)
        except Refused as refused:
            return self._refuse(path, str(refused))

    def _list(self, item: Shape, value: Any, path: str, rule_path: str) -> Any:
        if not isinstance(value, (list, tuple)):
            return self._refuse(path, "must be a list")
        if len(value) > LONGEST_LIST:
            return self._refuse(path, f"must have {LONGEST_LIST:,} entries or less")
        taken: list[Any] = []
        seen: set[Any] = set()
        for index, one in enumerate(value):
            before = self.problems.count
            result = self.value(item, one, f"{path}[{index}]", f"{rule_path}[]")
            if self.problems.count > before:
                # Half a node could be taken for another machine: it is left out as a whole.
                continue
            if item.kind in ("words", "text"):
                if result in seen:
                    self._refuse(f"{path}[{index}]", "is there twice")
                    continue
                seen.add(result)
            taken.append(result)
        return tuple(taken)

    def _map(self, item: Shape, value: Any, path: str, rule_path: str) -> Any:
        if not isinstance(value, Mapping):
            return self._refuse(path, "must be a group of `key: value` lines")
        self._unknown_keys(value, SERVICE_KEYS, path)
        taken: dict[str, Any] = {}
        for key in SERVICE_KEYS:
            if value.get(key) is not None:
                result = self.value(item, value[key], _joined(path, key), f"{rule_path}.*")
                if result is not _NOTHING:
                    taken[key] = result
        return taken

    def _unknown_keys(self, data: Mapping[Any, Any], known: tuple[str, ...], path: str) -> None:
        for key in data:
            if key in known:
                continue
            if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z_][\w.-]{0,39}", key, re.ASCII):
                self._refuse(path, f"has a key that is no name; known here: {', '.join(known)}")
                continue
            self._refuse(_joined(path, key), partial(_unknown, key, known))

    def _refuse(self, path: str, problem: str | Callable[[], str]) -> Any:
        self.problems.add(path, problem)
        return _NOTHING


def scalar(shape: Shape, value: Any, rule_path: str) -> Any:
    """A number, text, word or true/false by its shape and rule. Raises Refused."""
    if shape.kind == "words":
        if not isinstance(value, str) or value not in shape.words:
            raise Refused(f"must be {_either(shape.words)}")
    elif shape.kind == "claim":
        if not isinstance(value, bool):
            raise Refused("must be true or false")
    elif shape.kind == "whole":
        if not isinstance(value, int) or isinstance(value, bool):
            if isinstance(value, str) and re.fullmatch(r"[-+]?[0-9]{19,}", value, re.ASCII):
                raise Refused("must be a whole number of at most 18 digits")
            quoted = isinstance(value, str) and value.isascii() and value.isdigit()
            raise Refused(
                f"must be a whole number {'without quotes' if quoted else 'in plain digits'}, like 50000"
            )
    elif shape.kind == "whole-or-text":
        if not isinstance(value, (int, str)) or isinstance(value, bool):
            raise Refused("must be a whole number like 2500, or per cent of MAU like 7.5%")
    elif not isinstance(value, str):
        raise Refused("must be text (put it in quotes)")
    rule = RULES.get(rule_path)
    return value if rule is None else rule.check(value)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _either(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _unknown(key: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key.lower(), known, n=1)
    advice = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return f"is not a known key; {advice}"
