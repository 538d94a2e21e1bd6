"""Downloads, version lists and dates, as clients ask for them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from pypi_simple import ACCEPT_HTML_ONLY, ACCEPT_JSON_ONLY, PyPISimple

from support.cellar import Cellar
from support.clients import Workbench
from support.corpus import CorpusFile

pytestmark = pytest.mark.xdist_group("clients")


def test_pip_downloads_the_same_bytes(server: Cellar, published: list[CorpusFile], workbench: Workbench) -> None:
    wanted = [file for file in published if file.is_wheel and file.filename.endswith("none-any.whl")]
    by_project = {file.project: file for file in wanted}
    workbench.run(
        "pip", "download", "--no-deps", "--only-binary", ":all:", "--index-url", server.url("/main/simple/"),
        "--dest", "downloads", *[f"{project}=={file.version}" for project, file in by_project.items()],
    )  # fmt: skip
    for file in by_project.values():
        content = (workbench.project / "downloads" / file.filename).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256


def test_pip_lists_versions(server: Cellar, published: list[CorpusFile], workbench: Workbench) -> None:
    def versions(project: str) -> str:
        done = workbench.run("pip", "index", "versions", "--index-url", server.url("/main/simple/"), project)
        return next(line for line in done.stdout.splitlines() if line.startswith("Available versions:"))

    assert versions("Zope.Interface") == "Available versions: 8.0.1, 7.2, 5.5.2, 4.0.5"
    assert versions("cellar_epoch") == "Available versions: 1!2.0"
    assert versions("cellar-local") == "Available versions: 1.0+local.1"


@pytest.mark.parametrize("older, finds", [(timedelta(days=-1), True), (timedelta(days=1), False)])
def test_uv_excludes_newer_files(
    server: Cellar, published: list[CorpusFile], workbench: Workbench, older: timedelta, finds: bool
) -> None:
    moment = (datetime.now(UTC) - older).strftime("%Y-%m-%dT%H:%M:%SZ")
    (workbench.project / "wanted.in").write_text("six\n")
    done = workbench.run(
        "uv", "pip", "compile", "--index-url", server.url("/main/simple/"), "--exclude-newer", moment, "wanted.in",
        check=False,
    )  # fmt: skip
    assert ("six==1.17.0" in done.stdout) == finds, done.stdout + done.stderr
    assert (done.returncode == 0) == finds


@pytest.mark.parametrize("accept", [ACCEPT_JSON_ONLY, ACCEPT_HTML_ONLY])
def test_pypi_simple_reads_it(server: Cellar, published: list[CorpusFile], accept: str) -> None:
    with PyPISimple(endpoint=server.url("/main/simple/"), accept=accept) as client:
        client.s.trust_env = False
        index = client.get_index_page()
        assert {file.project for file in published} <= set(index.projects)
        assert index.repository_version == "1.4"

        page = client.get_project_page("NumPy")
        wheel = next(package for package in page.packages if package.filename.endswith(".whl"))
        expected = next(file for file in published if file.filename == wheel.filename)
        assert wheel.digests == {"sha256": expected.sha256}
        assert wheel.requires_python == ">=3.9"
        assert wheel.has_metadata and "Name: numpy" in client.get_package_metadata(wheel)
        if accept == ACCEPT_JSON_ONLY:
            assert wheel.size == expected.path.stat().st_size
            assert wheel.upload_time is not None
            assert set(page.versions) == {"1.6.0", "1.26.4"}


def test_uv_caches_pages_by_their_etag(server: Cellar, published: list[CorpusFile], workbench: Workbench) -> None:
    (workbench.project / "wanted.in").write_text("flask==3.1.0\n")
    compiling = ("uv", "pip", "compile", "--no-header", "--index-url", server.url("/main/simple/"), "wanted.in")
    first = workbench.run(*compiling).stdout
    assert workbench.run(*compiling, "--refresh").stdout == first
