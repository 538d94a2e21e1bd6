"""Pages as upstreams of different kinds write them: PyPI's JSON with everything, and HTML with next to nothing."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True)
class Style:
    """What kind of index the upstream is."""

    json: bool = True
    """Whether JSON is answered to those who ask for it; else HTML to everybody."""
    html_type: str = "text/html"
    hashes: bool = True
    sizes: bool = True
    times: bool = True
    says_metadata: bool = True
    serves_metadata: bool = True
    etags: bool = True
    gzip: bool = True
    ranges: bool = True
    relative: bool = False
    max_age: int | None = None
    latency: float = 0
    """Seconds before every answer."""
    login: str | None = None
    """The Authorization that is demanded."""


# As PyPI is, and as an upstream that says the least: HTML, no sizes, times, validators or metadata.
MODERN = Style()
BARE = Style(json=False, sizes=False, times=False, says_metadata=False, serves_metadata=False, etags=False, gzip=False)


@dataclass(frozen=True)
class Offer:
    """A file as the upstream has it, and what its page says."""

    project: str
    filename: str
    content: bytes | Path
    size: int
    sha256: str
    requires_python: str | None = None
    yanked: str | bool = False
    upload_time: str | None = "2024-05-06T07:08:09.123456Z"
    metadata: bytes | None = None
    url: str | None = None
    """Another address than its own."""
    said_sha256: str | None = None
    """Another digest than its own."""
    provenance: str | None = None

    def read(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


def json_page(project: str, offers: Sequence[Offer], style: Style, files: str, status: str | None) -> bytes:
    complete = style.sizes
    page: dict[str, object] = {
        "meta": {"api-version": "1.4" if complete else "1.0"},
        "name": project,
        "files": [_entry(offer, style, files) for offer in offers],
    }
    if complete:
        page["versions"] = sorted({offer.filename.split("-")[1].removesuffix(".tar.gz") for offer in offers})
    if status is not None:
        page["project-status"] = {"status": status, "reason": "said so"}
    return json.dumps(page).encode()


def html_page(project: str, offers: Sequence[Offer], style: Style, files: str, status: str | None) -> bytes:
    lines = ["<!DOCTYPE html>", "<html><head>"]
    if status is not None:
        lines.append(f'<meta name="pypi:project-status" content="{status}">')
    lines.append(f"<title>Links for {project}</title></head><body>")
    lines += [_anchor(offer, style, files) for offer in offers]
    return "\n".join([*lines, "</body></html>", ""]).encode()


def _address(offer: Offer, style: Style, files: str) -> str:
    return offer.url or ("../../packages/" if style.relative else files) + offer.filename


def _entry(offer: Offer, style: Style, files: str) -> dict[str, object]:
    entry: dict[str, object] = {"filename": offer.filename, "url": _address(offer, style, files)}
    entry["hashes"] = {"sha256": offer.said_sha256 or offer.sha256} if style.hashes else {}
    if style.sizes:
        entry["size"] = offer.size
    if style.times and offer.upload_time is not None:
        entry["upload-time"] = offer.upload_time
    if offer.requires_python is not None:
        entry["requires-python"] = offer.requires_python
    if offer.yanked is not False:
        entry["yanked"] = offer.yanked
    if style.says_metadata and offer.metadata is not None:
        entry["core-metadata"] = {"sha256": hashlib.sha256(offer.metadata).hexdigest()}
    if offer.provenance is not None:
        entry["provenance"] = offer.provenance
    return entry


def _anchor(offer: Offer, style: Style, files: str) -> str:
    href = _address(offer, style, files)
    if style.hashes:
        href += f"#sha256={offer.said_sha256 or offer.sha256}"
    attributes = {"href": href}
    if offer.requires_python is not None:
        attributes["data-requires-python"] = offer.requires_python
    if offer.yanked is not False:
        attributes["data-yanked"] = offer.yanked if isinstance(offer.yanked, str) else ""
    if style.says_metadata and offer.metadata is not None:
        attributes["data-core-metadata"] = f"sha256={hashlib.sha256(offer.metadata).hexdigest()}"
    if offer.provenance is not None:
        attributes["data-provenance"] = offer.provenance
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {written}>{html.escape(offer.filename)}</a><br>"
