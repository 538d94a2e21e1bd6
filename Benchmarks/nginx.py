"""nginx as it serves static files best: sendfile, two workers, files compressed beforehand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from peers import Peer

from support.cellar import PASSWORD, USER
from support.tls import Certificate

# The access log is batched as Cellar's is: a crash loses the last 100 ms at most.
_CONFIGURATION = """
daemon off;
worker_processes 2;
pid {root}/nginx.pid;
error_log {root}/error.log;
{user}
events {{ worker_connections 16384; }}
http {{
    log_format json escape=json '{{"time":"$time_iso8601","remote":"$remote_addr","method":"$request_method",'
        '"path":"$request_uri","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,'
        '"user":"$remote_user","user_agent":"$http_user_agent"}}';
    access_log {access_log};
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    default_type application/octet-stream;
    gzip_static on;
    gzip_vary on;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    server {{
        listen 127.0.0.1:{port} {tls};
        root {root}/files;
        location /pages/ {{ types {{ }} default_type application/vnd.pypi.simple.v1+json; }}
        location /private/ {{
            types {{ }}
            default_type application/vnd.pypi.simple.v1+json;
            auth_basic private;
            auth_basic_user_file {root}/users;
        }}
        location /main/simple/ {{ index page; types {{ }} default_type application/vnd.pypi.simple.v1+json; }}
    }}
}}
"""


class Nginx(Peer):
    """A running nginx over a folder of files; what lies under `/private/` wants a login."""

    name = "nginx"

    def __init__(self, root: Path, *, access_log: bool = True, certificate: Certificate | None = None) -> None:
        self.log = root / "access.log" if access_log else None
        self._certificate = certificate
        if certificate is not None:
            self.scheme = "https"
        super().__init__(root)

    def command(self) -> Sequence[str]:
        configuration, errors = self.root / "nginx.conf", self.root / "error.log"
        (self.root / "files").mkdir()
        (self.root / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        tls = ""
        if self._certificate is not None:
            tls = f"ssl; ssl_certificate {self._certificate.file}; ssl_certificate_key {self._certificate.key}"
            tls += "; ssl_protocols TLSv1.3"
        configuration.write_text(
            _CONFIGURATION.format(
                root=self.root,
                port=self.port,
                user="user root;" if os.getuid() == 0 else "",
                access_log=f"{self.log} json buffer=64k flush=100ms" if self.log else "off",
                tls=tls,
            )
        )
        return ["nginx", "-c", str(configuration), "-e", str(errors)]

    def put(self, path: str, content: bytes) -> None:
        file = self.root / "files" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
