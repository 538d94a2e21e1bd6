"""How the tests look at pages: in which modes, as whom, and what no page may do."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from support.cellar import PASSWORD, USER, Cellar

_HEIGHT = {390: 844, 1440: 900}
_LOCALES = {"en": "en-GB", "ja": "ja-JP"}


@dataclass(frozen=True)
class Mode:
    """How somebody looks at pages."""

    script: bool
    width: int
    theme: str
    language: str

    def __str__(self) -> str:
        return f"{'script' if self.script else 'plain'}-{self.width}-{self.theme}-{self.language}"

    def say(self, english: str, japanese: str) -> str:
        """The text in this mode's language."""
        return japanese if self.language == "ja" else english


EVERY_MODE = [
    Mode(*values) for values in itertools.product((True, False), (390, 1440), ("light", "dark"), ("en", "ja"))
]


def modes() -> list[Mode]:
    """All modes if CELLAR_EVERY_MODE is set; else five, in which each two values of two switches occur together."""
    if os.environ.get("CELLAR_EVERY_MODE"):
        return EVERY_MODE
    rows = [(0, 0, 0, 0), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0)]
    return [
        Mode(bool(script), (390, 1440)[wide], ("light", "dark")[dark], ("en", "ja")[foreign])
        for script, wide, dark, foreign in rows
    ]


SCRIPTED = Mode(True, 1440, "light", "en")


class Visitor:
    """A browser of somebody's own, which notes whatever pages should not do."""

    def __init__(
        self, browser: Browser, cellar: Cellar, mode: Mode, user: str | None, password: str = PASSWORD
    ) -> None:
        self.cellar = cellar
        self.mode = mode
        self.problems: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=cellar.base,
            java_script_enabled=mode.script,
            viewport={"width": mode.width, "height": _HEIGHT[mode.width]},
            color_scheme=mode.theme,
            locale=_LOCALES[mode.language],
            permissions=["clipboard-read", "clipboard-write"] if mode.script else [],
        )
        self.context.set_default_timeout(20_000)
        self.context.on("console", lambda message: self._note(message.type, message.text))
        self.context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        self.context.on("request", lambda request: self._note_host(request.url))
        if user is not None:
            self.context.add_cookies([session_cookie(cellar, user, password)])
        self.page: Page = self.context.new_page()

    def _note(self, kind: str, text: str) -> None:
        # The browser says itself that a page is an error page.
        if kind in ("error", "warning") and "Failed to load resource: the server responded with" not in text:
            self.problems.append(f"{kind}: {text}")

    def _note_host(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.port != self.cellar.port:
            self.problems.append(f"request to another host: {address}")

    def go(self, path: str) -> Page:
        """Opens a page, and checks what holds for each of them."""
        self.page.goto(path)
        return self.page

    def look(self, name: str) -> None:
        """Holds the page to what holds for each of them; keeps a picture of it if CELLAR_SCREENSHOTS names a folder."""
        page, mode = self.page, self.mode
        assert page.locator("html").get_attribute("lang") == mode.language
        assert "[[" not in page.title() and page.title(), page.title()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= mode.width, f"{name} is {width} pixels wide"
        if folder := os.environ.get("CELLAR_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(folder) / f"{name}-{mode}.png"), full_page=True)
        # What looks for faults is a script.
        if mode.script:
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        assert not self.problems, self.problems

    def close(self) -> None:
        self.context.close()
        assert not self.problems, self.problems


def session_cookie(cellar: Cellar, user: str = USER, password: str = PASSWORD) -> dict[str, str]:
    """The cookie of a session that the form for signing in has opened."""
    with requests.Session() as http:
        page = http.get(cellar.url("/login"), timeout=30)
        token = re.search(r'name="form" value="(\w+)"', page.text)
        assert token, page.text
        answer = http.post(
            cellar.url("/login"),
            data={"form": token[1], "next": "/", "name": user, "password": password},
            headers={"Origin": cellar.base},
            allow_redirects=False,
            timeout=30,
        )
        assert answer.status_code == 303, answer.text
        return {"name": "cellar_session", "value": answer.cookies["cellar_session"], "url": cellar.base}


Visit = Callable[..., Visitor]
