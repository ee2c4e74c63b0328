"""Something else in the place of each file that the product reads or writes: links, pipes, sockets, devices,
directories, files without rights, of another user, or too large to be read. Nothing hangs, nothing is written
through it.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.commands import LOOKING, Wrong, looked, started, what_is_wrong
from tests.hostile.made import HOST, answers_text, copied, make_session, records_of
from tests.unit.cli.console import run

ANY_CODE = range(256)
NOBODY = 65534
# Nothing keeps these from being exported there.
READY = "ubuntu-24.04-docker"
FEW = "apiVersion: cometchat-wizard/v1\nkind: Answers\nusage: {environment: testing}\n"
SECRET = "nobody may read this: zx81canary"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def _link(path: Path, there: Path) -> None:
    path.symlink_to(there)


def _hard_link(path: Path, there: Path) -> None:
    os.link(there, path)


def _link_to_nothing(path: Path, there: Path) -> None:
    path.symlink_to(there.parent / "made-through-the-link")


def _link_to_itself(path: Path, there: Path) -> None:
    path.symlink_to(path)


def _link_to_a_device(path: Path, there: Path) -> None:
    path.symlink_to("/dev/zero")


def _link_to_a_terminal(path: Path, there: Path) -> None:
    path.symlink_to("/dev/tty")


def _pipe(path: Path, there: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path, there: Path) -> None:
    # Its name may be longer than a socket's can be.
    before = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(before)


def _directory(path: Path, there: Path) -> None:
    path.mkdir()
    (path / "theirs").write_text("theirs\n")


def _empty(path: Path, there: Path) -> None:
    path.touch()


def _device(path: Path, there: Path) -> None:
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except OSError:
        pytest.skip("no devices can be made here")


def _large(path: Path, there: Path) -> None:
    """Three gigabytes of nothing, which take no room."""
    path.touch()
    os.truncate(path, 3 << 30)


def _unreadable(path: Path, there: Path) -> None:
    shutil.copyfile(there, path)
    path.chmod(0)


def _writable_by_all(path: Path, there: Path) -> None:
    shutil.copyfile(there, path)
    path.chmod(0o666)


def _of_another(path: Path, there: Path) -> None:
    shutil.copyfile(there, path)
    os.chown(path, NOBODY, NOBODY)


KINDS: dict[str, Callable[[Path, Path], None]] = {
    made.__name__.strip("_").replace("_", "-"): made
    for made in (
        _link,
        _hard_link,
        _link_to_nothing,
        _link_to_itself,
        _link_to_a_device,
        _link_to_a_terminal,
        _pipe,
        _socket,
        _directory,
        _empty,
        _device,
        _unreadable,
        _writable_by_all,
        _of_another,
    )
}
# What a session holds, each once; of several runs the last one.
PLACES = (
    "session.json",
    "session.json.bak",
    "seen.json",
    "lock",
    "moved.json",
    "takeover",
    "wizard.log",
    "runs",
)
IN_A_RUN = ("run.json", "plan.json", "journal.jsonl", "records.json", "log.txt", "request", "kept")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_session(tmp_path_factory.mktemp("odd"))


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Somebody else's file; it must stay as it is, and none is made beside it."""
    directory = tmp_path / "theirs"
    directory.mkdir()
    found = directory / "file"
    found.write_text(f"{SECRET}\n")
    return found


def _place(session: Path, name: str) -> Path:
    if name not in IN_A_RUN:
        return session / name
    latest = max((session / "runs").iterdir())
    return next(latest.glob("kept-*")) if name == "kept" else latest / name


def _swap(path: Path, kind: str, theirs: Path) -> None:
    """With its own content where that is what is odd about it."""
    content = path.read_bytes() if path.is_file() else b"{}\n"
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if kind in ("unreadable", "writable-by-all", "of-another"):
        source = theirs.parent.parent / "its-own"
        source.write_bytes(content)
        KINDS[kind](path, source)
    else:
        KINDS[kind](path, theirs)


def _need_untouched(theirs: Path, *said: str) -> None:
    assert theirs.read_text() == f"{SECRET}\n" and os.listdir(theirs.parent) == ["file"]
    assert not any(SECRET in text for text in said)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", (*PLACES, *IN_A_RUN))
