"""What PostgreSQL costs beside SQLite, two servers beside one, and a cold page among a million files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import load
import pypiron
import requests
import stock
from filling import TEMPLATE, fill, project_name
from peers import MissingPeer, Peer
from processes import cpu_seconds
from pypiron import Pypiron
from report import Report, Table, median

from support.buckets import Bucket
from support.cellar import Cellar
from support.distributions import wheel
from support.ports import free_port
from support.servers import started
from support.simple import JSON, Index
from support.upload import publish

_CONNECTIONS = (1, 32, 256)
_SHARED_CONNECTIONS = (32, 128, 256)
_RELEASES = 10
_FILES = 1_000_000


def measure(report: Report, root: Path, cache: Path, *, runs: int, seconds: float) -> None:
    with started("start_postgres.sh", str(root / "replicas-postgres"), str(free_port())) as values:
        url = values["ENDPOINT"]
        with _servers(root / "replicas", url) as (small, first, second):
            _measure_pages(report, small, first, runs=runs, seconds=seconds)
            _measure_two(report, first, second, runs=runs, seconds=seconds)
        _measure_cold(report, root / "replicas-cold", url)
    _measure_links(report, root / "links", cache, runs=runs, seconds=seconds)


@contextmanager
def _servers(root: Path, url: str) -> Iterator[tuple[Cellar, Cellar, Cellar]]:
    """One server on SQLite, and two on PostgreSQL, with the same files."""
    shared = {**stock.INDEXES, "storage": {"url": f"file:{root / 'files'}"}, "database": {"url": url}}
    servers = [
        Cellar(root / "sqlite", {"server": {"loops": 2}, **stock.INDEXES}),
        Cellar(root / "first", {"server": {"loops": 2}, **shared}),
        Cellar(root / "second", {"server": {"loops": 2}, **shared}, users=False),
    ]
    try:
        for server in servers:
            server.start()
        for server in servers[:2]:
            stock.publish_to_cellar(server)
        yield servers[0], servers[1], servers[2]
        for server in servers:
            server.stop()
    finally:
        for server in servers:
            server.kill()


def _measure_pages(report: Report, small: Cellar, large: Cellar, *, runs: int, seconds: float) -> None:
    """A page in memory: on PostgreSQL each request waits for a read that began after it came, and many share one."""
    rows = []
    for connections in _CONNECTIONS:
        found: dict[Cellar, list[load.Load]] = {small: [], large: []}
        for _ in range(runs):
            for server, loads in found.items():
                loads.append(_load(server, connections, seconds))
        ratio = median(
            [
                one.cpu_microseconds / other.cpu_microseconds
                for one, other in zip(*reversed(found.values()), strict=True)
            ]
        )
        rows.append([str(connections), *(_medians(loads) for loads in found.values()), f"{ratio:.2f}"])
    head = ["connections", "SQLite", "PostgreSQL", "CPU, PostgreSQL to SQLite"]
    report.show(Table("A page of 200 files in memory, gzip", head, rows))


def _measure_two(report: Report, first: Cellar, second: Cellar, *, runs: int, seconds: float) -> None:
    """The CPU of a request if one server answers all connections, and if two that both read the changes share them."""
    rows, ratio = [], 0.0
    for connections in _SHARED_CONNECTIONS:
        found = []
        for _ in range(runs):
            alone = _load(first, connections, seconds).cpu_microseconds
            with ThreadPoolExecutor(2) as pool:
                both = list(pool.map(_load, (first, second), [connections // 2] * 2, [seconds] * 2))
            spent = sum(one.cpu_microseconds * one.requests for one in both) / sum(one.requests for one in both)
            found.append((alone, spent, spent / alone))
        one, two, ratio = (median(values) for values in zip(*found, strict=True))
        rows.append([str(connections), f"{one:.1f} µs", f"{two:.1f} µs", f"{ratio:.2f}"])
    report.show(Table("CPU of a request", ["connections", "one server", "two", "two to one"], rows))
    note = f"at {_SHARED_CONNECTIONS[-1]} connections, where one server is busy"
    report.at_most("CPU of a request: two servers to one", ratio, 1.1, note=note)


def _measure_cold(report: Report, root: Path, url: str) -> None:
    """A page that is read and rendered for each request, among a million files."""
    address = url.removesuffix("postgres") + "postgres"
    sections = {"server": {"loops": 2, "page_cache_size": "0"}, "index.main": {}}
    server = Cellar(
        root,
        {**sections, "database": {"url": address}, "storage": {"url": f"file:{root.parent / 'replicas' / 'files'}"}},
        users=False,
    )
    try:
        server.start()
        for number in range(_RELEASES):
            assert publish(server, wheel(TEMPLATE, f"1.{number}")).status_code == 200
        server.stop()
        fill(address, _FILES // _RELEASES)
        server.start()
        assert server.process is not None
        times = []
        with requests.Session() as session:
            session.trust_env = False
            before = cpu_seconds(server.process.pid)
            for number in range(0, _FILES // _RELEASES, _FILES // _RELEASES // 300):
                begun = time.perf_counter()
                page = session.get(server.url(f"/main/simple/{project_name(number)}/"), headers=stock.PLAIN, timeout=30)
                times.append((time.perf_counter() - begun) * 1e3)
                assert len(page.json()["files"]) == _RELEASES
            cpu = (cpu_seconds(server.process.pid) - before) / len(times) * 1e3
        note = f"p99 {sorted(times)[-3]:.1f} ms, CPU {cpu:.2f} ms"
        report.at_most("cold page among 1,000,000 files in PostgreSQL, median", median(times), 10, "ms", note)
        server.stop()
    finally:
        server.kill()


def _measure_links(report: Report, root: Path, cache: Path, *, runs: int, seconds: float) -> None:
    """A file's address, answered by a signed link to the same store."""
    file = stock.sized_wheel("linked", 1 << 20)
    try:
        program = pypiron.install(cache)
    except MissingPeer as missing:
        report.skip(f"signed links: {missing}")
        return
    with ExitStack() as stack:
        store = Moto(root / "moto", program.parent / "moto_server")
        stack.callback(store.stop)
        bucket = Bucket(store.base, "us-east-1", "linker", "secret of the linker", "linked", "cellar")
        storage = bucket.sections(downloads="redirect")
        server = Cellar(root / "cellar", {"server": {"loops": 2}, "index.main": {}, "storage": storage})
        stack.callback(server.kill)
        server.start()
        stock.published(server, file, "/main/")
        # Cellar has made the bucket.
        peer = LinkingPypiron(root / "pypiron", program, bucket)
        stack.callback(peer.stop)
        peer.publish(file)
        peer.wait_for_files(file.name, 1)
        assert server.process is not None
        path = Index(server.base).links(file.name)[0].url
        page = requests.get(peer.url(f"/simple/{file.name}/"), headers={"Accept": JSON}, timeout=30)
        other = peer.url(page.json()["files"][0]["url"])
        found: dict[str, list[load.Load]] = {"Cellar": [], "pypiron": []}
        for _ in range(runs):
            found["Cellar"].append(load.run(path, server.process.pid, seconds=seconds, log=server.log))
            found["pypiron"].append(load.run(other, peer.pid, seconds=seconds))
        server.stop()
    report.show(Table("A signed link", list(found), [[_medians(loads) for loads in found.values()]]))
    ours, theirs = ([1e6 / one.cpu_microseconds for one in loads] for loads in found.values())
    ratio = median([one / other for one, other in zip(ours, theirs, strict=True)])
    note = f"{median(ours):,.0f} and {median(theirs):,.0f} a core and second"
    report.at_least("signed links a core, to pypiron's", ratio, 1.0, note=note)


