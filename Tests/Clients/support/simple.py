"""Reads the simple API as a suspicious client would: everything that a page names must be there."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import requests

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


@dataclass(frozen=True)
class Link:
    """A file as a project page names it."""

    filename: str
    url: str
    sha256: str
    metadata_sha256: str | None


class Index:
    """One index of a running server, read with one connection."""

    def __init__(self, base: str, name: str = "main", auth: tuple[str, str] | None = None) -> None:
        self.root = f"{base}/{name}/simple/"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = auth

    def get(self, url: str, accept: str | None = None) -> requests.Response:
        return self.session.get(url, headers={"Accept": accept} if accept else {}, timeout=60)

    def projects(self) -> list[str]:
        response = self.get(self.root, JSON)
        assert response.status_code == 200, response.text
        return [project["name"] for project in response.json()["projects"]]

    def links(self, project: str) -> list[Link]:
        """The files of a project; none when there is no such project."""
        page = f"{self.root}{project}/"
        response = self.get(page, JSON)
        if response.status_code == 404:
            return []
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"] == JSON
        return [
            Link(
                file["filename"],
                urljoin(page, file["url"]),
                file["hashes"]["sha256"],
                core["sha256"] if isinstance(core := file.get("core-metadata"), dict) else None,
            )
            for file in response.json()["files"]
        ]

    def download(self, link: Link) -> bytes:
        response = self.get(link.url)
        assert response.status_code == 200, f"{link.url} is named but answers {response.status_code}: {response.text}"
        assert hashlib.sha256(response.content).hexdigest() == link.sha256, f"{link.url} has other bytes than its hash"
        return response.content

    def check_metadata(self, link: Link, wheel: bytes) -> None:
        if link.metadata_sha256 is None:
            return
        response = self.get(link.url + ".metadata")
        assert response.status_code == 200, f"{link.url}.metadata is advertised, answers {response.status_code}"
        assert hashlib.sha256(response.content).hexdigest() == link.metadata_sha256
        if link.filename.endswith(".whl"):
            with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
                inside = next(n for n in archive.namelist() if n.count("/") == 1 and n.endswith(".dist-info/METADATA"))
                assert archive.read(inside) == response.content

    def html_names(self, project: str) -> set[str]:
        page = f"{self.root}{project}/"
        response = self.get(page, HTML)
        assert response.status_code == 200, response.text
        anchors = _Anchors()
        anchors.feed(response.text)
        return {urldefrag(urljoin(page, href)).url.rsplit("/", 1)[-1] for href in anchors.links}

    def names(self) -> dict[str, set[str]]:
        """Every project with the file names on its page."""
        return {project: {link.filename for link in self.links(project)} for project in self.projects()}

    def crawl(self) -> dict[str, str]:
        """Fetches everything that any page names, and returns the SHA-256 of each file."""
        found: dict[str, str] = {}
        for project in self.projects():
            links = self.links(project)
            assert self.html_names(project) == {link.filename for link in links}
            for link in links:
                self.check_metadata(link, self.download(link))
                found[link.filename] = link.sha256
        return found


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for key, value in attrs if key == "href" and value]
