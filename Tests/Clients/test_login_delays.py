"""Guessing passwords: it is slowed down, and nobody else notices."""

from __future__ import annotations

import base64
import itertools
import math
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.cellar import PASSWORD, USER, Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.simple import Index
from support.upload import publish

pytestmark = pytest.mark.xdist_group("clients")

GUESSED = ("guessed", "a long passphrase that nobody guesses")
SECTIONS = {"server": {"trusted_proxies": ["127.0.0.3"]}, "index.main": {"read": ["authenticated"]}, "index.open": {}}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path_factory.mktemp("delays"), SECTIONS)
    cellar.cli("user", "add", GUESSED[0], "--password-stdin", input=GUESSED[1] + "\n")
    cellar.start()
    for index in ("main", "open"):
        assert publish(cellar, wheel("read", "1.0"), f"/{index}/").status_code == 200
    yield cellar
    cellar.stop()


class Peer:
    """One connection from an address of this machine, which sends requests one after the other."""

    def __init__(self, cellar: Cellar, address: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", cellar.port), 30, source_address=(address, 0))
        self.reader = self.socket.makefile("rb")
        self.port = cellar.port

    def get(self, path: str, login: tuple[str, str] | None, headers: str = "") -> tuple[int, dict[str, str], bytes]:
        if login:
            headers += f"Authorization: Basic {base64.b64encode(':'.join(login).encode()).decode()}\r\n"
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{headers}\r\n".encode())
        status = int(self.reader.readline().split()[1])
        fields: dict[str, str] = {}
        while line := self.reader.readline().strip():
            name, _, value = line.decode().partition(":")
            fields[name.lower()] = value.strip()
        return status, fields, self.reader.read(int(fields.get("content-length", "0")))

    def close(self) -> None:
        self.reader.close()
        self.socket.close()


def wrong(cellar: Cellar, address: str, user: str, count: int, headers: str = "") -> list[int]:
    """The answers to some different wrong passwords."""
    peer = Peer(cellar, address)
    answers = [peer.get("/main/simple/", (user, f"wrong {number} {address}"), headers)[0] for number in range(count)]
    peer.close()
    return answers


def test_wrong_passwords_are_delayed_for_the_user_and_the_address_together(town: Cellar) -> None:
    for user in (GUESSED[0], "nobody"):
        assert wrong(town, "127.0.1.1", user, 8) == [401] * 5 + [429] * 3
        peer = Peer(town, "127.0.1.1")
        status, fields, body = peer.get("/main/simple/", (user, GUESSED[1]))
        assert (status, fields["retry-after"]) == (429, "1")
        assert body.startswith(b"Too many wrong passwords for this user from your address. Try again in ")
        assert peer.get("/open/simple/", (user, "yet another"))[0] == 200, "what everyone may read needs no login"
        assert peer.get("/main/simple/", (USER, PASSWORD))[0] == 200, "another user at the same address"
        peer.close()
    peer = Peer(town, "127.0.1.2")
    assert peer.get("/main/simple/", GUESSED)[0] == 200, "the same user at another address"
    peer.close()
    time.sleep(2.5)
    peer = Peer(town, "127.0.1.1")
    assert peer.get("/main/simple/", GUESSED)[0] == 200, "after the delay"
    peer.close()


def test_a_login_that_was_right_is_never_delayed(town: Cellar) -> None:
    peer = Peer(town, "127.0.2.1")
    assert peer.get("/main/simple/", GUESSED)[0] == 200
    wrong(town, "127.0.2.1", GUESSED[0], 20)
    for _ in range(20):
        assert peer.get("/main/simple/", GUESSED)[0] == 200
    peer.close()


def test_the_same_wrong_password_again_delays_nobody(town: Cellar) -> None:
    peer = Peer(town, "127.0.3.1")
    stale = (GUESSED[0], "the passphrase of last year")
    assert {peer.get("/main/simple/", stale)[0] for _ in range(200)} == {401}
    assert peer.get("/main/simple/", (GUESSED[0], ""))[0] == 401, "an empty password is no guess"
    assert peer.get("/main/simple/", GUESSED)[0] == 200
    peer.close()


def test_behind_a_trusted_proxy_the_address_of_the_client_counts(town: Cellar) -> None:
    def forwarded(address: str) -> str:
        return f"X-Forwarded-For: 192.0.2.99, {address}\r\n"

    assert wrong(town, "127.0.0.3", GUESSED[0], 6, forwarded("198.51.100.1")) == [401] * 5 + [429]
    proxy, stranger = Peer(town, "127.0.0.3"), Peer(town, "127.0.0.4")
    assert proxy.get("/main/simple/", (GUESSED[0], "other"), forwarded("198.51.100.1"))[0] == 429
    assert proxy.get("/main/simple/", (GUESSED[0], "other"), forwarded("198.51.100.2"))[0] == 401
    assert proxy.get("/main/simple/", (GUESSED[0], "more"), forwarded("2001:db8::1"))[0] == 401
    # Who is no proxy cannot choose its address.
    answers = [
        stranger.get("/main/simple/", (GUESSED[0], f"guess {number}"), forwarded(f"198.51.100.{number}"))[0]
        for number in range(10, 16)
    ]
    assert answers == [401] * 5 + [429]
    proxy.close()
    stranger.close()


def test_clients_say_why_they_must_wait_and_do_not_hang(town: Cellar, workbench: Workbench, tmp_path: Path) -> None:
    name = "patient"
    town.cli("user", "add", name, "--password-stdin", input=GUESSED[1] + "\n")
    # Until the delay is longer than all tries of a client.
    python = workbench.virtual_environment_with_pip()
    for number in range(10):
        Index(town.base, auth=(name, f"guess {number}")).get(town.url("/main/simple/"))
        time.sleep(0 if number < 5 else 2.0 ** (number - 5) + 0.1)
    for number in range(3):
        Index(town.base, auth=(name, f"last guess {number}")).get(town.url("/main/simple/"))
        time.sleep(0.7)
    address = f"http://{name}:wrong@127.0.0.1:{town.port}/main/simple/"
    begin = time.monotonic()
    (tmp_path / "read-1.0-py3-none-any.whl").write_bytes(wheel("read", "1.0").content)
    twine = workbench.run(
        "twine", "upload", "--repository-url", town.url("/main/"), "-u", name, "-p", "wrong",
        tmp_path / "read-1.0-py3-none-any.whl", check=False,
    )  # fmt: skip
    uv = workbench.run("uv", "pip", "install", "--python", python, "--index-url", address, "read", check=False)
    pip = workbench.run(python, "-m", "pip", "download", "--no-input", "--index-url", address, "read", check=False)
    assert time.monotonic() - begin < 60
    for done in (pip, uv, twine):
        assert done.returncode != 0, done.stdout + done.stderr
    assert "429" in uv.stdout + uv.stderr
    assert "Too many wrong passwords for this user" in twine.stdout + twine.stderr


class Attack:
    """Two connections from one address that guess as fast as they can: each second a thousand times or so."""

    def __init__(self, cellar: Cellar) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._guess, args=(cellar, number)) for number in range(2)]

    def __enter__(self) -> Attack:
        self.begin = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.seconds = time.monotonic() - self.begin

    def _guess(self, cellar: Cellar, number: int) -> None:
        peer = Peer(cellar, "127.0.4.1")
        users = [GUESSED[0], "nobody", *(f"user{user}" for user in range(50))]
        for count in itertools.count():
            if self._stop.is_set():
                break
            user = users[count % len(users)]
            status, _, _ = peer.get("/main/simple/read/", (user, f"guess {number} {count}"))
            self.answers[user, status] += 1
        peer.close()


