"""The real PyPI: what teams install from it resolves, locks and installs through Cellar, and then from Cellar alone.

`CELLAR_TEST_PYPI` names another index that has the same files. Where none can be reached, nothing here is tested, and
`pytest -rs` says so.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from support.cellar import Cellar
from support.clients import Workbench
from support.corpus import installable_here
from support.installing import CLIENTS, Installed
from support.recorder import Recorder
from support.simple import JSON

URL = os.environ.get("CELLAR_TEST_PYPI", "https://pypi.org/simple/")

pytestmark = [
    pytest.mark.xdist_group("pypi"),
    pytest.mark.skipif(not installable_here(), reason="the pins are for CPython 3.11 on x86-64"),
]

# One project with both: what a user of pypicloud runs, most of it old and some of it sdists that are built, and what a
# data team installs, which is large.
REQUIREMENTS = ["pypicloud[server]==1.1.7", "numpy==2.2.6", "pandas==2.2.3", "scipy==1.15.3", "matplotlib==3.10.3"]
# Resolving takes all but uv minutes: they do it in `make soak`.
EVERY_CLIENT = bool(os.environ.get("CELLAR_EVERY_CLIENT"))


@pytest.fixture(scope="module")
def behind_pypi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    """A server whose only settings are those that everybody starts with."""
    try:
        requests.get(URL.rstrip("/") + "/six/", timeout=20).raise_for_status()
    except requests.RequestException as error:
        pytest.skip(f"NOTHING WAS INSTALLED FROM PYPI: {URL} cannot be reached: {error}")
    cellar = Cellar(tmp_path_factory.mktemp("pypi"), sections(URL))
    cellar.start()
    yield cellar
    cellar.stop()


def sections(url: str) -> dict[str, dict[str, object]]:
    return {"index.main": {"upstreams": ["pypi"]}, "upstream.pypi": {"url": url}}


@pytest.mark.parametrize("client", CLIENTS)
def test_it_installs_and_then_again_without_pypi(
    behind_pypi: Cellar, workbench: Workbench, tmp_path: Path, client: str
) -> None:
    skip_unless_asked(client)
    index = behind_pypi.url("/main/simple/")
    first = CLIENTS[client](workbench, index, REQUIREMENTS)
    before = installed_files(first)
    assert len(before) > 5000
    with cut_off(behind_pypi):
        again = CLIENTS[client](Workbench(tmp_path / "again"), index, REQUIREMENTS)
    assert installed_files(again) == before
    assert again.digests() == first.digests()


def skip_unless_asked(client: str) -> None:
    if client != "uv" and not EVERY_CLIENT:
        pytest.skip("NOT TESTED without CELLAR_EVERY_CLIENT=1: it takes minutes")


@contextmanager
def cut_off(cellar: Cellar) -> Iterator[None]:
    """The upstream's address becomes one where nobody listens, and the server is started with that."""
    cellar.stop()
    cellar.configure(sections("http://127.0.0.1:9/simple/"))
    cellar.start()
    try:
        yield
    finally:
        cellar.stop()
        cellar.configure(sections(URL))
        cellar.start()


def installed_files(installed: Installed) -> dict[str, bytes]:
    """What was installed, byte for byte; not what was compiled or written for the place where it lies."""
    folder = next(installed.environment.glob("lib/*/site-packages"))
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix not in (".pyc", ".virtualenv", ".pth")
        and not (path.parent.name.endswith(".dist-info") and path.name in ("RECORD", "INSTALLER", "direct_url.json"))
        and path.name not in ("REQUESTED", "uv_cache.json", "_virtualenv.py")
    }


# Wheels with symbolic links, and with the `.dist-info` of another version beside their own, which installers refuse.
ODD_WHEELS = [
    "nodejs_bin-18.4.0a4-py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.whl", "wcwidth-0.2.1-py2.py3-none-any.whl",
]  # fmt: skip


