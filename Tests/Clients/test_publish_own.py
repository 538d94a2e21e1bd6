"""Clients that publish only what they built, and every address that an upload may go to."""

from __future__ import annotations

import pytest

from support.cellar import PASSWORD, USER, Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.simple import Index
from support.upload import publish

pytestmark = pytest.mark.xdist_group("clients")

POETRY_PROJECT = """
[project]
name = "Made.by_Poetry"
version = "1.2.3"
description = "Gebaut mit Poetry, für alle"
requires-python = ">=3.11"
dependencies = []

[tool.poetry]
packages = [{include = "made_by_poetry"}]

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
"""

FLIT_PROJECT = """
[project]
name = "made_by_flit"
authors = [{name = "Zoë"}]
version = "0.1"
description = "Built by flit"

[build-system]
requires = ["flit_core >=3.11"]
build-backend = "flit_core.buildapi"
"""

ADDRESSES = [
    "/", "/main/", "/main", "/legacy/", "/legacy", "/main/legacy/", "/main/legacy", "/pypi/main/", "/pypi/main",
    "/simple/", "/simple", "/pypi/", "/pypi", "/addresses/", "/addresses/legacy/", "/pypi/addresses/",
]  # fmt: skip


def test_poetry_builds_and_publishes(server: Cellar, workbench: Workbench, main: Index) -> None:
    (workbench.project / "pyproject.toml").write_text(POETRY_PROJECT)
    module = workbench.project / "made_by_poetry"
    module.mkdir()
    (module / "__init__.py").write_text('"""Made."""\n')
    workbench.run("poetry", "config", "repositories.cellar", server.url("/main/"))
    workbench.run("poetry", "publish", "--build", "--repository", "cellar", "--username", USER, "--password", PASSWORD)
    assert_published(workbench, main, "made-by-poetry")


def test_poetry_skips_existing_files(server: Cellar, workbench: Workbench) -> None:
    (workbench.project / "pyproject.toml").write_text(POETRY_PROJECT.replace("Made.by_Poetry", "again-poetry"))
    module = workbench.project / "made_by_poetry"
    module.mkdir()
    publishing = ("poetry", "publish", "--repository", "cellar", "--username", USER, "--password", PASSWORD)
    workbench.run("poetry", "config", "repositories.cellar", server.url("/main/legacy"))
    (module / "__init__.py").write_text("first = 1\n")
    workbench.run("poetry", "build")
    workbench.run(*publishing)
    workbench.run(*publishing)  # the same bytes once more

    (module / "__init__.py").write_text("second = 2\n")
    workbench.run("poetry", "build", "--clean")
    refused = workbench.run(*publishing, check=False)
    assert refused.returncode != 0 and "409" in refused.stdout + refused.stderr
    workbench.run(*publishing, "--skip-existing")


def test_flit_builds_and_publishes(server: Cellar, workbench: Workbench, main: Index) -> None:
    (workbench.project / "pyproject.toml").write_text(FLIT_PROJECT)
    (workbench.project / "made_by_flit.py").write_text('"""Built by flit."""\n')
    done = workbench.run("flit", "publish", "--no-use-vcs", environment={"FLIT_INDEX_URL": server.url("/main/")})
    assert_published(workbench, main, "made-by-flit")
    assert_leads_to_the_page(server, main, done.stdout + done.stderr, "made-by-flit")


@pytest.mark.parametrize("address", ["/main/", "/main", "/", "/main/legacy/"])
def test_hatch_prints_an_address_that_leads_to_the_page(
    server: Cellar, workbench: Workbench, main: Index, address: str
) -> None:
    distribution = wheel("hatch-at" + address.rstrip("/").replace("/", "-") + str(len(address)), "1.0")
    path = workbench.project / distribution.filename
    path.write_bytes(distribution.content)
    done = workbench.run(
        "hatch", "--no-interactive", "publish", "--repo", server.url(address), "--user", USER, "--auth", PASSWORD, path
    )
    assert_leads_to_the_page(server, main, done.stdout + done.stderr, distribution.name)
    again = workbench.run(
        "hatch", "--no-interactive", "publish", "--repo", server.url(address), "--user", USER, "--auth", PASSWORD, path,
        check=False,
    )  # fmt: skip
    # Behind legacy/ the page's links would lead nowhere, and hatch follows no redirect.
    assert "legacy" in address or "already exists" in again.stdout + again.stderr, "hatch found the file under +simple"


def assert_leads_to_the_page(server: Cellar, index: Index, printed: str, project: str) -> None:
    """The last address that a client printed is one of the project's page, perhaps by redirects."""
    address = [word for word in printed.split() if word.startswith(server.base)][-1]
    answer = index.get(address)
    assert answer.status_code == 200, f"{address}: {answer.text}"
    assert answer.url == f"{index.root}{project}/" or answer.url == server.url(f"/simple/{project}/")


def assert_published(workbench: Workbench, index: Index, project: str) -> None:
    built = {path.name: path.read_bytes() for path in (workbench.project / "dist").iterdir()}
    served = {link.filename: index.download(link) for link in index.links(project)}
    assert len(built) == 2 and served == built


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_upload_is_accepted_at(server: Cellar, address: str) -> None:
    name = "at-" + (address.strip("/").replace("/", "-") or "root") + ("-slash" if address.endswith("/") else "")
    distribution = wheel(name, "1.0")
    answer = publish(server, distribution, address)
    assert answer.status_code == 200, answer.text
    index = Index(server.base, "addresses" if "addresses" in address else "main")
    assert [link.sha256 for link in index.links(name)] == [distribution.sha256]


@pytest.mark.parametrize("address", ["/main", "/pypi/main", "/legacy"])
def test_twine_publishes_without_the_last_slash(server: Cellar, workbench: Workbench, address: str) -> None:
    distribution = wheel("twine-at" + address.replace("/", "-"), "1.0")
    path = workbench.project / distribution.filename
    path.write_bytes(distribution.content)
    workbench.run("twine", "upload", "--repository-url", server.url(address), path)


def test_a_signature_is_taken_and_ignored(server: Cellar, workbench: Workbench, main: Index) -> None:
    distribution = wheel("signed", "1.0")
    path = workbench.project / distribution.filename
    path.write_bytes(distribution.content)
    path.with_name(path.name + ".asc").write_text("-----BEGIN PGP SIGNATURE-----\n")
    workbench.run("twine", "upload", "--repository-url", server.url("/main/"), path, f"{path}.asc")
    assert [link.sha256 for link in main.links("signed")] == [distribution.sha256]


def test_registering_is_not_needed(server: Cellar, workbench: Workbench) -> None:
    distribution = wheel("registered", "1.0")
    path = workbench.project / distribution.filename
    path.write_bytes(distribution.content)
    done = workbench.run("twine", "register", "--repository-url", server.url("/main/"), path, check=False)
    assert done.returncode != 0
    assert "410" in done.stdout + done.stderr and "not needed" in done.stdout + done.stderr


@pytest.mark.parametrize("address", ["/pypi", "/main/pypi", "/simple/"])
def test_pip_search_is_told_why_not(server: Cellar, workbench: Workbench, address: str) -> None:
    done = workbench.run(
        workbench.virtual_environment_with_pip(),
        "-m",
        "pip",
        "search",
        "--index",
        server.url(address),
        "x",
        check=False,
    )
    assert done.returncode != 0
    assert "has no XML-RPC API" in done.stdout + done.stderr


def test_an_unknown_index_is_refused(server: Cellar) -> None:
    assert publish(server, wheel("nowhere", "1.0"), "/no-such-index/").status_code == 404
