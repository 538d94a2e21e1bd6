"""kill -9 at random moments while four clients upload: what was answered stays, and nothing half is ever named."""

from __future__ import annotations

import contextlib
import io
import random
import sqlite3
import threading
import time
import zipfile
from pathlib import Path

import pytest
import requests

from support.cellar import Cellar
from support.clients import Workbench, site_packages
from support.crashes import Ledger, Uploaders, check_after_crash, check_sweep, count, publish_unanswered
from support.distributions import wheel
from support.simple import JSON
from support.upstreamed import house

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
    requirements = [f"{file.name}=={file.version}" for file in wheels.values()]
    source = ("--index-url", server.url("/main/simple/"))
    workbench.run("uv", "pip", "install", "--python", python, *source, *requirements)
    for file in wheels.values():
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            info = next(name for name in archive.namelist() if name.endswith("/METADATA"))
            assert (site_packages(python.parents[1]) / info).read_bytes() == archive.read(info)


def ask_and_ignore(url: str) -> None:
    with contextlib.suppress(requests.RequestException):
        requests.get(url, timeout=20)


def followed_rows(server: Cellar, project: str) -> tuple[str, bool]:
    """What the database says of a project and its one file, which no server has open."""
    with contextlib.closing(sqlite3.connect(server.database())) as connection:
        query = "SELECT status, is_yanked FROM projects JOIN files ON project_id = projects.id WHERE name = ?"
        status, is_yanked = connection.execute(query, (project,)).fetchone()
    return status, bool(is_yanked)


def test_a_kill_while_a_page_is_followed(tmp_path: Path) -> None:
    """An upstream's yank and quarantine reach a kept file together with the page that states them, or not at all."""
    chance = random.Random(7)
    with house(tmp_path) as made:
        files = [wheel(f"followed-{number}", "1.0") for number in range(count("CELLAR_FOLLOWED", 12))]
        made.upstream.offer_all(files)
        for file in files:
            assert made.get(made.listed(file.name)[file.filename]["address"]).content == file.content
            made.wait_until_kept(file.filename)
        for file in files:
            made.upstream.offer(file, yanked="bad")
            made.upstream.statuses[file.name] = "quarantined"
            time.sleep(1.1)  # until the page that is here has to be asked for again
            url = made.cellar.url(f"/main/simple/{file.name}/")
            asking = threading.Thread(target=ask_and_ignore, args=(url,))
            asking.start()
            time.sleep(chance.uniform(0, 0.04))
            made.cellar.kill()
            asking.join(30)
            made.upstream.stop()
            rows = followed_rows(made.cellar, file.name)
            made.cellar.start()
            told = made.get(url, Accept=JSON).json()["project-status"]["status"]
            assert rows in [("active", False), ("quarantined", True)]
            assert told == rows[0], f"the page that was kept says {told}, the rows {rows}"
            made.upstream.start()
            made.restart()
            assert made.get(url, Accept=JSON).json()["project-status"]["status"] == "quarantined"
            assert followed_rows(made.cellar, file.name) == ("quarantined", True)
