"""What large databases cost: cold pages, memory, and the start."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import load
import requests
from filling import TEMPLATE, fill
from processes import cpu_seconds, resident_bytes
from report import Report, median
from stock import PLAIN

from support.cellar import Cellar
from support.distributions import wheel
from support.upload import publish

_RELEASES = 10  # of the template, so that a filled database has ten times as many files as projects
_SCRIPT = Path(__file__).parent / "random_projects.lua"
_COLD = {"server": {"loops": 2, "page_cache_size": "0"}}
_WARM = {"server": {"loops": 2}}


def measure_large_page(report: Report, root: Path, files: int = 5000) -> None:
    """The CPU of a page of 5,000 files that is rendered for each request."""
    server = Cellar(root / "large-page", _COLD)
    server.start()
    try:
        assert server.process is not None
        with ThreadPoolExecutor(4) as pool:
            answers = pool.map(lambda number: publish(server, wheel("huge", f"1.{number}")).status_code, range(files))
            assert set(answers) == {200}
        with requests.Session() as session:
            session.trust_env = False
            page = server.url("/main/simple/huge/")
            assert len(session.get(page, headers=PLAIN).json()["files"]) == files
            repeats = 100
            before = cpu_seconds(server.process.pid)
            for _ in range(repeats):
                session.get(page, headers=PLAIN)
            cpu = (cpu_seconds(server.process.pid) - before) / repeats * 1e3
        report.at_most("cold page of 5,000 files, CPU before compression", cpu, 12, "ms")
        server.stop()
    finally:
        server.kill()


def measure_memory(report: Report, root: Path) -> None:
    server = filled(root / "thousand-projects", 1000, _WARM)
    server.start()
    try:
        assert server.process is not None
        requests.get(server.url("/main/simple/"), headers=PLAIN, timeout=30)
        time.sleep(3)
        megabytes = resident_bytes(server.process.pid) / 1e6
        report.at_most("idle memory with 1,000 projects", megabytes, 40, "MB")
        server.stop()
    finally:
        server.kill()


def measure_start(report: Report, root: Path, runs: int) -> None:
    server = filled(root / "start", 100_000 // _RELEASES, _WARM)
    times = []
    try:
        for _ in range(runs):
            started = time.monotonic()
            server.start()
            times.append((time.monotonic() - started) * 1e3)
            server.stop()
    finally:
        server.kill()
    report.at_most("start to ready with 100,000 files", median(times), 100, "ms", f"at most {max(times):.0f} ms")


def measure_growth(report: Report, root: Path, *, runs: int, seconds: float) -> None:
    """A cold page's CPU and p99, alone and during publishes, with 1,000 and with 1,000,000 files."""
    sizes = {1_000: 1_000 // _RELEASES, 1_000_000: 1_000_000 // _RELEASES}
    servers = {files: filled(root / f"files-{files}", projects, _COLD) for files, projects in sizes.items()}
    alone: dict[int, list[load.Load]] = {files: [] for files in sizes}
    busy: dict[int, list[load.Load]] = {files: [] for files in sizes}
    for files, server in servers.items():
        server.start()
        _asked(server, sizes[files], 1)
    try:
        for _ in range(runs):
            for files, server in servers.items():
                alone[files].append(_asked(server, sizes[files], seconds))
            for files, server in servers.items():
                with publishes(server):
                    busy[files].append(_asked(server, sizes[files], seconds))
        for server in servers.values():
            server.stop()
    finally:
        for server in servers.values():
            server.kill()
    small, large = sizes
    for name, values in {
        "cold page, CPU": {files: [one.cpu_microseconds for one in found] for files, found in alone.items()},
        "cold page, p99": {files: [one.p99_milliseconds * 1e3 for one in found] for files, found in alone.items()},
        "cold page during publishes, p99": {
            files: [one.p99_milliseconds * 1e3 for one in found] for files, found in busy.items()
        },
    }.items():
        ratio = median([many / few for few, many in zip(values[small], values[large], strict=True)])
        note = f"{median(values[small]):.0f} µs, {median(values[large]):.0f} µs"
        report.at_most(f"{name}: 1,000,000 files to 1,000", ratio, 1.2, note=note)


def filled(root: Path, projects: int, sections: dict[str, dict[str, object]]) -> Cellar:
    """An installation with so many projects of ten releases; not running."""
    server = Cellar(root, sections)
    server.start()
    for number in range(_RELEASES):
        answer = publish(server, wheel(TEMPLATE, f"1.{number}"))
        assert answer.status_code == 200, answer.text
    server.stop()
    fill(server.database(), projects)
    return server


@contextmanager
def publishes(server: Cellar) -> Iterator[None]:
    """Publishes small wheels one after another for as long as the block lasts."""
    stop = threading.Event()

    def work() -> None:
        number = time.monotonic_ns()
        while not stop.is_set():
            number += 1
            assert publish(server, wheel("busy", f"1.{number}")).status_code == 200

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _asked(server: Cellar, projects: int, seconds: float) -> load.Load:
    assert server.process is not None
    os.environ["PROJECTS"] = str(projects)
    return load.run(server.base, server.process.pid, seconds=seconds, connections=8, script=_SCRIPT, log=server.log)
