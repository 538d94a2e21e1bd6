"""What must hold after every crash, and the clients that upload while it happens."""

from __future__ import annotations

import hashlib
import os
import random
import threading
from dataclasses import dataclass, field

import requests

from .cellar import Cellar
from .distributions import Distribution, core_metadata, sdist, wheel
from .simple import Index
from .upload import publish


@dataclass
class Ledger:
    """Which uploads were begun, and which were answered with success."""

    begun: dict[str, Distribution] = field(default_factory=dict)
    answered: dict[str, Distribution] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, distribution: Distribution) -> None:
        with self._lock:
            self.begun[distribution.filename] = distribution

    def answer(self, distribution: Distribution, status: int, text: str) -> None:
        with self._lock:
            if status == 200:
                self.answered[distribution.filename] = distribution
            else:
                self.refused.append(f"{distribution.filename}: {status} {text[:200]}")

    def unanswered(self) -> list[Distribution]:
        with self._lock:
            return [self.begun[name] for name in self.begun.keys() - self.answered.keys()]


class Uploaders:
    """Clients that upload one file after another until they are stopped; some files are the same for all."""

    def __init__(self, server: Cellar, ledger: Ledger, seed: int, clients: int = 4) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._upload, args=(server, ledger, seed, client), daemon=True)
            for client in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "an upload hangs"

    def _upload(self, server: Cellar, ledger: Ledger, seed: int, client: int) -> None:
        chance = random.Random(f"{seed} {client}")
        for number in range(1_000_000):
            if self._stop.is_set():
                return
            distribution = _distribution(seed, client, number, chance)
            ledger.begin(distribution)
            try:
                answer = publish(server, distribution, timeout=30)
            except requests.RequestException:
                return  # the server is gone
            ledger.answer(distribution, answer.status_code, answer.text)


def _distribution(seed: int, client: int, number: int, chance: random.Random) -> Distribution:
    match number % 5:
        case 0:  # all clients race for this one
            return wheel("contested", f"{seed}.{number}", {"contested.py": f"v = {seed}, {number}\n".encode()})
        case 1:
            return sdist(f"crash-{client}", f"{seed}.{number}")
        case 2:  # several hundred kilobytes
            return wheel(f"crash-{client}", f"{seed}.{number}", {"data.bin": chance.randbytes(400_000)}, compression=0)
        case _:
            return wheel(f"crash-{client}", f"{seed}.{number}")


def check_after_crash(server: Cellar, ledger: Ledger, *, since: set[str]) -> None:
    """Every answered upload is there; every page names only what is available; the rest is wholly there or not at all.

    Files named in `since` were verified after an earlier crash; of those, only that they are still listed.
    """
    index = Index(server.base)
    seen: dict[str, str] = {}
    for project in index.projects():
        links = index.links(project)
        assert index.html_names(project) == {link.filename for link in links}
        for link in links:
            seen[link.filename] = link.sha256
            if link.filename not in since:
                index.check_metadata(link, index.download(link))
    assert_matches(seen, ledger)


def assert_matches(seen: dict[str, str], ledger: Ledger) -> None:
    for filename, distribution in ledger.answered.items():
        assert seen.get(filename) == distribution.sha256, f"{filename} was answered, and is lost"
    for filename, sha256 in seen.items():
        assert sha256 == ledger.begun[filename].sha256, f"{filename} has bytes that nobody sent"


def publish_unanswered(server: Cellar, ledger: Ledger) -> None:
    """Trying again is safe: what was cut off goes through now."""
    for distribution in ledger.unanswered():
        answer = publish(server, distribution)
        assert answer.status_code == 200, f"{distribution.filename}: {answer.status_code} {answer.text}"
        ledger.answer(distribution, answer.status_code, answer.text)


def check_sweep(server: Cellar, ledger: Ledger) -> None:
    """After a sweep, the storage holds what the pages name and nothing else, and all of it is still available."""
    server.cli("sweep", "--older-than", "0")
    index = Index(server.base)
    named = index.crawl()
    assert_matches(named, ledger)
    metadata = {
        link.metadata_sha256
        for project in index.projects()
        for link in index.links(project)
        if link.metadata_sha256 is not None
    }
    kept = {path.parent.name for path in server.stored_files()}
    assert set(named.values()) | metadata <= kept, "the sweep removed what is named"
    # Pages say nothing of core metadata of source distributions that may not hold for wheels (PEP 643).
    for filename in named:
        if not filename.endswith(".whl"):
            file = ledger.begun[filename]
            metadata.add(hashlib.sha256(core_metadata(file.name, file.version)).hexdigest())
    assert kept == set(named.values()) | metadata, "the sweep left what nothing names"
    assert not server.spooled_files(), "the spool is not empty"


def count(variable: str, default: int) -> int:
    return int(os.environ.get(variable, default))
