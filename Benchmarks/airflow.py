"""Resolving apache-airflow: warm, against nginx with the very same pages and metadata; cold, by the bytes it takes."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from urllib.parse import unquote

import requests
from nginx import Nginx
from recorded import RecordedIndex
from report import Report, median

from support.cellar import Cellar
from support.clients import Workbench
from support.recorder import Recorder

_KIB = 1 << 10
_TAIL = 64 * _KIB
_LATENCY = 0.02
# As uv asks for pages.
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"


def measure(report: Report, root: Path, cache: Path, *, runs: int) -> None:
    folder = cache / "pypi"
    if not folder.exists():
        print("recording what PyPI answers for apache-airflow", flush=True)
        with RecordedIndex(folder) as upstream:
            _run_cold(root / "recording", upstream)
    with RecordedIndex(folder, _LATENCY) as upstream:
        server = _server(root / "airflow", upstream)
        server.start()
        nginx = Nginx(root / "airflow-nginx")
        try:
            workbench = Workbench(root / "airflow-home")
            with Recorder(server.port) as recorder:
                started = time.monotonic()
                resolved = _compile(workbench, recorder.url("/main/simple/"))
                seconds = time.monotonic() - started
                paths = {exchange.path: exchange.status for exchange in recorder.exchanges}
            _report_cold(report, server, upstream, seconds, resolved.count("=="))
            asked = len(upstream.replayed)
            _give(nginx, server, paths)
            ratios, ours, theirs = [], [], []
            for _ in range(runs):
                ours.append(_timed(workbench, server.url("/main/simple/"), resolved))
                theirs.append(_timed(workbench, nginx.url("/main/simple/"), resolved))
                ratios.append(ours[-1] / theirs[-1])
            again = len(upstream.replayed) - asked
            wheels = [path for path in paths if path.endswith(".whl")]
            report.at_most("uv pip compile apache-airflow, wheels transferred", len(wheels), 0)
            report.at_most(
                "uv pip compile apache-airflow, warm (share of nginx)", median(ratios), 1.15,
                note=f"{median(ours):.2f} s, nginx {median(theirs):.2f} s; {again} requests to upstream",
            )  # fmt: skip
            server.stop()
        finally:
            server.kill()
            nginx.stop()


def _server(root: Path, upstream: RecordedIndex) -> Cellar:
    return Cellar(
        root,
        {
            "server": {"loops": 2},
            "upstream.pypi": {"url": upstream.url},
            "index.main": {"upstreams": ["pypi"]},
        },
    )


def _run_cold(root: Path, upstream: RecordedIndex) -> None:
    server = _server(root, upstream)
    server.start()
    try:
        _compile(Workbench(root / "home"), server.url("/main/simple/"))
        server.stop()
    finally:
        server.kill()


def _compile(workbench: Workbench, index: str) -> str:
    """What uv resolves with an empty cache."""
    (workbench.project / "wanted.in").write_text("apache-airflow\n")
    done = workbench.run(
        "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-cache", "--only-binary", ":all:",
        "--python-version", "3.11", "--index-url", index, "wanted.in", timeout=1200,
    )  # fmt: skip
    return done.stdout


def _timed(workbench: Workbench, index: str, expected: str) -> float:
    started = time.monotonic()
    resolved = _compile(workbench, index)
    seconds = time.monotonic() - started
    assert resolved == expected, f"{index} leads to another resolution"
    return seconds


def _report_cold(report: Report, server: Cellar, upstream: RecordedIndex, seconds: float, projects: int) -> None:
    """Each page once, each wheel's metadata once, and for each wheel 64 KiB to find it in."""
    pages = {one.path: one.size for one in upstream.replayed if one.is_page}
    of_files = [one for one in upstream.replayed if not one.is_page]
    wheels = {one.path.removesuffix(".metadata") for one in of_files}
    metadata = sum(_metadata_size(server, wheel) for wheel in wheels)
    bound = sum(pages.values()) + metadata + len(wheels) * _TAIL
    total = sum(one.size for one in upstream.replayed)
    note = f"{projects} projects, {len(pages)} pages, {len(wheels)} wheels, {len(upstream.replayed)} requests"
    report.inform("uv pip compile apache-airflow, cold", seconds, "s", f"{note}, {_LATENCY * 1e3:.0f} ms each")
    report.at_most("cold, bytes from upstream", total / 1e6, bound / 1e6, "MB")


def _metadata_size(server: Cellar, wheel: str) -> int:
    """Bytes of the core metadata of a wheel of the upstream, as we serve them."""
    filename = unquote(wheel).rsplit("/", 1)[-1]
    project = filename.split("-")[0]
    with requests.Session() as session:
        session.trust_env = False
        page = server.url(f"/main/simple/{project}/")
        for file in session.get(page, headers={"Accept": _ACCEPT}, timeout=60).json()["files"]:
            if file["filename"] == filename:
                address = requests.compat.urljoin(page, file["url"])
                return len(session.get(address + ".metadata", timeout=60).content)
    raise AssertionError(f"{filename} is on no page")


def _give(nginx: Nginx, server: Cellar, paths: dict[str, int]) -> None:
    """Lays what uv asked for before nginx: pages compressed beforehand, all else as it is."""
    with requests.Session() as session:
        session.trust_env = False
        for path, status in paths.items():
            if status != 200:
                continue
            answer = session.get(server.url(path), headers={"Accept": _ACCEPT}, timeout=60)
            assert answer.status_code == 200, path
            if path.endswith("/"):
                nginx.put(f"{path}page", answer.content)
                subprocess.run(["gzip", "-6k", str(nginx.root / "files" / f"{path}page".lstrip("/"))], check=True)
            else:
                nginx.put(unquote(path), answer.content)
