"""Connections that serve one request only, and thousands of idle ones beside the load, against nginx."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import contest
import stock
from contest import Bounds, Case
from nginx import Nginx
from report import Report

from support.cellar import Cellar

_IDLE = 5000
_BOUNDS = Bounds(["nginx"], at_least=0.9)
_CASES = [
    Case("200-file JSON page, plain", "page", stock.PLAIN, _BOUNDS),
    Case("1 KB file", "1 KB file", {"Accept-Encoding": "identity"}, _BOUNDS),
]


def measure(report: Report, root: Path, *, runs: int, seconds: float) -> None:
    with ExitStack() as stack:
        server = Cellar(root / "connections-cellar", {"server": {"loops": 2, "idle_timeout": "1h"}, **stock.INDEXES})
        stack.callback(server.kill)
        server.start()
        paths = stock.publish_to_cellar(server)
        nginx = Nginx(root / "connections-nginx")
        stack.callback(nginx.stop)
        given = stock.give_to_nginx(nginx, server, paths)
        contestants = [contest.of_cellar(server, paths), contest.of_nginx(nginx, given)]
        found = {}

        def hold(case: Case, name: str) -> None:
            case = replace(case, name=f"{case.name}, {name}")
            found[case.name] = contest.hold(case, contestants, runs=runs, seconds=seconds)
            contest.judge(report, case, found[case.name])

        for case in _CASES:
            hold(replace(case, headers={**case.headers, "Connection": "close"}), "without keep-alive")
        with _idle(server.port, paths["1 KB file"]), _idle(nginx.port, given["1 KB file"]):
            for case in _CASES:
                hold(case, f"beside {_IDLE:,} idle connections")
        report.show(contest.table("Connections", found))
        server.stop()


@contextmanager
def _idle(port: int, path: str) -> Iterator[None]:
    """Holds connections that have each made one request; all must live as long as the block."""
    with ExitStack() as stack:
        connections = []
        for _ in range(_IDLE):
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            stack.callback(connection.close)
            connection.request("GET", path)
            assert connection.getresponse().read()
            connections.append(connection)
        yield
        closed = sum(_is_closed(connection.sock) for connection in connections)
        assert closed == 0, f"{closed} of {_IDLE} idle connections were closed"


def _is_closed(connection: socket.socket | None) -> bool:
    if connection is None:
        return True
    connection.setblocking(False)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    return True
