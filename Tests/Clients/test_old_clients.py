"""Clients of the last eight years install from the pages that they get, and publish.

They run on the machine's Python, which is 3.11 on Debian 12. Three things are different from how they once ran:
pip 9 and 18 are given back names of `collections` that they import (`support/old_clients.py`); twine 3.8 and 4.0 have
the libraries of their time beside them; and what pip 9 and 18 build is an old sdist with a setup.py, because
they know no PEP 517, while the others build one that brings its own backend. Pips before 22.2 and Poetry before 2 read
no JSON, so they have no row for it. Nothing of what the matrix names is left out; rarer clients are in
test_rare_clients.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import matrix, old_clients
from support.cellar import Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.old_clients import Installs, Publishes
from support.recorder import Recorder
from support.simple import JSON, Index
from support.upload import publish

pytestmark = pytest.mark.xdist_group("old-clients")

# Who installs, and the forms of the pages that it reads.
BOTH, HTML_ALONE = ("JSON", "HTML"), ("HTML",)
INSTALLING: list[tuple[Installs, dict[str, tuple[str, ...]]]] = [
    (
        old_clients.pip,
        {
            "pip-9.0.3": HTML_ALONE, "pip-18.1": HTML_ALONE, "pip-20.2.3": HTML_ALONE, "pip-21.3.1": HTML_ALONE,
            "pip-22.3.1": BOTH, "pip-23.0.1": BOTH, "pip-24.0": BOTH, "pip": BOTH,
        },
    ),
    (old_clients.uv, {"uv-0.1.45": BOTH, "uv-0.4.30": BOTH, "uv": BOTH}),
    (old_clients.poetry, {"poetry-1.1.15": HTML_ALONE, "poetry-1.8.5": HTML_ALONE, "poetry": BOTH}),
]  # fmt: skip
PUBLISHING: list[tuple[Publishes, tuple[str, ...]]] = [
    (old_clients.twine_publish, ("twine-3.8.0", "twine-4.0.2", "twine")),
    (old_clients.uv_publish, ("uv-0.4.30", "uv")),  # uv 0.1 can't publish
    (old_clients.poetry_publish, ("poetry-1.1.15", "poetry-1.8.5", "poetry")),
]
READ_JSON = {client for _, clients in INSTALLING for client, forms in clients.items() if "JSON" in forms}
# They know no PEP 517.
CLASSIC = ("pip-9.0.3", "pip-18.1")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path_factory.mktemp("old-clients"), {"index.main": {}, "index.uploads": {}})
    cellar.start()
    for file in matrix.PUBLISHED:
        answer = publish(cellar, file)
        assert answer.status_code == 200, f"{file.filename}: {answer.text}"
    yield cellar
    cellar.stop()


@pytest.mark.parametrize(
    ("installs", "client", "form"),
    [
        pytest.param(installs, client, form, id=f"{client}-{form}")
        for installs, clients in INSTALLING
        for client, forms in clients.items()
        for form in forms
    ],
)
def test_it_installs(filled: Cellar, workbench: Workbench, installs: Installs, client: str, form: str) -> None:
    source = matrix.CLASSIC if client in CLASSIC else matrix.SOURCE
    reads_json = client in READ_JSON
    # Clients get the form that they ask for; only those that prefer JSON are made to read HTML.
    with Recorder(filled.port, accept="text/html" if reads_json and form == "HTML" else None) as recorder:
        folder = installs(workbench, client, recorder.url("/main/simple/"), [matrix.APP.name, source.name])
    matrix.assert_installed(folder, [matrix.APP, matrix.LIBRARY, source])
    assert recorder.page_types() == {JSON if form == "JSON" else "text/html"}
    assert [exchange for exchange in recorder.exchanges if exchange.status >= 400] == []


@pytest.mark.parametrize(
    ("publishes", "client"),
    [pytest.param(publishes, client, id=client) for publishes, clients in PUBLISHING for client in clients],
)
def test_it_publishes(filled: Cellar, workbench: Workbench, publishes: Publishes, client: str) -> None:
    file = wheel(f"published-by-{client.partition('-')[0]}", client.partition("-")[2] or "99")
    publishes(workbench, client, filled.url("/uploads/"), file)
    index = Index(filled.base, "uploads")
    link = next(link for link in index.links(file.name) if link.filename == file.filename)
    assert index.download(link) == file.content
    index.check_metadata(link, file.content)
