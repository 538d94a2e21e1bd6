"""The server that most tests look at."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from support.distributions import Distribution, WheelParts, sdist, wheel, wheel_parts, zip_bytes
from support.upload import publish
from support.waiting import eventually

SECTIONS = {
    "server": {"registration": True, "audience": "pypi.example.com"},
    "issuer.github": {},
    "index.main": {"read": ["everyone"], "description": "Releases of the platform team"},
    "index.team": {"read": ["authenticated"]},
    "index.open": {"read": ["everyone"], "write": ["everyone"]},
    "index.archive": {"read": ["everyone"], "write": []},
}

_README = """# acme

Builds **anvils**, and sells them.

* small ones
* large ones

| weight | price |
|---|---|
| 1 kg | 3 |

```python
import acme
acme.anvil(kg=3)
```
"""


def metadata(name: str, version: str, *lines: str, body: str = "Made by a test.\n") -> bytes:
    head = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines]
    return ("\n".join(head) + "\n\n" + body).encode()


def tagged_wheel(name: str, version: str, tags: str) -> Distribution:
    """A wheel with other tags than `py3-none-any`."""
    parts = wheel_parts(name, version)
    members = dict(parts.members)
    info = f"{parts.info}/WHEEL"
    members[info] = members[info].replace(b"Tag: py3-none-any", f"Tag: {tags}".encode())
    made = WheelParts(parts.distribution, parts.version, members)
    filename = made.filename.replace("py3-none-any", tags)
    return Distribution(filename, zip_bytes(made.with_record()), name, version, "bdist_wheel")


def build_town(root: Path) -> Cellar:
    """A running server with indexes of several kinds: one for all, one for people who are known, one to which anybody
    publishes, and one to which nobody does."""
    cellar = Cellar(root, SECTIONS)
    cellar.start()
    for number in range(25):
        name = f"crowd-{number:02}"
        _publish(cellar, wheel(name, "1.0", metadata=metadata(name, "1.0", "Summary: One of many")), "/main/")
    for tags in ("cp311-cp311-win_amd64", "cp311-cp311-manylinux_2_17_x86_64", "cp312-abi3-macosx_11_0_arm64"):
        _publish(cellar, tagged_wheel("tools", "1.0", tags), "/main/")
    _publish(cellar, sdist("tools", "1.0"), "/main/")
    uses = metadata("wheelhouse", "1.0", "Requires-Dist: acme>=1", "Requires-Dist: nothing-here")
    _publish(cellar, wheel("wheelhouse", "1.0", metadata=uses), "/main/")
    secret = metadata("secret-plans", "1.0", "Requires-Dist: acme")
    _publish(cellar, wheel("secret-plans", "1.0", metadata=secret), "/team/")
    for version in ("0.9", "1.0", "2.0rc1", "1.1"):
        said = metadata(
            "acme",
            version,
            "Summary: Anvils for every purpose",
            "Author: Wile E. Coyote",
            "License-Expression: MIT",
            "Keywords: anvil,heavy",
            "Requires-Python: >=3.9",
            "Classifier: Programming Language :: Python :: 3",
            "Project-URL: Documentation, https://docs.example.com/acme",
            "Project-URL: Source, https://git.example.com/acme",
            "Requires-Dist: tools>=1",
            "Requires-Dist: colour; extra == 'paint'",
            "Provides-Extra: paint",
            "Description-Content-Type: text/markdown",
            body=_README,
        )
        _publish(cellar, wheel("acme", version, metadata=said), "/main/")
    _publish(cellar, sdist("acme", "1.0"), "/main/")
    yank(cellar, "acme", "0.9", "wrong colour")
    # What projects are found by is written after the answer.
    eventually(lambda: "projects/crowd-24/" in requests.get(cellar.url("/search?q=crowd-24"), timeout=30).text)
    return cellar


def yank(cellar: Cellar, project: str, version: str, reason: str) -> None:
    answer = requests.put(
        cellar.url(f"/api/v1/indexes/main/projects/{project}/releases/{version}/yank"),
        auth=(ADMIN, ADMIN_PASSWORD),
        json={"reason": reason},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


def _publish(cellar: Cellar, distribution: Distribution, path: str) -> None:
    sent = dataclasses.replace(distribution, metadata_version="2.4")
    answer = publish(cellar, sent, path, auth=(USER, PASSWORD))
    assert answer.status_code == 200, answer.text
