"""A server with an upstream of the tests' own before it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import requests

from .cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from .corpus import normalized
from .distributions import Distribution, wheel
from .simple import JSON, Index
from .upstream import Upstream
from .upstream_pages import MODERN, Style
from .waiting import eventually

# Pages are asked for again after a second, and what is unknown is forgotten as fast.
QUICK = {"min_fresh": "1s", "unknown_for": "1s"}
# A failing upstream is given up within the patience of a test.
IMPATIENT = {**QUICK, "connect_timeout": "1s", "response_timeout": "1s", "idle_timeout": "1s", "retries": 0}

ANYBODY = None
MEMBER = (USER, PASSWORD)
ADMINISTRATOR = (ADMIN, ADMIN_PASSWORD)


class House:
    """An upstream, the server that reads it, and what people do with both."""

    def __init__(
        self,
        root: Path,
        style: Style = MODERN,
        upstream: Mapping[str, object] = QUICK,
        main: Mapping[str, object] | None = None,
        sections: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        self.upstream = Upstream(style)
        self.upstream.start()
        self._told = dict(upstream)
        self._sections = {"index.main": {"upstreams": ["test"], **(main or {})}, **(sections or {})}
        self.cellar = Cellar(root, self.sections())
        self.session = requests.Session()
        self.session.trust_env = False

    def sections(self) -> dict[str, Mapping[str, object]]:
        return {"upstream.test": {"url": self.upstream.url(), **self._told}, **self._sections}

    def reconfigure(self, upstream: Mapping[str, object] | None = None, **sections: Mapping[str, object]) -> None:
        """Writes other settings (`index_main=…` is `[index.main]`), and restarts the server with them."""
        self._told.update(upstream or {})
        for name, keys in sections.items():
            self._sections[name.replace("_", ".", 1)] = keys
        self.restart(configure=True)

    def hide(self, index: str) -> None:
        """Takes an index out of the configuration; what it published stays in the database."""
        del self._sections[f"index.{index}"]
        self.restart(configure=True)

    def restart(self, *, configure: bool = False) -> None:
        self.cellar.stop()
        if configure:
            self.cellar.configure(self.sections())
        self.cellar.start()

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """The upstream is gone, and the server was started without it; afterwards both are as before."""
        self.upstream.stop()
        self.restart()
        try:
            yield
        finally:
            self.upstream.start()
            self.restart()

    def index(self, name: str = "main", auth: tuple[str, str] | None = None) -> Index:
        return Index(self.cellar.base, name, auth)

    def simple(self, index: str = "main") -> str:
        return self.cellar.url(f"/{index}/simple/")

    def get(self, path: str, auth: tuple[str, str] | None = ANYBODY, **headers: str) -> requests.Response:
        """One GET; redirects are not followed."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("http") else self.cellar.url(path)
        return self.session.get(url, auth=auth, headers=named, allow_redirects=False, timeout=60)

    def listed(
        self, project: str, index: str = "main", auth: tuple[str, str] | None = ANYBODY
    ) -> dict[str, dict[str, Any]]:
        """The files of a project's JSON page by their names, each with its whole address; empty for 404."""
        page = f"/{index}/simple/{normalized(project)}/"
        answer = self.get(page, auth, Accept=JSON)
        if answer.status_code == 404:
            return {}
        assert answer.status_code == 200, f"{page}: {answer.status_code} {answer.text}"
        base = self.cellar.url(page)
        files = answer.json()["files"]
        return {file["filename"]: {**file, "address": urldefrag(urljoin(base, file["url"])).url} for file in files}

    def api(
        self, method: str, path: str, body: object = None, auth: tuple[str, str] = ADMINISTRATOR
    ) -> requests.Response:
        return self.session.request(method, self.cellar.url(f"/api/v1{path}"), auth=auth, json=body, timeout=60)

    def wait_until_kept(self, filename: str, index: str = "main") -> None:
        """Waits until a file is kept, which comes after its last byte has been sent."""
        eventually(lambda: filename in self.cellar.cli("cache", "list", "--index", index), 60)

    def close(self) -> None:
        """Ends both; the server as an operator does."""
        try:
            self.cellar.stop()
        finally:
            self.cellar.kill()
            self.upstream.stop()


@contextmanager
def house(root: Path, *arguments: object, **named: object) -> Iterator[House]:
    """A running server with its upstream; a test that fails does not have its failure hidden by the end."""
    made = House(root, *arguments, **named)  # type: ignore[arg-type]
    try:
        made.cellar.start()
        yield made
        made.cellar.stop()
    finally:
        made.cellar.kill()
        made.upstream.stop()


def big(name: str, size: int = 3_000_000, version: str = "1.0") -> Distribution:
    """A wheel of a little more than so many bytes that are never twice the same."""
    return wheel(name, version, {"data.bin": os.urandom(size)}, compression=0)


def fetched(url: str) -> tuple[int, bytes, bool]:
    """The status, the bytes that came, and whether the answer was whole as HTTP sees it."""
    received = b""
    with requests.Session() as session:
        session.trust_env = False
        with session.get(url, stream=True, timeout=60, headers={"Accept-Encoding": "identity"}) as answer:
            try:
                for chunk in answer.iter_content(65536):
                    received += chunk
            except requests.RequestException:
                return answer.status_code, received, False
            told = answer.headers.get("Content-Length")
            return answer.status_code, received, told is None or len(received) == int(told)
