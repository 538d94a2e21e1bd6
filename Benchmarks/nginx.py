"""nginx as it serves static files best: sendfile, no access log, two workers, files compressed beforehand."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import requests

from support.ports import HeldPort

_CONFIGURATION = """
daemon off;
worker_processes 2;
pid {root}/nginx.pid;
error_log {root}/error.log;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    default_type application/octet-stream;
    gzip_static on;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root}/files;
        location /pages/ {{ types {{ }} default_type application/vnd.pypi.simple.v1+json; }}
        location /main/simple/ {{ index page; types {{ }} default_type application/vnd.pypi.simple.v1+json; }}
    }}
}}
"""


class Nginx:
    """A running nginx over a folder of files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held_port = HeldPort()
        self.port = self._held_port.number
        (root / "files" / "pages").mkdir(parents=True)
        user = "user root;" if subprocess.run(["id", "-u"], capture_output=True, text=True).stdout == "0\n" else ""
        configuration = root / "nginx.conf"
        configuration.write_text(_CONFIGURATION.format(root=root, port=self.port, user=user))
        self._process = subprocess.Popen(["nginx", "-c", str(configuration), "-e", str(root / "error.log")])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                requests.get(self.url("/"), timeout=1)
                return
            except requests.ConnectionError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError("nginx did not start: " + (root / "error.log").read_text())

    @property
    def pid(self) -> int:
        return self._process.pid

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def put(self, path: str, content: bytes) -> None:
        file = self.root / "files" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
