"""Writes what was measured as a page: the machine, the command, the tables, and where a bound was missed."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pypiron
from report import Report, Row

from support.cellar import BINARY

_INTRODUCTION = """\
# Performance

Written by `make bench`. Each figure is a median over interleaved runs: the servers take turns, so that a busy moment
touches all of them. Load generator and servers share one machine, and the generator can be the slower of the two; from
90 % of a core on it counts as the limit, and the server's CPU a request decides instead of the throughput. A bound is
what Cellar must reach; a goal is what it aims at.

| server | how it runs |
| --- | --- |
| Cellar | two loops, all else as by default: its access log, one JSON line a request, goes to a file |
| nginx | two workers, sendfile, compressed pages on disk; its access log is like Cellar's, in batches of 100 ms |
| Varnish | answers from memory; writes no log to a file |
| pypiron | its defaults, without its feed of advisories; logs no reads |

nginx and Varnish have the very bytes that Cellar answers. pypiron has the same wheels and pages of its own.
"""
_VERSIONS = {
    "nginx": ["nginx", "-v"],
    "Varnish": ["varnishd", "-V"],
    "wrk": ["wrk", "-v"],
    "h2load": ["h2load", "--version"],
    "OpenSSL": ["openssl", "version"],
}


def write(file: Path, report: Report, arguments: list[str], cache: Path) -> None:
    parts = [_INTRODUCTION, _machine(cache), f"```sh\nmake bench ARGS='{' '.join(arguments)}'\n```\n"]
    parts.append(f"## Where Cellar loses\n\n{report.summary}.\n")
    if report.missed:
        parts.append(_rows(report.missed))
    parts += [f"Left out: {what}.\n" for what in report.skipped]
    for section in report.sections:
        parts.append(f"## {section.title}\n")
        parts += [table.markdown() for table in section.tables]
        if section.rows:
            parts.append(_rows(section.rows))
    file.write_text("\n".join(parts))


def _machine(cache: Path) -> str:
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    facts = {
        "Processor": processor[1] if processor else platform.machine(),
        "Cores": str(os.cpu_count()),
        "Memory": f"{memory:.0f} GiB",
        "Kernel": platform.release().split("-")[0],
        "Python": platform.python_version(),
        "Cellar": _version([str(BINARY), "--version"]),
    }
    commands = {**_VERSIONS, "pypiron": [str(pypiron.program(cache)), "--version"]}
    facts |= {name: _version(command) for name, command in commands.items()}
    return "## Machine\n\n| | |\n| --- | --- |\n" + "".join(f"| {name} | {fact} |\n" for name, fact in facts.items())


def _version(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "missing"
    found = re.search(r"\d+(\.\d+)+\S*", done.stdout + done.stderr)
    return found[0].rstrip("),") if found else "unknown"


def _rows(rows: Iterable[Row]) -> str:
    lines = ["| | measured | bound | | |", "| --- | ---: | --- | --- | --- |"]
    for row in rows:
        value = "-" if row.value is None else f"{row.value:.3g}" if row.value < 10 else f"{row.value:,.0f}"
        verdict = "" if row.bound is None else "kept" if row.passes else "**missed**"
        demand = row.demand.replace(">=", "at least").replace("<=", "at most")
        lines.append(f"| {row.name} | {value} {row.unit} | {demand} | {verdict} | {row.note} |".replace("  ", " "))
    return "\n".join(lines) + "\n"
