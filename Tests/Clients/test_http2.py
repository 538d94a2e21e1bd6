"""HTTP/2, which clients choose under TLS: the answers of HTTP/1.1, many at once, and what a bad client may not do."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.cellar import Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.http2 import Connection
from support.simple import HTML, JSON
from support.tls import Certificate, SecureCellar
from support.upload import BOUNDARY, basic, body_of
from support.waiting import eventually

pytestmark = pytest.mark.xdist_group("http2")

CANCEL, PROTOCOL_ERROR, REFUSED_STREAM = 8, 1, 7
MULTIPART = ("content-type", f"multipart/form-data; boundary={BOUNDARY}")
SMALL = wheel("small", "1.0")
LARGE = wheel("large", "1.0", {"large/data.bin": os.urandom(3_000_000)}, compression=0)
FILE = f"/main/files/{SMALL.sha256}/{SMALL.filename}"
LARGE_FILE = f"/main/files/{LARGE.sha256}/{LARGE.filename}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls") / "certificate")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[SecureCellar]:
    """A server on which small and large are published; it must end cleanly after all that the tests did."""
    server = _installation(tmp_path_factory.mktemp("secure"), certificate)
    yield server
    server.stop()


def _installation(root: Path, certificate: Certificate, **settings: object) -> SecureCellar:
    server = SecureCellar(root, {"server": settings}, certificate=certificate)
    server.start()
    with Connection(server) as connection:
        for distribution in (SMALL, LARGE):
            answer = _publish(connection, distribution)
            assert answer.status == 200, answer.body
    return server


def _publish(connection: Connection, distribution, **headers: str):
    login = headers.pop("authorization", basic())
    return connection.request(
        "/main/", [MULTIPART, ("authorization", login), *headers.items()], method="POST", body=body_of(distribution)
    )


def test_what_both_sides_offer_is_chosen(secure: SecureCellar) -> None:
    with Connection(secure, offers=("h2", "http/1.1")) as connection:
        assert connection.protocol == "h2"
    # The client's protocol list alone decides nothing else: one that offers only HTTP/1.1 gets it.
    assert secure.session().get(secure.url("/main/simple/small/")).status_code == 200
    done = subprocess.run(
        ["curl", "-s", "--cacert", secure.certificate.authority, "-o", os.devnull, "-w", "%{http_version}",
         secure.url("/main/simple/small/")], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "2"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_answers_are_those_of_http_1(secure: SecureCellar, method: str) -> None:
    """Each address twice, since the fast lane answers what it has seen."""
    page = secure.session().get(secure.url("/main/simple/small/"), headers={"Accept": JSON})
    asked: list[tuple[str, dict[str, str]]] = [
        ("/main/simple/small/", {"accept": JSON}),
        ("/main/simple/small/", {"accept": HTML, "accept-encoding": "gzip"}),
        ("/main/simple/small/", {"accept": JSON, "if-none-match": page.headers["ETag"]}),
        ("/main/simple/small/?format=" + JSON, {}),
        ("/main/simple/small/?format=" + JSON, {"if-none-match": page.headers["ETag"]}),
        ("/main/simple/small/?format=" + JSON, {"if-none-match": "*"}),
        ("/main/simple/", {"accept": JSON, "authorization": basic()}),
        ("/main/simple/Small/", {}),
        ("/main/simple/absent/", {}),
        (FILE, {}),
        (FILE, {"range": "bytes=10-99"}),
        (FILE, {"range": "bytes=99999999-"}),
        (FILE, {"if-none-match": "*"}),
        (FILE + ".metadata", {"accept-encoding": "identity"}),
        (FILE + ".metadata", {"if-none-match": "*"}),
        (LARGE_FILE, {}),
        (LARGE_FILE, {"range": "bytes=-70000"}),
        ("/pypi/small/json", {}),
        ("/health/ready", {}),
        ("/", {}),
    ]
    old = secure.session()
    # The first answers are not compressed yet.
    compressed = {"Accept": HTML, "Accept-Encoding": "gzip"}
    page_address = secure.url("/main/simple/small/")
    eventually(lambda: old.get(page_address, headers=compressed).headers.get("Content-Encoding") == "gzip")
    with Connection(secure) as connection:
        for path, headers in asked * 2:
            expected = old.request(
                method, secure.url(path), headers={"Accept-Encoding": "", "User-Agent": "", **headers},
                allow_redirects=False, stream=True,
            )  # fmt: skip
            answer = connection.request(path, headers.items(), method=method)
            told = f"{method} {path} {headers}"
            assert answer.reset is None, told
            assert answer.status == expected.status_code, told
            changing = {"date", "connection", "transfer-encoding", "set-cookie", "x-request-id"}
            ours = {name: value for name, value in answer.headers.items() if name not in {*changing, ":status"}}
            theirs = {name.lower(): value for name, value in expected.headers.items() if name.lower() not in changing}
            assert ours == theirs, told
            if path != "/":  # the page for people names the time
                assert answer.body == expected.raw.read(), told


def test_a_hundred_streams_at_once(secure: SecureCellar) -> None:
    paths = ["/main/simple/small/", FILE, "/main/simple/absent/", LARGE_FILE, "/pypi/small/json"]
    with Connection(secure) as connection:
        expected = {path: connection.request(path) for path in paths}
        streams = [(path, connection.begin(path)) for path in paths * 20]
        for path, stream in streams:
            answer = connection.answer(stream)
            assert (answer.status, answer.body) == (expected[path].status, expected[path].body), path
    assert expected[LARGE_FILE].body == LARGE.content


def test_what_is_published_is_read_at_once(secure: SecureCellar) -> None:
    with Connection(secure) as connection:
        for version in range(20):
            distribution = wheel("fresh", f"1.{version}")
            assert _publish(connection, distribution).status == 200
            page = connection.request("/main/simple/fresh/", [("accept", JSON)])
            assert distribution.filename in [file["filename"] for file in json.loads(page.body)["files"]]
            answer = connection.request(f"/main/files/{distribution.sha256}/{distribution.filename}")
            assert answer.body == distribution.content


def test_the_answer_to_a_refused_upload_is_read(secure: SecureCellar) -> None:
    """It comes before the body has been sent, which is dropped; the connection goes on."""
    with Connection(secure) as connection:
        for login, status in ((basic(password="wrong"), 401), (basic(), 200)):
            answer = _publish(connection, wheel("refused", "1.0", {"d": os.urandom(2_000_000)}), authorization=login)
            assert answer.status == status, answer.body
            assert connection.request("/main/simple/small/").status == 200


def test_a_body_is_invited(secure: SecureCellar) -> None:
    distribution = wheel("invited", "1.0")
    with Connection(secure) as connection:
        head = [MULTIPART, ("authorization", basic()), ("expect", "100-continue")]
        stream = connection.begin("/main/", head, method="POST", has_body=True)
        connection.wait(lambda: connection.answers[stream].informational)
        assert connection.answers[stream].informational == [100]
        connection.send(stream, body_of(distribution))
        assert connection.answer(stream).status == 200


@pytest.mark.parametrize("window", [1, 1000, 70_000])
def test_a_client_with_a_small_window_gets_everything(secure: SecureCellar, window: int) -> None:
    paths = (
        [FILE + ".metadata"] if window == 1 else ["/main/simple/small/", FILE, LARGE_FILE][: 2 if window < 5000 else 3]
    )
    with Connection(secure, window=window) as connection:
        for path in paths * 2:
            answer = connection.request(path)
            assert answer.status == 200
            assert len(answer.body) == int(answer.headers["content-length"])


def test_bodies_beyond_the_bound_are_refused(secure: SecureCellar) -> None:
    """Each may have a window's bytes in memory. A refused request was not looked at, and may be sent again."""
    with Connection(secure) as connection:
        head = [MULTIPART, ("authorization", basic())]
        streams = [connection.begin("/main/", head, method="POST", has_body=True) for _ in range(10)]
        connection.wait(lambda: sum(connection.answers[stream].reset is not None for stream in streams) == 2)
        assert [connection.answers[stream].reset for stream in streams[8:]] == [REFUSED_STREAM] * 2
        body = body_of(wheel("bounded", "1.0"))
        connection.send(streams[0], body)
        assert connection.answer(streams[0]).status == 200
        again = connection.begin("/main/", head, method="POST", has_body=True)
        connection.send(again, body)
        assert connection.answer(again).status == 200, "the same file once more"


