"""A proxy on loopback before the server: it can ask for another form of the pages, and notes what was asked."""

from __future__ import annotations

import http.client
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host"}


@dataclass(frozen=True)
class Exchange:
    """One request that a client made, and how it was answered."""

    method: str
    path: str
    status: int
    content_type: str


class Recorder:
    """Forwards to one server; with `accept`, every page is asked for in that form."""

    def __init__(self, port: int, accept: str | None = None) -> None:
        self.exchanges: list[Exchange] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def forward(self) -> None:
                headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
                if accept is not None:
                    headers = {key: value for key, value in headers.items() if key.lower() != "accept"}
                    headers["Accept"] = accept
                length = int(self.headers.get("Content-Length", 0))
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request(self.command, self.path, self.rfile.read(length) if length else None, headers)
                response = connection.getresponse()
                content = response.read()
                content_type = response.getheader("Content-Type", "")
                recorder.exchanges.append(Exchange(self.command, self.path, response.status, content_type))
                self.send_response(response.status)
                for key, value in response.getheaders():
                    if key.lower() not in _HOP_BY_HOP | {"date", "server", "content-length"}:
                        self.send_header(key, value)
                declared = response.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
                self.send_header("Content-Length", declared or "0")
                self.end_headers()
                self.wfile.write(content)
                connection.close()

            do_GET = do_HEAD = do_POST = forward

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def page_types(self) -> set[str]:
        """The media types of the simple pages that were served, without parameters."""
        return {e.content_type.split(";")[0] for e in self.exchanges if "/simple/" in e.path and e.status == 200}

    def paths(self, suffix: str) -> list[str]:
        return [exchange.path for exchange in self.exchanges if exchange.path.endswith(suffix)]
