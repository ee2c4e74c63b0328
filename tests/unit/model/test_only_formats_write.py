"""Nothing but wizard/model/formats makes the lines and texts of files, and the source keeps to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import wizard.model.formats
from wizard.model.formats import env, markdown, nginx, shell
from wizard.model.formats.file import file_with
from wizard.model.formats.text import CannotHold, FileText, Line, hash_comment, line, text_of

ROOT = Path(__file__).parents[3]
FORMATS = ROOT / "wizard" / "model" / "formats"
MADE_THERE = {"Line", "Quoted", "FileText", "ShellWord", "Marked", "NginxValue", "WriteFile", "whole_line"}
# Their first argument is the text of a file as it stands: a constant.
TEMPLATES = {"line", "span"}
OURS = ("wizard.model.formats", "wizard.model.plan")
TO_DISK = {"write_atomic", "write_in"}
# What is written there is the program's own, in JSON or as a log, or a text that was made by its format.
WRITERS = {
    "__main__.py",
    "apply/journal.py",
    "apply/narrator.py",
    "apply/records.py",
    "apply/reserve.py",
    "apply/runfile.py",
    "apply/runs.py",
    "cli/crash.py",
    "machine/files.py",
    "machine/giving.py",
    "machine/local.py",
    "probe/osrelease.py",
    "store/adopt.py",
    "store/export.py",
    "store/tree.py",
    "store/lock.py",
    "store/seen.py",
    "store/session.py",
    "tui/watch.py",
    "workflow/keep.py",
}


def violations(source: str, module: str) -> list[str]:
    """Where this source puts a value into a file past the formats, as `line: what`."""
    tree = ast.parse(source)
    return sorted({f"{node.lineno}: {what}" for node, what in _found(tree, module)})


def _found(tree: ast.Module, module: str) -> Iterator[tuple[ast.expr | ast.stmt | ast.alias, str]]:
    types = _annotations(tree) | _kinds_asked_for(tree)
    imported = _imported(tree)
    templates = (TEMPLATES & imported) | (TEMPLATES if {"text", "markdown"} & imported else set())
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (
                    alias.name in MADE_THERE | TEMPLATES
                    and alias.asname
                    and (node.module or "").startswith(OURS)
                ):
                    yield alias, f"{alias.name} under another name"
        name = _name(node)
        is_meant = isinstance(node, ast.Attribute) or name in imported
        if name in MADE_THERE and is_meant and isinstance(node, ast.expr) and id(node) not in types:
            yield node, f"{name} is made outside the formats"
        if name in templates and isinstance(node, ast.expr) and id(node) not in called:
            yield node, f"{name} is handed on, so that its template can't be seen"
        if isinstance(node, ast.Call):
            yield from ((node, what) for what in _calls(node, templates, module))


def _calls(node: ast.Call, templates: set[str], module: str) -> Iterator[str]:
    name = _name(node.func)
    if name in templates and not (
        node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    ):
        yield f"the template of {name} is no constant"
    if name in TO_DISK:
        if module not in WRITERS:
            yield f"{name} is called where no files are written"
        if any(_is_put_together(part) for part in (*node.args[1:], *(word.value for word in node.keywords))):
            yield f"what {name} writes is put together there"
    if _opens_to_write(node) and module not in WRITERS:
        yield "a file is opened for writing where no files are written"


def _opens_to_write(node: ast.Call) -> bool:
    name = _name(node.func)
    if name in ("write_text", "write_bytes"):
        return True
    words = [*node.args, *(word.value for word in node.keywords)]
    modes = [word.value for word in words if isinstance(word, ast.Constant) and isinstance(word.value, str)]
    return name in ("open", "fdopen") and any(set(mode) & set("wax+") and len(mode) <= 3 for mode in modes)


def _is_put_together(part: ast.expr) -> bool:
    return any(
        isinstance(inner, ast.JoinedStr)
        or (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mod))
        or (isinstance(inner, ast.Call) and _name(inner.func) == "format")
        for inner in ast.walk(part)
    )


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _imported(tree: ast.Module) -> set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OURS)
        for alias in node.names
    }


def _annotations(tree: ast.Module) -> set[int]:
    roots: list[ast.AST | None] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            roots.append(node.returns)
        elif isinstance(node, (ast.arg, ast.AnnAssign)):
            roots.append(node.annotation)
    return {id(inner) for root in roots if root is not None for inner in ast.walk(root)}


def _kinds_asked_for(tree: ast.Module) -> set[int]:
    """What is only compared with: the second argument of isinstance, and the alias of what a step may hold."""
    asked = [
        node.args[1]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) == "isinstance"
    ]
    aliases = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.BinOp)
        and isinstance(node.value.op, ast.BitOr)
    ]
    return {id(inner) for root in (*asked, *aliases) for inner in ast.walk(root)}


def test_no_other_way_leads_into_a_file() -> None:
    found = {}
    for path in sorted((ROOT / "wizard").rglob("*.py")):
        if FORMATS not in path.parents:
            module = str(path.relative_to(ROOT / "wizard"))
            if told := violations(path.read_text(encoding="utf-8"), module):
                found[module] = told
    assert found == {}


IMPORTS = (
    "from wizard.model.formats import markdown, text\n"
    "from wizard.model.formats.text import FileText, Line, line, text_of, whole_line\n"
    "from wizard.model.formats.markdown import span\n"
    "from wizard.model.plan import WriteFile\n"
)


@pytest.mark.parametrize(
    "planted",
    [
        'line(f"server_name {host};")',
        'line("server_name %s;" % host)',
        'line("server_name " + host)',
        'line("server_name {};".format(host))',
        "line(host)",
        "line(template=host)",
        "line(*parts)",
        "text_of(map(line, lines))",
        "span(host)",
        'text.line(f"{host}")',
        "Line(host)",
        'Line("constant")',
        "text.Line(host)",
        "whole_line(host)",
        'FileText(f"NO_PROXY={host}")',
        "cast(FileText, host)",
        "list(map(Line, lines))",
        "make = Line",
        'WriteFile("/etc/x", host)',
        'WriteFile("/etc/x", "constant")',
        "replace(WriteFile, content=host)",
        "class Own(Line): ...",
        "from wizard.model.plan import WriteFile as Written",
        "write_atomic(path, content)",
        'open(path, "w").write(host)',
        'os.fdopen(number, mode="wb")',
        "Path(path).write_text(host)",
    ],
)
def test_a_planted_one_is_found(planted: str) -> None:
    assert violations(IMPORTS, "render/new.py") == []
    assert violations(f"{IMPORTS}{planted}\n", "render/new.py") != []


@pytest.mark.parametrize(
    "planted",
    [
        'write_atomic(path, f"{host}\\n")',
        'write_in(fd, name, "%s" % host)',
        'write_atomic(p, "{}".format(x))',
    ],
)
def test_where_files_are_written_none_is_put_together(planted: str) -> None:
    assert violations(planted, "store/seen.py") != []
    assert violations("write_atomic(path, json.dumps(data))", "store/seen.py") == []


@pytest.mark.parametrize(
    "right",
    [
        'line("server_name {};", host)',
        'line("")',
        "def made() -> FileText: ...",
        "isinstance(action, WriteFile)",
        "lines: list[Line] = []",
    ],
)
def test_what_is_right_is_let_through(right: str) -> None:
    assert violations(f"{IMPORTS}{right}\n", "render/new.py") == []


def test_every_writer_is_there_and_writes() -> None:
    """The list of exceptions holds nothing that needs none."""
    for module in WRITERS:
        source = (ROOT / "wizard" / module).read_text(encoding="utf-8")
        assert any(word in source for word in ("write_atomic", "write_in", "os.write", "fdopen", "open(")), (
            module
        )


def test_what_no_format_has_made_is_refused_while_it_runs() -> None:
    """A value of the catalogue is `Any` for a type checker, which lets it through."""
    for value in ("plain", markdown.text("x") + "", f"{shell.word('x')}", b"x", None, 1.5, True):
        with pytest.raises(TypeError):
            line("{}", value)  # type: ignore[arg-type]
    for item in ("plain", line("x") + "", shell.word("x"), text_of(()), None):
        with pytest.raises(TypeError):
            text_of([item])  # type: ignore[list-item]
    for text in ("plain", line("x"), text_of(()) + ""):
        with pytest.raises(TypeError):
            file_with("/etc/x", text)  # type: ignore[arg-type]


def test_formats_are_not_mixed_in_one_line() -> None:
    with pytest.raises(TypeError):
        line("{} {}", shell.word("a"), nginx.value("b"))
    with pytest.raises(TypeError):
        markdown.table(("head",), [(shell.word("a"),)])  # type: ignore[list-item]
    assert line("{} {}", nginx.value("a"), 5) == "a 5"


def test_a_line_is_one_line() -> None:
    for text in ("a\nb", "a\rb", "\x1b[2J", "\u2028", "\udc80"):
        with pytest.raises(CannotHold):
            line(text)
        with pytest.raises(CannotHold):
            env.setting("A", text)
        assert len(text_of([hash_comment(text)]).splitlines()) == 1
    assert type(line("x")) is Line and type(text_of([line("x")])) is FileText


def test_each_format_says_what_it_is() -> None:
    assert wizard.model.formats.__doc__
    for path in FORMATS.glob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path.name
