"""Several servers on one database whose commits show only by a read, as on PostgreSQL."""

from __future__ import annotations

import json
import random
import re
import signal
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from support.distributions import wheel
from support.http2 import Connection
from support.simple import Index
from support.tls import Certificate, SecureCellar
from support.upload import BOUNDARY, body_of, publish
from support.waiting import eventually

pytestmark = pytest.mark.xdist_group("replicas")

# Each read of the changes takes up to 60 ms longer.
SLOW = {"CELLAR_FRESHNESS_DELAY": "30"}
ROUNDS = 12
JSON = "application/vnd.pypi.simple.v1+json"


@contextmanager
def two(root: Path, *, users: bool = True, **server: object) -> Iterator[tuple[Cellar, Cellar]]:
    first = Cellar(root / "first", {"server": server}, users=users)
    second = Cellar(root / "second", {"server": {**server, "data_dir": str(first.data)}}, users=False)
    try:
        for replica in (first, second):
            replica.start(SLOW)
        yield first, second
        first.stop()
        second.stop()
    finally:
        first.kill()
        second.kill()


def change(server: Cellar, method: str, path: str, body: object = None) -> requests.Response:
    answer = requests.request(method, server.url(f"/api/v1{path}"), json=body, auth=(ADMIN, ADMIN_PASSWORD), timeout=30)
    assert answer.ok, f"{answer.status_code} {answer.text}"
    return answer


def test_whatever_one_has_answered_the_other_knows_at_its_next_request(tmp_path: Path) -> None:
    noise = random.Random(12)
    with two(tmp_path) as (first, second):
        done = Event()

        def load(server: Cellar) -> int:
            with requests.Session() as session:
                count = 0
                while not done.is_set():
                    assert session.get(server.url("/main/simple/"), timeout=30).status_code == 200
                    count += 1
            return count

        with ThreadPoolExecutor(4) as threads, requests.Session() as session:
            loads = [threads.submit(load, server) for server in (first, second) for _ in range(2)]
            try:
                for round in range(ROUNDS):
                    changer, other = (first, second) if round % 2 else (second, first)
                    file = wheel("project", f"{round}.0")
                    page = f"/main/simple/{file.name}/"
                    time.sleep(noise.random() / 20)
                    assert publish(changer, file).status_code == 200
                    assert file.filename in session.get(other.url(page), timeout=30).text, f"publish {round}"
                    change(changer, "PUT", f"/indexes/main/projects/{file.name}/files/{file.filename}/yank")
                    files = session.get(other.url(page), headers={"Accept": JSON}, timeout=30).json()["files"]
                    assert next(f for f in files if f["filename"] == file.filename)["yanked"], f"yank {round}"
                    change(changer, "DELETE", f"/indexes/main/projects/{file.name}/files/{file.filename}")
                    assert file.filename not in session.get(other.url(page), timeout=30).text, f"delete {round}"
            finally:
                done.set()
            assert all(load.result(60) > 3 for load in loads)


def test_http_2_waits_for_reads_too(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path / "certificate")
    server = SecureCellar(tmp_path / "server", certificate=certificate)
    files = [wheel(f"project-{number}", "1.0") for number in range(8)]
    pages = [f"/main/simple/{file.name}/" for file in files]
    try:
        server.start(SLOW)
        with server.session() as session:
            for file, page in zip(files, pages, strict=True):
                assert session.post(
                    server.url("/main/"), data=body_of(file), auth=(USER, PASSWORD), timeout=30,
                    headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
                ).status_code == 200  # fmt: skip
                assert session.get(server.url(page), timeout=30).status_code == 200
        with Connection(server) as connection:
            for page, file in zip(pages, files, strict=True):
                answer = connection.request(page)
                assert answer.status == 200 and file.filename.encode() in answer.body
            before = fast_lane(server)
            # Many at once, some of which only the router answers, and one that is taken back.
            streams = [(page, connection.begin(page)) for page in pages * 5]
            taken_back = connection.begin(pages[0])
            connection.h2.reset_stream(taken_back)
            absent = connection.begin("/main/simple/absent/")
            json_page = connection.begin("/main/pypi/project-1/json")
            connection.flush()
            for page, stream in streams:
                answer = connection.answer(stream)
                assert answer.status == 200 and answer.body.count(page.split("/")[3].replace("-", "_").encode()) > 0
            assert connection.answer(absent).status == 404
            assert connection.answer(json_page).status == 200
            assert fast_lane(server) - before >= len(streams)
        server.stop()
    finally:
        server.kill()


def fast_lane(server: SecureCellar) -> int:
    text = server.session().get(server.url("/metrics"), timeout=30).text
    found = re.search(r"^cellar_fast_lane_requests_total (\d+)$", text, re.MULTILINE)
    assert found, text
    return int(found[1])


def test_the_setup_link_of_one_is_that_of_all(tmp_path: Path) -> None:
    with two(tmp_path, users=False) as (first, second):
        links = [re.search(r"/-/setup/\S+", server.log.read_text()) for server in (first, second)]
        assert links[0] and links[1] and links[0][0] == links[1][0]
        session = requests.Session()
        page = session.get(second.url(links[0][0]), timeout=30)
        assert page.status_code == 200
        form = re.search(r'name="form" value="([0-9a-f]+)"', page.text)
        assert form
        password = "correct horse battery"
        sent = {"form": form[1], "name": "ada", "password": password, "repeated": password}
        assert session.post(second.url(links[0][0]), data=sent, timeout=30).status_code == 200
        assert requests.get(first.url("/api/v1/users"), auth=("ada", password), timeout=30).status_code == 200
        again = {**sent, "name": "eve"}
        assert requests.post(first.url(links[0][0]), data=again, timeout=30).status_code in (403, 410)
        assert {user["name"] for user in users(first, ("ada", password))} == {"ada"}