class Moto(Peer):
    """An object store in memory, which takes any signature."""

    name = "moto"

    def __init__(self, root: Path, program: Path) -> None:
        self._program = program
        super().__init__(root)

    def command(self) -> Sequence[str]:
        return [str(self._program), "-H", "127.0.0.1", "-p", str(self.port)]


class LinkingPypiron(Pypiron):
    """pypiron on a bucket, which answers with signed links."""

    def __init__(self, root: Path, program: Path, bucket: Bucket) -> None:
        self._bucket = bucket
        super().__init__(root, program)

    def command(self) -> Sequence[str]:
        bucket = self._bucket
        os.environ |= {"AWS_ACCESS_KEY_ID": bucket.access_key, "AWS_SECRET_ACCESS_KEY": bucket.secret_key}
        return [
            *super().command(), "--buckets", f"s3://{bucket.name}@{bucket.region}", "--storage-prefix", "pypiron",
            "--s3-endpoint-url", bucket.endpoint, "--s3-force-path-style", "--artifact-delivery", "redirect",
        ]  # fmt: skip


def _load(server: Cellar, connections: int, seconds: float) -> load.Load:
    assert server.process is not None
    return load.run(
        server.url("/main/simple/paged/"), server.process.pid, seconds=seconds, connections=connections,
        headers=stock.GZIP, log=server.log,
    )  # fmt: skip


def _medians(found: list[load.Load]) -> str:
    speed, cpu = median([one.per_second for one in found]), median([one.cpu_microseconds for one in found])
    latency = median([one.p99_milliseconds for one in found])
    return f"{speed:,.0f}/s · {cpu:.1f} µs · p99 {latency:.1f} ms"
