"""What an anonymous caller may not read cannot be told from what does not exist, by nothing: not even by the time.

The times are compared as medians of requests that take turns, on many names, first with a server that has none of them
in memory, then again from memory. The machine runs other tests at the same time, so a difference counts only if it
comes back in every one of several tries.
"""

from __future__ import annotations

import base64
import random
import re
import socket
import statistics
import time
from collections.abc import Iterator, Sequence

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from support.distributions import Distribution, wheel
from support.upload import BOUNDARY, body_of, publish

pytestmark = pytest.mark.xdist_group("token-clients")

NAMES = 60
TRIES = 6
# How much the medians may differ: a factor, and beside it what one answer costs a busy machine more or less.
FACTOR, SECONDS = 1.15, 0.00003
# Of the same length, so that no length tells them apart either.
HIDDEN = [f"hidden-{number:03}" for number in range(NAMES)]
ABSENT = [f"absent-{number:03}" for number in range(NAMES)]
BOB = ("bob", "a long passphrase of bob's")
CALLERS: dict[str, tuple[str, str] | None] = {"anonymous": None, "bob": BOB}
# What differs between any two answers.
CHANCE = re.compile(rb"(?im)^(date|x-request-id):.*\r\n")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    """An index that everyone reads, but for the hidden projects; and an index of which nobody knows."""
    cellar = Cellar(
        tmp_path_factory.mktemp("concealment"),
        {"index.main": {}, "index.hidden": {right: [f"user:{USER}"] for right in ("read", "write", "create")}},
    )
    cellar.cli("user", "add", BOB[0], "--password-stdin", input=BOB[1] + "\n")
    cellar.start()
    with requests.Session() as session:
        session.trust_env = False
        session.auth = (ADMIN, ADMIN_PASSWORD)
        for name in HIDDEN:
            assert publish(cellar, file_of(name)).status_code == 200
            grant = {"right": "read", "principal": f"user:{USER}", "index": "main", "project": name}
            assert session.post(cellar.url("/api/v1/grants"), json=grant, timeout=30).status_code == 201
    for number in range(NAMES):
        assert publish(cellar, file_of(f"inside-{number:03}"), "/hidden/").status_code == 200
    assert publish(cellar, file_of("open")).status_code == 200
    yield cellar
    cellar.stop()


_FILES: dict[str, Distribution] = {}


def file_of(name: str) -> Distribution:
    return _FILES.setdefault(name, wheel(name, "1.0"))


def family(path: str, index: str, name: str) -> str:
    """The address of a project; the digest of an absent one's file is that of bytes which nobody has."""
    file = file_of(name)
    return path.format(index=index, name=name, digest=file.sha256, file=file.filename)


# Every address of a project that can be read, and what is done to it.
FAMILIES = {
    "page": ("GET", "/{index}/simple/{name}/"),
    "page without the index": ("GET", "/simple/{name}/"),
    "head of the page": ("HEAD", "/{index}/simple/{name}/"),
    "page without a slash": ("GET", "/{index}/simple/{name}"),
    "JSON": ("GET", "/{index}/pypi/{name}/json"),
    "JSON of a version": ("GET", "/{index}/pypi/{name}/1.0/json"),
    "file": ("GET", "/{index}/files/{digest}/{file}"),
    "head of the file": ("HEAD", "/{index}/files/{digest}/{file}"),
    "file without the index": ("GET", "/files/{digest}/{file}"),
    "file without a digest": ("GET", "/{index}/files/u/{name}/{file}"),
    "metadata": ("GET", "/{index}/files/{digest}/{file}.metadata"),
    "provenance": ("GET", "/{index}/integrity/{name}/1.0/{file}/provenance"),
    "API": ("GET", "/api/v1/indexes/{index}/projects/{name}"),
    "API of a release": ("GET", "/api/v1/indexes/{index}/projects/{name}/releases/1.0"),
    "API of a file": ("GET", "/api/v1/indexes/{index}/projects/{name}/files/{file}"),
    "why": ("GET", "/api/v1/indexes/{index}/projects/{name}/why"),
    "search": ("GET", "/api/v1/indexes/{index}/projects?q={name}"),
    "access": ("GET", "/api/v1/indexes/{index}/projects/{name}/access?user=alice"),
    "yank": ("PUT", "/api/v1/indexes/{index}/projects/{name}/releases/1.0/yank"),
    "delete": ("DELETE", "/api/v1/indexes/{index}/projects/{name}/releases/1.0"),
    "upload": ("POST", "/{index}/"),
    "XML-RPC": ("POST", "/pypi/"),
}
CALL = "<?xml version='1.0'?><methodCall><methodName>package_releases</methodName><params><param><value><string>{name}"
CALL += "</string></value></param></params></methodCall>"
# Whoever may publish finds out by trying that a name is taken (decision 22).
ANONYMOUS_ALONE = {"upload"}


