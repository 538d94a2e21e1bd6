"""The replicas' protocol under a simulated database, store and clock: seeds decide what happens, in which order."""

from __future__ import annotations

import subprocess

import pytest

from support.cellar import REPOSITORY
from support.crashes import count

pytestmark = [pytest.mark.without_cellar, pytest.mark.timeout(7200)]

PROGRAM = REPOSITORY / ".build" / "debug" / "ReplicaSimulation"
SCHEDULES = count("CELLAR_SCHEDULES", 2000)
# A schedule leaves what its killed replicas had in memory, about 130 KB: a process runs 5,000 at most.
PARTS = max(4, SCHEDULES // 5000)
BUGS = ("stale-mark", "blind-sweep", "blind-publish", "forgotten-manifest", "hasty-store", "same-serial", "open-lease")


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=7200)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_schedule_breaks_a_promise(part: int) -> None:
    each = SCHEDULES // PARTS
    done = simulate("--schedules", str(each), "--seed", str(1 + part * each))
    assert done.returncode == 0, (
        f"{done.stdout[-4000:]}\n--seed N --schedules 1 --tell shows one\n{done.stderr[-2000:]}"
    )
    assert f"{each} schedules, 0 with faults" in done.stdout


@pytest.mark.parametrize("bug", BUGS)
def test_it_finds_a_bug_that_is_put_in(bug: str) -> None:
    done = simulate("--schedules", "500", "--bug", bug)
    assert f"{bug} was found" in done.stdout, done.stdout + done.stderr


def test_a_seed_repeats_its_schedule() -> None:
    first, second = (simulate("--schedules", "1", "--seed", "7", "--tell").stdout for _ in range(2))
    assert first == second
    assert len(first.splitlines()) > 20
