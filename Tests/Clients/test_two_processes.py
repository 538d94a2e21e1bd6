"""Several processes at work on one database and one storage at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, Cellar
from support.crashes import count
from support.distributions import Distribution, wheel
from support.simple import Index
from support.upload import publish
from support.waiting import eventually

pytestmark = pytest.mark.timeout(600)

ROUNDS = count("CELLAR_ROUNDS", 8)
# Both carry the outbox out a while after they have looked at it, so that each has entries that the other has, too.
PAUSES = ({"CELLAR_FAILPOINT": "before-writeManifests~50"}, {"CELLAR_FAILPOINT": "before-writeManifests~250"})
INDEXES = {"index.main": {}, "index.other": {}}


@contextmanager
def two_servers(root: Path) -> Iterator[tuple[Cellar, Cellar]]:
    first = Cellar(root / "first", INDEXES)
    second = Cellar(root / "second", {**INDEXES, "server": {"data_dir": str(first.data)}}, users=False)
    try:
        for server, pause in zip((first, second), PAUSES, strict=True):
            server.start(pause)
        yield first, second
        first.stop()
        second.stop()
    finally:
        first.kill()
        second.kill()


class Busy:
    """Publishes one file after another, so that its server looks at the outbox all the time."""

    def __init__(self, server: Cellar, name: str) -> None:
        self.published: list[Distribution] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._publish, args=(server, name), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive(), "an upload hangs"

    def _publish(self, server: Cellar, name: str) -> None:
        for number in range(1_000_000):
            if self._stop.is_set():
                return
            file = wheel(name, f"{number}.0")
            if publish(server, file).status_code == 200:
                self.published.append(file)


def purge(server: Cellar, file: Distribution) -> None:
    answer = requests.post(
        server.url("/api/v1/purges"), json={"sha256": file.sha256}, auth=(ADMIN, ADMIN_PASSWORD), timeout=60
    )
    assert answer.status_code == 200, answer.text


def delete_and_sweep(server: Cellar, file: Distribution) -> None:
    address = f"/api/v1/indexes/main/projects/{file.name}/files/{file.filename}"
    answer = requests.delete(server.url(address), auth=(ADMIN, ADMIN_PASSWORD), timeout=60)
    assert answer.status_code == 200, answer.text
    server.cli("sweep", "--older-than", "0")


def wait_until_gone(index: Index, file: Distribution) -> None:
    eventually(lambda: file.filename not in {link.filename for link in index.links(file.name)})


def publish_until_accepted(server: Cellar, file: Distribution, path: str) -> None:
    """A removal that goes on holds the bytes back; trying again is safe."""
    deadline = time.monotonic() + 60
    while (answer := publish(server, file, path)).status_code != 200:
        assert answer.status_code == 503, f"{answer.status_code} {answer.text}"
        assert time.monotonic() < deadline, answer.text


def test_what_is_published_again_while_two_processes_remove_it_stays(tmp_path: Path) -> None:
    with two_servers(tmp_path) as (first, second):
        busy = [Busy(first, "busy-first"), Busy(second, "busy-second")]
        again: list[Distribution] = []
        with ThreadPoolExecutor(4) as threads:
            for round in range(ROUNDS):
                file = wheel("purged", f"{round}.0", {"data.bin": round.to_bytes(4, "big") * 1000})
                assert publish(first, file).status_code == 200
                purger, publisher = (first, second) if round % 2 else (second, first)
                removed = threads.submit(purge if round % 3 else delete_and_sweep, purger, file)
                wait_until_gone(Index(purger.base), file)
                time.sleep(0.05 * (round % 4))
                published = threads.submit(publish_until_accepted, publisher, file, "/other/")
                removed.result(60)
                published.result(120)
                again.append(file)
        # Whoever still has an old entry comes to it now.
        time.sleep(1)
        for uploads in busy:
            uploads.stop()
        for server in (first, second):
            index = Index(server.base, "other")
            links = {link.filename: link for link in index.links("purged")}
            for file in again:
                assert index.download(links[file.filename]) == file.content, f"{file.filename} was lost"
            main = Index(server.base)
            for uploads in busy:
                assert uploads.published
                for link in main.links(uploads.published[0].name):
                    main.check_metadata(link, main.download(link))
        check = first.run("check")
        assert check.returncode == 0, check.stdout + check.stderr


def test_processes_that_start_at_once_make_the_schema_once(tmp_path: Path) -> None:
    for round in range(3):
        cellar = Cellar(tmp_path / str(round), users=False)
        with ThreadPoolExecutor(8) as threads:
            started = [threads.submit(cellar.run, "user", "list") for _ in range(8)]
            for done in [future.result(120) for future in started]:
                assert done.returncode == 0, done.stdout + done.stderr
        assert "schema 13" in cellar.cli("check")
