"""Runs wrk against an address, and says how many requests it made at what cost to the server."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from processes import cpu_seconds


@dataclass(frozen=True)
class Load:
    """What one run of wrk measured."""

    requests: int
    per_second: float
    cpu_microseconds: float
    p99_milliseconds: float


def run(
    url: str,
    pid: int,
    *,
    seconds: float,
    connections: int = 32,
    headers: Mapping[str, str] | None = None,
    script: Path | None = None,
) -> Load:
    """Keep-alive requests from two threads; any answer but 2xx and 3xx is an error."""
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s", "--latency"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    if script is not None:
        command += ["-s", str(script)]
    before = cpu_seconds(pid)
    output = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    cpu = cpu_seconds(pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"{url}: wrk saw errors\n{output}")
    requests = int(_found(r"(\d+) requests in", output))
    return Load(
        requests,
        float(_found(r"Requests/sec: +([\d.]+)", output)),
        cpu / max(requests, 1) * 1e6,
        _milliseconds(_found(r"99% +(\S+)", output)),
    )


def _found(pattern: str, output: str) -> str:
    match = re.search(pattern, output)
    if match is None:
        raise RuntimeError(f"wrk said something else:\n{output}")
    return match.group(1)


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]
