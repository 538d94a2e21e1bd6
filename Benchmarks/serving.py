"""Pages and files against nginx, Varnish and pypiron: the same bytes where the server can, in interleaved runs."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import contest
import pypiron
import stock
from contest import Bounds, Case, Outcome
from nginx import Nginx
from peers import MissingPeer
from processes import resident_bytes
from report import Report, median
from stock import GZIP, PLAIN
from varnish import Varnish

from support.cellar import Cellar

_PAGES = Bounds(["nginx", "Varnish", "pypiron"], at_least=1.0, goal=1.15, cpu_at_most=1.0, cpu_goal=0.85)
_SMALL_FILES = Bounds(["nginx"], at_least=1.15, goal=1.25)
_LARGE_FILES = Bounds(["nginx"], at_least=1.0, cpu_at_most=1.05)
_WITHOUT_LOG = "Cellar, no log"
_IDENTITY = {"Accept-Encoding": "identity"}

CASES = [
    Case("200-file JSON page, plain", "page", PLAIN, _PAGES),
    Case("200-file JSON page, plain, Basic auth", "private page", PLAIN, _PAGES, has_login=True),
    Case("200-file JSON page, gzip", "page", GZIP, _PAGES),
    Case("200-file JSON page, gzip, Basic auth", "private page", GZIP, _PAGES, has_login=True),
    Case("200-file JSON page, 304", "page", PLAIN, _PAGES, is_conditional=True),
    Case("200-file JSON page, 304, Basic auth", "private page", PLAIN, _PAGES, has_login=True, is_conditional=True),
    Case(".metadata", ".metadata", _IDENTITY, _PAGES),
    Case("1 KB file", "1 KB file", _IDENTITY, _SMALL_FILES),
    Case("20 KB file", "20 KB file", _IDENTITY, _SMALL_FILES),
    Case("50 MB file", "50 MB file", _IDENTITY, _LARGE_FILES, connections=8),
]


def measure(report: Report, root: Path, cache: Path, *, runs: int, seconds: float) -> None:
    with ExitStack() as stack:
        server = _cellar(stack, root / "cellar")
        silent = _cellar(stack, root / "cellar-without-log", access_log=False)
        paths = stock.publish_to_cellar(server)
        contestants = [
            contest.of_cellar(server, paths),
            contest.of_cellar(silent, stock.publish_to_cellar(silent), _WITHOUT_LOG),
        ]
        backend = Nginx(root / "nginx-without-log", access_log=False)
        stack.callback(backend.stop)
        given = stock.give_to_nginx(backend, server, paths)
        nginx = Nginx(root / "nginx")
        stack.callback(nginx.stop)
        stock.give_to_nginx(nginx, server, paths)
        contestants += [contest.of_nginx(nginx, given), contest.of_nginx(backend, given)]
        try:
            varnish = Varnish(root / "varnish", backend)
            stack.callback(varnish.stop)
            contestants.append(contest.of_varnish(varnish, given))
        except MissingPeer as error:
            report.skip(f"Varnish: {error}")
        try:
            contestants += _pypirons(stack, root, cache)
        except MissingPeer as error:
            report.skip(f"pypiron: {error}")

        found = {}
        for case in CASES:
            outcomes = contest.hold(case, contestants, runs=runs, seconds=seconds)
            contest.assert_same_size(outcomes, ["nginx", "nginx, no log", "Varnish"])
            contest.judge(report, case, outcomes)
            found[case.name] = outcomes
        _judge_log(report, found)
        report.show(contest.table("Pages and files", found))
        _judge_memory(report, contestants)
        for cellar in (server, silent):
            cellar.stop()


def _cellar(stack: ExitStack, root: Path, **settings: object) -> Cellar:
    server = Cellar(root, {"server": {"loops": 2, **settings}, **stock.INDEXES})
    stack.callback(server.kill)
    server.start()
    return server


def _pypirons(stack: ExitStack, root: Path, cache: Path) -> list[contest.Contestant]:
    """One that everyone reads, and one that wants a login, which is a setting of the whole server."""
    program = pypiron.install(cache)
    public = pypiron.Pypiron(root / "pypiron", program)
    stack.callback(public.stop)
    private = pypiron.Pypiron(root / "pypiron-private", program, login=True)
    stack.callback(private.stop)
    paths, private_paths = stock.publish_to_pypiron(public), stock.publish_to_pypiron(private)
    return [
        contest.Contestant(public.name, public.pid, {what: public.url(path) for what, path in paths.items()}),
        contest.Contestant(private.name, private.pid, {"private page": private.url(private_paths["page"])}),
    ]


def _judge_log(report: Report, found: dict[str, contest.Outcomes]) -> None:
    """The access log's share of the throughput in each case, and what it takes of the CPU in those of small answers."""
    costs = []
    for name, outcomes in found.items():
        on, off = outcomes[contest.CELLAR], outcomes[_WITHOUT_LOG]
        note = f"{on.per_second:,.0f}/s, {off.per_second:,.0f}/s; {on.cpu:,.1f} µs, {off.cpu:,.1f} µs"
        throughput = contest.ratio(outcomes, _WITHOUT_LOG, "per_second")
        report.at_least(f"{name}: log on to log off", throughput, 0.92, note=note)
        if not name.startswith("50 MB"):
            costs.append(_difference(on, off))
    report.at_most("CPU of a line of the access log", median(costs), 1.0, "µs", "median of the cases but 50 MB")


def _difference(on: Outcome, off: Outcome) -> float:
    pairs = zip(on.loads, off.loads, strict=True)
    return median([one.cpu_microseconds - other.cpu_microseconds for one, other in pairs])


def _judge_memory(report: Report, contestants: list[contest.Contestant]) -> None:
    time.sleep(3)
    for contestant in contestants:
        if contestant.name == contest.CELLAR:
            used = resident_bytes(contestant.pid) / 1e6
            report.at_most("memory after all these runs", used, 60, "MB")
        elif contestant.name == "pypiron" and "page" in contestant.urls:
            report.inform("pypiron's memory after all these runs", resident_bytes(contestant.pid) / 1e6, "MB")
