"""Clients that stop, trickle, send too much, or break HTTP itself."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from support.cellar import Cellar
from support.distributions import wheel
from support.hostile import assert_refused
from support.upload import BOUNDARY, body_of, post, raw_connection, read_response, request_head
from support.waiting import eventually

pytestmark = [pytest.mark.xdist_group("hostile"), pytest.mark.usefixtures("unharmed_server")]

WHEEL = wheel("connection-test", "1.0")
BODY = body_of(WHEEL)


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def test_a_chunked_upload_is_published(hostile_twin: Cellar) -> None:
    chunked = wheel("chunked", "1.0")
    answer = post(hostile_twin, pieces(body_of(chunked), 100))
    assert answer.status_code == 200, answer.text


def test_a_chunked_upload_over_the_limit_is_refused(hostile: Cellar) -> None:
    large = wheel("connection-test", "2.0", {"large.bin": bytes(range(256)) * 80_000}, compression=0)
    with contextlib.suppress(OSError):  # the server may hang up on what it doesn't want to read
        assert_refused(post(hostile, pieces(body_of(large), 65536)), 413)


def test_a_chunked_upload_without_an_end_leaves_nothing(hostile: Cellar) -> None:
    with raw_connection(hostile) as connection:
        head = request_head(hostile, None, extra=["Transfer-Encoding: chunked"])
        connection.sendall(head + b"%x\r\n" % len(BODY) + BODY + b"\r\n")
        connection.shutdown(socket.SHUT_WR)
        status, _ = read_response(connection)
    assert status in {None, 400, 408}


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.99])
def test_a_client_that_hangs_up_leaves_nothing(hostile: Cellar, share: float) -> None:
    connection = raw_connection(hostile)
    connection.sendall(request_head(hostile, len(BODY)) + BODY[: int(len(BODY) * share)])
    connection.close()
    eventually(lambda: not hostile.spooled_files())


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_client_that_stops_half_way_is_sent_away(hostile: Cellar, share: float) -> None:
    with raw_connection(hostile) as connection:
        connection.sendall(request_head(hostile, len(BODY)) + BODY[: int(len(BODY) * share)])
        started = time.monotonic()
        status, received = read_response(connection)
    assert status in {None, 408}, received[:500]
    assert time.monotonic() - started < 30


def test_a_client_that_sends_a_byte_a_second_is_sent_away(hostile: Cellar) -> None:
    with raw_connection(hostile, timeout=1) as connection:
        connection.sendall(request_head(hostile, len(BODY)))
        started, status = time.monotonic(), None
        for byte in BODY:
            try:
                connection.sendall(bytes([byte]))
                if answered := connection.recv(4096):
                    status = int(answered.split(b" ", 2)[1])
                break
            except TimeoutError:
                assert time.monotonic() - started < 60, "a trickling upload was never ended"
            except ConnectionError:
                break
    assert status in {None, 408}


def test_slow_heads_do_not_keep_others_out(hostile: Cellar) -> None:
    waiting = [raw_connection(hostile) for _ in range(200)]
    try:
        for connection in waiting:
            connection.sendall(b"POST /main/ HTTP/1.1\r\nHost:")
        started = time.monotonic()
        assert hostile.is_alive()
        assert time.monotonic() - started < 5
    finally:
        for connection in waiting:
            connection.close()


HEADS = {
    "1 MiB header": b"GET /main/simple/ HTTP/1.1\r\nHost: a\r\nX-Large: " + b"x" * 1_048_576 + b"\r\n\r\n",
    "1 MiB of headers": b"GET /main/simple/ HTTP/1.1\r\nHost: a\r\n" + b"X-Many: 12345678\r\n" * 58_254 + b"\r\n",
    "1 MiB path": b"GET /" + b"p" * 1_048_576 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500) + b"\r\n\r\n",
    "no version": b"GET /main/simple/\r\n\r\n",
    "unknown version": b"GET /main/simple/ HTTP/9.9\r\nHost: a\r\n\r\n",
    "two lengths": b"POST /main/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "negative length": b"POST /main/ HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello",
    "length that isn't one": b"POST /main/ HTTP/1.1\r\nHost: a\r\nContent-Length: five\r\n\r\nhello",
    "length and chunks": b"POST /main/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"0\r\n\r\n",
    "chunk that isn't one": b"POST /main/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "header without a name": b"GET /main/simple/ HTTP/1.1\r\nHost: a\r\n: nothing\r\n\r\n",
    "folded header": b"GET /main/simple/ HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\tc\r\n\r\n",
}


@pytest.mark.parametrize("case", HEADS)
def test_broken_http_is_refused(hostile: Cellar, case: str) -> None:
    with raw_connection(hostile, timeout=10) as connection:
        with contextlib.suppress(OSError):  # the server need not read all of this
            connection.sendall(HEADS[case])
            connection.shutdown(socket.SHUT_WR)
        status, received = read_response(connection)
    tolerated = {200, 401} if case == "folded header" else {401, 404, 411}
    assert status is None or status in {400, 408, 413, 414, 431, 501, 505} | tolerated, received[:500]


def test_a_length_that_is_a_lie_is_refused_at_once(hostile: Cellar) -> None:
    """50 GB are announced: the answer comes without waiting for them."""
    with raw_connection(hostile, timeout=20) as connection:
        connection.sendall(request_head(hostile, 50_000_000_000) + BODY[:500])
        status, received = read_response(connection)
    assert status == 413, received[:500]


def test_expect_continue_is_refused_before_the_body(hostile: Cellar) -> None:
    head = (
        f"POST /main/ HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {len(BODY)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with raw_connection(hostile, timeout=20) as connection:
        connection.sendall(head.encode())
        status, received = read_response(connection)
    assert status == 401, received[:500]
