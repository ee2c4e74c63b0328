"""Labs for tests: one room for each worker, hosts as a test asks for them, gone with the test."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.install.site import filled_wheelhouse, shared
from tests.lab.building import Roots, roots
from tests.lab.host import Host, Made
from tests.lab.kinds import UBUNTU
from tests.lab.lab import Lab
from tests.lab.places import missing
from tests.lab.room import is_owned, said, standing, take_down

HERE = Path(__file__).parent


class MakeHost(Protocol):
    """made: the kind. installed: the wizard is there already, put there by its own install.sh. name: its host name."""

    def __call__(self, made: Made = UBUNTU, *, installed: bool = True, name: str | None = None) -> Host: ...


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # An hour's work: only where it is asked for by name.
    if "kill_matrix" not in config.getoption("markexpr"):
        left_out = [item for item in items if item.get_closest_marker("kill_matrix")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.lab)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def lab_roots() -> Roots:
    """The cached roots. On CI a machine that can't have a lab fails; elsewhere the test is skipped with the reason."""
    why = missing()
    if why is not None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no lab here: {why}")
    return roots(lambda _: None)


@pytest.fixture(scope="session")
def lab(lab_roots: Roots) -> Iterator[Lab]:
    for directory, lease in standing():
        if not is_owned(lease) and not lease.get("stays"):
            take_down(directory, lease)
    made = Lab(lab_roots)
    yield made
    made.close()


@pytest.fixture(scope="session")
def lab_wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Filled by install.sh on this machine, as the README says for hosts without a network."""
    return filled_wheelhouse(tmp_path_factory)


@pytest.fixture(scope="session")
def lab_installed(lab: Lab, lab_wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What install.sh changes on a bare host, as a layer: the hosts of most tests start with it."""

    def make(target: Path) -> None:
        host = lab.host(UBUNTU)
        put_release(host, lab_wheelhouse)
        host.run("cd /root/release && ./install.sh --wheelhouse /root/wheels --install-only")
        host.run("rm -rf /root/release /root/wheels")
        layer = target / "layer"
        layer.mkdir()
        parts = ("opt/cometchat-wizard", "usr/local/bin")
        said(["tar", "-C", str(host.inside("/")), "-cf", str(target / "layer.tar"), *parts])
        said(["tar", "-C", str(layer), "-xf", str(target / "layer.tar")])
        lab.hosts.remove(host)
        host.stop()

    return shared(tmp_path_factory, "lab-installed", make) / "layer"


def put_release(host: Host, wheelhouse: Path) -> None:
    """The release in /root/release and its wheels in /root/wheels, as an operator copies them there."""
    checkout = wheelhouse.parent / "checkout"
    host.put(checkout, "/root/release")
    host.put(wheelhouse, "/root/wheels")


@pytest.fixture
def make_host(lab: Lab, lab_installed: Path) -> Iterator[MakeHost]:
    """Brings up hosts; after a failed test what they logged stands in the report."""
    made_here: list[Host] = []

    def make(made: Made = UBUNTU, *, installed: bool = True, name: str | None = None) -> Host:
        host = lab.host(made, *([lab_installed] if installed else []), name=name)
        made_here.append(host)
        return host

    yield make
    for host in made_here:
        lab.hosts.remove(host)
        host.stop()


@pytest.fixture
def tell(capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print what was measured, whatever pytest captures and on whichever worker it is."""

    def say(words: str) -> None:
        with capfd.disabled():
            print(f"\n{words}", file=sys.stderr, flush=True)

    return say


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    if report.when == "call" and report.failed:
        lab: Lab | None = getattr(item, "funcargs", {}).get("lab")
        for host in lab.hosts if lab else []:
            report.sections.append((f"{host.name} ({host.made.kind})", host.logs()))
    return report
