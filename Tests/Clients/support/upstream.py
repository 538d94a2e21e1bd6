"""Another index on loopback: it serves real and made distributions, notes every request, and fails as asked."""

from __future__ import annotations

import gzip
import io
import re
import socket
import threading
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

from .corpus import CorpusFile, normalized
from .distributions import Distribution
from .faults import Answer, Fault, send
from .ports import HeldPort
from .upstream_pages import JSON, Offer, Style, html_page, json_page
from .waiting import eventually


@dataclass
class Asked:
    """One request that reached the upstream."""

    method: str
    path: str
    headers: dict[str, str]
    at: float
    status: int = 0
    sent: int = 0
    """Bytes of body that were written."""

    @property
    def range(self) -> str | None:
        return self.headers.get("range")

    @property
    def project(self) -> str | None:
        """The normalized name that the path gives away, if any."""
        parts = [part for part in unquote(self.path).split("/") if part]
        if parts[:1] == ["simple"] and len(parts) > 1:
            return normalized(parts[1])
        return normalized(parts[-1].split("-")[0]) if parts[:1] == ["packages"] else None

    @property
    def is_file(self) -> bool:
        """Whether a distribution file was asked for, whole or in part, and not its metadata."""
        return self.path.startswith("/packages/") and not self.path.endswith(".metadata")


