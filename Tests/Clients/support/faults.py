"""How the upstream of the tests fails: each fault sends an answer wrongly, late, or not at all."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .upstream import Asked

_BLOCK = 1 << 18
_PATIENCE = 120.0


@dataclass(frozen=True)
class Answer:
    """What the upstream would say; the body from `first` to before `end`."""

    status: int
    headers: dict[str, str]
    body: bytes | Path
    first: int = 0
    end: int | None = None

    @property
    def length(self) -> int:
        whole = len(self.body) if isinstance(self.body, bytes) else self.body.stat().st_size
        return (whole if self.end is None else self.end) - self.first

    def bytes(self) -> bytes:
        whole = self.body if isinstance(self.body, bytes) else self.body.read_bytes()
        return whole[self.first : self.end]


Fault = Callable[[BaseHTTPRequestHandler, "Asked", Answer, threading.Event], None]


def send(handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer, length: int | None = None) -> None:
    """Sends a head and its body, and notes how much of it went out; the length may be another than the body's."""
    send_head(handler, asked, answer, answer.length if length is None else length)
    if handler.command == "HEAD" or answer.status == 304:
        return
    if isinstance(answer.body, bytes):
        _write(handler, asked, answer.body[answer.first : answer.end])
        return
    with answer.body.open("rb") as stream:
        stream.seek(answer.first)
        left = answer.length
        while left > 0 and (block := stream.read(min(_BLOCK, left))):
            _write(handler, asked, block)
            left -= len(block)


def send_head(handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer, length: int | None) -> None:
    asked.status = answer.status
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    if length is not None and answer.status != 304:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


def status(code: int, **headers: str) -> Fault:
    """Another status, with a text that no client should take for a page."""

    def fault(handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer, ending: threading.Event) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        send(handler, asked, Answer(code, {"Content-Type": "text/plain", **named}, b"Not now\n"))

    return fault


def redirect(to: str, code: int = 302) -> Fault:
    """Leads elsewhere; to its own path, it is a loop."""
    return status(code, Location=to)


def hang(after: int | None = None) -> Fault:
    """Sends nothing, or so many bytes of the body, and then nothing more until the upstream stops."""
    return pause(threading.Event(), after)


def pause(go: threading.Event, after: int | None = None) -> Fault:
    """Waits before the head, or after so many bytes of the body, until it may go on."""

    def fault(handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer, ending: threading.Event) -> None:
        if after is None:
            if _waited(go, ending):
                send(handler, asked, answer)
            return
        body = answer.bytes()
        send_head(handler, asked, answer, len(body))
        if handler.command == "HEAD":
            return
        _write(handler, asked, body[:after])
        if _waited(go, ending):
            _write(handler, asked, body[after:])
        else:
            handler.close_connection = True

    return fault


def trickle(block: int, seconds: float) -> Fault:
    """The right bytes, so many at a time, so long apart."""

    def fault(handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer, ending: threading.Event) -> None:
        body = answer.bytes()
        send_head(handler, asked, answer, len(body))
        for first in range(0, len(body), block):
            _write(handler, asked, body[first : first + block])
            if ending.wait(seconds):
                break

    return fault


def reset(after: int) -> Fault:
    """Ends the connection with RST after so many bytes of the body."""

    def fault(handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer, ending: threading.Event) -> None:
        body = answer.bytes()
        send_head(handler, asked, answer, len(body))
        _write(handler, asked, body[:after])
        ending.wait(0.2)  # so that the bytes are read before the reset throws them away
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            # Closed here, the reset goes out; `finish` would send FIN first.
            handler.connection.close()
        handler.close_connection = True

    return fault


def cut(after: int) -> Fault:
    """Tells the whole length and ends the connection, in order, after so many bytes."""

    def fault(handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer, ending: threading.Event) -> None:
        send_head(handler, asked, answer, answer.length)
        _write(handler, asked, answer.bytes()[:after])
        handler.close_connection = True

    return fault


def shortened(to: int) -> Fault:
    """Fewer bytes than the file has, under a Content-Length that is right for them."""
    return altered(lambda body: body[:to])


def altered(change: Callable[[bytes], bytes], **headers: str) -> Fault:
    """Other bytes, sent in full order."""

    def fault(handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer, ending: threading.Event) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = change(answer.bytes())
        send(handler, asked, replace(answer, body=body, first=0, end=None, headers={**answer.headers, **named}))

    return fault


def flipped(body: bytes) -> bytes:
    """The same length with one byte in the middle changed."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


def endless(block: bytes) -> Fault:
    """A chunked body that does not end before the client has had enough."""

    def fault(handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer, ending: threading.Event) -> None:
        headers = {"Content-Type": answer.headers["Content-Type"], "Transfer-Encoding": "chunked"}
        send_head(handler, asked, replace(answer, headers=headers), None)
        while not ending.is_set():
            _write(handler, asked, f"{len(block):x}\r\n".encode() + block + b"\r\n")

    return fault


def _write(handler: BaseHTTPRequestHandler, asked: Asked, body: bytes) -> None:
    for first in range(0, len(body), _BLOCK):
        block = body[first : first + _BLOCK]
        handler.connection.sendall(block)
        asked.sent += len(block)


def _waited(go: threading.Event, ending: threading.Event) -> bool:
    for _ in range(int(_PATIENCE / 0.02)):
        if ending.is_set():
            return False
        if go.wait(0.02):
            return True
    return False
