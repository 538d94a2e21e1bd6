"""Waits for what lags behind an answer: a file being kept, another process's change, a line of the log."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(holds: Callable[[], object], seconds: float = 15, otherwise: Callable[[], str] = str) -> None:
    """Waits until something holds, and fails if it doesn't in time; `otherwise` says what was seen instead."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"did not happen within {seconds} s {otherwise()}"
        time.sleep(0.05)
