"""The server that most tests look at."""

from __future__ import annotations

from pathlib import Path

from support.cellar import PASSWORD, USER, Cellar
from support.distributions import Distribution, sdist, wheel
from support.upload import publish

SECTIONS = {
    "server": {"registration": True},
    "index.main": {"read": ["everyone"]},
    "index.team": {"read": ["authenticated"]},
    "index.open": {"read": ["everyone"], "write": ["everyone"]},
    "index.archive": {"read": ["everyone"], "write": []},
}


def build_town(root: Path) -> Cellar:
    """A running server with indexes of several kinds: one for all, one for people who are known, one to which anybody
    publishes, and one to which nobody does."""
    cellar = Cellar(root, SECTIONS)
    cellar.start()
    for distribution in (wheel("acme", "1.0"), sdist("acme", "1.0"), wheel("acme", "1.1")):
        _publish(cellar, distribution, "/main/")
    _publish(cellar, wheel("secret-plans", "1.0"), "/team/")
    return cellar


def _publish(cellar: Cellar, distribution: Distribution, path: str) -> None:
    answer = publish(cellar, distribution, path, auth=(USER, PASSWORD))
    assert answer.status_code == 200, answer.text
