"""Downloads are counted by the tag that is sent behind the user name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.upload import publish

pytestmark = pytest.mark.xdist_group("clients")

ROOT = (ADMIN, ADMIN_PASSWORD)
FILE = wheel("needle", "1.0")
ADDRESS = f"/main/files/{FILE.sha256}/{FILE.filename}"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path / "town", {"index.main": {"read": ["everyone"]}})
    cellar.start()
    assert publish(cellar, FILE).status_code == 200
    yield cellar
    cellar.stop()


def test_downloads_with_a_tag_are_counted(town: Cellar, workbench: Workbench) -> None:
    token = town.cli("token", "create", "ci").strip()
    logins = {"ci+billing": token, f"{USER}+nightly": PASSWORD, USER: PASSWORD, "__token__": token}
    with requests.Session() as session:
        session.trust_env = False
        for user, secret in [*logins.items(), ("ci+billing", "wrong")]:
            # From memory, and not.
            for _ in range(5):
                assert session.get(town.url(ADDRESS), auth=(user, secret), timeout=30).status_code == 200
            # What is no download of the whole file.
            session.head(town.url(ADDRESS), auth=(user, secret), timeout=30)
            for path, headers in (
                (ADDRESS + ".metadata", {}), (ADDRESS, {"Range": "bytes=0-9"}), ("/main/simple/needle/", {}),
                (ADDRESS, {"If-None-Match": "*"}), (ADDRESS + "x", {}),
            ):  # fmt: skip
                session.get(town.url(path), auth=(user, secret), headers=headers, timeout=30)
        assert session.get(town.url(ADDRESS), timeout=30).status_code == 200
    login = f"ci+billing:{token}"
    workbench.run(
        "python", "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--index-url",
        f"http://{login}@127.0.0.1:{town.port}/main/simple/", "needle",
    )  # fmt: skip
    town.stop()
    town.start()
    assert town.cli("downloads").splitlines() == ["6  service:ci+billing  main", f"5  {USER}+nightly  main"]
    assert town.cli("downloads", "--tag", "nightly", "--since", "1d").splitlines() == [f"5  {USER}+nightly  main"]
    assert town.cli("downloads", "--user", "service:ci").splitlines() == ["6  service:ci+billing  main"]
    assert "only those with a tag" in town.run("downloads", "--user", "nobody").stderr
    assert town.run("downloads", "--since", "soon").returncode == 64
    answer = requests.get(town.url("/api/v1/downloads?since=2026-01-01&limit=1"), auth=ROOT, timeout=30)
    assert answer.json() == {"downloads": [{"user": "service:ci", "tag": "billing", "index": "main", "downloads": 6}]}
    for query, code in (("?since=soon", 400), ("?limit=0", 400), ("?nothing=1", 400), ("?tag=x", 200)):
        assert requests.get(town.url("/api/v1/downloads" + query), auth=ROOT, timeout=30).status_code == code
    for who, code in (((USER, PASSWORD), 403), (None, 401), (("__token__", token), 403)):
        assert requests.get(town.url("/api/v1/downloads"), auth=who, timeout=30).status_code == code
