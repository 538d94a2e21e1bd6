"""PyPI as it answered once: a local index that replays what it was asked before, each answer after a fixed latency.

What was never asked before is fetched from PyPI and recorded.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

import requests

_PAGES = "https://pypi.org"
_FILES = "https://files.pythonhosted.org"
_KEPT_HEADERS = ("Content-Type", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified")


@dataclass(frozen=True)
class Replayed:
    """One answer."""

    path: str
    range: str | None
    status: int
    size: int

    @property
    def is_page(self) -> bool:
        return self.path.startswith("/simple/")

    @property
    def is_metadata(self) -> bool:
        return self.path.endswith(".metadata")


class RecordedIndex:
    """Runs while the `with` block does; `replayed` has what was asked."""

    def __init__(self, folder: Path, latency: float = 0.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.latency = latency
        self.replayed: list[Replayed] = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def answer(self) -> None:
                index._answer(self)

            do_GET = do_HEAD = answer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> RecordedIndex:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/simple/"

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        started = time.monotonic()
        head, body = self._recorded(handler.command, handler.path, handler.headers.get("Range"))
        if head["headers"].get("Content-Type", "").startswith("text/html"):
            body = body.replace(_FILES.encode(), self.url.removesuffix("/simple/").encode())
        time.sleep(max(0, self.latency - (time.monotonic() - started)))
        handler.send_response(head["status"])
        for name, value in head["headers"].items():
            handler.send_header(name, value)
        length = head["length"] if handler.command == "HEAD" else len(body)
        if length is not None:
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)
        sent = 0 if handler.command == "HEAD" else len(body)
        self.replayed.append(Replayed(handler.path, handler.headers.get("Range"), head["status"], sent))

    def _recorded(self, method: str, path: str, part: str | None) -> tuple[dict[str, object], bytes]:
        key = hashlib.sha256(f"{method} {path} {part}".encode()).hexdigest()[:32]
        head_file, body_file = self.folder / f"{key}.json", self.folder / f"{key}.body"
        if not head_file.exists():
            headers = {"Accept": "text/html", "Accept-Encoding": "identity"} | ({"Range": part} if part else {})
            base = _PAGES if path.startswith("/simple/") else _FILES
            answer = requests.request(method, base + path, headers=headers, timeout=120, allow_redirects=True)
            if answer.status_code >= 500:
                return {"status": answer.status_code, "headers": {}, "length": None}, b""
            told = answer.headers.get("Content-Length")
            head = {
                "path": path,
                "range": part,
                "status": answer.status_code,
                "headers": {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers},
                "length": int(told) if told else None,
            }
            body_file.write_bytes(answer.content)
            head_file.write_text(json.dumps(head))
        return json.loads(head_file.read_text()), body_file.read_bytes()
