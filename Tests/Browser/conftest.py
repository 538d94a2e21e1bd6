"""Fixtures: a browser, a server with something to see, and visitors in each mode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from browsing import Mode, Visit, Visitor, modes
from support.cellar import BINARY, PASSWORD, Cellar
from support.chromium import PROGRAM
from town import build_town


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "mode" in metafunc.fixturenames:
        metafunc.parametrize("mode", modes(), ids=str)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, path in (("binary of Cellar", BINARY), ("Chromium", PROGRAM)):
        if path is None or not Path(path).exists():
            item.session.shouldfail = f"there is no {name}: build it first, or install it"
            pytest.fail(item.session.shouldfail, pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(PROGRAM), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    """A server with indexes of several kinds, and projects to look at."""
    cellar = build_town(tmp_path_factory.mktemp("town"))
    yield cellar
    cellar.stop()


@pytest.fixture
def visit(browser: Browser, town: Cellar) -> Iterator[Visit]:
    """Makes visitors: `visit(mode)`, `visit(mode, USER)`, `visit(mode, cellar=another)`."""
    made: list[Visitor] = []

    def visit(mode: Mode, user: str | None = None, *, password: str = PASSWORD, cellar: Cellar = town) -> Visitor:
        made.append(Visitor(browser, cellar, mode, user, password))
        return made[-1]

    yield visit
    for visitor in made:
        visitor.close()
