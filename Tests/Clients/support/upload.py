"""The legacy upload written by hand, so that each part of it can be wrong."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterable, Sequence

import requests

from .cellar import PASSWORD, USER, Cellar
from .distributions import Distribution

BOUNDARY = "----------cellar-tests-boundary"
Field = tuple[str, str]


def field_part(name: str, value: str | bytes, boundary: str = BOUNDARY) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + raw + b"\r\n"


def file_part(filename: str | bytes, content: bytes, boundary: str = BOUNDARY, name: str = "content") -> bytes:
    raw = filename.encode() if isinstance(filename, str) else filename
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="'.encode() + raw
    return head + b'"\r\nContent-Type: application/octet-stream\r\n\r\n' + content + b"\r\n"


def end(boundary: str = BOUNDARY) -> bytes:
    return f"--{boundary}--\r\n".encode()


def body(fields: Iterable[Field], filename: str | bytes, content: bytes) -> bytes:
    return b"".join(field_part(name, value) for name, value in fields) + file_part(filename, content) + end()


def body_of(distribution: Distribution, filename: str | bytes | None = None) -> bytes:
    return body(distribution.form(), distribution.filename if filename is None else filename, distribution.content)


def replaced(fields: Sequence[Field], **changes: str | None) -> list[Field]:
    """The fields with some values changed, or left out if None."""
    changes = {{"action": ":action"}.get(name, name): value for name, value in changes.items()}
    kept = [(name, changes.get(name, value)) for name, value in fields]
    added = [(name, value) for name, value in changes.items() if name not in {key for key, _ in fields}]
    return [(name, value) for name, value in [*kept, *added] if value is not None]


def post(
    server: Cellar,
    data: bytes | Iterable[bytes],
    path: str = "/main/",
    *,
    headers: dict[str, str] | None = None,
    auth: tuple[str, str] | None = (USER, PASSWORD),
    timeout: float = 120,
) -> requests.Response:
    """One upload on a connection of its own; redirects are not followed, as twine and Poetry don't."""
    session = requests.Session()
    session.trust_env = False
    with session:
        return session.post(
            server.url(path),
            data=data,
            auth=auth,
            headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **(headers or {})},
            allow_redirects=False,
            timeout=timeout,
        )


def publish(server: Cellar, distribution: Distribution, path: str = "/main/", **options: object) -> requests.Response:
    return post(server, body_of(distribution), path, **options)  # type: ignore[arg-type]


def basic(user: str = USER, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def raw_connection(server: Cellar, timeout: float = 60) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=timeout)


def request_head(
    server: Cellar,
    length: int | None,
    path: str = "/main/",
    extra: Sequence[str] = (),
    auth: tuple[str, str] = (USER, PASSWORD),
) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"Authorization: {basic(*auth)}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        *([f"Content-Length: {length}"] if length is not None else []),
        *extra,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_response(connection: socket.socket) -> tuple[int | None, bytes]:
    """The final status and all bytes until the server closes or falls silent; None when it closed without an answer."""
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
            if received.startswith(b"HTTP/1.1 100 "):
                received = received.partition(b"\r\n\r\n")[2]
            head, separator, rest = received.partition(b"\r\n\r\n")
            length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), None)
            if separator and length is not None and len(rest) >= int(length.split(b":")[1]):
                break
    except (TimeoutError, ConnectionError):
        pass
    if not received.startswith(b"HTTP/1.1 "):
        return None, received
    return int(received.split(b" ", 2)[1]), received
