"""The access log: a line for every answer, in batches, and none lost at the end."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.cellar import Cellar
from support.distributions import wheel
from support.http2 import Connection
from support.simple import JSON
from support.tls import Certificate, SecureCellar
from support.upload import BOUNDARY, basic, body_of, publish

PAGE = "/main/simple/alpha/"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Cellar]:
    server = Cellar(tmp_path / "cellar", {"server": {"log_format": "json"}})
    server.start()
    assert publish(server, wheel("alpha", "1.0")).status_code == 200
    yield server
    server.kill()


def lines_of(server: Cellar) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    return [line for line in lines if line["message"] == f"GET {PAGE} 200"]


def read_page(server: Cellar, session: requests.Session) -> None:
    answer = session.get(server.url(PAGE), headers={"Accept": JSON, "User-Agent": 'a "quoted" agent'}, timeout=30)
    assert answer.status_code == 200


def test_every_answer_before_the_shutdown_is_a_line(server: Cellar) -> None:
    with requests.Session() as session:
        for _ in range(500):
            read_page(server, session)
    server.stop()
    lines = lines_of(server)
    assert len(lines) == 500
    for line in lines:
        assert line["agent"] == 'a "quoted" agent'
        assert line["peer"] == "127.0.0.1" and line["user"] == "-"
        assert isinstance(line["bytes"], int) and line["bytes"] > 100
        assert isinstance(line["ms"], float)


def test_no_line_is_lost_at_a_shutdown_under_load(server: Cellar) -> None:
    """Answers that clients had in full are lines, also those of the last moment."""
    answered = [0] * 4
    ending = threading.Event()

    def ask(place: int) -> None:
        with requests.Session() as session:
            while not ending.is_set():
                try:
                    read_page(server, session)
                except requests.RequestException:
                    return
                answered[place] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(answered))]
    for thread in threads:
        thread.start()
    time.sleep(1)
    server.stop()
    ending.set()
    for thread in threads:
        thread.join()
    assert sum(answered) > 100
    assert len(lines_of(server)) >= sum(answered)


def test_a_killed_server_loses_the_last_tenth_of_a_second_at_most(server: Cellar) -> None:
    with requests.Session() as session:
        for _ in range(50):
            read_page(server, session)
    # The batch of 50 ms, and time for its write on a busy machine.
    time.sleep(1)
    server.kill()
    assert len(lines_of(server)) == 50


PROXY, STRANGER = "127.0.0.3", "127.0.0.4"
LARGE = wheel("large", "1.0", {"large/data.bin": os.urandom(3_000_000)}, compression=0)
LARGE_FILE = f"/main/files/{LARGE.sha256}/{LARGE.filename}"


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[Cellar]:
    """A server that trusts one address."""
    server = Cellar(tmp_path / "cellar", {"server": {"log_format": "json", "trusted_proxies": [PROXY]}})
    server.start()
    for distribution in (wheel("alpha", "1.0"), LARGE):
        assert publish(server, distribution).status_code == 200
    yield server
    server.kill()


@contextlib.contextmanager
def connection_from(address: str, server: Cellar) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30, source_address=(address, 0))
    with contextlib.closing(connection):
        yield connection


def ask(connection: http.client.HTTPConnection, path: str, forwarded: str, **headers: str) -> int:
    connection.request("GET", path, headers={"X-Forwarded-For": forwarded, "Accept": JSON, **headers})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def peers(server: Cellar, path: str, *, fast: bool) -> list[str]:
    """Who asked for a path, by the lines of the fast lane or of the router, which alone have a request's id."""
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    return [
        line["peer"] for line in lines if line["message"].startswith(f"GET {path} ") and ("request" in line) is not fast
    ]


def test_behind_a_trusted_proxy_the_client_is_logged(proxied: Cellar) -> None:
    """Many clients on one connection, also with the very same request that a stranger sends."""
    clients = ["198.51.100.1", "198.51.100.2", "2001:db8::1"]
    with connection_from(PROXY, proxied) as proxy, connection_from(STRANGER, proxied) as stranger:
        for _ in range(20):
            for client in clients:
                forwarded = f"192.0.2.99, {client}"
                assert ask(proxy, PAGE, forwarded) == 200
                assert ask(stranger, PAGE, forwarded) == 200
        for path in ("/main/simple/absent/", "/health/live", LARGE_FILE):
            for client in clients:
                ask(proxy, path, f"192.0.2.99, {client}")
                ask(stranger, path, f"192.0.2.99, {client}")
        assert ask(proxy, PAGE, "nonsense") == 200
    # Connections that end with their answer are answered before they have handlers.
    for address in (PROXY, STRANGER) * 5:
        with connection_from(address, proxied) as connection:
            assert ask(connection, PAGE, "198.51.100.7", Connection="close") == 200
    proxied.stop()
    fast, slow = peers(proxied, PAGE, fast=True), peers(proxied, PAGE, fast=False)
    assert len(fast) > 100, "the fast lane answered"
    both = fast + slow
    for client in clients:
        assert both.count(client) == 20
    assert both.count("198.51.100.7") == 5
    assert both.count(STRANGER) == 60 + 5
    assert both.count(PROXY) == 1, "nobody else is known"
    assert len(both) == 60 + 60 + 5 + 5 + 1
    for path in ("/main/simple/absent/", "/health/live"):
        assert sorted(peers(proxied, path, fast=False)) == sorted(clients + [STRANGER] * 3)
    large = peers(proxied, LARGE_FILE, fast=True) + peers(proxied, LARGE_FILE, fast=False)
    assert sorted(large) == sorted(clients + [STRANGER] * 3)


def test_the_log_and_the_audit_name_the_same_client(proxied: Cellar) -> None:
    headers = {
        "X-Forwarded-For": "198.51.100.5",
        "Authorization": basic(),
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    with connection_from(PROXY, proxied) as proxy:
        proxy.request("POST", "/main/", body_of(wheel("beta", "1.0")), headers)
        assert proxy.getresponse().status == 200
    proxied.stop()
    change = json.loads(proxied.cli("audit", "--json", "--project", "beta").splitlines()[0])
    assert change["address"] == "198.51.100.5"
    line = next(line for line in proxied.log.read_text().splitlines() if change["request_id"] in line)
    assert json.loads(line)["peer"] == "198.51.100.5"


@pytest.mark.parametrize("trusted", [["127.0.0.1"], []])
def test_http_2_names_the_client_too(tmp_path: Path, trusted: list[str]) -> None:
    settings = {"server": {"log_format": "json", "trusted_proxies": trusted}}
    server = SecureCellar(tmp_path / "cellar", settings, certificate=Certificate(tmp_path / "certificate"))
    server.start()
    try:
        with Connection(server) as connection:
            for path in ("/main/simple/", "/main/simple/", "/health/live"):
                answer = connection.request(path, [("x-forwarded-for", "198.51.100.3")])
                assert answer.status == 200
    finally:
        server.stop()
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    asked = [line["peer"] for line in lines if line["message"] in ("GET /main/simple/ 200", "GET /health/live 200")]
    assert asked == ["198.51.100.3" if trusted else "127.0.0.1"] * 3
