from __future__ import annotations

import base64
import os
import shutil
import subprocess

import pytest

from tests.unit.planning.made import CATALOGUE, ROOT, host, planned, writes

KEYS = {"apt": ("docker-apt.asc", "ubuntu-24.04"), "dnf": ("docker-rpm.asc", "rhel-9")}


def test_the_catalogue_says_what_it_is():
    assert CATALOGUE["about"].keys() == {"what", "source", "date", "read_by"}


@pytest.mark.parametrize("family", KEYS)
def test_the_key_that_is_written_is_the_asset_byte_for_byte(family):
    name, system = KEYS[family]
    written = writes(planned(host(system)), "docker-repository")[CATALOGUE["keys"][family]["path"]]
    assert written == (ROOT / "assets" / name).read_text()


@pytest.mark.parametrize("family", KEYS)
def test_a_keys_own_checksum_holds(family):
    """OpenPGP's CRC-24 (RFC 4880, 6.1), which ends the armor."""
    body = CATALOGUE["keys"][family]["armor"]
    assert body[0] == "-----BEGIN PGP PUBLIC KEY BLOCK-----"
    checksum = 0xB704CE
    for byte in base64.b64decode("".join(body[2:-2]), validate=True):
        checksum ^= byte << 16
        for _bit in range(8):
            checksum = checksum << 1 ^ (0x1864CFB if checksum & 0x800000 else 0)
    assert body[-2] == "=" + base64.b64encode(checksum.to_bytes(3, "big")).decode()


@pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg")
@pytest.mark.parametrize("family", KEYS)
def test_the_real_gpg_finds_dockers_fingerprint_and_good_self_signatures(family, tmp_path):
    tmp_path.chmod(0o700)
    gpg = ["gpg", "--homedir", str(tmp_path), "--batch", "--no-autostart", "--quiet", "--with-colons"]
    armor = "\n".join(CATALOGUE["keys"][family]["armor"]) + "\n"
    subprocess.run([*gpg, "--import"], input=armor, text=True, check=True, capture_output=True, timeout=60)
    said = subprocess.run(
        [*gpg, "--check-sigs"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    fields = [line.split(":") for line in said.splitlines()]
    primary = [line for line in fields if line[0] == "pub"]
    assert len(primary) == 1
    assert next(line[9] for line in fields if line[0] == "fpr") == CATALOGUE["keys"][family]["fingerprint"]
    signatures = [line[1] for line in fields if line[0] == "sig"]
    assert signatures
    assert set(signatures) == {"!"}


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="needs apt")
@pytest.mark.parametrize("system", ["ubuntu-20.04", "ubuntu-22.04", "ubuntu-24.04", "debian-12"])
def test_the_real_apt_reads_the_repository(system, tmp_path):
    files = writes(planned(host(system)), "docker-repository")
    (tmp_path / "docker.list").write_text(files["/etc/apt/sources.list.d/docker.list"])
    options = [
        f"Dir::Etc::sourcelist={tmp_path}/docker.list",
        "Dir::Etc::sourceparts=-",
        f"Dir::State::lists={tmp_path}",
        f"Dir::Cache={tmp_path}",
    ]
    said = subprocess.run(
        ["apt-get", *(word for option in options for word in ("-o", option)), "update", "--print-uris"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert (said.returncode, said.stderr) == (0, "")
    address, codename, _component = files["/etc/apt/sources.list.d/docker.list"].partition("] ")[2].split()
    assert f"'{address}/dists/{codename}/InRelease'" in said.stdout