@pytest.mark.parametrize("filename", ODD_WHEELS)
def test_an_odd_wheel_is_resolved_at_the_first_try(behind_pypi: Cellar, workbench: Workbench, filename: str) -> None:
    """What a page advertises is there: clients end at core metadata that answer 404."""
    name, version = filename.split("-")[:2]
    project = name.replace("_", "-")
    (workbench.project / "wanted.in").write_text(f"{project}=={version}\n")
    compile = ("uv", "pip", "compile", "--no-header", "--no-cache", "--only-binary", ":all:", "wanted.in")
    done = workbench.run(*compile, environment={"UV_INDEX_URL": behind_pypi.url("/main/simple/")})
    assert f"{project}=={version}" in done.stdout

    page = behind_pypi.url(f"/main/simple/{project}/")
    listed = requests.get(page, headers={"Accept": JSON}, timeout=60).json()["files"]
    file = next(file for file in listed if file["filename"] == filename)
    assert file["core-metadata"]
    address = urljoin(page, file["url"])
    assert_metadata(address, project, version)
    assert hashlib.sha256(requests.get(address, timeout=300).content).hexdigest() == file["hashes"]["sha256"]
    assert_metadata(address, project, version)


def assert_metadata(address: str, project: str, version: str) -> None:
    answer = requests.get(f"{address}.metadata", timeout=60)
    assert answer.status_code == 200
    assert {f"Name: {project}", f"Version: {version}"} <= set(answer.text.splitlines())


def test_a_wheel_with_symbolic_links_is_installed(behind_pypi: Cellar, workbench: Workbench) -> None:
    python = workbench.virtual_environment()
    index = behind_pypi.url("/main/simple/")
    workbench.run("uv", "pip", "install", "--python", python, "--index-url", index, "nodejs-bin==18.4.0a4")
    assert list(python.parents[1].glob("lib/*/site-packages/nodejs/bin/node"))


AIRFLOW = "apache-airflow==3.1.0"
# How each client resolves without installing, in a project that asks for airflow.
RESOLVERS = {
    "uv": ["uv", "pip", "compile", "--no-header", "--no-cache", "--only-binary", ":all:", "wanted.in"],
    "pip": ["pip", "lock", "--only-binary", ":all:", "--no-cache-dir", "--output", "-", "-r", "wanted.in"],
    "poetry": ["poetry", "lock"],
    "pdm": ["pdm", "lock"],
}


@pytest.mark.parametrize("client", RESOLVERS)
def test_airflow_is_resolved(behind_pypi: Cellar, tmp_path: Path, client: str) -> None:
    """Over a hundred projects, without a wheel being fetched; and without PyPI to the same outcome."""
    skip_unless_asked(client)
    first = resolved(behind_pypi, Workbench(tmp_path / "first"), client)
    assert len(re.findall(r"==|^name = ", first, re.MULTILINE)) > 100
    with cut_off(behind_pypi):
        assert resolved(behind_pypi, Workbench(tmp_path / "again"), client) == first


def resolved(cellar: Cellar, workbench: Workbench, client: str) -> str:
    with Recorder(cellar.port) as recorder:
        index = recorder.url("/main/simple/")
        (workbench.project / "wanted.in").write_text(f"{AIRFLOW}\n")
        (workbench.project / "pyproject.toml").write_text(
            f'[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.11,<3.12"\n'
            f'dependencies = ["{AIRFLOW}"]\n\n[tool.poetry]\npackage-mode = false\n\n'
            f'[[tool.poetry.source]]\nname = "cellar"\nurl = "{index}"\npriority = "primary"\n\n'
            f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{index}"\n\n[tool.pdm]\ndistribution = false\n'
        )
        environment = {"PIP_INDEX_URL": index, "UV_INDEX_URL": index}
        done = workbench.run(*RESOLVERS[client], environment=environment, timeout=850)
        if client in ("uv", "pip"):
            assert recorder.paths(".whl") == []
        lock = workbench.project / f"{client}.lock"
        told = lock.read_text() if lock.exists() and client != "uv" else done.stdout
        # The digest of the project's own file, in which the recorder's port stands.
        return re.sub(r"content.hash = .*", "", told.replace(recorder.url(""), ""))