def test_in_place_of_a_record(whole: Path, tmp_path: Path, theirs: Path, name: str, kind: str) -> None:
    """All that looks, then what would write: apply takes an answers file for the session and is told no."""
    if kind == "of-another" and os.geteuid() != 0:
        pytest.skip("only root can give files away")
    session = copied(whole, tmp_path / "session")
    _swap(_place(session, name), kind, theirs)
    wrong: list[Wrong] = []
    said = []
    for command in (("status", "--json"), ("check",), ("answers",), ("attach",), ("undo", "--all", "--json")):
        assert command in LOOKING
        ran, found = looked(
            [*command, "--session", str(session)],
            HOST,
            codes=ANY_CODE if command == ("attach",) else (0, 2, 3, 4, 6, 7),
        )
        said += [ran.out, ran.err] if ran else []
        wrong += found
    given = tmp_path / "answers.yaml"
    given.write_text(FEW)
    writing = ["apply", "--answers", str(given), "--session", str(session)]
    ran, found = looked(writing, HOST, str(session), typed="n\n", codes=(0, 2, 3, 6, 7, 10, 130))
    wrong += found
    assert not wrong, "\n".join(map(str, wrong))
    _need_untouched(theirs, *said, ran.out + ran.err if ran else "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "session.json",
        "seen.json",
        "lock",
        "run.json",
        "plan.json",
        "journal.jsonl",
        "records.json",
        "log.txt",
    ],
)
def test_a_record_of_three_gigabytes(whole: Path, tmp_path: Path, name: str) -> None:
    """The real command, with a gigabyte of memory: it says so, or does without, and soon."""
    session = copied(whole, tmp_path / "session")
    path = _place(session, name)
    path.unlink(missing_ok=True)
    _large(path, path)
    try:
        for command in (("status", "--json"), ("attach",)):
            done = started([*command, "--session", str(session)], seconds=60, memory_mib=1024)
            wrong = what_is_wrong(done.returncode, done.stdout, done.stderr, command, ANY_CODE)
            assert not wrong and done.returncode != 1, f"{command}: {wrong} {done.stderr}"
    finally:
        path.unlink()


