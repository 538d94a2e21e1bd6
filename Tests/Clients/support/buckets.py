"""The object stores that `scripts/servers` starts, and what stands between Cellar and one of them."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import hmac
import itertools
import os
import re
import socket
import ssl
import threading
import xml.etree.ElementTree as xml
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import requests

from .ports import HeldPort
from .servers import running

_numbers = itertools.count(1)
_NAMESPACE = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class Bucket:
    """A place of one test in a bucket of a real store."""

    endpoint: str
    region: str
    access_key: str
    secret_key: str
    name: str
    prefix: str

    @classmethod
    @contextmanager
    def started(cls, store: str, folder: Path) -> Iterator[Bucket]:
        with running(store, folder) as values:
            yield cls(
                values["ENDPOINT"], values["REGION"], values["ACCESS_KEY"], values["SECRET_KEY"], "clients",
                f"test-{os.getpid()}-{next(_numbers)}",
            )  # fmt: skip

    def sections(self, endpoint: str | None = None, **keys: object) -> dict[str, object]:
        """What `[storage]` says of it."""
        url = (
            f"s3://{self.name}/{self.prefix}?region={self.region}&endpoint={endpoint or self.endpoint}&path_style=true"
        )
        return {
            "url": url, "access_key": self.access_key, "secret_key": self.secret_key, "create_bucket": True, **keys,
        }  # fmt: skip

    def keys(self, prefix: str = "") -> dict[str, int]:
        """The keys that begin with a prefix, with their sizes; signed by other code than Cellar's."""
        query = {"list-type": "2", "prefix": f"{self.prefix}/{prefix}"}
        text = "&".join(f"{quote(name, '')}={quote(value, '')}" for name, value in sorted(query.items()))
        answer = requests.get(
            f"{self.endpoint}/{self.name}?{text}", headers=self._signature(f"/{self.name}", text), timeout=30
        )
        assert answer.status_code == 200, answer.text
        root = xml.fromstring(answer.content)
        assert _value(root, "IsTruncated") == "false"
        return {
            _value(entry, "Key").removeprefix(f"{self.prefix}/"): int(_value(entry, "Size"))
            for entry in root
            if _NAMESPACE.sub("", entry.tag) == "Contents"
        }

    def _signature(self, path: str, query: str) -> Mapping[str, str]:
        date = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        empty = hashlib.sha256(b"").hexdigest()
        headers = {"host": urlsplit(self.endpoint).netloc, "x-amz-content-sha256": empty, "x-amz-date": date}
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        request = f"GET\n{path}\n{query}\n{lines}\n{names}\n{empty}"
        scope = f"{date[:8]}/{self.region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{self.secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        del headers["host"]
        return headers


def _value(element: xml.Element, name: str) -> str:
    return next(child.text or "" for child in element if _NAMESPACE.sub("", child.tag) == name)


class Relay:
    """Passes connections on to a store, can be stopped and started again, and notes who came with a signed link."""

    def __init__(self, endpoint: str) -> None:
        place = urlsplit(endpoint)
        self._store = (place.hostname, place.port)
        self._held_port = HeldPort()
        self.endpoint = f"http://127.0.0.1:{self._held_port.number}"
        self.links: list[str] = []
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.start()

    def start(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._held_port.number))
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self) -> None:
        """Ends all connections, and refuses new ones."""
        listener, self._listener = self._listener, None
        for open_socket in [*([listener] if listener else []), *self._open]:
            with suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()
        self._open.clear()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                store = socket.create_connection(self._store)
            except OSError:
                client.close()
                continue
            self._open |= {client, store}
            threading.Thread(target=self._pass, args=(client, store, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(store, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_request: bool) -> None:
        with suppress(OSError):
            while block := source.recv(1 << 16):
                if is_request and b"X-Amz-Signature=" in block.partition(b"\r\n")[0]:
                    self.links.append(block.partition(b"?")[0].decode())
                target.sendall(block)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextmanager
def encrypted(endpoint: str, certificate: str, key: str) -> Iterator[str]:
    """The address of a relay that speaks TLS before a store that does not."""
    place = urlsplit(endpoint)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.new_event_loop()

    async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while block := await source.read(1 << 16):
                target.write(block)
                await target.drain()
        target.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_store, to_store = await asyncio.open_connection(place.hostname, place.port)
        await asyncio.gather(pass_on(reader, to_store), pass_on(from_store, writer))

    server = loop.run_until_complete(asyncio.start_server(connect, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
