from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.arrange.test_hosts import DOMAINS
from tests.unit.render.samples import arranged
from wizard.model.answers import Answers, DomainAnswers
from wizard.model.formats import env
from wizard.model.formats.text import CannotHold
from wizard.render.env import env_files


def by_dotenv_rules(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: "".join(shlex.split(value)) for name, _, value in (line.partition("=") for line in lines)}


@given(DOMAINS)
def test_env_files_parse_back(domain: DomainAnswers) -> None:
    deployment = arranged(Answers(domain=domain), ())
    files = env_files(deployment)
    assert sorted(files) == sorted(
        f"env/{key}.{'json' if key in ('extensions', 'data-sync') else 'env'}" for key in deployment.services
    )
    for path, content in files.items():
        settings = deployment.services[path.removeprefix("env/").rpartition(".")[0]]
        if isinstance(content, str):
            plain = {name: str(value).replace("True", "true") for name, value in settings.items()}
            assert by_dotenv_rules(content) == plain
            assert "'" not in content.partition("\n\n")[2]  # bare: `docker stack deploy` keeps quotes
        else:
            assert content == settings


@given(st.text(max_size=40).filter(lambda text: "`" not in text and "$" not in text))
def test_any_value_survives_quoting(text: str) -> None:
    if text.isprintable():
        assert "".join(shlex.split(env.setting("A", text))) == f"A={text}"
        return
    with pytest.raises(CannotHold):
        env.setting("A", text)


def test_sh_reads_hostile_values_as_values(tmp_path: Path) -> None:
    hostile = {
        "A": "$(touch pwned)",
        "B": "`id`",
        "C": 'it\'s "$HOME"',
        "D": "a; EVIL=1",
        "E": "# no",
        "F": "",
    }
    file = tmp_path / "x.env"
    file.write_text("".join(f"{env.setting(name, value)}\n" for name, value in hostile.items()))
    shell = "set -a; . ./x.env; env -0"
    done = subprocess.run(["sh", "-c", shell], cwd=tmp_path, capture_output=True, check=True, env={})
    read = dict(item.split("=", 1) for item in done.stdout.decode().split("\0") if item)
    assert {name: read[name] for name in hostile} == hostile
    assert "EVIL" not in read and not (tmp_path / "pwned").exists()


def test_a_hostile_domain_adds_no_line() -> None:
    for domain in (DomainAnswers("a.example\nEVIL=1"), DomainAnswers("a.example", extra_allowed=("b\n# x",))):
        with pytest.raises(CannotHold):
            env_files(arranged(Answers(domain=domain), ()))
