"""The memory of a running server, read from /proc."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .cellar import Cellar

MIB = 1 << 20


@dataclass
class Growth:
    """How far the resident memory went above what it was before."""

    bytes: int = 0


@contextmanager
def watched(server: Cellar) -> Iterator[Growth]:
    """Measures, when the block ends, the most resident memory during it above that at its begin."""
    assert server.process is not None
    folder = Path(f"/proc/{server.process.pid}")
    (folder / "clear_refs").write_text("5")  # the peak begins again (proc(5))
    before = _status(folder, "VmRSS")
    growth = Growth()
    yield growth
    growth.bytes = _status(folder, "VmHWM") - before


def _status(folder: Path, key: str) -> int:
    lines = (folder / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key + ":")) * 1024
