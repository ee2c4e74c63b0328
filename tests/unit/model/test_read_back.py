"""Every format gives back the value that was written, to the program that reads it, and nothing else is there.

A value either comes back as it is or is refused: no third way.
"""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.unit.model import real_parsers as real
from wizard.model.formats import apt, armor, env, firewalld, ini, limits, markdown, nginx, shell, unit
from wizard.model.formats.text import CannotHold, Line, hash_comment, line, slash_comment, text_of

# What means something to one format or the other, among text of all kinds.
_WORDS = (
    "\n \r \t \x00 \x1b[31m \u202e \u2028 \udc80 \" ' ` \\ \\n $ $(id) ${x} $basearch % %% %h %20 # ; // /* { } {} "
    "[x] ] = && | <b> * ~ ! @ : , \nExecStartPre=/bin/id\n# \"\nEVIL=1\n '; ``` ](http://e) - + 1. ü 漢 a b"
)
_PIECES = st.sampled_from([*_WORDS.split(" "), " ", "  ", " #", "- ", "# ", "1. "])
TEXTS = st.one_of(st.lists(_PIECES, max_size=8).map("".join), st.text(max_size=30))
MANY = st.lists(TEXTS, min_size=25, max_size=60)
# A smaller example would cost minutes, and what is there is small.
BOUNDED = settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def held(make, values: list[str]) -> dict[str, Line]:
    """Value to the line that holds it; those that are refused are left out, and are few enough."""
    lines: dict[str, Line] = {}
    for value in dict.fromkeys(values):
        try:
            lines[value] = make(len(lines), value)
        except CannotHold:
            continue
    return lines


@real.has_systemd
@BOUNDED
@given(MANY)
def test_systemd_gets_each_value_and_no_more_directives(values: list[str]) -> None:
    lines = held(lambda number, value: unit.environment(f"V{number}", value), values)
    assert all(not value.isprintable() for value in values if value not in lines)
    text = text_of([hash_comment("\n[Unit]\nDescription=x"), unit.section("Service"), *lines.values()])
    found = real.unit_as_systemd_reads_it(text)
    # Its dump leaves blanks at the ends of a line to be seen; ours are taken off when lines are compared.
    assert sorted(found) == sorted(f"Environment: V{n}={value}".strip() for n, value in enumerate(lines))


@real.has_systemd
def test_what_systemd_would_make_of_a_raw_value_is_seen_by_this_test() -> None:
    raw = '[Service]\nEnvironment="NO_PROXY=fe80::1"\nExecStartPre=/bin/id\n#"\n'
    assert any("/bin/id" in line for line in real.unit_as_systemd_reads_it(raw))
    with pytest.raises(AssertionError, match=r"specifier|Failed"):
        real.unit_as_systemd_reads_it('[Service]\nEnvironment="NO_PROXY=fe80::1%eth0"\n')


@real.has_apt
@BOUNDED
@given(MANY)
def test_apt_gets_each_value_and_no_more_settings(tmp_path: Path, values: list[str]) -> None:
    lines = held(lambda number, value: apt.setting(f"Test::V{number}", value), values)
    assert all(not value.isprintable() or set(value) & set('"\\') for value in values if value not in lines)
    found = real.apt_setting(tmp_path, text_of([slash_comment('x\nTest::Evil "1";'), *lines.values()]))
    found.pop("Test", None)
    assert found == {f"Test::V{n}": value for n, value in enumerate(lines)}


@real.has_apt
@settings(BOUNDED, max_examples=40)
@given(TEXTS, st.sampled_from(["address", "suite", "signed_by", "architecture"]))
def test_apt_gets_one_source(tmp_path: Path, text: str, which: str) -> None:
    parts = {"address": "http://e.test/x", "suite": "noble", "signed_by": "/k.asc", "architecture": "amd64"}
    parts[which] = {"address": "http://e.test/", "signed_by": "/"}.get(which, "") + text
    try:
        made = apt.source(
            parts["address"],
            parts["suite"],
            "stable",
            signed_by=parts["signed_by"],
            architecture=parts["architecture"],
        )
    except CannotHold:
        assert not text.isascii() or not text.isalnum()
        return
    found, *_more = real.apt_addresses(tmp_path, text_of([hash_comment("x\ndeb http://evil.test x y"), made]))
    assert found == f"{parts['address'].rstrip('/')}/dists/{parts['suite'].rstrip('/')}/InRelease"


@BOUNDED
@given(MANY)
def test_an_ini_reader_gets_each_value_and_no_more_keys(values: list[str]) -> None:
    """The parser of Python's library, whose rules are nearly those of libdnf; that one takes quotes off as well."""
    lines = held(lambda number, value: ini.setting(f"v{number}", value), values)
    parser = configparser.RawConfigParser(
        comment_prefixes=("#", ";"), inline_comment_prefixes=None, delimiters=("=",)
    )
    parser.read_string(text_of([hash_comment("x\n[evil]"), ini.section("repo"), *lines.values()]))
    assert parser.sections() == ["repo"]
    assert dict(parser["repo"]) == {f"v{n}": value for n, value in enumerate(lines)}
    for quoted in ('"x"', "'x'", '""'):
        with pytest.raises(CannotHold):
            ini.setting("proxy", quoted)


