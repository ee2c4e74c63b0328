"""A proxy's password gets no further than the edge: not into answers, files, problems, tracebacks."""

from __future__ import annotations

import traceback

import pytest

from wizard.model.answers import Answers, NetworkAnswers
from wizard.model.failure import Failure
from wizard.model.plain import plain
from wizard.model.session import SessionState
from wizard.store.answers import dump_answers, field_problem, parse_answers, parse_field, read_answers
from wizard.store.diff import diff
from wizard.store.export import write_export
from wizard.store.session import load, save
from wizard.store.validate import validate

CANARY = "canary9d1e"

ADDRESSES = [
    f"http://user:{CANARY}@proxy:3128",
    f"http://user:{CANARY}",
    f"user:{CANARY}@proxy:3128",
    f"ftp://user:{CANARY}@proxy",
    f"http://user:x@{CANARY}@proxy",
    f"http://user:x/{CANARY}@proxy",
    f"http://user:x://{CANARY}@proxy",
    f"http://a@b:{CANARY}@proxy",
    f"http://:{CANARY}@proxy",
    f"http://user:{CANARY}@pro xy",
    f"http://user:{CANARY} @proxy:3128",
    f"http://user:{CANARY}\n@proxy:3128",
    f"http://user:{CANARY}@",
    f"{CANARY}",
    f"http://user:{CANARY}@proxy:3128/path?x#y",
    f"http://{CANARY}@proxy:3128",
    f"http://{CANARY}:@proxy:3128",
    f"socks5://{CANARY}:x@proxy:1080",
    f"http://{CANARY}%40x@proxy",
    f"http://a/{CANARY}@proxy",
    f"{CANARY}@proxy:3128",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_password_is_nowhere(tmp_path, address):
    answers, problems = parse_answers({"network": {"proxy": address, "firewall": "manage"}})
    told = repr(answers) + repr(problems) + str(field_problem("network.proxy", address))
    try:
        told += repr(parse_field("network.proxy", address))
    except ValueError as error:
        told += _all_of(error)
    save(str(tmp_path / "s"), SessionState(answers=answers))
    save(str(tmp_path / "s"), SessionState(answers=answers))
    write_export(str(tmp_path / "out"), {"answers.yaml": dump_answers(answers), "plain.json": plain(answers)})
    for path in tmp_path.rglob("*"):
        told += path.read_text() if path.is_file() else ""
    assert CANARY not in told + repr(load(str(tmp_path / "s")))


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "text",
    [
        "network: {{proxy: {0!r}}}\n",
        "network: {{proxy: {0!r}, firewall: x}}\n",
        "network: {{proxy: [{0!r}]}}\n",
        "network: {{proxi: {0!r}}}\n",
        "usage: {{mau: {0!r}}}\n",
        "network: {{proxy: {0!r}\n",
        "network: {{proxy: !x {0!r}}}\n",
        "network:\n  proxy: {0!r}\n  proxy: {0!r}\n",
        "domain: {{primary: {0!r}, hosts: {{tidb: {0!r}}}, extra_allowed: [{0!r}]}}\n",
        "nodes: [{{name: {0!r}, address: {0!r}, roles: [{0!r}]}}]\n",
        "kind: {0!r}\napiVersion: {0!r}\n",
    ],
)
def test_no_error_about_a_file_tells_it(tmp_path, text, address):
    path = tmp_path / "answers.yaml"
    path.write_text(text.format(address))
    told = ""
    for call in (read_answers, validate, lambda name: diff(name, name)):
        try:
            told += repr(call(str(path)))
        except Failure as failure:
            told += _all_of(failure)
    assert CANARY not in told


@pytest.mark.parametrize("userinfo", [f"user:{CANARY}", CANARY, "user:***", "***", ":", "user:"])
def test_the_address_is_kept_with_stars_for_its_login(userinfo):
    """`user:***` is what earlier versions wrote: it is read, and its user is let go of."""
    kept, problems = parse_answers({"network": {"proxy": f"http://{userinfo}@proxy:3128"}})
    assert kept == Answers(network=NetworkAnswers(proxy="http://***@proxy:3128")) and not problems


def _all_of(error):
    told = "".join(traceback.format_exception(error))
    while error is not None:
        told += repr(error.args) + repr(getattr(error, "__dict__", ""))
        error = error.__cause__ or error.__context__
    return told
