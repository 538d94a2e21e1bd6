"""One question put to several servers in turn, again and again, and what their answers cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import load
from fetching import etag, fetched
from load import SATURATED, Load
from nginx import Nginx
from report import Report, Table, median
from stock import Paths
from varnish import Varnish

from support.cellar import Cellar
from support.upload import basic

CELLAR = "Cellar"
_LOGIN = {"Authorization": basic()}


@dataclass(frozen=True)
class Contestant:
    """A running server, and the addresses at which it has what is asked for."""

    name: str
    pid: int
    urls: Mapping[str, str]
    log: Path | None = None


@dataclass(frozen=True)
class Bounds:
    """The share of the best rival's throughput and CPU that is demanded, and what is aimed at."""

    rivals: Sequence[str]
    at_least: float
    goal: float | None = None
    cpu_at_most: float | None = None
    cpu_goal: float | None = None


@dataclass(frozen=True)
class Case:
    """What is asked for, and how."""

    name: str
    what: str
    headers: Mapping[str, str]
    bounds: Bounds
    connections: int = 32
    has_login: bool = False
    is_conditional: bool = False


@dataclass
class Outcome:
    """What one server's runs measured; `size` is that of a full answer's body."""

    size: int
    loads: list[Load] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return median([one.per_second for one in self.loads])

    @property
    def cpu(self) -> float:
        return median([one.cpu_microseconds for one in self.loads])

    @property
    def generator(self) -> float:
        return median([one.generator for one in self.loads])

    def __str__(self) -> str:
        return f"{self.per_second:,.0f}/s · {self.cpu:,.1f} µs · {self.generator:.0%}"


Outcomes = dict[str, Outcome]


def of_cellar(server: Cellar, paths: Paths, name: str = CELLAR) -> Contestant:
    assert server.process is not None
    return Contestant(name, server.process.pid, _urls(server.base, paths), server.log)


def of_nginx(server: Nginx, paths: Paths) -> Contestant:
    return Contestant("nginx" if server.log else "nginx, no log", server.pid, _urls(server.base, paths), server.log)


def of_varnish(server: Varnish, paths: Paths) -> Contestant:
    return Contestant(server.name, server.pid, _urls(server.base, paths))


def hold(case: Case, contestants: Sequence[Contestant], *, runs: int, seconds: float) -> Outcomes:
    """Runs wrk against each contestant that has what is asked for, all in turn, so many times."""
    prepared = {}
    outcomes: Outcomes = {}
    for contestant in contestants:
        if case.what in contestant.urls:
            url, headers = contestant.urls[case.what], {**case.headers, **(_LOGIN if case.has_login else {})}
            outcomes[contestant.name] = Outcome(len(fetched(url, headers)))
            if case.is_conditional:
                headers["If-None-Match"] = etag(url, headers)
            prepared[contestant.name] = (contestant, url, headers)
    for _ in range(runs):
        for name, (contestant, url, headers) in prepared.items():
            outcomes[name].loads.append(
                load.run(
                    url, contestant.pid,
                    seconds=seconds, connections=case.connections, headers=headers, log=contestant.log,
                )
            )  # fmt: skip
    return outcomes


def assert_same_size(outcomes: Outcomes, names: Sequence[str]) -> None:
    """These servers were given Cellar's own bytes."""
    for name in names:
        if name in outcomes:
            assert outcomes[name].size == outcomes[CELLAR].size, f"{name}: {outcomes[name].size} bytes"


def judge(report: Report, case: Case, outcomes: Outcomes) -> None:
    """Holds Cellar to the best of the rivals; where wrk was the limit, its throughput only informs."""
    bounds, ours = case.bounds, outcomes[CELLAR]
    rivals = {name: outcomes[name] for name in bounds.rivals if name in outcomes}
    fastest = max(rivals, key=lambda name: rivals[name].per_second)
    thriftiest = min(rivals, key=lambda name: rivals[name].cpu)
    is_saturated = max(ours.generator, rivals[fastest].generator) >= SATURATED

    note = f"{ours.per_second:,.0f}/s, {fastest} {rivals[fastest].per_second:,.0f}/s{_goal(bounds.goal)}"
    if is_saturated:
        note += f"; wrk took {ours.generator:.0%} and {rivals[fastest].generator:.0%} of a core: CPU decides"
    throughput = ratio(outcomes, fastest, "per_second")
    note += _per_byte(case, ours, rivals[fastest], throughput * ours.size / rivals[fastest].size)
    report.at_least(f"{case.name}: throughput", throughput, None if is_saturated else bounds.at_least, note=note)

    at_most = bounds.cpu_at_most
    if at_most is None and is_saturated:
        at_most = round(1 / bounds.at_least, 2)
    best = rivals[thriftiest]
    cpu = ratio(outcomes, thriftiest, "cpu_microseconds")
    note = f"{ours.cpu:,.1f} µs, {thriftiest} {best.cpu:,.1f} µs{_goal(bounds.cpu_goal)}"
    note += _per_byte(case, ours, best, cpu * best.size / ours.size)
    report.at_most(f"{case.name}: CPU a request", cpu, at_most, note=note)


def table(title: str, outcomes: Mapping[str, Outcomes]) -> Table:
    """The medians by case; a case that a server has no answer to is left empty."""
    names = list(dict.fromkeys(name for found in outcomes.values() for name in found))
    rows = []
    for case, found in outcomes.items():
        others = [f"{name} {one.size:,}" for name, one in found.items() if not _are_alike(one, found[CELLAR])]
        size = ", ".join([f"{found[CELLAR].size:,}", *others])
        rows.append([case, size, *(str(found.get(name, "")) for name in names)])
    return Table(f"{title}: requests a second, CPU of the server a request, wrk's share of a core",
                 ["", "bytes", *names], rows)  # fmt: skip


def ratio(outcomes: Outcomes, rival: str, measure: str) -> float:
    """The median of Cellar's share of a rival's measure over the interleaved pairs of runs."""
    pairs = zip(outcomes[CELLAR].loads, outcomes[rival].loads, strict=True)
    return median([getattr(ours, measure) / getattr(theirs, measure) for ours, theirs in pairs])


def _per_byte(case: Case, ours: Outcome, theirs: Outcome, share: float) -> str:
    """Adds the share by bytes of the bodies, where they differ and are sent."""
    if case.is_conditional or _are_alike(ours, theirs):
        return ""
    return f"; {ours.size:,} bytes, {theirs.size:,}: per byte {share:.2f}"


def _are_alike(one: Outcome, other: Outcome) -> bool:
    """Whether two bodies differ by no more than the digests in them make them compress differently."""
    return abs(one.size - other.size) < other.size / 100


def _goal(goal: float | None) -> str:
    return "" if goal is None else f" (goal {goal:g})"


def _urls(base: str, paths: Paths) -> dict[str, str]:
    return {what: base + path for what, path in paths.items()}
