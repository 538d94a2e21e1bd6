"""Runs wrk against an address, and says how many requests it made at what cost to the server and to wrk."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from processes import cpu_seconds

# From this share of a core on, a generator's thread is what limits the throughput, not the server.
SATURATED = 0.9


@dataclass(frozen=True)
class Load:
    """What one run of wrk measured; `generator` is the share of a core that its thread took."""

    requests: int
    per_second: float
    cpu_microseconds: float
    p99_milliseconds: float
    generator: float


def run(
    url: str,
    pid: int,
    *,
    seconds: float,
    connections: int = 32,
    headers: Mapping[str, str] | None = None,
    script: Path | None = None,
    log: Path | None = None,
) -> Load:
    """Sends keep-alive requests from one thread; any answer but 2xx and 3xx is an error.

    The file `log`, which the server appends to, is emptied afterwards: a run writes hundreds of megabytes.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s", "--latency"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    if script is not None:
        command += ["-s", str(script)]
    before, started, own = cpu_seconds(pid), time.monotonic(), children_seconds()
    output = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    own, elapsed, cpu = children_seconds() - own, time.monotonic() - started, cpu_seconds(pid) - before
    if log is not None:
        os.truncate(log, 0)
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"{url}: wrk saw errors\n{output}")
    requests = int(_found(r"(\d+) requests in", output))
    return Load(
        requests,
        float(_found(r"Requests/sec: +([\d.]+)", output)),
        cpu / max(requests, 1) * 1e6,
        _milliseconds(_found(r"99% +(\S+)", output)),
        own / elapsed,
    )


def children_seconds() -> float:
    """Returns the CPU time of the children of this process that have ended, such as a load generator."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _found(pattern: str, output: str) -> str:
    match = re.search(pattern, output)
    if match is None:
        raise RuntimeError(f"wrk said something else:\n{output}")
    return match.group(1)


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]
