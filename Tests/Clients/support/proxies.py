"""Proxies before Cellar: the files of `deploy/proxies`, with the ports and certificates of a test put in."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter

from .cellar import Cellar
from .ports import HeldPort
from .servers import started
from .tls import Trusted
from .waiting import eventually

PROXIES = ("nginx", "caddy", "haproxy")
# The path at which the files of deploy/proxies have Cellar.
PREFIX = "/pypi"


@dataclass(frozen=True)
class Front:
    """A running proxy and the Cellar behind it; for clients it is as a Cellar with a certificate and a prefix."""

    name: str
    cellar: Cellar
    port: int
    certificate: Trusted
    log: Path
    _held: HeldPort = field(repr=False)

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        return self.origin + PREFIX

    def url(self, path: str = "/") -> str:
        return self.base + path

    @property
    def settings(self) -> dict[str, object]:
        """What docs/deploy-proxies.md says for cellar.toml."""
        return _settings(self.port)

    def session(self, *, source: str = "127.0.0.1", headers: Mapping[str, str] | None = None) -> requests.Session:
        """A client that trusts the proxy's certificate, on an address of this machine."""
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.certificate.authority)
        session.headers.update(headers or {})
        session.mount("https://", _From(source))
        return session

    def connect(self, *, receive_buffer: int | None = None) -> ssl.SSLSocket:
        """A connection of HTTP/1.1 that a test writes to and reads from byte by byte."""
        plain = socket.socket()
        plain.settimeout(30)
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.connect(("127.0.0.1", self.port))
        context = ssl.create_default_context(cafile=str(self.certificate.authority))
        return context.wrap_socket(plain, server_hostname="127.0.0.1")

    def reconfigure(self, **server: object) -> None:
        """Restarts Cellar behind the running proxy, with other settings of [server]."""
        self.cellar.stop()
        self.cellar.configure({"server": {"log_format": "json", **server}})
        self.cellar.start()
        self.wait()

    def wait(self) -> None:
        """Waits until the proxy has noticed that Cellar is there."""
        with self.session() as session:
            eventually(lambda: session.get(self.url("/health/ready"), timeout=30).status_code == 200)


@contextmanager
def front(name: str, folder: Path) -> Iterator[Front]:
    """A proxy with a Cellar behind it that is configured as docs/deploy-proxies.md says."""
    held = HeldPort()
    cellar = Cellar(folder / "cellar", {"server": _settings(held.number)})
    try:
        cellar.start()
        with started(f"start_{name}.sh", str(folder / name), str(held.number), str(cellar.port)) as values:
            certificate = Trusted(Path(values["CERTIFICATE"]), Path(values["KEY"]), Path(values["CA_FILE"]))
            yield Front(name, cellar, held.number, certificate, Path(values["LOG"]), held)
            cellar.stop()
    finally:
        cellar.kill()


def _settings(port: int) -> dict[str, object]:
    base = f"https://127.0.0.1:{port}{PREFIX}"
    return {"base_url": base, "trusted_proxies": ["127.0.0.1"], "log_format": "json"}


class _From(HTTPAdapter):
    """Connects from an address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments: object, **options: object) -> None:
        super().init_poolmanager(*arguments, source_address=(self._address, 0), **options)