@real.has_nginx
@BOUNDED
@given(MANY)
def test_nginx_opens_the_files_of_these_names(tmp_path: Path, values: list[str]) -> None:
    crt, key = tmp_path / "a.crt", tmp_path / "a.key"
    if not crt.exists():
        real.certificate(tmp_path)
    places: dict[nginx.NginxValue, Path] = {}
    for value in values:
        name = value.replace("/", "∕").encode(errors="ignore").decode()[:60]
        try:
            quoted = nginx.value(f"{tmp_path}/f{name}.crt")
        except CannotHold:
            assert not name.isprintable() or "$" in name
            continue
        places[quoted] = tmp_path / f"f{name}.crt"
        shutil.copy(crt, places[quoted])
    blocks = [
        f"server {{ listen 9443 ssl; server_name a{n};\n"
        + line("ssl_certificate {};", quoted)
        + f"\nssl_certificate_key {key}; }}"
        for n, quoted in enumerate(places)
    ]
    assert real.nginx_takes(tmp_path, blocks) == ""
    for quoted, path in list(places.items())[:2]:
        path.unlink()
        assert f'cannot load certificate "{path}"' in real.nginx_takes(tmp_path, blocks), quoted
        shutil.copy(crt, path)


@real.has_bash
@BOUNDED
@given(MANY)
def test_bash_gets_each_word(values: list[str]) -> None:
    values = [value.replace("\x00", "") for value in values]
    # A byte of a file name stands for itself; half a character that is none can't be a word.
    values = [value for value in values if value == _as_bytes(value)]
    written = shell.words(values)
    assert written.isprintable()
    assert real.words_of_bash(written) == values


def _as_bytes(text: str) -> str | None:
    try:
        return os.fsdecode(os.fsencode(text))
    except UnicodeEncodeError:
        return None


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_what_can_be_seen_is_quoted_as_by_the_library(text: str) -> None:
    if text.isprintable():
        assert shell.word(text) == shlex.quote(text)
    assert shell.word(text).isprintable()


@settings(BOUNDED, max_examples=10)
@given(MANY)
def test_sh_gets_each_variable_and_no_more(tmp_path: Path, values: list[str]) -> None:
    lines = held(lambda number, value: env.setting(f"V{number}", value), values)
    assert all(not value.isprintable() for value in values if value not in lines)
    file = tmp_path / "x.env"
    file.write_text(text_of([hash_comment("x\nEVIL=1"), *lines.values()]), encoding="utf-8")
    names = [f"V{n}" for n in range(len(lines))]
    assert real.variables_of_sh(file, names) == dict(zip(names, lines, strict=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.env"]


@real.has_sysctl
@given(st.integers(-(10**20), 10**20))
@settings(BOUNDED, max_examples=10)
def test_sysctl_gets_the_number(tmp_path: Path, number: int) -> None:
    text = text_of([hash_comment("x\nkernel.sysrq = 1"), limits.sysctl("fs.file-max", number)])
    assert real.sysctl_settings(tmp_path / "x.conf", text) == [f"fs.file-max = {number}"]


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_names_are_names_in_every_format(text: str) -> None:
    """Keys, sections, users and options are our own words; a value in their place is refused or is such a word."""
    for make in (
        unit.section,
        lambda name: unit.environment(name, "x"),
        lambda name: unit.limit(name, 5),
        ini.section,
        lambda name: ini.setting(name, "x"),
        lambda name: apt.setting(name, "x"),
        lambda name: env.setting(name, "x"),
        lambda name: limits.sysctl(name, 5),
        lambda name: limits.nofile(name, "soft", 5),
        nginx.host,
        nginx.name,
        lambda name: firewalld.attribute("address", name),
        lambda name: armor.key_file([name]),
    ):
        try:
            written = make(text)
        except CannotHold:
            continue
        assert len(written.splitlines()) == 1 and not set(text) & set("\"'`$;{}\\#")


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_markdown_shows_the_text_and_nothing_of_it_is_markup(text: str) -> None:
    from markdown_it import MarkdownIt

    from wizard.model.plain import shown

    parser = MarkdownIt("commonmark").enable("table")
    kinds_of_a_list = {
        "bullet_list",
        "list_item",
        "paragraph",
        "inline",
        "text",
        "text_special",
        "code_inline",
    }
    for marked, plain in (
        (markdown.item(text), shown(text).strip()),
        (markdown.span("x {} x", markdown.text(text)), f"x {shown(text)} x"),
    ):
        tokens = parser.parse(text_of([line("- {}", marked)]))
        inner = [child for token in tokens for child in (token.children or [])]
        kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in (*tokens, *inner)}
        assert kinds <= kinds_of_a_list, (marked, kinds)
        assert " ".join("".join(child.content for child in inner).split()) == " ".join(plain.split())
    cells = parser.parse(text_of(markdown.table(("a", "b"), [(markdown.text(text), markdown.code(text))])))
    assert sum(token.type == "td_open" for token in cells) == 2
    assert not [token for token in cells if token.type in ("html_block", "link_open", "heading_open")]
