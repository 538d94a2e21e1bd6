"""The version of the Debian package: whatever comes later sorts later."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.cellar import REPOSITORY


class Clone:
    """A repository with the script in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "scripts").mkdir(parents=True)
        shutil.copy(REPOSITORY / "scripts/debian-version.sh", folder / "scripts")
        self.git("init", "--quiet")
        self.git("add", ".")
        self.commit()

    def git(self, *arguments: str) -> None:
        identity = {f"GIT_{role}_{key}": "a@b" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        subprocess.run(["git", *arguments], cwd=self.folder, env={**os.environ, **identity}, check=True)

    def commit(self) -> None:
        self.git("commit", "--quiet", "--allow-empty", "--message", "One more")

    def version(self, program: str) -> str:
        command = [self.folder / "scripts/debian-version.sh", program]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def test_later_versions_sort_later(clone: Clone) -> None:
    versions = [clone.version("0.1.0")]

    def next_one(program: str, tag: str | None = None) -> str:
        clone.commit()
        if tag:
            clone.git("tag", tag)
        versions.append(clone.version(program))
        return versions[-1]

    assert re.fullmatch(r"0\.1\.0~dev1\.g[0-9a-f]{8}", versions[0])
    assert re.fullmatch(r"0\.1\.0~dev2\.g[0-9a-f]{8}", next_one("0.1.0"))
    for _ in range(9):
        next_one("0.1.0")
    assert next_one("0.1.0", "v0.1.0-rc1") == "0.1.0~rc1"
    assert re.fullmatch(r"0\.1\.0~rc1\+1\.g[0-9a-f]{8}", next_one("0.1.0"))
    assert next_one("0.1.0", "v0.1.0-rc2") == "0.1.0~rc2"
    assert next_one("0.1.0", "v0.1.0") == "0.1.0"
    assert re.fullmatch(r"0\.1\.0\+1\.g[0-9a-f]{8}", next_one("0.1.0"))
    clone.git("tag", "not-a-version")
    assert re.fullmatch(r"0\.1\.0\+2\.g[0-9a-f]{8}", next_one("0.1.0"))
    assert re.fullmatch(r"0\.2\.0~dev18\.g[0-9a-f]{8}", next_one("0.2.0"))
    assert next_one("0.2.0", "v0.2.0") == "0.2.0"
    for older, newer in itertools.pairwise(versions):
        command = ["dpkg", "--compare-versions", older, "lt", newer]
        assert subprocess.run(command, check=False).returncode == 0, (older, newer)


def test_changes_that_are_not_committed_are_named(clone: Clone) -> None:
    clone.git("tag", "v0.1.0")
    with (clone.folder / "scripts/debian-version.sh").open("a") as script:
        script.write("# changed\n")
    assert re.fullmatch(r"0\.1\.0\+0\.g[0-9a-f]{8}\.changed", clone.version("0.1.0"))
