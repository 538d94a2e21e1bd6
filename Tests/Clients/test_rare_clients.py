"""Clients that few use, or in versions that few have any more: they install and publish as the others do.

They take minutes, so they run in `make soak`. Left out: bandersnatch, whose 6.8.0 reads the lists and the JSON of
projects over HTTPS, and then ends with "Got invalid download URL" for any file whose path does not begin with
`/packages`, as Cellar's do not; PDM 2.15, which newer libraries break. easy_install, buildout and pex install wheels
alone, since they would fetch build tools for an sdist; easy_install and buildout 3 found nothing for a name with a dot.
pipenv 2022 asks for JSON; made to read HTML it installs no `Matrix.App`, since its pip 22.3 compares the name inside
of core metadata with the requested one letter for letter, and pipenv asks for `matrix.app` ("has inconsistent Name:
expected 'matrix.app', but metadata has 'Matrix.App'").
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from support import matrix
from support.cellar import PASSWORD, USER, Cellar
from support.clients import Workbench
from support.distributions import Distribution, wheel
from support.old_clients import pip, rare, rare_python
from support.ports import HeldPort
from support.recorder import Recorder
from support.simple import JSON, Index
from support.upload import publish
from support.waiting import eventually

pytestmark = [
    pytest.mark.xdist_group("rare-clients"),
    pytest.mark.skipif(
        not os.environ.get("CELLAR_EVERY_CLIENT"), reason="NOT TESTED without CELLAR_EVERY_CLIENT=1: it takes minutes"
    ),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path_factory.mktemp("rare-clients"), {"index.main": {}, "index.uploads": {}})
    cellar.start()
    for file in matrix.PUBLISHED:
        answer = publish(cellar, file)
        assert answer.status_code == 200, f"{file.filename}: {answer.text}"
    yield cellar
    cellar.stop()


def easy_install(workbench: Workbench, client: str, index: str) -> Path:
    return _eggs(
        workbench, client,
        "from setuptools import setup\n"
        f"setup(script_args=['easy_install', '--index-url', {index!r}, '--install-dir', 'eggs', 'matrix-lib==1.0'])\n",
    )  # fmt: skip


def buildout(workbench: Workbench, client: str, index: str) -> Path:
    """By the part of buildout that installs; a recipe would have to be fetched itself."""
    return _eggs(
        workbench, client,
        f"from zc.buildout.easy_install import install\ninstall(['matrix-lib==1.0'], 'eggs', index={index!r})\n",
    )  # fmt: skip


def _eggs(workbench: Workbench, client: str, program: str) -> Path:
    eggs = workbench.project / "eggs"
    eggs.mkdir()
    workbench.run(rare_python(client), "-c", program, environment={"PYTHONPATH": str(eggs)})
    return eggs


def pipenv(
    workbench: Workbench, client: str, index: str, projects: Sequence[str] = ("Matrix.App", "matrix-source")
) -> Path:
    wanted = "".join(f'"{project}" = "*"\n' for project in projects)
    (workbench.project / "Pipfile").write_text(
        f'[[source]]\nurl = "{index}"\nverify_ssl = true\nname = "cellar"\n\n[packages]\n{wanted}'
    )
    workbench.run(rare(client), "install")
    return next((workbench.project / ".venv").glob("lib/python*/site-packages"))


def pdm(workbench: Workbench, client: str, index: str) -> Path:
    (workbench.project / "pyproject.toml").write_text(
        '[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.11,<3.12"\n'
        'dependencies = ["Matrix.App", "matrix-source"]\n\n'
        f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{index}"\nverify_ssl = true\n'
    )
    workbench.run(rare(client), "lock")
    workbench.run(rare(client), "sync", "--no-self")
    return next((workbench.project / ".venv").glob("lib/python*/site-packages"))


def pip_compile(workbench: Workbench, client: str, index: str) -> Path:
    """Compiles, and lets pip install what was pinned."""
    (workbench.project / "wanted.in").write_text("Matrix.App\nmatrix-source\n")
    workbench.run(rare(client, "pip-compile"), "--index-url", index, "--output-file", "pinned.txt", "wanted.in")
    pinned = [line for line in (workbench.project / "pinned.txt").read_text().splitlines() if "==" in line]
    return pip(workbench, "pip", index, [line.partition(" ")[0] for line in pinned if not line.startswith("#")])


def shiv(workbench: Workbench, client: str, index: str) -> Path:
    built = workbench.project / "app.pyz"
    workbench.run(rare(client), "--index-url", index, "--output-file", built, "Matrix.App", "matrix-source")
    target = workbench.home / "unpacked"
    workbench.run("python", "-m", "zipfile", "-e", built, target)
    return target / "site-packages"


Installs = Callable[[Workbench, str, str], Path]
EGGS: dict[str, Installs] = {
    "setuptools-57.5.0": easy_install, "zc.buildout-3.3": buildout, "zc.buildout-4.2.0": buildout,
    "zc.buildout-5.2.0": buildout, "zc.buildout-6.0.1": buildout,
}  # fmt: skip
INSTALLING: dict[str, Installs] = {
    "pipenv-2022.12.19": pipenv, "pipenv-2023.12.1": pipenv, "pdm-2.4.9": pdm,
    "pip-tools-6.14.0": pip_compile, "pip-tools-7.6.2": pip_compile, "shiv-1.0.8": shiv,
}  # fmt: skip


NO_HTML = ("pipenv-2022.12.19", "HTML")


@pytest.mark.parametrize("client", EGGS)
def test_it_installs_eggs(filled: Cellar, workbench: Workbench, client: str) -> None:
    with Recorder(filled.port) as recorder:
        folder = EGGS[client](workbench, client, recorder.url("/main/simple/"))
    matrix.assert_installed(folder, [matrix.LIBRARY])
    assert recorder.page_types() <= {"text/html", JSON}


@pytest.mark.parametrize(
    ("client", "form"),
    [(client, form) for client in INSTALLING for form in ("JSON", "HTML") if (client, form) != NO_HTML],
)
def test_it_installs(filled: Cellar, workbench: Workbench, client: str, form: str) -> None:
    with Recorder(filled.port, accept="text/html" if form == "HTML" else None) as recorder:
        folder = INSTALLING[client](workbench, client, recorder.url("/main/simple/"))
    matrix.assert_installed(folder, [matrix.APP, matrix.LIBRARY, matrix.SOURCE])
    # pipenv reads some pages as HTML of its own accord.
    assert (JSON if form == "JSON" else "text/html") in recorder.page_types()


def test_pipenv_2022_installs_from_html(filled: Cellar, workbench: Workbench) -> None:
    with Recorder(filled.port, accept="text/html") as recorder:
        folder = pipenv(workbench, NO_HTML[0], recorder.url("/main/simple/"), ["matrix-source"])
    matrix.assert_installed(folder, [matrix.LIBRARY, matrix.SOURCE])
    assert recorder.page_types() == {"text/html"}


def test_pex_builds_from_wheels(filled: Cellar, workbench: Workbench) -> None:
    """Its own old pip would fetch build tools for an sdist."""
    built, settings = workbench.project / "app.pex", {"PEX_ROOT": str(workbench.home / "pex")}
    with Recorder(filled.port) as recorder:
        options = ("--no-pypi", "--index-url", recorder.url("/main/simple/"), "--output-file", built)
        workbench.run(rare("pex-2.105.2"), *options, "Matrix.App", environment=settings)
    assert recorder.page_types() == {"text/html"}
    done = workbench.run(built, "-c", "import matrix_lib; print(matrix_lib.version)", environment=settings)
    assert done.stdout.strip() == "1.0"


def twine(workbench: Workbench, client: str, index: str, path: Path) -> None:
    workbench.run(rare(client), "upload", "--repository-url", index, path)


def hatch(workbench: Workbench, client: str, index: str, path: Path) -> None:
    login = ("--user", USER, "--auth", PASSWORD)
    workbench.run(rare(client), "--no-interactive", "publish", "--repo", index, *login, path)


def pdm_publish(workbench: Workbench, client: str, index: str, path: Path) -> None:
    (workbench.project / "pyproject.toml").write_text('[project]\nname = "any"\nversion = "1"\n')
    login = ("--username", USER, "--password", PASSWORD)
    workbench.run(rare(client), "publish", "--no-build", "--repository", index, *login)


PUBLISHING = {"twine-1.15.0": twine, "hatch-1.9.7": hatch, "pdm-2.4.9": pdm_publish}


@pytest.mark.parametrize("client", PUBLISHING)
def test_it_publishes(filled: Cellar, workbench: Workbench, client: str) -> None:
    name, _, version = client.rpartition("-")
    file = wheel(f"published-by-rare-{name}", version)
    path = workbench.project / "dist" / file.filename
    path.parent.mkdir()
    path.write_bytes(file.content)
    PUBLISHING[client](workbench, client, filled.url("/uploads/"), path)
    assert_served(filled, file)


def test_flit_publishes(filled: Cellar, workbench: Workbench) -> None:
    (workbench.project / "rare_flit.py").write_text('"""Made by flit."""\n__version__ = "3.9"\n')
    (workbench.project / "pyproject.toml").write_text(
        '[project]\nname = "rare_flit"\nversion = "3.9"\ndescription = "Made by flit"\n\n'
        '[build-system]\nrequires = ["flit_core >=3.9"]\nbuild-backend = "flit_core.buildapi"\n'
    )
    workbench.run(rare("flit-3.9.0"), "publish", environment={"FLIT_INDEX_URL": filled.url("/uploads/")})
    assert len(Index(filled.base, "uploads").links("rare-flit")) == 2


def assert_served(server: Cellar, file: Distribution) -> None:
    index = Index(server.base, "uploads")
    link = next(link for link in index.links(file.name) if link.filename == file.filename)
    assert index.download(link) == file.content


@contextmanager
def simple_repository_server(workbench: Workbench, index: str, port: int) -> Iterator[str]:
    command = rare("simple-repository-server-0.10.0", "simple-repository-server")
    with running(workbench, [command, "--host", "127.0.0.1", "--port", str(port), index]):
        yield f"http://127.0.0.1:{port}/simple/"


@contextmanager
def proxpi(workbench: Workbench, index: str, port: int) -> Iterator[str]:
    settings = {"PROXPI_INDEX_URL": index, "PROXPI_CACHE_DIR": str(workbench.home / "proxpi")}
    command = [rare("proxpi-1.3.1", "flask"), "--app", "proxpi.server", "run", "--port", str(port)]
    with running(workbench, command, settings):
        yield f"http://127.0.0.1:{port}/index/"


@contextmanager
def devpi(workbench: Workbench, index: str, port: int) -> Iterator[str]:
    """A server without people, to which an index is added that mirrors Cellar's."""
    data, client = workbench.home / "devpi", "devpi-server-6.20.3"
    workbench.run(rare(client, "devpi-init"), "--serverdir", data, "--no-root-pypi")
    base = f"http://127.0.0.1:{port}"
    with running(workbench, [rare(client), "--serverdir", data, "--host", "127.0.0.1", "--port", str(port)]):
        eventually(lambda: _answers(f"{base}/+api"), 60)
        login = requests.post(f"{base}/+login", json={"user": "root", "password": ""}, timeout=20).json()
        token = base64.b64encode(f"root:{login['result']['password']}".encode()).decode()
        mirror = {"type": "mirror", "mirror_url": index, "volatile": False}
        made = requests.put(f"{base}/root/cellar", json=mirror, headers={"X-Devpi-Auth": token}, timeout=20)
        made.raise_for_status()
        yield f"{base}/root/cellar/+simple/"


@contextmanager
def running(
    workbench: Workbench, command: Sequence[str | Path], settings: Mapping[str, str] | None = None
) -> Iterator[None]:
    environment = {**workbench.environment, **(settings or {})}
    with subprocess.Popen(command, env=environment, cwd=workbench.home) as process:
        try:
            yield
        finally:
            process.terminate()


PROXIES = {"simple-repository-server": simple_repository_server, "proxpi": proxpi, "devpi": devpi}


@pytest.mark.parametrize("proxy", PROXIES)
def test_pip_installs_through_another_proxy(filled: Cellar, workbench: Workbench, proxy: str) -> None:
    port = HeldPort()
    with PROXIES[proxy](workbench, filled.url("/main/simple/"), port.number) as root:
        eventually(lambda: _answers(f"{root}matrix-lib/"), 60)
        folder = pip(workbench, "pip", root, ["Matrix.App", "matrix-source"])
    matrix.assert_installed(folder, [matrix.APP, matrix.LIBRARY, matrix.SOURCE])


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False
