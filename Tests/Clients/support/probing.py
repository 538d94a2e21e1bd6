"""Every way to ask a server for a name: spellings, addresses, forms, and the orders of what was done with it before."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from .corpus import normalized
from .distributions import Distribution
from .simple import HTML, JSON
from .upload import basic
from .upstream import Upstream
from .upstreamed import House


def spellings(name: str) -> list[str]:
    """Texts that are the same name (PEP 503), plain and percent-encoded."""
    plain = normalized(name)
    return [
        plain, plain.upper(), plain.title(), plain.replace("-", "_"), plain.replace("-", "."),
        plain.replace("-", "-._"), plain.replace("-", "%2D"), f"%{ord(plain[0]):02x}{plain[1:]}",
    ]  # fmt: skip


def addresses(index: str, name: str, files: Sequence[Distribution]) -> Iterator[tuple[str, str]]:
    """Paths that would lead to a project of an index or to these files, each with an Accept header."""
    prefixes = [f"/{index}", *(["", "/pypi"] if index == "main" else [f"/pypi/{index}"])]
    versions = sorted({file.version for file in files})
    for prefix in prefixes:
        for accept in (JSON, HTML, "*/*"):
            yield f"{prefix}/simple/{name}/", accept
        yield f"{prefix}/simple/{name}", JSON
    yield f"/{index}/pypi/{name}/json", "*/*"
    for version in versions:
        yield f"/{index}/pypi/{name}/{version}/json", "*/*"
    if index == "main":
        yield f"/pypi/{name}/", JSON
        yield f"/pypi/{name}/json", "*/*"
    for file in files:
        rest = file.filename[len(file.filename.split("-")[0]) :]
        written = name.replace("-", "_") if "%" not in name else name
        for filename in {file.filename, written + rest}:
            for ending in ("", ".metadata"):
                yield f"/{index}/files/{file.sha256}/{filename}{ending}", "*/*"
                yield f"/{index}/files/u/{name}/{filename}{ending}", "*/*"
        yield f"/{index}/integrity/{name}/{file.version}/{file.filename}/provenance", "*/*"
    yield f"/api/v1/indexes/{index}/projects/{name}", "*/*"
    yield f"/api/v1/indexes/{index}/projects/{name}/why", "*/*"


@dataclass(frozen=True)
class Probe:
    """One question and its answer; a redirect is not followed."""

    path: str
    accept: str
    status: int
    location: str
    content: bytes


def probe(house: House, index: str, name: str, files: Sequence[Distribution]) -> list[Probe]:
    """Asks an index for a name in all those ways, anonymously and as a member."""
    probes = []
    connection = http.client.HTTPConnection("127.0.0.1", house.cellar.port, timeout=60)
    for spelling in spellings(name):
        for path, accept in addresses(index, spelling, files):
            for login in ({}, {"Authorization": basic()}) if spelling == normalized(name) else ({},):
                connection.request("GET", path, headers={"Accept": accept, **login})
                answer = connection.getresponse()
                location = answer.getheader("Location", "")
                probes.append(Probe(path, accept, answer.status, location, answer.read()))
    connection.close()
    return probes


def assert_never_asked(upstream: Upstream, *names: str) -> None:
    """Not as a project, nor anywhere in a path."""
    private = {normalized(name) for name in names}
    told = [f"{one.method} {one.path}" for one in upstream.asked if private & _names_in(one.path)]
    assert not told, f"the upstream was told of {private}: {told[:10]}"


def assert_nothing_of_outsiders(probes: Sequence[Probe], upstream: Upstream, outsiders: Sequence[Distribution]) -> None:
    """No answer holds an outsider's bytes, names one of their files, or leads to where they are."""
    for one in probes:
        what = f"{one.path} ({one.accept}): {one.status}"
        assert one.status < 500, what
        assert str(upstream.port) not in one.location, what
        if one.status >= 400 and one.status != 403:
            continue  # the text may repeat what was asked for
        for file in outsiders:
            assert one.content != file.content, what
            assert file.sha256.encode() not in one.content, f"{what} names {file.sha256}"
            assert file.filename.encode() not in one.content, f"{what} names {file.filename}"


def _names_in(path: str) -> set[str]:
    found = set()
    for part in unquote(path).split("/"):
        pieces = part.split("-")
        found |= {normalized("-".join(pieces[:count])) for count in range(1, len(pieces) + 1) if pieces[0]}
    return found
