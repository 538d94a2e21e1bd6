"""Installs from the published corpus with each client, from JSON and from HTML, and compares the bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from support.cellar import Cellar
from support.clients import Workbench, assert_installed
from support.corpus import CorpusFile, installable_here
from support.recorder import Recorder
from support.simple import JSON

pytestmark = [
    pytest.mark.xdist_group("clients"),
    pytest.mark.skipif(not installable_here(), reason="the binary wheels of the corpus want CPython 3.11 on x86-64"),
]

REQUIREMENTS = [
    "Flask==3.1.0", "requests", "zope.interface", "ruamel.yaml==0.18.6", "backports.tarfile", "PyYAML==6.0.1",
    "python-dateutil", "numpy", "typeguard", "cellar-epoch", "cellar-local==1.0+local.1",
]  # fmt: skip
# The wheels that these requirements lead to, with what they depend on.
INSTALLED = {
    "flask-3.1.0", "werkzeug-3.1.3", "jinja2-3.1.5", "itsdangerous-2.2.0", "click-8.1.8", "blinker-1.9.0",
    "MarkupSafe-3.0.2", "requests-2.32.3", "urllib3-2.3.0", "idna-3.10", "certifi-2025.1.31",
    "charset_normalizer-3.4.1", "zope_interface-8.0.1", "ruamel.yaml-0.18.6", "ruamel.yaml.clib-0.2.12",
    "backports.tarfile-1.2.0", "PyYAML-6.0.1", "python_dateutil-2.9.0.post0", "six-1.17.0", "numpy-1.26.4",
    "typeguard-4.4.2", "typing_extensions-4.12.2", "cellar_epoch-1!2.0", "cellar_local-1.0+local.1",
}  # fmt: skip


@pytest.fixture(params=["JSON", "HTML"])
def source(request: pytest.FixtureRequest, server: Cellar, published: list[CorpusFile]) -> Iterator[Recorder]:
    """The server as a client sees it, which must then have read this form of the pages."""
    form = {"JSON": JSON, "HTML": "text/html"}[request.param]
    with Recorder(server.port, accept=None if form == JSON else form) as recorder:
        yield recorder
        # pipenv reads some pages as HTML of its own accord.
        assert form in recorder.page_types() and (form == JSON or recorder.page_types() == {form})
        refused = [exchange for exchange in recorder.exchanges if exchange.status >= 500]
        assert not refused


def wheels(published: list[CorpusFile]) -> list[CorpusFile]:
    chosen = [file for file in published if file.is_wheel and "-".join(file.filename.split("-")[:2]) in INSTALLED]
    assert len(chosen) == len(INSTALLED)
    return chosen


def test_pip_installs(source: Recorder, published: list[CorpusFile], workbench: Workbench) -> None:
    python = workbench.virtual_environment()
    workbench.run("pip", "--python", python, "install", "--index-url", source.url("/main/simple/"), *REQUIREMENTS)
    assert_installed(python.parents[1], wheels(published))
    assert source.paths(".whl.metadata"), "pip resolves from the core metadata"


def test_uv_installs(source: Recorder, published: list[CorpusFile], workbench: Workbench) -> None:
    python = workbench.virtual_environment()
    workbench.run("uv", "pip", "install", "--python", python, "--index-url", source.url("/main/simple/"), *REQUIREMENTS)
    assert_installed(python.parents[1], wheels(published))
    assert source.paths(".whl.metadata"), "uv resolves from the core metadata"


def test_poetry_adds_locks_and_installs(source: Recorder, published: list[CorpusFile], workbench: Workbench) -> None:
    (workbench.project / "pyproject.toml").write_text(
        '[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.11,<3.12"\ndependencies = []\n\n'
        "[tool.poetry]\npackage-mode = false\n"
    )
    workbench.run("poetry", "source", "add", "--priority", "primary", "cellar", source.url("/main/simple/"))
    workbench.run("poetry", "add", "--lock", "--source", "cellar", *[r.replace("==", "@") for r in REQUIREMENTS])
    workbench.run("poetry", "lock")
    workbench.run("poetry", "install", "--no-root")
    assert_installed(workbench.project / ".venv", wheels(published))


def test_pdm_locks_and_installs(source: Recorder, published: list[CorpusFile], workbench: Workbench) -> None:
    (workbench.project / "pyproject.toml").write_text(
        f'[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.11,<3.12"\n'
        f"dependencies = {json.dumps(REQUIREMENTS)}\n\n"
        f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{source.url("/main/simple/")}"\nverify_ssl = true\n\n'
        "[tool.pdm]\ndistribution = false\n"
    )
    workbench.run("pdm", "lock")
    workbench.run("pdm", "sync")
    assert_installed(workbench.project / ".venv", wheels(published))


def test_pipenv_installs(source: Recorder, published: list[CorpusFile], workbench: Workbench) -> None:
    lines = [
        "[[source]]",
        f'url = "{source.url("/main/simple")}"',
        "verify_ssl = true",
        'name = "cellar"',
        "[packages]",
    ]
    for requirement in REQUIREMENTS:
        name, _, version = requirement.partition("==")
        lines.append(f'"{name}" = "{"==" + version if version else "*"}"')
    (workbench.project / "Pipfile").write_text("\n".join(lines) + "\n")
    workbench.run("pipenv", "install")
    assert_installed(workbench.project / ".venv", wheels(published))


def test_pip_builds_an_sdist(server: Cellar, published: list[CorpusFile], workbench: Workbench) -> None:
    python = workbench.virtual_environment()
    workbench.run(
        "pip",
        "--python",
        python,
        "install",
        "--index-url",
        server.url("/main/simple/"),
        "--no-binary",
        "docopt",
        "docopt",
    )
    assert workbench.run(python, "-c", "import docopt; print(docopt.__version__)").stdout.strip() == "0.6.2"


def test_uv_builds_an_sdist(server: Cellar, published: list[CorpusFile], workbench: Workbench) -> None:
    python = workbench.virtual_environment()
    workbench.run("uv", "pip", "install", "--python", python, "--index-url", server.url("/main/simple/"), "docopt")
    assert workbench.run(python, "-c", "import docopt; print(docopt.__version__)").stdout.strip() == "0.6.2"


def test_uv_locks_and_syncs_a_project(server: Cellar, published: list[CorpusFile], workbench: Workbench) -> None:
    (workbench.project / "pyproject.toml").write_text(
        f'[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.11,<3.12"\n'
        f"dependencies = {json.dumps(REQUIREMENTS)}\n\n"
        f'[[tool.uv.index]]\nname = "cellar"\nurl = "{server.url("/main/simple/")}"\ndefault = true\n'
    )
    workbench.run("uv", "lock")
    workbench.run("uv", "sync", "--locked")
    assert_installed(workbench.project / ".venv", wheels(published))