def latencies(cellar: Cellar, address: str, seconds: float) -> list[float]:
    """How long an honest reader waits for each of some pages, asked for in the rhythm of a person's tools."""
    peer = Peer(cellar, address)
    times: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.monotonic()
        assert peer.get("/main/simple/read/", (USER, PASSWORD))[0] == 200
        times.append(time.monotonic() - begin)
        time.sleep(0.005)
    peer.close()
    return times


def high(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def test_brute_force_holds_and_an_honest_reader_elsewhere_notices_nothing(town: Cellar) -> None:
    latencies(town, "127.0.4.2", 1)
    calm = high(latencies(town, "127.0.4.2", 5))
    with Attack(town) as attack:
        stormy = high(latencies(town, "127.0.4.2", 8))
        begin = time.monotonic()
        honest = Peer(town, "127.0.4.3")
        assert honest.get("/main/simple/read/", GUESSED)[0] == 200, "a first login elsewhere"
        first_login = time.monotonic() - begin
        honest.close()
    count = sum(attack.answers.values())
    rate = count / attack.seconds
    print(
        f"{rate:.0f} tries/s; p99 calm {calm * 1000:.1f} ms, stormy {stormy * 1000:.1f} ms; login {first_login:.2f} s"
    )
    assert not any(status == 200 for _, status in attack.answers)
    assert {status for _, status in attack.answers} <= {401, 429}
    # At most five, and then one after 1, 2, 4 … seconds.
    verified = attack.answers[GUESSED[0], 401]
    assert 1 <= verified <= 5 + math.log2(attack.seconds + 1) + 1
    # Of all users together not more than the work that one address may make.
    assert sum(times for (_, status), times in attack.answers.items() if status == 401) <= 61 + 10 * attack.seconds
    assert count > 50
    # Modest: this machine runs other tests, and the attackers, at the same time.
    assert stormy < max(5 * calm, calm + 0.05)
    assert first_login < 3
    lines = town.log.read_text().count("further ones must wait")
    assert lines < 100


def test_many_at_once_are_no_more_guesses_than_one_after_the_other(town: Cellar) -> None:
    answers: Counter[int] = Counter()

    def guess(number: int) -> None:
        answer = requests.get(town.url("/main/simple/"), auth=("crowd", f"guess {number}"), timeout=60)
        answers[answer.status_code] += 1

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[401] <= 7 and answers[401] + answers[429] == 30, answers
