"""Who can change what lies at a path, on real files with real owners."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from wizard.machine.owned import tree_weak_spot, weak_spot

OTHER = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
OURS = frozenset({0, os.geteuid()})


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that only we can change; below the sticky /tmp, as any of pytest's files."""
    directory = tmp_path / "bin"
    directory.mkdir(mode=0o755)
    path = directory / "git"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_what_only_we_can_change_has_no_weak_spot(program: Path) -> None:
    assert weak_spot(str(program), OURS) == weak_spot(str(program.parent), OURS, holds_programs=True) == ""
    assert tree_weak_spot(str(program.parent), OURS) == ""
    assert weak_spot("/bin/sh", OURS) == weak_spot("/usr/bin", OURS, holds_programs=True) == ""


@pytest.mark.parametrize("mode", [0o757, 0o777, 0o666])
def test_a_file_that_everybody_can_write(program: Path, mode: int) -> None:
    program.chmod(mode)
    assert weak_spot(str(program), OURS) == f"{program} can be written by every user"
    assert tree_weak_spot(str(program.parent), OURS) == f"{program} can be written by every user"


def test_a_directory_on_the_way_that_everybody_can_write(program: Path) -> None:
    program.parent.chmod(0o777)
    assert weak_spot(str(program), OURS) == f"{program.parent} can be written by every user"


def test_a_sticky_directory_keeps_what_is_in_it_but_holds_no_programs_and_nothing_that_is_missing() -> None:
    assert weak_spot("/tmp", OURS) == ""
    assert weak_spot("/tmp", OURS, holds_programs=True) == "/tmp can be written by every user"
    assert "others could make it" in weak_spot("/tmp/nobody-made-this/bin", OURS)
    assert weak_spot("/usr/nobody-made-this/bin", OURS) == ""


@needs_root
def test_another_s_file_directory_link_and_target(program: Path, tmp_path: Path) -> None:
    os.chown(program, OTHER, OTHER)
    assert "belongs to the user nobody" in weak_spot(str(program))
    assert "belongs to the user nobody" in tree_weak_spot(str(program.parent))
    assert weak_spot(str(program), frozenset({0, OTHER})) == ""
    link = tmp_path / "link"
    link.symlink_to(program)
    assert weak_spot(str(link)).startswith(f"{program} belongs to")
    os.chown(program, 0, 0)
    assert weak_spot(str(link)) == ""
    os.chown(link, OTHER, OTHER, follow_symlinks=False)
    assert weak_spot(str(link)).startswith(f"{link} belongs to")
    os.chown(program.parent, OTHER, OTHER)
    assert weak_spot(str(program)).startswith(f"{program.parent} belongs to")


def test_links_are_followed_also_relative_ones_and_directories(program: Path, tmp_path: Path) -> None:
    (tmp_path / "to-bin").symlink_to("bin")
    (tmp_path / "far").mkdir()
    (tmp_path / "far/back").symlink_to("../to-bin/../bin/git")
    assert weak_spot(str(tmp_path / "to-bin/git"), OURS) == weak_spot(str(tmp_path / "far/back"), OURS) == ""
    program.chmod(0o777)
    for path in (tmp_path / "to-bin/git", tmp_path / "far/back"):
        assert weak_spot(str(path), OURS) == f"{program} can be written by every user"
    (tmp_path / "round").symlink_to("round")
    assert "loop" in weak_spot(str(tmp_path / "round"), OURS)
    assert "from the root" in weak_spot("bin/git", OURS)


@needs_root
def test_a_group_counts_by_its_members(program: Path) -> None:
    """Debian's /usr/local may be root:staff 2775: nobody is in staff."""
    program.parent.chmod(0o2775)
    for group in (0, empty_group()):
        os.chown(program.parent, 0, group)
        assert weak_spot(str(program.parent), holds_programs=True) == "", group
    os.chown(program.parent, 0, 65534)  # nogroup is the primary group of nobody
    assert "can be written by the group nogroup" in weak_spot(str(program))
    os.chown(program.parent, 0, 60123)
    assert "the group number 60123" in weak_spot(str(program)), "whoever gets that number could"


@needs_root
def test_an_access_control_list_counts_as_what_it_may_allow(program: Path) -> None:
    entries = (
        (1, 7, 0xFFFFFFFF),
        (2, 7, OTHER),
        (4, 5, 0xFFFFFFFF),
        (16, 7, 0xFFFFFFFF),
        (32, 5, 0xFFFFFFFF),
    )
    packed = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(program.parent, "system.posix_acl_access", packed)
    except OSError as error:
        pytest.skip(f"no access control lists on this file system: {error}")
    assert "can be written by the group root" in weak_spot(str(program))


def empty_group() -> int:
    import grp
    import pwd

    primary = {user.pw_gid for user in pwd.getpwall()}
    return next(group.gr_gid for group in grp.getgrall() if not group.gr_mem and group.gr_gid not in primary)
