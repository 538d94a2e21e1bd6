"""Cellar on PostgreSQL: real clients, two servers on one database, and a database that goes away and comes back."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from support.clients import Workbench
from support.distributions import Distribution, wheel
from support.ports import HeldPort
from support.servers import Postgres, started
from support.simple import Index
from support.upload import publish
from support.waiting import eventually

# With the tests of the test servers, so that one process starts them once.
pytestmark = [pytest.mark.xdist_group("servers"), pytest.mark.timeout(300)]

ROOT = (ADMIN, ADMIN_PASSWORD)
INDEXES = {"index.main": {"delete": [f"user:{ADMIN}"]}, "index.other": {"read": ["authenticated"]}}


@contextmanager
def servers(root: Path, url: str, count: int = 1, **database: object) -> Iterator[list[Cellar]]:
    """Servers on one database and one storage folder, each with a data folder of its own; they end cleanly."""
    sections = {
        **INDEXES,
        "database": {"url": url, **database},
        "storage": {"url": f"file:{root / 'files'}"},
    }
    made: list[Cellar] = []
    try:
        for number in range(count):
            made.append(Cellar(root / f"server{number}", sections, users=number == 0))
            made[-1].start()
        yield made
        for server in made:
            server.stop()
    finally:
        for server in made:
            server.kill()


def assert_no_password(server: Cellar, postgres: Postgres) -> None:
    assert postgres.password not in server.log.read_text(errors="replace")


def api(server: Cellar, method: str, path: str, **options: object) -> requests.Response:
    return requests.request(method, server.url(f"/api/v1/{path}"), auth=ROOT, timeout=60, **options)


def test_clients_publish_and_install(postgres: Postgres, workbench: Workbench, tmp_path: Path) -> None:
    with postgres.database() as url, servers(tmp_path / "cellar", url) as (server,):
        file = wheel("sample", "1.0")
        path = tmp_path / file.filename
        path.write_bytes(file.content)
        workbench.run("twine", "upload", "--repository-url", server.url("/main/"), path)
        simple = server.url("/main/simple/")
        python = workbench.virtual_environment_with_pip()
        workbench.run(python, "-m", "pip", "install", "--index-url", simple, "sample")
        other = workbench.virtual_environment()
        workbench.run("uv", "pip", "install", "--python", other, "--index-url", simple, "sample==1.0")
        assert "sample" in workbench.run("uv", "pip", "list", "--python", other).stdout
        check = server.cli("check")
        assert "PostgreSQL 1" in check and "All is well" in check
        assert postgres.password not in check
        # The data folder has nothing that another server would need.
        assert not list(server.data.glob("**/*.db*"))
        assert_no_password(server, postgres)


@pytest.mark.parametrize("through", ["directly", "pooler"])
def test_two_servers_see_each_others_changes_at_the_next_request(
    postgres: Postgres, tmp_path: Path, through: str
) -> None:
    with postgres.database() as url:
        pooled = {"url": postgres.pooled(url), "direct_url": url} if through == "pooler" else {"url": url}
        with servers(tmp_path, count=2, **pooled) as (first, second):
            for number in range(20):
                publisher, reader = (first, second) if number % 2 else (second, first)
                file = wheel("shared", f"{number}.0")
                assert publish(publisher, file).status_code == 200
                links = Index(reader.base).links("shared")
                assert [link.filename for link in links].count(file.filename) == 1
                downloaded = requests.get(next(i.url for i in links if i.filename == file.filename), timeout=30)
                assert downloaded.content == file.content
            address = f"indexes/main/projects/shared/files/{wheel('shared', '0.0').filename}"
            assert api(first, "PUT", f"{address}/yank", json={"reason": "broken"}).status_code == 200
            page = Index(second.base).get(second.url("/main/simple/shared/"), "application/vnd.pypi.simple.v1+json")
            assert [file["yanked"] for file in page.json()["files"]].count("broken") == 1
            assert api(second, "DELETE", address).status_code == 200
            assert len(Index(first.base).links("shared")) == 19
            assert publish(second, wheel("shared", "0.0")).status_code == 409

            hidden = second.url("/main/simple/shared/")
            alice = (USER, PASSWORD)
            first.cli("grant", "add", "read", f"user:{ADMIN}", "--project", "shared")
            assert requests.get(hidden, auth=alice, timeout=30).status_code == 404
            assert requests.get(hidden, timeout=30).status_code == 401
            second.cli("grant", "add", "read", f"user:{USER}", "--project", "shared")
            assert requests.get(first.url("/main/simple/shared/"), auth=alice, timeout=30).status_code == 200

            made = api(first, "POST", "tokens", json={"name": "ci"})
            assert made.status_code in (200, 201), made.text
            login = ("__token__", made.json()["token"])
            assert requests.get(second.url("/other/simple/"), auth=login, timeout=30).status_code == 200
            assert api(first, "DELETE", f"tokens/{made.json()['id']}").status_code in (200, 204)
            assert requests.get(second.url("/other/simple/"), auth=login, timeout=30).status_code == 401
            for server in (first, second):
                assert_no_password(server, postgres)


def test_the_database_restarts_under_a_server_that_stays(tmp_path: Path) -> None:
    port = HeldPort()
    with started("start_postgres.sh", str(tmp_path / "postgres"), str(port.number)) as values:
        own = Postgres(values, {})
        with own.database() as url, servers(tmp_path / "cellar", url) as (server,):
            kept: list[Distribution] = []
            stopped = threading.Event()

            def work() -> None:
                for number in range(10_000):
                    if stopped.is_set():
                        return
                    file = wheel("busy", f"{number}.0")
                    answer = publish(server, file)
                    assert answer.status_code in (200, 503), answer.text
                    if answer.status_code == 200:
                        kept.append(file)

            worker = threading.Thread(target=work)
            worker.start()
            try:
                for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                    before = len(kept)
                    eventually(lambda before=before: len(kept) > before + 3, 60, server.log_tail)
                    process = own.process()
                    os.kill(process, how)
                    eventually(lambda process=process: own.process() not in (0, process), 60)
                    before = len(kept)
                    eventually(lambda before=before: len(kept) > before + 3, 60, server.log_tail)
            finally:
                stopped.set()
                worker.join(60)
            assert server.is_alive()
            listed = {link.filename for link in Index(server.base).links("busy")}
            assert {file.filename for file in kept} <= listed
            assert "All is well" in server.cli("check", "--deep")
            # Those that were answered 503 are there wholly, or can be published again.
            for number in range(len(kept) + 5):
                assert publish(server, wheel("busy", f"{number}.0")).status_code == 200
            assert_no_password(server, own)


def test_what_is_wrong_is_said_without_the_password(postgres: Postgres, tmp_path: Path) -> None:
    with postgres.database() as url:
        cellar = Cellar(tmp_path, {"database": {"url": url}}, users=False)
        wrong = url.replace(postgres.password, "hunter2")
        no_such = url.rsplit("/", 1)[0] + "/none"
        for setting, text in [
            (wrong, "password authentication failed"),
            (no_such, 'database "none" does not exist'),
            (url.replace("@127.0.0.1", "@host.invalid"), "host.invalid"),
            (url.replace(postgres.password, "hunt%zzer2"), "is not an address that PostgreSQL's library can read"),
            (url.replace(postgres.password, "hunt@er2"), "write them as %40"),
        ]:
            done = cellar.run("check", environment={"CELLAR_DATABASE_URL": setting})
            said = done.stdout + done.stderr
            assert done.returncode != 0 and text in said, said
            assert "hunt" not in said and "er2" not in said and postgres.password not in said
        # The library's own places for a password.
        bare = url.replace(f":{postgres.password}@", "@")
        assert cellar.run("user", "list", environment={"CELLAR_DATABASE_URL": bare}).returncode != 0
        passed = {"CELLAR_DATABASE_URL": bare, "PGPASSWORD": postgres.password}
        done = cellar.run("user", "list", environment=passed)
        assert done.returncode == 0, done.stderr
        file = tmp_path / "url"
        file.write_text(url + "\n")
        cellar.configure({"database": {"url_file": str(file)}})
        assert cellar.run("user", "list").returncode == 0


def test_ten_servers_start_at_once_on_an_empty_database(postgres: Postgres, tmp_path: Path) -> None:
    with postgres.database() as url:
        sections = {"database": {"url": url, "pool_size": 2}, "storage": {"url": f"file:{tmp_path / 'files'}"}}
        cellars = [Cellar(tmp_path / str(number), sections, users=False) for number in range(10)]
        try:
            threads = [threading.Thread(target=cellar.start) for cellar in cellars]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
            assert all(cellar.is_alive() for cellar in cellars)
            for cellar in cellars:
                cellar.stop()
        finally:
            for cellar in cellars:
                cellar.kill()
