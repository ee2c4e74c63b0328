from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.arrange.test_hosts import DOMAINS
from tests.unit.render.samples import SERVICES, arranged
from wizard.model.answers import Answers, DomainAnswers, TlsAnswers
from wizard.model.formats import nginx
from wizard.model.formats.text import CannotHold, FileText
from wizard.render.nginx import nginx_files

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
UPSTREAMS = [server["upstream"] for file in SERVICES["nginx"]["files"] for server in file["servers"]]
real_nginx = pytest.mark.skipif(
    NGINX is None or shutil.which("openssl") is None, reason="nginx or openssl is not installed here"
)


def files(domain: DomainAnswers, tls: TlsAnswers = TlsAnswers()) -> dict[str, FileText]:  # noqa: B008 - frozen
    return nginx_files(arranged(Answers(domain=domain, tls=tls), ()))


def nginx_t(directory: Path, contents: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`nginx -t` over all files together, with the upstreams that the vendor's files would define."""
    upstreams = "".join(f"upstream {name} {{ server 127.0.0.1:9; }}\n" for name in UPSTREAMS)
    (directory / "conf").mkdir(exist_ok=True)
    for path, text in contents.items():
        (directory / "conf" / Path(path).name).write_text(text)
    (directory / "nginx.conf").write_text(
        f"pid {directory}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n"
        + "".join(
            f"{kind}_temp_path {directory}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + f"{upstreams}include {directory}/conf/*.conf;\n}}\n"
    )
    assert NGINX is not None
    command = [NGINX, "-t", "-p", str(directory), "-c", str(directory / "nginx.conf")]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> TlsAnswers:
    directory = tmp_path_factory.mktemp("tls with space")
    crt, key = directory / "a.crt", directory / "a.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "2",
         "-keyout", str(key), "-out", str(crt)],
        check=True, capture_output=True,
    )  # fmt: skip
    return TlsAnswers(str(crt), str(key))


@real_nginx
def test_nginx_takes_all_files_together(tmp_path: Path, certificate: TlsAnswers) -> None:
    done = nginx_t(tmp_path, files(DomainAnswers("chat.example.com"), certificate))
    assert done.returncode == 0, done.stderr
    assert "conflicting server name" not in done.stderr


@pytest.mark.parametrize("hostile", ["a; } evil {", "~.*", "a\nb", 'a"b', "$host", "a{b", "ünï.example"])
def test_what_is_no_name_is_no_server(hostile: str) -> None:
    with pytest.raises(CannotHold):
        files(DomainAnswers("a.example", {"dashboard": hostile}))


def test_a_path_that_nginx_has_no_way_to_write_is_left_to_the_operator() -> None:
    text = files(DomainAnswers("c.example"), TlsAnswers("/etc/ssl/$host.pem", "/etc/ssl/c.key"))[
        "nginx/websocket.conf"
    ]
    assert "a $ in one always starts a variable" in text and "$host.pem" not in text
    assert "ssl_certificate_key /etc/ssl/c.key" not in text, "half a pair would be another certificate's key"


@real_nginx
def test_services_that_share_a_name_make_no_second_block(tmp_path: Path, certificate: TlsAnswers) -> None:
    contents = files(
        DomainAnswers("c.example", {"dashboard": "c.example", "webhooks": "api.c.example"}), certificate
    )
    assert "c.example is served by dashboard.conf already" in contents["nginx/extensions.conf"]
    assert "api.c.example is served by chatapi.conf already" in contents["nginx/globalwebhooks.conf"]
    done = nginx_t(tmp_path, contents)
    assert done.returncode == 0 and "conflicting server name" not in done.stderr, done.stderr


def test_every_server_is_strict_about_tls() -> None:
    for path, text in files(DomainAnswers("c.example")).items():
        tls = [block for block in text.split("\nserver {") if "listen 443 ssl" in block]
        assert tls, path
        for block in tls:
            assert "ssl_protocols TLSv1.2 TLSv1.3;" in block
            assert "ssl_session_tickets off;" in block
            assert "Strict-Transport-Security" in block and "limit_req zone=" in block
            ciphers = re.search(r"ssl_ciphers (\S+);", block)
            assert ciphers and all(name.startswith("ECDHE-") for name in ciphers[1].split(":"))


@given(DOMAINS)
def test_names_agree_with_the_table_and_80_only_redirects(domain: DomainAnswers) -> None:
    deployment = arranged(Answers(domain=domain), ())
    text = "\n".join(nginx_files(deployment).values())
    served = re.findall(r"listen 443 ssl http2;\n    server_name (\S+);", text)
    public = [host.host for host in deployment.hosts if host.public]
    assert sorted(served) == sorted({*public, domain.primary or ""})  # one block for a name
    for block in re.findall(r"listen 80;\n(.*?)\n}", text, re.S):
        name = re.search(r"server_name (\S+);", block)
        assert name and block.endswith(f"return 301 https://{name[1]}$request_uri;")
    tidb = next(host.host for host in deployment.hosts if host.key == "tidb")
    assert tidb not in served or tidb in public


def test_what_is_unknown_is_said() -> None:
    text = files(DomainAnswers("c.example"))["nginx/websocket.conf"]
    assert "which we have never seen" in text and "upstream websocket { server SERVICE:PORT; }" in text
    assert "Certificate and key were left for later" in text
    assert "proxy_set_header Upgrade $http_upgrade;" in text
    assert (
        "left for later"
        not in files(DomainAnswers("c.example"), TlsAnswers("/c", "/k"))["nginx/websocket.conf"]
    )


@given(st.text(max_size=60))
def test_no_value_ends_its_directive(text: str) -> None:
    try:
        value = nginx.value(text)
    except CannotHold:
        assert not text.isprintable() or "$" in text or text.startswith(("~", "*"))
        return
    assert "$" not in value and "\n" not in value
    if value.startswith('"'):
        assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', value)
    else:
        assert re.fullmatch(r"[A-Za-z0-9_.,:/@%+-]+", value)
