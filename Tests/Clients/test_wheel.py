"""Cellar's own wheel: made of the binary under test, installed by pip and uv, and served by Cellar itself."""

from __future__ import annotations

import email
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import requests
from packaging.metadata import Metadata

from support.cellar import BINARY, REPOSITORY, Cellar
from support.clients import Workbench
from support.old_clients import environment as old_environment
from support.released import as_released

pytestmark = pytest.mark.xdist_group("clients")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The binary under test as scripts/release-binary.sh leaves one."""
    return as_released(BINARY, tmp_path_factory.mktemp("release") / "cellar")


@pytest.fixture(scope="module")
def wheel(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_wheel(folder, tmp_path_factory.mktemp("wheel"), "0.1.0.dev2")


@pytest.fixture(scope="module")
def older_wheel(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_wheel(folder, tmp_path_factory.mktemp("older-wheel"), "0.1.0.dev1")


def made_wheel(folder: Path, output: Path, version: str) -> Path:
    command = [REPOSITORY / "scripts/make-wheel.py", folder, output, "--version", version]
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def test_the_wheel_is_described_in_full(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        text = archive.read("cellar_index-0.1.0.dev2.dist-info/METADATA")
        program = archive.getinfo("cellar_index-0.1.0.dev2.data/scripts/cellar")
        tag = email.message_from_bytes(archive.read("cellar_index-0.1.0.dev2.dist-info/WHEEL"))["Tag"]
    metadata = Metadata.from_email(text, validate=True)
    assert (metadata.name, str(metadata.version), metadata.metadata_version) == ("cellar-index", "0.1.0.dev2", "2.4")
    assert metadata.description == (REPOSITORY / "README.md").read_text()
    licences = {f"cellar_index-0.1.0.dev2.dist-info/licenses/{file}" for file in metadata.license_files or []}
    assert licences == {name for name in names if "/licenses/" in name}
    parts = {name.split("/")[3] for name in licences if "/licenses/licenses/" in name}
    assert parts >= {"icu", "libarchive", "libstdc++", "sqlite", "swift", "swift-crypto", "swift-nio-ssl", "zlib"}
    assert program.external_attr >> 16 == 0o100755
    assert wheel.name == f"cellar_index-0.1.0.dev2-{tag}.whl"


def test_the_same_commit_makes_the_same_wheel(folder: Path, wheel: Path, tmp_path: Path) -> None:
    (folder / "cellar").touch()
    assert made_wheel(folder, tmp_path, "0.1.0.dev2").read_bytes() == wheel.read_bytes()


def test_a_program_that_needs_other_libraries_is_not_manylinux(tmp_path: Path) -> None:
    shutil.copy("/usr/bin/openssl", tmp_path / "cellar")
    command = [REPOSITORY / "scripts/make-wheel.py", tmp_path, tmp_path, "--manylinux", "--version", "1"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and "it needs libssl.so" in refused.stderr


@pytest.mark.parametrize("client", ["pip", "pip-23.0.1", "uv"])
def test_clients_install_the_file(wheel: Path, workbench: Workbench, client: str) -> None:
    python = workbench.virtual_environment()
    if client == "uv":
        workbench.run("uv", "pip", "install", "--python", python, "--no-index", wheel)
    else:
        pip = ("pip",) if client == "pip" else (old_environment(client) / "bin/python", "-m", "pip")
        workbench.run(*pip, "--python", python, "install", "--no-index", wheel)
    said = workbench.run(python.parent / "cellar", "--version").stdout.splitlines()
    assert re.fullmatch(r"cellar 0\.1\.0( \([0-9a-f]{8}\))?", said[0])
    assert {line.split()[0] for line in said[1:]} >= {"SQLite", "libarchive", "zlib", "zstd"}


def test_cellar_serves_its_own_wheel(tmp_path: Path, wheel: Path, older_wheel: Path, workbench: Workbench) -> None:
    cellar = Cellar(tmp_path / "cellar")
    cellar.start()
    try:
        workbench.run("twine", "upload", "--repository-url", cellar.url("/main/"), older_wheel)
        python = workbench.virtual_environment()
        index = cellar.url("/main/simple/")
        install = ("pip", "--python", python, "install", "--pre", "--index-url", index, "cellar-index")
        workbench.run(*install)
        program = python.parent / "cellar"
        installed = Cellar(tmp_path / "installed", binary=program)
        installed.start()
        try:
            workbench.run("twine", "upload", "--repository-url", installed.url("/main/"), older_wheel)
            installed.stop()

            workbench.run("twine", "upload", "--repository-url", cellar.url("/main/"), wheel)
            workbench.run(*install, "--upgrade")
            assert "0.1.0.dev2" in workbench.run("pip", "--python", python, "show", "cellar-index").stdout
            installed.start()
            page = requests.get(installed.url("/main/simple/cellar-index/"), timeout=10).text
            assert older_wheel.name in page, "the upgraded program serves what the older one stored"
            installed.stop()
        finally:
            installed.kill()

        uvx = ("uv", "tool", "run", "--prerelease", "allow", "--index-url", index, "--from", "cellar-index==0.1.0.dev2")
        assert workbench.run(*uvx, "cellar", "--version").stdout.startswith("cellar 0.1.0")
        workbench.run("pip", "--python", python, "uninstall", "--yes", "cellar-index")
        assert not program.exists() and installed.stored_files(), "what was published stays"
    finally:
        cellar.stop()
