"""Fixtures: the released program, and what is made of it in two versions."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from machine import Machine, extra_libraries
from support.cellar import REPOSITORY
from support.clients import Workbench
from support.released import as_released


@dataclass(frozen=True)
class Upgrade:
    """Two versions of one package, made of the same program."""

    older: Path
    newer: Path


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the program and its licences, as scripts/release-binary.sh leaves it: made of CELLAR_BINARY, or
    else built."""
    built = os.environ.get("CELLAR_BINARY")
    if not built:
        subprocess.run([REPOSITORY / "scripts/release-binary.sh"], check=True)
        return REPOSITORY / "dist/cellar"
    return as_released(Path(built), tmp_path_factory.mktemp("program") / "cellar")


def made_package(program: Path, output: Path, version: str) -> Path:
    command = [REPOSITORY / "scripts/make-debian-package.sh", program, output]
    debug = {"DEBUG_BUILD": "1"} if extra_libraries(program / "cellar") else {}
    environment = {**os.environ, "DEBIAN_VERSION": version, **debug}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def packages(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    """Debian packages."""
    output = tmp_path_factory.mktemp("packages")
    return Upgrade(made_package(program, output, "0.1.0~dev1"), made_package(program, output, "0.1.0~dev2"))


@pytest.fixture(scope="session")
def wheels(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    output = tmp_path_factory.mktemp("wheels")

    def made(version: str) -> Path:
        # pip takes a wheel that is not manylinux, too.
        command = [REPOSITORY / "scripts/make-wheel.py", program, output, "--version", version]
        return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())

    return Upgrade(made("0.1.0.dev1"), made("0.1.0.dev2"))


@pytest.fixture
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    """A clean machine, with the packages that the test's parameter names."""
    made = Machine(tmp_path, *getattr(request, "param", ()))
    yield made
    made.halt()
    shutil.rmtree(made.root)


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path / "home")
