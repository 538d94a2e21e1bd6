"""Runs h2load against an address: over HTTP/1.1 or HTTP/2, as fast as it can or at a rate."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from processes import cpu_seconds

# The descriptors that h2load has open beside its connections are fewer than this.
_OTHER_DESCRIPTORS = 64


@dataclass(frozen=True)
class Load:
    """What one run of h2load measured."""

    per_second: float
    cpu_microseconds: float
    milliseconds: list[float]

    def percentile(self, percent: float) -> float:
        """The milliseconds within which so many percent of the requests were answered."""
        return self.milliseconds[min(int(len(self.milliseconds) * percent / 100), len(self.milliseconds) - 1)]


def is_installed() -> bool:
    return shutil.which("h2load") is not None


def run(
    url: str,
    pid: int,
    *,
    seconds: float,
    connections: int = 32,
    streams: int = 1,
    headers: Mapping[str, str] | None = None,
    rate: float | None = None,
    http1: bool = True,
    log: Path | None = None,
) -> Load:
    """Sends requests over keep-alive connections; any answer but 2xx and 3xx is an error.

    With a rate, so many requests a second are sent in all, whether earlier ones are answered or not, which is why there
    should be far more connections than are busy at a time. The connections begin a millisecond after one another, or
    all would ask at the same moments; times are taken once all have begun.

    h2load gets its table of descriptors as large as it will need it. Otherwise Linux stops it for up to 20 ms whenever
    the table grows, whoever answers. All connections that should have asked twice meanwhile ask at one moment then, and
    at one moment each time from then on, so that their requests wait for each other.
    """
    opening = connections / 1000 if rate is not None else 0
    command = ["h2load", "-t1", f"-c{connections}", f"-m{streams}", *(["--h1"] if http1 else [])]
    if rate is None:
        command += ["-D", f"{seconds:g}"]
    else:
        command += ["-n", str(int(rate * (seconds + opening) / connections) * connections), "-r1", "--rate-period=1ms"]
        command += [f"--rps={rate / connections:.3f}"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name.lower()}: {value}"]
    with tempfile.NamedTemporaryFile() as times, _high_descriptor(connections + _OTHER_DESCRIPTORS) as high:
        before = cpu_seconds(pid)
        done = subprocess.run(
            [*command, f"--log-file={times.name}", url], capture_output=True, text=True, check=True, pass_fds=[high]
        )
        cpu = cpu_seconds(pid) - before
        # Start, status and microseconds of each request.
        requests = [line.split() for line in times]
    if log is not None:
        os.truncate(log, 0)
    speed = re.search(r"finished in .*?, ([\d.]+) req/s", done.stdout)
    if speed is None or any(status[:1] not in b"23" for _, status, _ in requests) or ", 0 errored" not in done.stdout:
        raise RuntimeError(f"{url}: h2load saw errors\n{done.stdout}{done.stderr}")
    counted_from = min(int(start) for start, _, _ in requests) + opening * 1e6
    milliseconds = sorted(int(taken) / 1e3 for start, _, taken in requests if int(start) >= counted_from)
    return Load(float(speed[1]), cpu / len(requests) * 1e6, milliseconds)


@contextmanager
def _high_descriptor(number: int) -> Iterator[int]:
    """Opens a descriptor with at least this number: a child that it is passed on to has a table that large."""
    with open(os.devnull) as any_file:
        high = fcntl.fcntl(any_file, fcntl.F_DUPFD_CLOEXEC, number)
    try:
        yield high
    finally:
        os.close(high)
