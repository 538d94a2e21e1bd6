"""Several replicas of Cellar on one PostgreSQL and one bucket, behind HAProxy, over links that a test disturbs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import requests

from .cellar import Cellar
from .links import Link
from .ports import HeldPort, free_port
from .servers import started
from .tls import Trusted
from .waiting import eventually

PREFIX = "/pypi"


@dataclass
class Town:
    """The replicas, what they stand on, and the proxy before them; for clients it is as one Cellar."""

    replicas: list[Cellar]
    database: Link
    store: Link
    port: int
    certificate: Trusted
    # Where PostgreSQL writes its process id.
    _postgres: Path
    _held: HeldPort = field(repr=False)

    @property
    def base(self) -> str:
        return f"https://127.0.0.1:{self.port}{PREFIX}"

    def url(self, path: str = "/") -> str:
        return self.base + path

    def session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.certificate.authority)
        return session

    def restart_database(self) -> None:
        """Ends PostgreSQL with everything that it is asked at the moment; `keep_running.sh` starts it again."""
        pid = int(self._postgres.read_text().splitlines()[0])
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)

    def wait(self, seconds: float = 60) -> None:
        """Waits until every replica, and the proxy, is ready."""
        for replica in self.replicas:
            eventually(lambda: is_ready(replica.base), seconds, replica.log_tail)  # noqa: B023
        with self.session() as session:
            eventually(lambda: session.get(self.url("/health/ready"), timeout=30).status_code == 200, seconds)


def is_ready(base: str) -> bool:
    try:
        return requests.get(base + "/health/ready", timeout=5).status_code == 200
    except requests.RequestException:
        return False


@contextmanager
def town(root: Path, *, count: int = 3, sections: dict[str, dict[str, object]] | None = None) -> Iterator[Town]:
    """Replicas that share a database and a bucket of their own."""
    with ExitStack() as stack:
        postgres_port = free_port()
        postgres = stack.enter_context(started("start_postgres.sh", str(root / "postgres"), str(postgres_port)))
        rgw = stack.enter_context(started("start_ceph_rgw.sh", str(root / "ceph"), str(free_port())))
        database = Link(postgres_port, seed=1)
        stack.callback(database.close)
        store = Link(urlsplit(rgw["ENDPOINT"]).port, seed=2)
        stack.callback(store.close)
        held = HeldPort()
        shared = {
            "index.main": {},
            **(sections or {}),
            "database": {"url": _through(postgres["ENDPOINT"], database.port)},
            "storage": {
                "url": "s3://replicas?region=us-east-1&path_style=true"
                f"&endpoint={quote(f'http://127.0.0.1:{store.port}', safe='')}",
                "create_bucket": True,
                "access_key": rgw["ACCESS_KEY"],
                "secret_key": rgw["SECRET_KEY"],
            },
        }
        base = f"https://127.0.0.1:{held.number}{PREFIX}"
        # HAProxy asks every second whether a server is ready.
        server = {
            "base_url": base, "trusted_proxies": ["127.0.0.1"], "drain_time": "2s", **shared.pop("server", {})
        }  # fmt: skip
        replicas: list[Cellar] = []
        for number in range(count):
            replica = Cellar(root / f"replica-{number}", {**shared, "server": server}, users=number == 0)
            stack.callback(replica.kill)
            replica.start()
            replicas.append(replica)
        ports = [str(replica.port) for replica in replicas]
        front = stack.enter_context(started("start_haproxy.sh", str(root / "haproxy"), str(held.number), *ports))
        certificate = Trusted(Path(front["CERTIFICATE"]), Path(front["KEY"]), Path(front["CA_FILE"]))
        pid = Path(postgres["SERVER_PIDFILE"])
        made = Town(replicas, database, store, held.number, certificate, pid, held)
        made.wait()
        yield made


def _through(address: str, port: int) -> str:
    """The address of a database with another port."""
    parts = urlsplit(address)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))
