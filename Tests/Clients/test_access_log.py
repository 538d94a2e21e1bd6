"""The access log: a line for every answer, in batches, and none lost at the end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.cellar import Cellar
from support.distributions import wheel
from support.simple import JSON
from support.upload import publish

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
