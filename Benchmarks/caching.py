"""What an upstream's pages and files cost once they are kept, against published ones; and how fast pages are read."""

from __future__ import annotations

import re
import subprocess
from itertools import product
from pathlib import Path

import load
import requests
from processes import cpu_seconds
from report import Report, median
from stock import PLAIN, published, sized_wheel

from support.cellar import BINARY, Cellar
from support.distributions import wheel
from support.simple import Index
from support.upstream import Upstream
from support.upstream_pages import BARE, Offer

_FILES_ON_PAGE = 200
_NUMPY = "https://pypi.org/simple/numpy/"
# Built beside the server by `swift build`.
_CONVERSION = BINARY.parent / "PageConversion"


def measure(report: Report, root: Path, *, runs: int, seconds: float) -> None:
    """The same files at two indexes of one server: published at one, cached at the other."""
    with Upstream() as upstream:
        sections = {
            "server": {"loops": 2},
            "upstream.test": {"url": upstream.url()},
            "index.main": {"upstreams": ["test"]},
            "index.published": {"upstreams": []},
        }
        server = Cellar(root / "caching", sections)
        server.start()
        try:
            _compare_all(report, server, upstream, runs=runs, seconds=seconds)
            server.stop()
        finally:
            server.kill()


def _compare_all(report: Report, server: Cellar, upstream: Upstream, *, runs: int, seconds: float) -> None:
    # No upstream is asked for a published name: each file is there twice, under names of one length.
    for number in range(_FILES_ON_PAGE):
        published(server, wheel("page-here", f"1.{number}"), "/published/")
        upstream.offer(wheel("page-away", f"1.{number}"))
    page = "simple/page-{}/"
    pages = server.url("/main/" + page.format("away")), server.url("/published/" + page.format("here"))
    for _ in range(2):
        assert [len(requests.get(url, headers=PLAIN, timeout=60).json()["files"]) for url in pages] == [200, 200]
    cases = [("200-file JSON page", [pages], 32)]
    # Where a file lies on the disk and in memory is chance, and weighs most on large ones: several of these.
    for size, name, count, connections in [(20 * 1024, "20 KB file", 1, 32), (50 * 1024 * 1024, "50 MB file", 4, 8)]:
        pairs = [_pair(server, upstream, size, number) for number in range(count)]
        cases.append((name, pairs, connections))
    for name, pairs, connections in cases:
        speeds, costs = [], []
        for run, (number, (cached, here)) in product(range(runs), enumerate(pairs)):
            assert server.process is not None
            # Which goes first alternates.
            loads = {}
            for url in (cached, here) if (run + number) % 2 == 0 else (here, cached):
                loads[url] = load.run(
                    url, server.process.pid, seconds=seconds, connections=connections, headers=PLAIN, log=server.log
                )
            speeds.append(loads[cached].per_second / loads[here].per_second)
            costs.append(loads[cached].cpu_microseconds / loads[here].cpu_microseconds)
        report.at_least(f"cached {name} (share of published)", median(speeds), 0.95)
        report.at_most(f"cached {name}, CPU (share of published)", median(costs), 1.05)


def _pair(server: Cellar, upstream: Upstream, size: int, number: int) -> tuple[str, str]:
    """The addresses of a cached file and of a published one of the same size."""
    here, away = sized_wheel(f"here-{size}-{number}", size), sized_wheel(f"away-{size}-{number}", size)
    published(server, here, "/published/")
    upstream.offer(away)
    kept = Index(server.base).links(away.name)[0]
    assert Index(server.base).download(kept) == away.content
    return kept.url, Index(server.base, "published").links(here.name)[0].url


def measure_numpy_page(report: Report, root: Path, cache: Path, repeats: int = 50) -> None:
    """The CPU that it takes to make our JSON page of PyPI's HTML page of numpy: by itself, and as a whole request."""
    kept = cache / "numpy.html"
    if not kept.exists():
        kept.write_bytes(requests.get(_NUMPY, headers={"Accept": "text/html"}, timeout=60).content)
    with kept.open("rb") as html:
        converted = subprocess.run([_CONVERSION, "numpy", str(repeats)], stdin=html, capture_output=True, check=True)
    milliseconds, count = converted.stdout.split()
    assert int(count) > 4000, count
    report.at_most("numpy's page, HTML to JSON, CPU", float(milliseconds), 15, "ms", f"{int(count)} files")
    with Upstream(BARE) as upstream:
        upstream.offers = _offers(kept.read_text())
        sections = {
            # Nothing is kept for longer than a moment: every request reads the upstream's page again.
            "server": {"loops": 2, "page_cache_size": "0"},
            "upstream.test": {"url": upstream.url(), "min_fresh": "0s"},
            "index.main": {"upstreams": ["test"]},
        }
        server = Cellar(root / "numpy-page", sections)
        server.start()
        try:
            assert server.process is not None
            with requests.Session() as session:
                session.trust_env = False
                url = server.url("/main/simple/numpy/")
                files = len(session.get(url, headers=PLAIN).json()["files"])
                assert files > 4000, files
                upstream.forget()
                before = cpu_seconds(server.process.pid)
                for _ in range(repeats):
                    assert session.get(url, headers=PLAIN).status_code == 200
                cpu = (cpu_seconds(server.process.pid) - before) / repeats * 1e3
            read = len(upstream.requests("/simple/numpy/"))
            assert read == repeats, f"the page was read {read} times, not {repeats}"
            report.inform("numpy's page, fetched and read for each request, CPU", cpu, "ms", f"{files} files")
            server.stop()
        finally:
            server.kill()


def _offers(page: str) -> list[Offer]:
    """The files of a page of PyPI's, under the upstream's own addresses."""
    found = re.findall(r'<a href="([^"#]+)#sha256=([0-9a-f]{64})"([^>]*)>([^<]+)</a>', page)
    offers = []
    for url, sha256, attributes, filename in found:
        match = re.search(r'data-requires-python="([^"]*)"', attributes)
        python = match[1].replace("&gt;", ">").replace("&lt;", "<") if match else None
        offers.append(Offer("numpy", filename, b"", 0, sha256, python, url=url))
    return offers
