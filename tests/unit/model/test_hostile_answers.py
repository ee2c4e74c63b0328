"""Answers that were made to break out, as far as they are valid: nothing but what was planned stands in any file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.model import real_parsers as real
from tests.unit.model.test_read_back import BOUNDED, TEXTS
from tests.unit.planning.made import ALL, host, planned, writes
from tests.unit.render.samples import AT, arranged
from wizard.model.answers import Answers
from wizard.model.formats import shell
from wizard.model.ownfiles import APT_PROXY, DOCKER_PROXY
from wizard.model.plan import Command
from wizard.planning.show import lines as plan_lines
from wizard.render.files import render
from wizard.store.answers import dump_answers, parse_answers, read_answers
from wizard.store.export import write_export

# Where a value goes to a file or a command: how a hostile one may look there so that it might pass.
_SHAPES: dict[str, tuple[str, ...]] = {
    "advertise_address": ("{}", "fe80::1%{}", "10.0.0.5{}", "2001:db8::{}"),
    "allow_from": ("{}", "fe80::1%{}", "10.0.0.0/8{}", "2001:db8::/32{}"),
    "proxy": ("{}", "http://{}", "http://proxy{}", "http://proxy:3128{}", "http://{}@proxy:3128"),
    "address": ("{}", "root@{}", "fe80::1%{}", "{}@10.0.0.9", "web{}"),
    "name": ("{}", "n{}"),
    "path": ("/{}", "/etc/ssl/{}.pem"),
    "domain": ("{}.example.com", "chat.{}.com", "a.example.com{}"),
    "reason": ("{}", "x {}"),
}
VALUES = {
    key: st.builds(str.replace, st.sampled_from(shapes), st.just("{}"), TEXTS)
    for key, shapes in _SHAPES.items()
}
DOCUMENTS = st.fixed_dictionaries(
    {
        "nodes": st.lists(
            st.fixed_dictionaries({"name": VALUES["name"], "address": VALUES["address"]}),
            min_size=6,
            max_size=10,
        ),
        "network": st.fixed_dictionaries(
            {
                "advertise_address": VALUES["advertise_address"],
                "allow_from": st.lists(VALUES["allow_from"], min_size=5, max_size=9),
                "proxy": VALUES["proxy"],
            }
        ),
        "domain": st.fixed_dictionaries(
            {"primary": VALUES["domain"], "extra_allowed": st.lists(VALUES["domain"], min_size=4, max_size=8)}
        ),
        "tls": st.fixed_dictionaries({"certificate": VALUES["path"], "key": VALUES["path"]}),
        "accepted": st.lists(
            st.fixed_dictionaries({"id": st.just("memory-short"), "reason": VALUES["reason"]}),
            min_size=2,
            max_size=4,
        ),
    }
)


def valid_part(document: dict[str, Any]) -> Answers:
    """What of the document is taken; what has a problem is left out, as it is for a session."""
    answers, _problems = parse_answers(document)
    rest: dict[str, dict[str, Any]] = {
        "usage": {"mau": 50_000},
        "domain": {"primary": "chat.example.com"},
        "network": {"proxy": "http://p:1"},
    }
    given = {key: {**value, **document.get(key, {})} for key, value in rest.items()}
    found, problems = parse_answers({**document, **given})
    for key, value in rest.items():
        if getattr(found, key) != getattr(answers, key):
            continue
        if any(problem.path.startswith(f"{key}.") for problem in problems):
            given[key] = {**{k: v for k, v in given[key].items() if k not in value}, **value}
    found, _ = parse_answers({**document, **given})
    return found


@real.has_systemd
@real.has_apt
@BOUNDED
@given(DOCUMENTS)
def test_what_is_planned_for_valid_answers_is_all_that_there_is(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    answers = valid_part(document)
    made = planned(host(software=ALL), answers)
    drop_in = writes(made, "proxy-docker").get(DOCKER_PROXY) if _has(made, "proxy-docker") else None
    if drop_in is not None:
        found = real.unit_as_systemd_reads_it(drop_in)
        names = sorted(line.split("=")[0] for line in found)
        assert names == [f"Environment: {name}" for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")]
        listed = next(line for line in found if "NO_PROXY" in line).partition("=")[2].split(",")
        assert all(re.fullmatch(r"[A-Za-z0-9._:/-]+", name) for name in listed), listed
        settings = real.apt_setting(tmp_path, writes(made, "proxy-apt")[APT_PROXY])
        assert set(settings) <= {
            f"Acquire::{name}{rest}" for name in ("http", "https") for rest in ("", "::Proxy")
        }
    for step in made.steps():
        for action in step.commands:
            if isinstance(action, Command):
                assert all(word.isprintable() for word in action.argv)
                assert real.words_of_bash(shell.words(action.argv)) == list(action.argv)
    assert all(line.isprintable() for line in plan_lines(made))


def _has(made: Any, name: str) -> bool:
    return any(step.id == name for step in made.steps())


@real.has_nginx
@BOUNDED
@given(DOCUMENTS)
def test_what_is_exported_is_read_by_what_it_is_for(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]
) -> None:
    directory = tmp_path_factory.mktemp("export")
    answers = valid_part(document)
    deployment = arranged(answers)
    files = {
        **render(deployment, (), planned(host(), answers), (), AT),
        "answers.yaml": dump_answers(answers),
    }
    write_export(str(directory / "out"), files)
    assert read_answers(str(directory / "out" / "answers.yaml")) == answers
    assert yaml.safe_load((directory / "out" / "deployment.yaml").read_text())["kind"] == "Deployment"
    for path in (directory / "out").rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert all(line.isprintable() for line in text.split("\n")), path
            if path.suffix == ".json":
                json.loads(text)
            if path.suffix == ".env":
                names = {
                    line.partition("=")[0] for line in text.splitlines() if line and not line.startswith("#")
                }
                assert names == set(deployment.services[path.stem])
                real.variables_of_sh(path, sorted(names))
    crt, key = real.certificate(directory)
    blocks = [
        re.sub(r"(ssl_certificate(_key)?) .*;", lambda found: f"{found[1]} {key if found[2] else crt};", text)
        for path, text in files.items()
        if path.startswith("nginx/") and isinstance(text, str)
    ]
    names = deployment.catalogue["nginx"]["files"]
    upstreams = {server["upstream"] for file in names for server in file["servers"]}
    assert (
        real.nginx_takes(
            directory, [*(f"upstream {n} {{ server 127.0.0.1:9; }}" for n in upstreams), *blocks]
        )
        == ""
    )