def test_a_cancelled_stream_leaves_nothing(secure: SecureCellar) -> None:
    body = body_of(LARGE)
    with Connection(secure) as connection:
        stream = connection.begin("/main/", [MULTIPART, ("authorization", basic())], method="POST", has_body=True)
        connection.send(stream, body[:1_000_000], is_last=False)
        connection.h2.reset_stream(stream, CANCEL)
        download = connection.begin(LARGE_FILE)
        connection.wait(lambda: len(connection.answers[download].body) > 100_000)
        connection.h2.reset_stream(download, CANCEL)
        connection.flush()
        assert connection.request("/main/simple/small/").status == 200
        eventually(lambda: not secure.spooled_files())


def test_a_client_that_hangs_up_leaves_nothing(secure: SecureCellar) -> None:
    with Connection(secure) as connection:
        stream = connection.begin("/main/", [MULTIPART, ("authorization", basic())], method="POST", has_body=True)
        connection.send(stream, body_of(LARGE)[:1_000_000], is_last=False)
    eventually(lambda: not secure.spooled_files())


def test_clients_that_hang_up_during_answers_harm_nobody(secure: SecureCellar) -> None:
    """The server notices it while it writes: it answers many streams at once, in frames of two kinds."""
    medium = wheel("medium", "1.0", {"d": os.urandom(20_000)}, compression=0)
    path = f"/main/files/{medium.sha256}/{medium.filename}"
    with Connection(secure) as connection:
        assert _publish(connection, medium).status == 200
        assert connection.request(path).body == medium.content
    for number in range(20):
        with Connection(secure) as connection:
            connection.h2.increment_flow_control_window(10_000_000)
            for _ in range(80):
                stream = connection.h2.get_next_available_stream_id()
                head = [(":method", "GET"), (":scheme", "https"), (":authority", connection.authority), (":path", path)]
                connection.h2.send_headers(stream, head, end_stream=True)
            connection.flush()
            time.sleep(number / 2000)
    with Connection(secure) as connection:
        connection.h2.increment_flow_control_window(10_000_000)
        streams = [connection.begin(path) for _ in range(80)]
        assert all(connection.answer(stream).body == medium.content for stream in streams)


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100],
    ids=["http/1", "noise"],
)
def test_what_is_no_http2_ends_the_connection(secure: SecureCellar, sent: bytes) -> None:
    context = ssl.create_default_context(cafile=str(secure.certificate.authority))
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection(("127.0.0.1", secure.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(sent)
        while connection.recv(65536):
            pass
    assert secure.session().get(secure.url("/health/live")).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {":path": ""},
        {":path": "/main/simple/small/ HTTP/1.1"},
        {":scheme": None},
        {"accept": "text/html\r\nx: y"},
        {"Accept": "text/html"},
        {"connection": "close"},
        {"transfer-encoding": "chunked"},
        {"te": "gzip"},
        {":status": "200"},
    ],
    ids=str,
)
@pytest.mark.parametrize("has_body", [False, True], ids=["", "body"])
def test_a_malformed_request_is_reset(secure: SecureCellar, changed: dict[str, str | None], has_body: bool) -> None:
    with Connection(secure, checks=False) as connection:
        head = {
            ":method": "GET",
            ":scheme": "https",
            ":authority": connection.authority,
            ":path": "/main/simple/small/",
        }
        fields = [(name, value) for name, value in {**head, **changed}.items() if value is not None]
        for _ in range(2):
            answer = connection.answer(connection.begin_raw(fields, has_body=has_body))
            assert (answer.headers, answer.reset) == ({}, PROTOCOL_ERROR)
            assert connection.request("/main/simple/small/").status == 200, "the connection goes on"


