"""What grants cost: a list of 3,000 projects, of which 1,000 have grants of their own, and restricted names."""

from __future__ import annotations

import http.client
import sqlite3
import time
from pathlib import Path

import load
import requests
from filling import project_name
from report import Report, median
from scale import filled
from stock import GZIP, PLAIN

from support.cellar import USER, Cellar
from support.upload import basic

_PROJECTS, _GRANTED = 3000, 1000
_SECTIONS = {"server": {"loops": 2}}
_LIST = "/main/simple/"


def measure(report: Report, root: Path, *, runs: int, seconds: float) -> None:
    """Compares the list under Basic auth with that of a server without grants, which anonymous callers ask."""
    granted, plain = (filled(root / name, _PROJECTS, _SECTIONS) for name in ("grants", "no-grants"))
    _grant(granted.database())
    login = {"Authorization": basic()}
    try:
        plain.start()
        firsts = []
        for _ in range(runs):
            granted.start()
            firsts.append(_seconds(granted, PLAIN | login, _PROJECTS) * 1e3)
            granted.stop()
        granted.start()
        _seconds(granted, PLAIN | login, _PROJECTS)
        _seconds(granted, PLAIN, _PROJECTS - _GRANTED)
        _seconds(plain, PLAIN, _PROJECTS)
        report.at_most(
            f"list of {_PROJECTS:,} projects, {_GRANTED:,} granted: first answer, with the password",
            median(firsts), 150, "ms", f"at most {max(firsts):.0f} ms",
        )  # fmt: skip
        for form, headers in {"plain": PLAIN, "gzip": GZIP}.items():
            _compare(report, form, headers, login, granted, plain, runs=runs, seconds=seconds)
        _tell_apart(report, granted)
        granted.stop()
        plain.stop()
    finally:
        granted.kill()
        plain.kill()


def _compare(
    report: Report,
    form: str,
    headers: dict[str, str],
    login: dict[str, str],
    granted: Cellar,
    plain: Cellar,
    *,
    runs: int,
    seconds: float,
) -> None:
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(_asked(granted, headers | login, seconds))
        theirs.append(_asked(plain, headers, seconds))
    pairs = list(zip(ours, theirs, strict=True))
    name = f"the same list warm, {form}, to an anonymous caller's without grants"
    speeds = [one.per_second for one in ours], [one.per_second for one in theirs]
    costs = [one.cpu_microseconds for one in ours], [one.cpu_microseconds for one in theirs]
    report.at_least(
        f"{name}: throughput", median([one.per_second / other.per_second for one, other in pairs]), 0.9,
        note=f"{median(speeds[0]):,.0f}/s, {median(speeds[1]):,.0f}/s",
    )  # fmt: skip
    report.at_most(
        f"{name}: CPU", median([one.cpu_microseconds / other.cpu_microseconds for one, other in pairs]), 1.1,
        note=f"{median(costs[0]):.1f} µs, {median(costs[1]):.1f} µs",
    )  # fmt: skip


def _tell_apart(report: Report, server: Cellar, count: int = 1000) -> None:
    """Compares how long an anonymous caller waits for the refusal of a restricted name and of one that is not there."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for kind, path in {"page": "/main/simple/{}/", "JSON page": "/main/pypi/{}/json"}.items():
        waits: dict[str, list[float]] = {"filled": [], "absent": []}
        for number in range(count):
            for beginning, found in waits.items():
                name = project_name(number % _GRANTED).replace("filled", beginning)
                started = time.perf_counter()
                connection.request("GET", path.format(name))
                answer = connection.getresponse()
                answer.read()
                found.append((time.perf_counter() - started) * 1e6)
                assert answer.status == 401, f"{name}: {answer.status}"
        restricted, absent = (median(found) for found in waits.values())
        report.at_most(
            f"{kind} of a restricted name and of one that is not there: time apart",
            max(restricted / absent, absent / restricted), 1.1, note=f"{restricted:.0f} µs, {absent:.0f} µs",
        )  # fmt: skip
    connection.close()


def _grant(database: Path) -> None:
    """Grants Alice to read the first projects, as so many commands would; the server must not run."""
    with sqlite3.connect(database) as connection:
        user = connection.execute("SELECT id FROM users WHERE name = ?", (USER,)).fetchone()[0]
        index = connection.execute("SELECT id FROM indexes WHERE name = 'main'").fetchone()[0]
        connection.executemany(
            """
            INSERT INTO access_grants (index_id, project_name, is_prefix, principal_kind, principal_id, access_right,
                granted_by, granted_at)
            VALUES (?, ?, 0, 'user', ?, 'read', 'root', 0)
            """,
            [(index, project_name(number), user) for number in range(_GRANTED)],
        )


def _seconds(server: Cellar, headers: dict[str, str], projects: int) -> float:
    """Returns how long the list takes; it must have at least so many projects, and at most the template beside them."""
    started = time.monotonic()
    answer = requests.get(server.url(_LIST), headers=headers, timeout=30)
    seconds = time.monotonic() - started
    assert answer.status_code == 200, answer.text
    assert projects <= len(answer.json()["projects"]) <= projects + 1
    return seconds


def _asked(server: Cellar, headers: dict[str, str], seconds: float) -> load.Load:
    assert server.process is not None
    return load.run(server.url(_LIST), server.process.pid, seconds=seconds, headers=headers, log=server.log)
