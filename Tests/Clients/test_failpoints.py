"""A crash before and after every step of publishing, at the failpoints that a debug build has."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import pytest
import requests

from support.cellar import BINARY, Cellar
from support.crashes import Ledger, check_after_crash, check_sweep, count, publish_unanswered
from support.distributions import sdist, wheel
from support.upload import publish

pytestmark = [pytest.mark.xdist_group("failpoints"), pytest.mark.timeout(7200)]

# How often each failpoint crashes the server: more often in `make soak`.
CRASHES = count("CELLAR_CRASHES", 20)


@functools.cache
def failpoints() -> list[str]:
    """The names that the binary knows; a release build has none."""
    if not BINARY.exists():
        return []
    done = subprocess.run([str(BINARY), "failpoints"], capture_output=True, text=True, check=False)
    return done.stdout.split() if done.returncode == 0 else []


def test_there_are_failpoints() -> None:
    assert len(failpoints()) >= 2, f"{BINARY} is not a debug build: its publishing cannot be crashed step by step"


@pytest.mark.parametrize("failpoint", failpoints())
def test_a_crash_at(tmp_path: Path, failpoint: str) -> None:
    server, ledger = Cellar(tmp_path), Ledger()
    environment = {"CELLAR_FAILPOINT": failpoint}
    try:
        for crash in range(CRASHES):
            # What the crash before left is there while this one happens: the same project grows with each.
            if not server.start(environment, may_die=True):
                server.start()
                server.stop()
                continue  # it crashed while it recovered, which counts as well
            check_after_crash(server, ledger, since=set())
            distribution = sdist("failed", f"{crash}.0") if crash % 3 == 2 else wheel("failed", f"{crash}.0")
            ledger.begin(distribution)
            try:
                answer = publish(server, distribution)
                ledger.answer(distribution, answer.status_code, answer.text)
            except requests.RequestException:
                pass  # as it should be if the step comes before the answer
            server.wait_for_crash()
        server.start()
        check_after_crash(server, ledger, since=set())
        publish_unanswered(server, ledger)
        check_sweep(server, ledger)
        server.stop()
    finally:
        server.kill()