class Peer:
    """One connection that sends requests one after the other, and times them."""

    def __init__(self, cellar: Cellar, login: tuple[str, str] | None) -> None:
        self.socket = socket.create_connection(("127.0.0.1", cellar.port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f"Host: 127.0.0.1:{cellar.port}\r\nAccept: application/vnd.pypi.simple.v1+json\r\n"
        if login:
            self.head += f"Authorization: Basic {base64.b64encode(':'.join(login).encode()).decode()}\r\n"

    def ask(self, method: str, path: str, name: str) -> tuple[float, bytes]:
        kind, body = "application/json", b""
        if method == "POST" and path.startswith("/pypi"):
            kind, body = "text/xml", CALL.format(name=name).encode()
        elif method == "POST":
            kind, body = f"multipart/form-data; boundary={BOUNDARY}", body_of(file_of(name))
        elif method == "PUT":
            body = b'{"reason":"x"}'
        fields = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n" if body else ""
        request = f"{method} {path} HTTP/1.1\r\n{self.head}{fields}\r\n".encode() + body
        begin = time.perf_counter()
        self.socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        took = time.perf_counter() - begin
        head, _, rest = answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^content-length: (\d+)", head)
        while method != "HEAD" and length and len(rest) < int(length[1]):
            rest += self._more()
        return took, CHANCE.sub(b"", head + b"\r\n") + b"\r\n" + rest

    def _more(self) -> bytes:
        chunk = self.socket.recv(65536)
        assert chunk, "the server has closed"
        return chunk

    def close(self) -> None:
        self.socket.close()


Pair = tuple[tuple[str, str], tuple[str, str]]


def project_pairs(path: str) -> list[Pair]:
    """A hidden and an absent project in the index that everyone reads."""
    return [
        ((family(path, "main", hidden), hidden), (family(path, "main", absent), absent))
        for hidden, absent in zip(HIDDEN, ABSENT, strict=True)
    ]


def index_pairs(path: str) -> list[Pair]:
    """A project in the index that is hidden, and one in an index that is not there."""
    names = [f"inside-{number:03}" for number in range(NAMES)]
    return [((family(path, "hidden", name), name), (family(path, "absent", name), name)) for name in names]


def unnamed(answer: bytes, path: str, name: str) -> bytes:
    """An answer without the names that the request had."""
    file = file_of(name)
    for text in (file.sha256, file.filename, name, name.replace("-", "_"), "/hidden/", "/absent/"):
        answer = answer.replace(text.encode(), b"*")
    return re.sub(rb"\b(hidden|absent)\b", b"*", answer)


def differences(cellar: Cellar, method: str, pairs: Sequence[Pair], login: tuple[str, str] | None) -> list[str]:
    """What tells the first of each pair from the second: in the answers, or in the time that they took."""
    peer = Peer(cellar, login)
    open_page = "/main/simple/open/"
    for _ in range(30):
        peer.ask("GET", open_page, "open")
    found: list[str] = []
    for memory in ("first look", "from memory"):
        times: tuple[list[float], list[float]] = ([], [])
        for number, pair in enumerate(pairs * (1 if memory == "first look" else 3)):
            answers = [b"", b""]
            for place in (0, 1) if number % 2 else (1, 0):
                path, name = pair[place]
                took, answer = peer.ask(method, path, name)
                times[place].append(took)
                answers[place] = unnamed(answer, path, name)
            assert answers[0] == answers[1], f"{method} {pair}:\n{answers[0]!r}\n{answers[1]!r}"
            assert not answers[0].startswith(b"HTTP/1.1 5"), answers[0]
        there, nowhere = (statistics.median(series) for series in times)
        if max(there, nowhere) > FACTOR * min(there, nowhere) + SECONDS:
            found.append(f"{memory}: {there * 1e6:.0f} µs if it is there, {nowhere * 1e6:.0f} µs if it is not")
    peer.close()
    return found


def assert_alike(cellar: Cellar, method: str, pairs: list[Pair], callers: Sequence[str]) -> None:
    left = list(callers)
    seen: list[str] = []
    for _ in range(TRIES):
        # Nothing is in memory, and what is first is not always the same.
        cellar.stop()
        cellar.start()
        random.shuffle(pairs)
        random.shuffle(left)
        found = {who: differences(cellar, method, pairs, CALLERS[who]) for who in left}
        left = [who for who in left if found[who]]
        if not left:
            return
        seen += [f"{who}: {found[who]}" for who in left]
    pytest.fail("the time tells them apart:\n" + "\n".join(seen))


@pytest.mark.parametrize("what", FAMILIES)
def test_a_restricted_project_is_answered_as_one_that_is_not_there(town: Cellar, what: str) -> None:
    method, path = FAMILIES[what]
    callers = [who for who in CALLERS if who == "anonymous" or what not in ANONYMOUS_ALONE]
    assert_alike(town, method, project_pairs(path), callers)


@pytest.mark.parametrize("what", [what for what in FAMILIES if "{index}" in FAMILIES[what][1]])
def test_a_hidden_index_is_answered_as_one_that_is_not_there(town: Cellar, what: str) -> None:
    method, path = FAMILIES[what]
    assert_alike(town, method, index_pairs(path), list(CALLERS))


def test_the_owner_of_the_grant_sees_all_of_it(town: Cellar) -> None:
    """So the addresses above are those of what is there."""
    with requests.Session() as session:
        session.trust_env = False
        session.auth = (USER, PASSWORD)
        for what, (method, path) in FAMILIES.items():
            if method not in ("GET", "HEAD") or what in ("provenance", "access"):
                continue
            for index, name in (("main", HIDDEN[0]), ("hidden", "inside-000")):
                if index == "main" or "{index}" in path:
                    answer = session.request(method, town.url(family(path, index, name)), timeout=30)
                    assert answer.status_code == 200, (what, index)
