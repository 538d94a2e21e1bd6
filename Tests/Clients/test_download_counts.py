"""Downloads of all files are counted: whatever answers them, by whatever process, and over a crash."""

from __future__ import annotations

import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from support.distributions import wheel
from support.upload import publish
from support.waiting import eventually

pytestmark = pytest.mark.timeout(300)

ROOT = (ADMIN, ADMIN_PASSWORD)
SMALL = wheel("needle", "1.0")
LARGE = wheel("needle", "2.0", {"needle/data.bin": bytes(1 << 20)}, compression=zipfile.ZIP_STORED)
INDEXES = {"index.main": {"read": ["everyone"]}, "index.front": {"read": ["everyone"], "upstreams": ["main"]}}


def address(file: object, index: str = "main") -> str:
    return f"/{index}/files/{file.sha256}/{file.filename}"


def counts(server: Cellar, index: str = "main") -> dict[str, int]:
    answer = requests.get(server.url(f"/api/v1/indexes/{index}/projects/needle/downloads?days=2"), timeout=30)
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    files = {file["filename"]: file["downloads"] for file in seen["files"]}
    assert seen["downloads"] == sum(files.values()) == sum(day["downloads"] for day in seen["days"])
    assert {version["version"]: version["downloads"] for version in seen["versions"]} == {
        name.split("-")[1]: count for name, count in files.items() if count
    }
    return files


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path / "town", INDEXES)
    cellar.start()
    for file in (SMALL, LARGE):
        assert publish(cellar, file).status_code == 200
    yield cellar
    cellar.stop()


def test_every_way_of_answering_counts_once(town: Cellar) -> None:
    with requests.Session() as session:
        session.trust_env = False
        # The first comes from the router, later ones from the fast lane: from memory, and by sendfile.
        for file in (SMALL, LARGE):
            for _ in range(5):
                assert session.get(town.url(address(file)), timeout=30).content == file.content
        # Through the index before it, and in parts.
        assert session.get(town.url(address(SMALL, "front")), timeout=30).status_code == 200
        half = len(LARGE.content) // 2
        for part in (f"bytes=0-{half}", f"bytes={half + 1}-", "bytes=-10"):
            answer = session.get(town.url(address(LARGE)), headers={"Range": part}, timeout=30)
            assert answer.status_code == 206
        # What is none.
        session.head(town.url(address(SMALL)), timeout=30)
        session.get(town.url(address(SMALL) + ".metadata"), timeout=30)
        session.get(town.url(address(SMALL)), headers={"If-None-Match": "*"}, timeout=30)
        session.get(town.url("/main/simple/needle/"), timeout=30)
    # A connection of one request, which is answered before it has a pipeline.
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", town.port)) as connection:
            request = f"GET {address(SMALL)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            assert connection.recv(12) == b"HTTP/1.1 200"
            while connection.recv(65536):
                pass
    town.stop()
    town.start()
    assert counts(town) == {SMALL.filename: 9, LARGE.filename: 6}
    assert counts(town, "front") == {}
    last = requests.get(town.url("/api/v1/indexes/main/projects/needle/downloads"), timeout=30).json()
    assert all(file["last_downloaded_at"] for file in last["files"])


def test_what_two_processes_count_is_added_up(town: Cellar, tmp_path: Path) -> None:
    second = Cellar(tmp_path / "second", {**INDEXES, "server": {"data_dir": str(town.data)}}, users=False)
    second.start()
    try:
        for server, times in ((town, 4), (second, 3)):
            for _ in range(times):
                assert requests.get(server.url(address(SMALL)), timeout=30).status_code == 200
        second.stop()
        town.stop()
        town.start()
        assert counts(town)[SMALL.filename] == 7
    finally:
        second.kill()


def test_a_crash_loses_no_more_than_half_a_minute(town: Cellar) -> None:
    for _ in range(4):
        requests.get(town.url(address(SMALL)), timeout=30)
    eventually(lambda: counts(town).get(SMALL.filename) == 4, seconds=50)
    requests.get(town.url(address(SMALL)), timeout=30)
    town.kill()
    town.start()
    assert counts(town)[SMALL.filename] == 4
    requests.get(town.url(address(SMALL)), timeout=30)
    town.stop()
    town.start()
    assert counts(town)[SMALL.filename] == 5


def test_the_server_says_what_it_answered(town: Cellar) -> None:
    for _ in range(10):
        requests.get(town.url(address(SMALL)), timeout=30)
    town.stop()
    town.start()
    seen = requests.get(town.url("/api/v1/statistics?days=2"), auth=ROOT, timeout=30).json()
    assert sum(day["downloads"] for day in seen["days"]) == 10
    file = next(kind for kind in seen["kinds"] if kind["kind"] == "file")
    assert file["requests"] == 10 and file["bytes"] == 10 * len(SMALL.content) and file["hits"] >= 8
    assert seen["projects"] == [{"index": "main", "project": "needle", "origin": "local", "downloads": 10}]
    for who, code in (((USER, PASSWORD), 403), (None, 401)):
        assert requests.get(town.url("/api/v1/statistics"), auth=who, timeout=30).status_code == code