@dataclass
class Upstream:
    """Started by `with`; what it has may be changed at any time."""

    style: Style = field(default_factory=Style)
    offers: list[Offer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._held_port = HeldPort()
        self.port = self._held_port.number
        self._faults: dict[str, tuple[Fault, int]] = {}
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self.statuses: dict[str, str] = {}
        self.ending = threading.Event()
        """Set when it stops, so that what hangs comes to an end."""

    def __enter__(self) -> Upstream:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listens, after a stop on the same port."""
        assert self._server is None
        self.ending.clear()
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Ends every connection; from then on the port refuses."""
        server, self._server = self._server, None
        if server is None:
            return
        self.ending.set()
        server.shutdown()
        server.server_close()
        server.end_connections()

    # What it has.

    def url(self, path: str = "/simple/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def offer(self, file: Distribution | CorpusFile, **how: object) -> Offer:
        """Puts a file on the page of its project; `how` says what the page states of it."""
        if isinstance(file, CorpusFile):
            content: bytes | Path = file.path
            size, project = file.path.stat().st_size, file.project
        else:
            content, size, project = file.content, len(file.content), normalized(file.name)
        metadata = _metadata(content) if file.filename.endswith(".whl") else None
        made = replace(Offer(project, file.filename, content, size, file.sha256, metadata=metadata), **how)  # type: ignore[arg-type]
        with self._lock:
            self.offers = [offer for offer in self.offers if offer.filename != made.filename] + [made]
        return made

    def put(self, project: str, path: Path, sha256: str) -> None:
        """Offers a file that lies on the disk and may be large, without a look into it."""
        with self._lock:
            self.offers.append(Offer(normalized(project), path.name, path, path.stat().st_size, sha256))

    def offer_all(self, files: Iterable[Distribution | CorpusFile], **how: object) -> None:
        for file in files:
            self.offer(file, **how)

    def withdraw(self, project: str) -> None:
        with self._lock:
            self.offers = [offer for offer in self.offers if offer.project != normalized(project)]

    def fail(self, path: str, fault: Fault, times: int = 1 << 30) -> None:
        """From now on, so many times, requests whose path ends so are answered by the fault."""
        with self._lock:
            self._faults[path] = (fault, times)

    def recover(self) -> None:
        with self._lock:
            self._faults.clear()

    # What was asked.

    def forget(self) -> None:
        with self._lock:
            self.asked = []

    def requests(self, ending: str = "", method: str | None = None) -> list[Asked]:
        with self._lock:
            return [one for one in self.asked if one.path.endswith(ending) and method in (None, one.method)]

    def projects_asked(self) -> set[str]:
        with self._lock:
            return {project for one in self.asked if (project := one.project) is not None}

    def whole_fetches(self) -> dict[str, int]:
        """How often each distribution file was asked for from its first byte to its last."""
        counts: dict[str, int] = {}
        for one in self.requests(method="GET"):
            if one.is_file and one.range is None:
                name = unquote(one.path).rsplit("/", 1)[-1]
                counts[name] = counts.get(name, 0) + 1
        return counts

    def wait_for(self, ending: str, count: int = 1, seconds: float = 20) -> list[Asked]:
        """Waits until so many requests for a path that ends so have come."""
        eventually(lambda: len(self.requests(ending)) >= count, seconds, lambda: f"({ending} asked for): {self.asked}")
        return self.requests(ending)

    # How it answers.

    def _answer(self, asked: Asked) -> Answer:
        path = unquote(urlsplit(asked.path).path)
        if match := re.fullmatch(r"/simple/([^/]+)/", path):
            return self._page(normalized(match[1]), asked)
        if path == "/simple/":
            return Answer(200, {"Content-Type": JSON}, b'{"meta":{"api-version":"1.0"},"projects":[]}')
        if path.startswith("/packages/"):
            return self._file(path.rsplit("/", 1)[-1], asked)
        return Answer(404, {"Content-Type": "text/plain"}, b"Not here\n")

    def _page(self, project: str, asked: Asked) -> Answer:
        with self._lock:
            offers = [offer for offer in self.offers if offer.project == project]
        if not offers:
            return Answer(404, {"Content-Type": "text/plain"}, b"No such project\n")
        style = self.style
        as_json = style.json and JSON in asked.headers.get("accept", "")
        render = json_page if as_json else html_page
        body = render(project, offers, style, self.url("/packages/"), self.statuses.get(project))
        headers = {"Content-Type": JSON if as_json else style.html_type}
        if style.max_age is not None:
            headers["Cache-Control"] = f"max-age={style.max_age}, public"
        if style.etags:
            headers["ETag"] = f'"{hash(body) & 0xFFFFFFFFFFFF:x}"'
            if asked.headers.get("if-none-match") == headers["ETag"]:
                return Answer(304, headers, b"")
        if style.gzip and "gzip" in asked.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, 1)
        return Answer(200, headers, body)

    def _file(self, name: str, asked: Asked) -> Answer:
        with self._lock:
            found = {offer.filename: offer for offer in self.offers}
        if (offer := found.get(name.removesuffix(".metadata"))) is None:
            return Answer(404, {"Content-Type": "text/plain"}, b"No such file\n")
        if name.endswith(".metadata"):
            if offer.metadata is None or not self.style.serves_metadata:
                return Answer(404, {"Content-Type": "text/plain"}, b"No metadata\n")
            return Answer(200, {"Content-Type": "binary/octet-stream"}, offer.metadata)
        headers = {"Content-Type": "application/octet-stream"}
        if not self.style.ranges:
            return Answer(200, headers, offer.content)
        headers["Accept-Ranges"] = "bytes"
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.range or "")
        if match is None or match[1] == match[2] == "":
            return Answer(200, headers, offer.content)
        first = int(match[1]) if match[1] else max(0, offer.size - int(match[2]))
        last = min(int(match[2]), offer.size - 1) if match[1] and match[2] else offer.size - 1
        if first > last:
            return Answer(416, {"Content-Range": f"bytes */{offer.size}"}, b"")
        headers["Content-Range"] = f"bytes {first}-{last}/{offer.size}"
        return Answer(206, headers, offer.content, first, last + 1)

    def _fault(self, path: str) -> Fault | None:
        with self._lock:
            for ending, (fault, times) in self._faults.items():
                if unquote(path).endswith(ending) and times > 0:
                    self._faults[ending] = (fault, times - 1)
                    return fault
        return None

    def _note(self, asked: Asked) -> None:
        with self._lock:
            self.asked.append(asked)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._connections: set[socket.socket] = set()

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        self._connections.add(request)
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that left

    def end_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 0

        def log_message(self, format: str, *args: object) -> None:
            pass

        def answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, time.monotonic())
            upstream._note(asked)
            if upstream.style.latency:
                time.sleep(upstream.style.latency)
            if (login := upstream.style.login) is not None and headers.get("authorization") != login:
                answer = Answer(401, {"WWW-Authenticate": "Basic"}, b"Who are you?\n")
                send(self, asked, answer)
                return
            answer = upstream._answer(asked)
            fault = upstream._fault(urlsplit(self.path).path)
            if fault is None:
                send(self, asked, answer)
            else:
                fault(self, asked, answer, upstream.ending)

        do_GET = do_HEAD = do_POST = answer

    return Handler


def _metadata(content: bytes | Path) -> bytes:
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    with zipfile.ZipFile(source) as archive:
        inside = next(n for n in archive.namelist() if n.count("/") == 1 and n.endswith(".dist-info/METADATA"))
        return archive.read(inside)
