"""kill -9 at random moments while four clients upload: what was answered stays, and nothing half is ever named."""

from __future__ import annotations

import io
import random
import time
import zipfile
from pathlib import Path

import pytest

from support.cellar import Cellar
from support.clients import Workbench, site_packages
from support.crashes import Ledger, Uploaders, check_after_crash, check_sweep, count, publish_unanswered

pytestmark = [pytest.mark.xdist_group("crashes"), pytest.mark.timeout(7200)]

KILLS = count("CELLAR_KILLS", 40)


def test_random_kills_lose_nothing(tmp_path: Path, workbench: Workbench) -> None:
    server, ledger = Cellar(tmp_path / "cellar"), Ledger()
    seed = count("CELLAR_SEED", random.randrange(1 << 30))
    print(f"CELLAR_SEED={seed} repeats this")
    chance, verified = random.Random(seed), set[str]()
    try:
        server.start()
        for kill in range(KILLS):
            uploaders = Uploaders(server, ledger, seed=kill)
            time.sleep(chance.uniform(0.05, 1.2))
            server.kill()
            uploaders.stop()
            server.start()
            check_after_crash(server, ledger, since=verified)
            verified |= set(ledger.answered)
        assert not ledger.refused, ledger.refused[:5]
        assert len(ledger.answered) >= KILLS, "hardly anything was uploaded: the kills prove nothing"
        publish_unanswered(server, ledger)
        check_sweep(server, ledger)
        install_everything(server, ledger, workbench)
        server.stop()
    finally:
        server.kill()


def install_everything(server: Cellar, ledger: Ledger, workbench: Workbench) -> None:
    """The newest answered wheel of each client installs with the bytes that were sent."""
    python = workbench.virtual_environment()
    wheels = {d.name: d for d in ledger.answered.values() if d.filetype == "bdist_wheel" and d.name.startswith("crash")}
    requirements = [f"{wheel.name}=={wheel.version}" for wheel in wheels.values()]
    source = ("--index-url", server.url("/main/simple/"))
    workbench.run("uv", "pip", "install", "--python", python, *source, *requirements)
    for wheel in wheels.values():
        with zipfile.ZipFile(io.BytesIO(wheel.content)) as archive:
            info = next(name for name in archive.namelist() if name.endswith("/METADATA"))
            assert (site_packages(python.parents[1]) / info).read_bytes() == archive.read(info)
