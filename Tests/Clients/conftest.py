"""Fixtures: one server and one published corpus for all client tests, and a workbench for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import corpus as real
from support.cellar import BINARY, Cellar
from support.clients import Workbench
from support.corpus import CorpusFile
from support.distributions import EPOCH, LOCAL
from support.hostile import publish_kept, unharmed
from support.servers import CIIssuers, Directory, LoginProviders, Postgres
from support.simple import Index
from support.upload import publish
from support.upstreamed import IMPATIENT, House, house

# One index for each client that publishes the whole corpus.
INDEXES = ("main", "uv", "hatch", "pdm", "addresses")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if BINARY.exists() or item.get_closest_marker("without_cellar"):
        return
    item.session.shouldfail = f"there is no binary at {BINARY}: build it first, or set CELLAR_BINARY"
    pytest.fail(item.session.shouldfail, pytrace=False)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[CorpusFile]:
    """What PyPI published, and the two distributions made here."""
    try:
        files = real.load()
    except real.CorpusUnavailable as error:
        pytest.skip(f"NO CLIENT WAS TESTED: {error}")
    made = tmp_path_factory.mktemp("made")
    for distribution in (EPOCH, LOCAL):
        (made / distribution.filename).write_bytes(distribution.content)
        files.append(CorpusFile(made / distribution.filename, distribution.sha256))
    return files


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    """The server of the client tests; it must end cleanly after all that they did."""
    cellar = Cellar(tmp_path_factory.mktemp("cellar"), {f"index.{name}": {} for name in INDEXES})
    cellar.start()
    yield cellar
    cellar.stop()


@pytest.fixture(scope="session")
def published(server: Cellar, corpus: list[CorpusFile], tmp_path_factory: pytest.TempPathFactory) -> list[CorpusFile]:
    """The corpus on main: published by twine in one go, and what twine refuses to send by hand."""
    workbench = Workbench(tmp_path_factory.mktemp("twine"))
    files = [file.path for file in corpus if file.filename not in real.REFUSED_BY_TWINE]
    workbench.run("twine", "upload", "--repository-url", server.url("/main/"), *files)
    for file in corpus:
        if file.filename in real.REFUSED_BY_TWINE:
            answer = publish(server, file.distribution())
            assert answer.status_code == 200, f"{file.filename}: {answer.text}"
    return corpus


@pytest.fixture(scope="session")
def main(server: Cellar) -> Index:
    return Index(server.base)


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path / "home")


# Small enough to be exceeded by a test, and quick to lose patience.
BOUNDS = {
    "server": {"upload_idle_timeout": "2s", "idle_timeout": "5s"},
    "index.main": {"max_file_size": "16MiB"},
    "index.empty": {},
    **{f"index.sound{number}": {} for number in range(7)},
}


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    """The server that gets all bad input, and keeps what was published before any of it."""
    cellar = Cellar(tmp_path_factory.mktemp("hostile"), BOUNDS)
    cellar.start()
    publish_kept(cellar)
    yield cellar
    cellar.stop()
    assert not cellar.spooled_files(), "refused uploads stay in the spool"


@pytest.fixture
def unharmed_server(hostile: Cellar) -> Iterator[None]:
    with unharmed(hostile):
        yield


@pytest.fixture(scope="session")
def hostile_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    """A server with the same bounds, for what is odd but must succeed."""
    cellar = Cellar(tmp_path_factory.mktemp("twin"), BOUNDS)
    cellar.start()
    yield cellar
    cellar.stop()


@pytest.fixture(scope="module")
def shaken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("shaken"), upstream=IMPATIENT) as made:
        yield made


@pytest.fixture
def shaky(shaken: House) -> Iterator[House]:
    """The server before an upstream that is sound again after the test, and is not left to rest."""
    yield shaken
    shaken.upstream.recover()
    assert shaken.cellar.is_alive(), shaken.cellar.log_tail()
    shaken.restart()
    assert not shaken.cellar.spooled_files(), "a failed fetch stays in the spool"


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """A real LDAP server with people and groups."""
    with Directory.started(tmp_path_factory.mktemp("slapd")) as started:
        yield started


@pytest.fixture(scope="session")
def ci_issuers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CIIssuers]:
    """Makes token issuers of CI systems: one for each test that asks."""
    with CIIssuers.started(tmp_path_factory.mktemp("ci_issuer")) as started:
        yield started


@pytest.fixture(scope="session")
def login_providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoginProviders]:
    """Makes OpenID Connect providers: one for each test that asks."""
    with LoginProviders.started(tmp_path_factory.mktemp("oidc_provider")) as started:
        yield started


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A real PostgreSQL, and PgBouncer before it."""
    with Postgres.started(tmp_path_factory.mktemp("postgres")) as started:
        yield started