def users(server: Cellar, login: tuple[str, str]) -> list[dict[str, object]]:
    return requests.get(server.url("/api/v1/users"), auth=login, timeout=30).json()["users"]


def test_servers_know_of_each_other_and_of_a_different_configuration(tmp_path: Path) -> None:
    with two(tmp_path) as (first, second):
        found = change(first, "GET", "/replicas").json()["replicas"]
        assert {replica["name"] for replica in found} == {f"127.0.0.1:{server.port}" for server in (first, second)}
        assert len({replica["configuration"] for replica in found}) == 1
        assert requests.get(first.url("/api/v1/replicas"), timeout=30).status_code == 401
        assert "2 at work" in first.cli("check")
        second.stop()
        found = change(first, "GET", "/replicas").json()["replicas"]
        assert [replica["name"] for replica in found] == [f"127.0.0.1:{first.port}"]
        second.configure({"server": {"data_dir": str(first.data)}, "index.main": {"allow_overwrite": True}})
        second.start(SLOW)
        second.eventually_logs("another server on this database has a different configuration")
        assert "with a different configuration" in first.cli("check")


def test_a_server_that_stops_says_so_before_it_refuses(tmp_path: Path) -> None:
    with two(tmp_path, drain_time="3s") as (first, second):
        file = wheel("kept", "1.0")
        assert publish(first, file).status_code == 200
        servers = [first, second]
        failures: list[str] = []
        done = Event()

        def use() -> int:
            """A load balancer that looks five times a second who is ready, and its clients."""
            ready, looked, count = list(servers), 0.0, 0
            while not done.is_set():
                if time.monotonic() - looked > 0.2:
                    ready, looked = [server for server in servers if is_ready(server)], time.monotonic()
                try:
                    answer = requests.get(random.choice(ready).url("/main/simple/kept/"), timeout=30)
                    if answer.status_code != 200:
                        failures.append(f"{answer.status_code} {answer.text}")
                except requests.RequestException as error:
                    failures.append(repr(error))
                count += 1
            return count

        with ThreadPoolExecutor(4) as threads:
            uses = [threads.submit(use) for _ in range(3)]
            try:
                for server in servers:
                    server.stop()
                    server.start(SLOW)
                    eventually(lambda server=server: is_ready(server))
                    time.sleep(0.5)
            finally:
                done.set()
            assert all(use.result(60) > 10 for use in uses)
        assert failures == []


def is_ready(server: Cellar) -> bool:
    try:
        return requests.get(server.url("/health/ready"), timeout=5).status_code == 200
    except requests.RequestException:
        return False


def test_a_hang_up_puts_into_force_what_needs_no_restart(tmp_path: Path) -> None:
    certificates = [Certificate(tmp_path / f"certificate-{number}") for number in range(2)]
    server = SecureCellar(tmp_path / "server", certificate=certificates[0])
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        server.start()
    finally:
        signal.signal(signal.SIGHUP, before)
    try:
        assert server.process is not None

        def hang_up(text: str, count: int = 1) -> None:
            assert server.process is not None
            server.process.send_signal(signal.SIGHUP)
            server.eventually_logs(text, count)

        # People and groups; not an index.
        hashed = server.run("hash-password", input="a long passphrase\n").stdout.strip()
        more = {"users.eve": {"password_hash": hashed}, "groups": {"team": ["eve"]}}
        own = {"server": certificates[0].settings}
        server.configure({**own, **more})
        hang_up("the configuration was read again and is in force")
        session = server.session()
        assert session.get(server.url("/api/v1/account"), auth=("eve", "a long passphrase"), timeout=30).ok
        server.configure({**own, **more, "index.main": {}, "index.other": {}})
        hang_up("a part of it needs a restart")
        assert "index.other" in server.log.read_text()
        assert session.get(server.url("/other/simple/"), timeout=30).status_code == 404
        # A mistake changes nothing.
        server.config.write_text("[server]\nlisen = 1\n")
        hang_up("the configuration was read again and not put into force")
        assert session.get(server.url("/api/v1/account"), auth=("eve", "a long passphrase"), timeout=30).ok
        # The certificate's files are others.
        server.configure({**own, **more})
        for name in ("file", "key", "authority"):
            getattr(certificates[0], name).write_bytes(getattr(certificates[1], name).read_bytes())
        hang_up("the configuration was read again and is in force", 2)
        served = ssl.get_server_certificate(("127.0.0.1", server.port))
        assert ssl.PEM_cert_to_DER_cert(served) == ssl.PEM_cert_to_DER_cert(certificates[1].file.read_text())
        assert json.loads(server.session().get(server.url("/main/simple/"), headers={"Accept": JSON}, timeout=30).text)
        server.stop()
    finally:
        server.kill()


def test_a_rebuild_waits_for_no_server_that_was_killed_here(tmp_path: Path) -> None:
    with two(tmp_path) as (first, second):
        file = wheel("kept", "1.0")
        assert publish(first, file).status_code == 200
        refused = second.run("rebuild")
        assert refused.returncode != 0 and "Stop the server" in refused.stderr
        first.kill()
        second.kill()
        start = time.monotonic()
        first.cli("rebuild")
        assert time.monotonic() - start < 20
        first.start(SLOW)
        second.start(SLOW)
        assert Index(second.base).links("kept")