@pytest.mark.parametrize("trailer", [("transfer-encoding", "chunked"), ("x", "a\r\nb"), (":path", "/")], ids=str)
def test_malformed_trailers_reset_the_stream(secure: SecureCellar, trailer: tuple[str, str]) -> None:
    distribution = wheel("trailed", "1.0")
    with Connection(secure, checks=False) as connection:
        for fields, is_good in (([trailer], False), ([("x-checksum", "1")], True)):
            head = [MULTIPART, ("authorization", basic())]
            stream = connection.begin("/main/", head, method="POST", has_body=True)
            assert connection.send(stream, body_of(distribution), is_last=False)
            connection.h2.send_headers(stream, fields, end_stream=True)
            connection.flush()
            answer = connection.answer(stream)
            assert answer.status == 200 if is_good else answer.reset == PROTOCOL_ERROR
        eventually(lambda: not secure.spooled_files())


def test_a_head_that_is_too_long_harms_nobody(secure: SecureCellar) -> None:
    with Connection(secure) as connection:
        with contextlib.suppress(OSError):  # the server hangs up on what it does not want to read
            connection.begin("/main/simple/small/", [("x-long", "x" * 200_000)])
        connection.wait(lambda: connection.is_closed or connection.goodbye is not None or connection.answers[1].reset)
    with Connection(secure) as connection:
        assert connection.request("/main/simple/small/").status == 200


