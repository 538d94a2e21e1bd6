"""Publishing wheels of 2 KB over keep-alive connections, against pypiron."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pypiron
import stock
from load import SATURATED
from peers import MissingPeer
from processes import cpu_seconds
from report import Report, Table, median

from support.cellar import Cellar
from support.distributions import Distribution
from support.upload import body_of, raw_connection, read_response, request_head

# The clients, and the share of pypiron's publishes a second that is demanded.
_CLIENTS = {1: 1.0, 8: 1.0, 32: 1.2}
_SIZE = 2048
_RELEASES = 10
_PER_SECOND = 400  # so many wheels are prepared for each second that a run shall last


@dataclass(frozen=True)
class Publisher:
    """A running server and where it takes uploads."""

    name: str
    server: Cellar | pypiron.Pypiron
    pid: int
    path: str


@dataclass(frozen=True)
class Publishes:
    """What one run measured; the CPU is that of a publish with all that the server does after its answer."""

    per_second: float
    cpu_milliseconds: float
    median_milliseconds: float
    p99_milliseconds: float
    generator: float


def measure(report: Report, root: Path, cache: Path, *, runs: int, seconds: float) -> None:
    try:
        program = pypiron.install(cache)
    except MissingPeer as error:
        report.skip(f"pypiron: {error}")
        program = None
    rows = []
    for clients, bound in _CLIENTS.items():
        with ExitStack() as stack:
            publishers = _publishers(stack, root / f"small-publishes-{clients}", program)
            found: dict[str, list[Publishes]] = {publisher.name: [] for publisher in publishers}
            for run in range(runs):
                wheels = _wheels(f"run-{run}", int(_PER_SECOND * seconds))
                for publisher in publishers:
                    found[publisher.name].append(_run(publisher, wheels, clients))
            _judge(report, clients, bound, found)
            rows.append([str(clients), *(_medians(publishes) for publishes in found.values())])
    title = (
        "Publishes a second, median and p99 of an answer, CPU of the server a publish, the generator's share of a core"
    )
    report.show(Table(title, ["clients", *found], rows))


def _publishers(stack: ExitStack, root: Path, program: Path | None) -> list[Publisher]:
    cellar = Cellar(root / "cellar", {"server": {"loops": 2}})
    stack.callback(cellar.kill)
    cellar.start()
    assert cellar.process is not None
    publishers = [Publisher("Cellar", cellar, cellar.process.pid, "/main/")]
    if program is not None:
        peer = pypiron.Pypiron(root / "pypiron", program)
        stack.callback(peer.stop)
        publishers.append(Publisher(peer.name, peer, peer.pid, pypiron.UPLOAD_PATH))
    return publishers


def _wheels(prefix: str, count: int) -> list[Distribution]:
    """Ten releases of each project."""
    return [
        stock.sized_wheel(f"{prefix}-{number // _RELEASES}", _SIZE, f"1.{number % _RELEASES}")
        for number in range(count)
    ]


def _run(publisher: Publisher, wheels: Sequence[Distribution], clients: int) -> Publishes:
    """Publishes all wheels, each client its own share of them, as bytes made beforehand."""
    bodies = [body_of(wheel) for wheel in wheels]
    requests = [request_head(publisher.server, len(body), publisher.path) + body for body in bodies]  # type: ignore[arg-type]
    share = -(-len(requests) // clients)

    def work(mine: Sequence[bytes]) -> list[float]:
        taken = []
        with raw_connection(publisher.server) as connection:  # type: ignore[arg-type]
            for request in mine:
                started = time.monotonic()
                connection.sendall(request)
                status, answer = read_response(connection)
                assert status == 200, answer
                taken.append((time.monotonic() - started) * 1e3)
        return taken

    cpu, own, started = cpu_seconds(publisher.pid), time.process_time(), time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        shares = [requests[first : first + share] for first in range(0, len(requests), share)]
        milliseconds = sorted(one for taken in pool.map(work, shares) for one in taken)
    elapsed, own = time.monotonic() - started, time.process_time() - own
    _settle(publisher.pid)
    cpu = cpu_seconds(publisher.pid) - cpu
    count = len(requests)
    return Publishes(
        count / elapsed, cpu / count * 1e3, median(milliseconds), milliseconds[int(count * 0.99)], own / elapsed
    )


def _settle(pid: int) -> None:
    """Waits until a server has nothing left to do, thirty seconds at most."""
    for _ in range(60):
        before = cpu_seconds(pid)
        time.sleep(0.5)
        if cpu_seconds(pid) - before < 0.03:
            return


def _judge(report: Report, clients: int, bound: float, found: dict[str, list[Publishes]]) -> None:
    name = f"publishing 2 KB wheels, {clients} client{'s' if clients > 1 else ''}"
    ours = found["Cellar"]
    if theirs := found.get("pypiron"):
        share = median([one.per_second / other.per_second for one, other in zip(ours, theirs, strict=True)])
        note = f"{median([one.per_second for one in ours]):,.0f}/s, {median([one.per_second for one in theirs]):,.0f}/s"
        generator = max(median([one.generator for one in found]) for found in (ours, theirs))
        if generator >= SATURATED:
            note += f"; the generator took {generator:.0%} of a core"
        report.at_least(f"{name}, to pypiron's", share, bound, note=note)
    report.at_most(f"{name}, CPU each", median([one.cpu_milliseconds for one in ours]), 1.3, "ms")
    tail = median([one.p99_milliseconds / one.median_milliseconds for one in ours])
    report.at_most(f"{name}, p99 to median", tail, 2)


def _medians(publishes: list[Publishes]) -> str:
    def of(measure: str) -> float:
        return median([getattr(one, measure) for one in publishes])

    times = f"{of('median_milliseconds'):.1f} ms · {of('p99_milliseconds'):.1f} ms"
    return f"{of('per_second'):,.0f}/s · {times} · {of('cpu_milliseconds'):.2f} ms · {of('generator'):.0%}"
