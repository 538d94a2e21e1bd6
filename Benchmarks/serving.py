"""The fast lane against nginx: the same bytes from both, in interleaved runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import load
import requests
from nginx import Nginx
from report import Report, median

from support.cellar import Cellar
from support.distributions import Distribution, wheel
from support.simple import JSON, Index
from support.upload import basic, publish

_FILES_ON_PAGE = 200


@dataclass(frozen=True)
class Case:
    """What is asked of both servers, and the share of nginx's speed that is demanded."""

    name: str
    cellar_path: str
    nginx_path: str
    at_least: float
    headers: Mapping[str, str] = field(default_factory=dict)
    cellar_headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = 32
    is_conditional: bool = False


def measure(report: Report, root: Path, *, runs: int, seconds: float) -> None:
    sections = {
        "server": {"loops": 2, "access_log": False},
        "index.main": {},
        "index.private": {"read": ["authenticated"]},
    }
    server = Cellar(root / "cellar", sections)
    server.start()
    nginx = Nginx(root / "nginx")
    try:
        for case in _prepared(server, nginx):
            _compare(report, case, server, nginx, runs=runs, seconds=seconds)
        server.stop()
    finally:
        server.kill()
        nginx.stop()


def _prepared(server: Cellar, nginx: Nginx) -> list[Case]:
    """Publishes what is asked for, and gives nginx the very bytes that Cellar answers."""
    for number in range(_FILES_ON_PAGE):
        distribution = wheel("paged", f"1.{number}")
        _published(server, distribution, "/main/")
        _published(server, distribution, "/private/")
    page = "/main/simple/paged/"
    accept = {"Accept": JSON}
    nginx.put("pages/paged", _fetched(server.url(page), {**accept, "Accept-Encoding": "identity"}))
    nginx.put("pages/paged.gz", _fetched(server.url(page), {**accept, "Accept-Encoding": "gzip"}))
    plain = {**accept, "Accept-Encoding": "identity"}
    login = {"Authorization": basic()}
    cases = [
        Case("200-file JSON page, plain", page, "/pages/paged", 0.60, plain),
        Case("200-file JSON page, gzip", page, "/pages/paged", 0.55, {**accept, "Accept-Encoding": "gzip"}),
        Case("200-file JSON page, Basic auth", "/private/simple/paged/", "/pages/paged", 0.50, plain, login),
        Case("200-file JSON page, 304", page, "/pages/paged", 0.60, plain, is_conditional=True),
    ]
    for name, project, size, bound, connections in [
        ("1 KB file", "small", 1024, 0.40, 32),
        ("20 KB file", "medium", 20 * 1024, 0.40, 32),
        ("50 MB file", "large", 50 * 1024 * 1024, 0.85, 8),
    ]:
        distribution = sized_wheel(project, size)
        _published(server, distribution, "/main/")
        nginx.put(project, distribution.content)
        link = Index(server.base).links(project)[0]
        path = link.url.removeprefix(server.base)
        cases.append(Case(name, path, f"/{project}", bound, {"Accept-Encoding": "identity"}, connections=connections))
    return cases


def _compare(report: Report, case: Case, server: Cellar, nginx: Nginx, *, runs: int, seconds: float) -> None:
    assert server.process is not None
    cellar_url, nginx_url = server.url(case.cellar_path), nginx.url(case.nginx_path)
    cellar_headers = {**case.headers, **case.cellar_headers}
    nginx_headers = dict(case.headers)
    _assert_equal(cellar_url, cellar_headers, nginx_url, nginx_headers)
    if case.is_conditional:
        cellar_headers["If-None-Match"] = _etag(cellar_url, cellar_headers)
        nginx_headers["If-None-Match"] = _etag(nginx_url, nginx_headers)
    ratios, cellar_cpu, nginx_cpu, speeds = [], [], [], []
    for _ in range(runs):
        ours = load.run(
            cellar_url, server.process.pid, seconds=seconds, connections=case.connections, headers=cellar_headers
        )
        theirs = load.run(nginx_url, nginx.pid, seconds=seconds, connections=case.connections, headers=nginx_headers)
        ratios.append(ours.per_second / theirs.per_second)
        speeds.append(ours.per_second)
        cellar_cpu.append(ours.cpu_microseconds)
        nginx_cpu.append(theirs.cpu_microseconds)
    note = f"{median(speeds):,.0f}/s, CPU {median(cellar_cpu):.1f} µs a request, nginx {median(nginx_cpu):.1f} µs"
    report.at_least(f"{case.name} (share of nginx)", median(ratios), case.at_least, note=note)


def sized_wheel(project: str, size: int) -> Distribution:
    """A wheel of exactly so many bytes, mostly one stored file."""
    version, padding = "1.0", size
    for _ in range(3):  # the length of the padding's own digits in RECORD changes the size
        candidate = wheel(project, version, {"p": b"\x5a" * padding}, compression=0)
        if len(candidate.content) == size:
            return candidate
        padding += size - len(candidate.content)
        if padding < 0:
            candidate = wheel(project, version, {})
            raise ValueError(f"no wheel has {size} bytes: the smallest has {len(candidate.content)}")
    return candidate


def _published(server: Cellar, distribution: Distribution, path: str) -> None:
    answer = publish(server, distribution, path)
    assert answer.status_code == 200, answer.text


def _assert_equal(cellar: str, cellar_headers: Mapping[str, str], nginx: str, nginx_headers: Mapping[str, str]) -> None:
    ours, theirs = _fetched(cellar, cellar_headers), _fetched(nginx, nginx_headers)
    # A restricted index's page differs in what depends on the index; its length does not.
    assert len(ours) == len(theirs), f"{urljoin(cellar, '/')}: {len(ours)} bytes, nginx {len(theirs)}"


def _fetched(url: str, headers: Mapping[str, str]) -> bytes:
    """The bytes on the wire, not decompressed, once they are in the coding asked for: it is made off the request."""
    wanted = headers.get("Accept-Encoding", "identity")
    with requests.Session() as session:
        session.trust_env = False
        for _ in range(200):
            response = session.get(url, headers=dict(headers), stream=True, timeout=60)
            assert response.status_code == 200, f"{url}: {response.status_code}"
            body = response.raw.read(decode_content=False)
            if response.headers.get("Content-Encoding", "identity") == wanted:
                return body
            time.sleep(0.05)
    raise AssertionError(f"{url}: no {wanted} form within ten seconds")


def _etag(url: str, headers: Mapping[str, str]) -> str:
    with requests.Session() as session:
        session.trust_env = False
        etag = session.get(url, headers=dict(headers), timeout=60).headers["ETag"]
        answer = session.get(url, headers={**headers, "If-None-Match": etag}, timeout=60)
        assert answer.status_code == 304, f"{url}: {answer.status_code} to its own ETag"
        return etag
