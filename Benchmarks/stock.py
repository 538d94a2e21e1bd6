"""What is asked for in the comparisons: one page of 200 files, the same behind a login, and single files."""

from __future__ import annotations

from collections.abc import Iterator

from fetching import fetched
from nginx import Nginx
from pypiron import Pypiron

from support.cellar import Cellar
from support.distributions import Distribution, wheel
from support.simple import JSON, Index
from support.upload import basic, publish

PLAIN = {"Accept": JSON, "Accept-Encoding": "identity"}
GZIP = {"Accept": JSON, "Accept-Encoding": "gzip"}
# Both indexes have the project `paged`; the second is read by users only.
INDEXES = {"index.main": {}, "index.private": {"read": ["authenticated"]}}
FILES_ON_PAGE = 200
_PROJECT = "paged"
_FILES = {
    "1 KB file": ("small", 1024),
    "20 KB file": ("medium", 20 * 1024),
    "50 MB file": ("large", 50 * 1024 * 1024),
}

# An address by what it answers: "page", "private page", ".metadata", and the names of the files.
Paths = dict[str, str]


def publish_to_cellar(server: Cellar) -> Paths:
    for distribution in _on_page():
        published(server, distribution, "/main/")
        published(server, distribution, "/private/")
    paths = {"page": f"/main/simple/{_PROJECT}/", "private page": f"/private/simple/{_PROJECT}/"}
    for what, distribution in _files():
        published(server, distribution, "/main/")
        paths[what] = Index(server.base).links(distribution.name)[0].url.removeprefix(server.base)
    paths[".metadata"] = paths["1 KB file"] + ".metadata"
    return paths


def give_to_nginx(nginx: Nginx, server: Cellar, paths: Paths) -> Paths:
    """Lays the very bytes that Cellar answers before nginx; a Varnish in front of it has the same paths."""
    given = {what: f"/{what.replace(' ', '-')}" for what in paths}
    given |= {"page": "/pages/paged", "private page": "/private/paged"}
    login = {"Authorization": basic()}
    for what, path in given.items():
        url = server.url(paths[what])
        nginx.put(path, fetched(url, PLAIN | login))
        if what.endswith("page"):
            nginx.put(path + ".gz", fetched(url, GZIP | login))
    return given


def publish_to_pypiron(server: Pypiron) -> Paths:
    """Publishes the same wheels; its pages are its own."""
    count = 0
    for distribution in _on_page():
        server.publish(distribution)
        count += 1
    paths = {"page": f"/simple/{_PROJECT}/"}
    for what, distribution in _files():
        server.publish(distribution)
        paths[what] = f"/files/{distribution.name}/{distribution.filename}"
    paths[".metadata"] = paths["1 KB file"] + ".metadata"
    server.wait_for_files(_PROJECT, count)
    return paths


def sized_wheel(project: str, size: int, version: str = "1.0") -> Distribution:
    """Makes a wheel of exactly so many bytes, mostly one stored file."""
    padding = size
    for _ in range(3):  # the length of the padding's own digits in RECORD changes the size
        candidate = wheel(project, version, {"p": b"\x5a" * padding}, compression=0)
        if len(candidate.content) == size:
            return candidate
        padding += size - len(candidate.content)
        if padding < 0:
            candidate = wheel(project, version, {})
            raise ValueError(f"no wheel has {size} bytes: the smallest has {len(candidate.content)}")
    return candidate


def published(server: Cellar, distribution: Distribution, path: str) -> None:
    answer = publish(server, distribution, path)
    assert answer.status_code == 200, answer.text


def _on_page() -> Iterator[Distribution]:
    return (wheel(_PROJECT, f"1.{number}") for number in range(FILES_ON_PAGE))


def _files() -> Iterator[tuple[str, Distribution]]:
    return ((what, sized_wheel(project, size)) for what, (project, size) in _FILES.items())
