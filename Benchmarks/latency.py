"""How long requests take at half of the load that a server can bear, against nginx."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import contest
import h2load
import load
import stock
from contest import Contestant
from nginx import Nginx
from report import Report, Table, median

from support.cellar import Cellar

_CONNECTIONS = 256
# The slowest hundredth of a run of seconds differs by two from run to run, whoever answers: more runs than elsewhere.
_TIMES_RUNS = 3
_CASES = {"200-file JSON page, plain": "page", "20 KB file": "20 KB file"}
# The percentile, and how many times nginx's it may be.
_BOUNDS = {99: 1.0, 99.9: 2.0}
_COLUMNS = [f"{name}, {part}" for name in (contest.CELLAR, "nginx") for part in ("median", "p99", "p99.9")]


def measure(report: Report, root: Path, *, runs: int, seconds: float) -> None:
    if not h2load.is_installed():
        report.skip("latency: there is no h2load")
        return
    with ExitStack() as stack:
        server = Cellar(root / "latency-cellar", {"server": {"loops": 2}, **stock.INDEXES})
        stack.callback(server.kill)
        server.start()
        paths = stock.publish_to_cellar(server)
        nginx = Nginx(root / "latency-nginx")
        stack.callback(nginx.stop)
        given = stock.give_to_nginx(nginx, server, paths)
        contestants = [contest.of_cellar(server, paths), contest.of_nginx(nginx, given)]
        rows = []
        for name, what in _CASES.items():
            rows.append([name, *_compare(report, name, what, contestants, runs=runs, seconds=seconds)])
        report.show(Table("Milliseconds at one rate", ["", "requests a second", *_COLUMNS], rows))
        server.stop()


def _compare(
    report: Report, name: str, what: str, contestants: list[Contestant], *, runs: int, seconds: float
) -> list[str]:
    """Asks both servers at one rate, half of what the slower one can do."""
    peak = min(
        load.run(one.urls[what], one.pid, seconds=seconds, headers=stock.PLAIN, log=one.log).per_second
        for one in contestants
    )
    found: dict[str, list[h2load.Load]] = {one.name: [] for one in contestants}
    for _ in range(_TIMES_RUNS * runs):
        for one in contestants:
            found[one.name].append(
                h2load.run(
                    one.urls[what], one.pid,
                    seconds=seconds, connections=_CONNECTIONS, headers=stock.PLAIN, rate=peak / 2, log=one.log,
                )
            )  # fmt: skip
    ours, theirs = found.values()
    for percent, bound in _BOUNDS.items():
        pairs = [(one.percentile(percent), other.percentile(percent)) for one, other in zip(ours, theirs, strict=True)]
        note = f"{median([one for one, _ in pairs]):.2f} ms, nginx {median([other for _, other in pairs]):.2f} ms"
        share = median([one / other for one, other in pairs])
        report.at_most(f"{name}: p{percent:g} to nginx's", share, bound, note=f"{note} at {peak / 2:,.0f}/s")
    columns = [
        f"{median([one.percentile(p) for one in loads]):.2f}" for loads in (ours, theirs) for p in (50, 99, 99.9)
    ]
    return [f"{peak / 2:,.0f}", *columns]