def test_each_request_is_logged_once(secure: SecureCellar) -> None:
    agent = f"http2-test/{time.time_ns()}"
    with Connection(secure) as connection:
        for path in ("/main/simple/small/", "/main/simple/small/", FILE, "/main/simple/absent/", LARGE_FILE):
            connection.request(path, [("user-agent", agent)])
    secure.eventually_logs(agent, 5)
    lines = [line for line in secure.log.read_text().splitlines() if agent in line]
    assert len(lines) == 5
    assert sum('/absent/ 404"' in line for line in lines) == 1
    assert all('"127.0.0.1"' in line for line in lines)


def test_uv_publishes_and_installs(secure: SecureCellar, tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "home")
    trusted = {"SSL_CERT_FILE": str(secure.certificate.authority)}
    files = [wheel(f"uv-{number}", "1.0", {"d": os.urandom(300_000)}) for number in range(30)]
    for file in files:
        (tmp_path / file.filename).write_bytes(file.content)
    paths = [tmp_path / file.filename for file in files]
    bench.run("uv", "publish", "--publish-url", secure.url("/main/"), *paths, environment=trusted)
    python = bench.virtual_environment()
    bench.run(
        "uv", "pip", "install", "--python", python, "--no-cache", "--index-url", secure.url("/main/simple/"),
        *(f"uv-{number}" for number in range(30)), "large", environment=trusted,
    )  # fmt: skip
    frozen = bench.run("uv", "pip", "freeze", "--python", python).stdout.split()
    assert len(frozen) == 31


def test_pip_still_speaks_http_1(secure: SecureCellar, tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "home")
    bench.run(
        sys.executable, "-m", "pip", "download", "--no-deps", "--cert", secure.certificate.authority,
        "--index-url", secure.url("/main/simple/"), "-d", tmp_path, "large",
    )  # fmt: skip
    assert (tmp_path / LARGE.filename).read_bytes() == LARGE.content


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[SecureCellar]:
    """A server that waits only seconds."""
    root = tmp_path_factory.mktemp("impatient")
    server = _installation(root, certificate, idle_timeout="2s", upload_idle_timeout="2s")
    yield server
    server.stop()


def test_an_idle_connection_is_told_goodbye(impatient: SecureCellar) -> None:
    with Connection(impatient) as connection:
        assert connection.request("/main/simple/small/").status == 200
        started = time.monotonic()
        connection.wait(lambda: connection.is_closed, 15)
        assert connection.is_closed
        assert 1.5 < time.monotonic() - started < 10
        assert connection.goodbye is not None
        assert connection.goodbye.error_code == 0


def test_a_connection_in_use_is_kept(impatient: SecureCellar) -> None:
    with Connection(impatient) as connection:
        for _ in range(12):
            assert connection.request("/main/simple/small/").status == 200
            time.sleep(0.5)


@pytest.mark.parametrize("path", ["/main/simple/small/", FILE + ".metadata", LARGE_FILE])
def test_a_client_that_takes_no_answer_is_sent_away(impatient: SecureCellar, path: str) -> None:
    with Connection(impatient, window=5, refills=False) as connection:
        stream = connection.begin(path)
        connection.wait(lambda: connection.is_closed or connection.answers[stream].reset is not None, 20)
        assert connection.is_closed or connection.answers[stream].reset is not None


def test_a_body_that_stops_is_answered(impatient: SecureCellar) -> None:
    with Connection(impatient) as connection:
        stream = connection.begin("/main/", [MULTIPART, ("authorization", basic())], method="POST", has_body=True)
        connection.send(stream, body_of(SMALL)[:100], is_last=False)
        connection.wait(lambda: connection.answers[stream].headers or connection.answers[stream].reset, 20)
        assert connection.answers[stream].status == 408
        assert connection.request("/main/simple/small/").status == 200, "the connection goes on"


def test_a_stopping_server_ends_what_has_begun(tmp_path: Path, certificate: Certificate) -> None:
    server = _installation(tmp_path, certificate)
    with Connection(server) as busy, Connection(server) as idle, ThreadPoolExecutor() as pool:
        assert idle.request("/main/simple/small/").status == 200
        busy.refills = False
        stream = busy.begin(LARGE_FILE)
        busy.wait(lambda: busy.answers[stream].body)
        started = time.monotonic()
        stopping = pool.submit(Cellar.stop, server)
        idle.wait(lambda: idle.is_closed, 10)
        busy.refills = True
        busy.wait(lambda: busy.goodbye is not None, 10)
        busy.h2.increment_flow_control_window(10_000_000)
        busy.h2.increment_flow_control_window(10_000_000, stream)
        busy.flush()
        assert busy.answer(stream).body == LARGE.content
        stopping.result()
        assert time.monotonic() - started < 10