@pytest.mark.parametrize("kind", [*KINDS, "large"])
def test_in_place_of_an_answers_file(
    tmp_path: Path, theirs: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator names it, so a link is followed; all else is a sentence, and what is in it is not told."""
    if kind == "of-another" and os.geteuid() != 0:
        pytest.skip("only root can give files away")
    # A pipe is given a minute, since somebody may be typing into it.
    monkeypatch.setattr("wizard.machine.given.PATIENCE_SECONDS", 1.0)
    path = tmp_path / "answers.yaml"
    if kind == "large":
        _large(path, path)
    else:
        path.write_text(answers_text())
        _swap(path, kind, theirs)
    wrong: list[Wrong] = []
    for argv in (["validate", str(path)], ["check", "--answers", str(path)], ["diff", str(path), str(path)]):
        ran, found = looked([*argv, "--session", str(tmp_path / "none")], HOST)
        wrong += found
        _need_untouched(theirs, ran.out + ran.err if ran else "")
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in ("unreadable", "writable-by-all", "of-another")]
)
@pytest.mark.parametrize("where", ["itself", "above", "deployment.yaml", "checks.json"])
def test_in_the_way_of_an_export(tmp_path: Path, theirs: Path, kind: str, where: str) -> None:
    """In place of the directory, of the one above it, and of what an earlier export wrote."""
    given = tmp_path / "answers.yaml"
    given.write_text(FEW)
    target = tmp_path / "above" / "out"
    argv = ["export", str(target), "--answers", str(given), "--session", str(tmp_path / "session")]
    target.parent.mkdir()
    if where in ("deployment.yaml", "checks.json"):
        run(*argv, host=READY)
        odd = target / where
    else:
        odd = target if where == "itself" else target.parent
    if odd.is_dir():
        shutil.rmtree(odd)
    else:
        odd.unlink(missing_ok=True)
    KINDS[kind](odd, theirs)
    if where == "above" and odd.is_symlink():
        # One on the way that is ours is followed by design.
        if os.geteuid() != 0:
            pytest.skip("only root can make a link of somebody else's")
        os.lchown(odd, NOBODY, NOBODY)
    kept = os.lstat(odd)
    ran, wrong = looked(argv, READY, str(tmp_path / "above"), str(tmp_path / "session"))
    assert not wrong, "\n".join(map(str, wrong))
    _need_untouched(theirs, ran.out + ran.err if ran else "")
    if (
        where != "deployment.yaml"
        and kind not in ("directory", "empty")
        and ran is not None
        and where != "checks.json"
    ):
        assert ran.code in (2, 7) and os.lstat(odd).st_ino == kept.st_ino, ran.err


def _nobodys(path: Path, mode: int = 0o755) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, NOBODY, NOBODY)
    path.chmod(mode)
    return path


@needs_root
@pytest.mark.parametrize(
    "who", ["the session", "a directory above it", "a run", "all may write there", "all may write above"]
)
def test_root_trusts_no_session_that_others_can_change(whole: Path, tmp_path: Path, who: str) -> None:
    """Its records would be what root plans and undoes by."""
    above = tmp_path / "above"
    above.mkdir()
    session = copied(whole, above / "session")
    if who == "the session":
        os.chown(session, NOBODY, NOBODY)
    elif who == "a directory above it":
        os.chown(above, NOBODY, NOBODY)
    elif who == "a run":
        os.chown(max((session / "runs").iterdir()), NOBODY, NOBODY)
    else:
        (session if who == "all may write there" else above).chmod(0o777)
    before = {path: os.lstat(path).st_mtime_ns for path in session.rglob("*")}
    ran, wrong = looked(["undo", "--all", "--session", str(session)], HOST, str(session), typed="n\n")
    assert not wrong and ran is not None
    assert ran.code == 7 and "Undo this now?" not in ran.err, ran.out + ran.err
    assert {path: os.lstat(path).st_mtime_ns for path in before} == before


@needs_root
@pytest.mark.parametrize("mode", [0o755, 0o777, 0o1777])
def test_root_exports_into_no_directory_of_another(tmp_path: Path, mode: int) -> None:
    """An empty one of nobody's: nobody could swap what is in it while it is written."""
    given = tmp_path / "answers.yaml"
    given.write_text(FEW)
    target = _nobodys(tmp_path / "theirs", mode)
    ran = run(
        "export", str(target), "--answers", str(given), "--session", str(tmp_path / "session"), host=READY
    )
    assert ran.code in (2, 7), ran.err
    assert os.listdir(target) == [] and os.lstat(target).st_uid == NOBODY


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_whatever_the_umask_nobody_else_can_write(tmp_path: Path, umask: int) -> None:
    """Sessions, exports and all that is made above them."""
    given = tmp_path / "answers.yaml"
    given.write_text(FEW)
    before = os.umask(umask)
    try:
        for argv in (
            [
                "export",
                str(tmp_path / "a" / "b" / "out"),
                "--answers",
                str(given),
                "--session",
                str(tmp_path / "s" / "t" / "session"),
            ],
            ["apply", "--answers", str(given), "--session", str(tmp_path / "s" / "t" / "session")],
        ):
            run(*argv, host=READY, typed="n\n")
    finally:
        os.umask(before)
    made = [
        path
        for root in ("a", "s")
        for path in (tmp_path / root, *(tmp_path / root).rglob("*"))
        if os.path.lexists(path)
    ]
    assert {"session.json", "out"} <= {path.name for path in made}
    for path in made:
        mode = stat.S_IMODE(os.lstat(path).st_mode)
        assert not mode & 0o022, f"{path}: {mode:o}"
        if "session" in path.parts or "out" in path.parts:
            assert not mode & 0o077, f"{path}: {mode:o}"


def test_what_is_swapped_is_what_a_session_holds(whole: Path) -> None:
    """A record that is new in the product belongs into the lists above."""
    names = {
        ("kept" if path.name.startswith("kept-") else path.name) for path in map(Path, records_of(whole))
    }
    assert names <= {*PLACES, *IN_A_RUN}, names
