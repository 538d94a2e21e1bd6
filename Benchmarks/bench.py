"""`make bench`: Cellar against nginx, Varnish, pypiron and the coreutils, and what large installations cost.

Ratios are medians over interleaved runs, so that a busy minute of the machine touches both sides.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import airflow
import caching
import connections
import grants
import latency
import page
import publishing
import replicas
import scale
import serving
import small_publishes
import tls
from report import Report

from support.cellar import BINARY


def main() -> int:
    groups = {
        "serving": "Pages and files",
        "latency": "Latency at half of the peak",
        "tls": "TLS",
        "connections": "Many connections",
        "small-publishes": "Publishing small wheels",
        "publishing": "Publishing large wheels",
        "upload-memory": "Memory of large files",
        "large-page": "A page of 5,000 files",
        "memory": "Idle memory",
        "start": "Start",
        "growth": "Growth",
        "replicas": "PostgreSQL and replicas",
        "grants": "Grants",
        "upstream": "Cached files and published ones",
        "numpy-page": "Reading an upstream's page",
        "airflow": "Resolving apache-airflow",
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"which to run: {', '.join(groups)} (default: all)")
    parser.add_argument("--runs", type=int, default=5, help="interleaved runs of each comparison (default: 5)")
    parser.add_argument("--seconds", type=int, default=5, help="how long one run of wrk or h2load lasts (default: 5)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the report as a Markdown page, too")
    arguments = parser.parse_args()
    if unknown := set(arguments.groups) - set(groups):
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    if not BINARY.exists():
        parser.error(f"there is no binary at {BINARY}")
    runs, seconds = arguments.runs, arguments.seconds
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cellar-tests" / "bench"
    cache.mkdir(parents=True, exist_ok=True)
    # Thousands of connections are held open, here and by the servers, which inherit the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    report = Report()
    with tempfile.TemporaryDirectory(prefix="cellar-bench-") as folder:
        root = Path(folder)
        parts: dict[str, Callable[[], None]] = {
            "serving": lambda: serving.measure(report, root, cache, runs=runs, seconds=seconds),
            "latency": lambda: latency.measure(report, root, runs=runs, seconds=seconds),
            "tls": lambda: tls.measure(report, root, runs=runs, seconds=seconds),
            "connections": lambda: connections.measure(report, root, runs=runs, seconds=seconds),
            "small-publishes": lambda: small_publishes.measure(report, root, cache, runs=runs, seconds=seconds),
            "publishing": lambda: publishing.measure(report, root, cache, runs=runs),
            "upload-memory": lambda: publishing.measure_memory(report, root, cache),
            "large-page": lambda: scale.measure_large_page(report, root),
            "memory": lambda: scale.measure_memory(report, root),
            "start": lambda: scale.measure_start(report, root, runs),
            "growth": lambda: scale.measure_growth(report, root, runs=runs, seconds=seconds),
            "replicas": lambda: replicas.measure(report, root, cache, runs=runs, seconds=seconds),
            "grants": lambda: grants.measure(report, root, runs=runs, seconds=seconds),
            "upstream": lambda: caching.measure(report, root, runs=runs, seconds=seconds),
            "numpy-page": lambda: caching.measure_numpy_page(report, root, cache),
            "airflow": lambda: airflow.measure(report, root, cache, runs=runs),
        }
        for group in arguments.groups or groups:
            report.begin(groups[group])
            parts[group]()
    kept = report.print()
    if arguments.write:
        page.write(arguments.write, report, sys.argv[1:], cache)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
