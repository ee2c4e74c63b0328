"""YAML as people write it, read without ever building objects, and written so that it stays the same.

Read from the parser's events, not through a constructor: what could build objects, point elsewhere or grow
(tags, anchors, aliases, merges) is refused before it means anything. Words are read as YAML 1.2 does:
`no` is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wizard.store.refused import Refused

LIMIT_BYTES = 1 << 20
_DEEPEST = 20
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})", re.ASCII)
# Not infinite, not .nan, and not of a length that takes time: such words stay text, which no rule takes for a number.
_FRACTION = re.compile(r"[-+]?[0-9]{1,30}\.[0-9]{0,30}(?:[eE][-+]?[0-9]{1,2})?", re.ASCII)
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_CLAIMS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def read_yaml(content: bytes) -> Any:
    """Mappings, lists and scalars of one YAML document. Raises Refused, whose text never quotes it."""
    text = _decoded(content)
    problem = "holds nothing"
    try:
        return _document(_events(text))
    except Refused as refused:
        problem = str(refused)
    except _syntax_error() as error:
        where = _at(getattr(error, "problem_mark", None))
        problem = f"is not valid YAML{where}: look at the indentation and the quotes there"
    # Raised out here so that the parser's own error, which quotes the file, is not chained to it.
    raise Refused(problem)


def dump_yaml(data: Any) -> str:
    """Stable YAML: keys in their given order, no aliases, letters of every script as they are."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, _data: Any) -> bool:
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

    return yaml.dump(
        _plain(data), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False
    )


def _plain(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {str(key): _plain(item) for key, item in data.items()}
    if isinstance(data, (list, tuple)):
        return [_plain(item) for item in data]
    return data


def _decoded(content: bytes) -> str:
    if len(content) > LIMIT_BYTES:
        raise Refused("is larger than 1 MiB")
    if b"\x00" in content:
        raise Refused("is a binary file, not YAML text")
    text = None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if text is None:
        raise Refused("is not UTF-8 text: save it as UTF-8")
    return text


def _syntax_error() -> type[Exception]:
    import yaml

    return yaml.YAMLError


def _events(text: str) -> Iterator[Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.parse(text, Loader=loader)


def _document(events: Iterator[Any]) -> Any:
    """The one document of the stream."""
    from yaml import events as kinds

    result: Any = None
    seen = 0
    for event in events:
        if isinstance(event, kinds.DocumentStartEvent):
            seen += 1
            if seen > 1:
                raise Refused(f"holds more than one document (`---`{_at(event.start_mark)}); one is wanted")
        elif isinstance(event, (kinds.NodeEvent)):
            result = _node(event, events, 1)
    if seen == 0:
        raise Refused("is empty")
    return result


def _node(event: Any, events: Iterator[Any], depth: int) -> Any:
    kind = type(event).__name__
    if kind == "AliasEvent" or event.anchor is not None:
        where = _at(event.start_mark)
        raise Refused(f"uses anchors or aliases (& and *){where}, which are not taken: write the value out")
    if event.tag is not None:
        raise Refused(f"uses a tag (!){_at(event.start_mark)}, and tags are not taken: leave it out")
    if depth > _DEEPEST:
        raise Refused(f"is nested deeper than {_DEEPEST} levels{_at(event.start_mark)}")
    if kind == "ScalarEvent":
        return _scalar(event)
    if kind == "SequenceStartEvent":
        items = []
        for inner in events:
            if type(inner).__name__ == "SequenceEndEvent":
                break
            items.append(_node(inner, events, depth + 1))
        return items
    return _mapping(events, depth)


def _mapping(events: Iterator[Any], depth: int) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for inner in events:
        if type(inner).__name__ == "MappingEndEvent":
            break
        key = _node(inner, events, depth + 1)
        if isinstance(key, (dict, list)):
            raise Refused(f"has a key{_at(inner.start_mark)} that is not a word")
        if key == "<<":
            raise Refused(f"uses a merge (<<){_at(inner.start_mark)}, which is not taken: write the keys out")
        if key in result:
            raise Refused(f"has the same key twice{_at(inner.start_mark)}: remove one")
        result[key] = _node(next(events), events, depth + 1)
    return result


def _scalar(event: Any) -> Any:
    value: str = event.value
    if not event.implicit[0]:
        return value
    if value in _WORDS:
        return None
    if value in _CLAIMS:
        return _CLAIMS[value]
    if _WHOLE.fullmatch(value):
        return int(value)
    return float(value) if _FRACTION.fullmatch(value) else value


def _at(mark: Any) -> str:
    return "" if mark is None else f" at line {mark.line + 1}, column {mark.column + 1}"
