"""Pages and files under TLS 1.3 against nginx, the memory that many downloads take, and HTTP/2 against HTTP/1.1."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import contest
import h2load
import load
import serving
import stock
from contest import Bounds
from nginx import Nginx
from processes import forget_peak, peak_resident_bytes, resident_bytes
from report import Report, Table, median

from support.cellar import Cellar
from support.tls import Certificate, SecureCellar

_PAGES = Bounds(["nginx"], at_least=1.3)
_SMALL_FILES = Bounds(["nginx"], at_least=1.2)
_LARGE_FILES = Bounds(["nginx"], at_least=1.0)
_BOUNDS = {
    ".metadata": _SMALL_FILES,
    "1 KB file": _SMALL_FILES,
    "20 KB file": _SMALL_FILES,
    "50 MB file": _LARGE_FILES,
}
_MIB = 1 << 20


def measure(report: Report, root: Path, *, runs: int, seconds: float) -> None:
    certificate = Certificate(root / "tls")
    sections = {"server": {"loops": 2}, **stock.INDEXES}
    with ExitStack() as stack:
        open_server = Cellar(root / "tls-cellar", sections)
        stack.callback(open_server.kill)
        open_server.start()
        paths = stock.publish_to_cellar(open_server)
        nginx = Nginx(root / "tls-nginx", certificate=certificate)
        stack.callback(nginx.stop)
        given = stock.give_to_nginx(nginx, open_server, paths)
        open_server.stop()

        # The same installation, from now on under the certificate.
        server = SecureCellar(open_server.root, sections, certificate=certificate, users=False)
        stack.callback(server.kill)
        server.start()
        _measure_memory(report, server, paths, seconds)
        contestants = [contest.of_cellar(server, paths), contest.of_nginx(nginx, given)]
        found = {}
        for case in serving.CASES:
            case = replace(case, bounds=_BOUNDS.get(case.what, _PAGES))
            found[case.name] = contest.hold(case, contestants, runs=runs, seconds=seconds)
            contest.judge(report, case, found[case.name])
        ciphers = f"Cellar {_negotiated(server.port)[0]}, nginx {_negotiated(nginx.port)[0]}"
        report.show(contest.table(f"TLS 1.3 ({ciphers})", found))
        _measure_http2(report, server, paths, runs=runs, seconds=seconds)
        server.stop()


def _measure_memory(report: Report, server: Cellar, paths: stock.Paths, seconds: float) -> None:
    """50 clients that download 50 MB again and again, from a server that has done nothing yet."""
    assert server.process is not None
    pid = server.process.pid
    time.sleep(2)
    idle = resident_bytes(pid)
    forget_peak(pid)
    load.run(server.url(paths["50 MB file"]), pid, seconds=seconds, connections=50, log=server.log)
    above = (peak_resident_bytes(pid) - idle) / _MIB
    report.at_most("memory above idle, 50 clients of a 50 MB file", above, 40, "MiB", f"idle {idle / _MIB:.0f} MiB")


def _measure_http2(report: Report, server: Cellar, paths: stock.Paths, *, runs: int, seconds: float) -> None:
    """The same number of requests under way: HTTP/1.1 has one on a connection, HTTP/2 eight, which
    is what its clients do; and, to show what a stream costs, one.
    """
    assert server.process is not None
    if not h2load.is_installed():
        report.skip("HTTP/2: there is no h2load")
        return
    ways = {
        "HTTP/2, 4 connections of 8 streams": {"connections": 4, "streams": 8, "http1": False},
        "HTTP/2, 32 connections of 1 stream": {"connections": 32, "http1": False},
        "HTTP/1.1, 32 connections": {"connections": 32, "http1": True},
    }
    shared, single, old = ways
    rows = []
    for what, name, headers in (
        ("page", "200-file JSON page, plain", stock.PLAIN),
        ("page", "200-file JSON page, gzip", stock.GZIP),
        ("1 KB file", "1 KB file", stock.PLAIN),
        ("20 KB file", "20 KB file", stock.PLAIN),
    ):
        found: dict[str, list[h2load.Load]] = {way: [] for way in ways}
        for _ in range(runs):
            for way, options in ways.items():
                found[way].append(
                    h2load.run(
                        server.url(paths[what]), server.process.pid,
                        seconds=seconds, headers=headers, log=server.log, **options,
                    )
                )  # fmt: skip
        for way, bound in ((shared, 0.9), (single, None)):
            ratio = median([new.per_second / one.per_second for new, one in zip(found[way], found[old], strict=True)])
            report.at_least(f"{name}: {way}, to HTTP/1.1: throughput", ratio, bound)
        rows.append([name, *(_medians(found[way]) for way in ways)])
    report.show(Table("HTTP/2 and HTTP/1.1, by h2load", ["", *ways], rows))


def _medians(found: list[h2load.Load]) -> str:
    speed, cpu = median([one.per_second for one in found]), median([one.cpu_microseconds for one in found])
    return f"{speed:,.0f}/s · {cpu:.1f} µs"


def _negotiated(port: int) -> tuple[str, str | None]:
    """Returns the cipher and the protocol that a server chooses of what a client of OpenSSL's offers."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        cipher = connection.cipher()
        assert cipher is not None
        return cipher[0], connection.selected_alpn_protocol()
