"""Distributions made by the tests: whole ones, and ones with a chosen fault."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import re
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

_EPOCH = (2024, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Distribution:
    """A file to upload and what its form says about it."""

    filename: str
    content: bytes
    name: str
    version: str
    filetype: str
    pyversion: str = "py3"
    metadata_version: str = "2.1"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def form(self) -> list[tuple[str, str]]:
        """The legacy upload's fields, as twine sends them."""
        return [
            (":action", "file_upload"),
            ("protocol_version", "1"),
            ("metadata_version", self.metadata_version),
            ("name", self.name),
            ("version", self.version),
            ("filetype", self.filetype),
            ("pyversion", self.pyversion),
            ("sha256_digest", self.sha256),
            ("md5_digest", hashlib.md5(self.content, usedforsecurity=False).hexdigest()),
            ("blake2_256_digest", hashlib.blake2b(self.content, digest_size=32).hexdigest()),
        ]


@dataclass(frozen=True)
class WheelParts:
    """The members of a wheel, so that a test can spoil one of them."""

    distribution: str
    version: str
    members: dict[str, bytes] = field(default_factory=dict)

    @property
    def info(self) -> str:
        return f"{self.distribution}-{self.version}.dist-info"

    @property
    def filename(self) -> str:
        return f"{self.distribution}-{self.version}-py3-none-any.whl"

    def with_record(self) -> dict[str, bytes]:
        lines = [f"{name},sha256={_urlsafe(content)},{len(content)}" for name, content in self.members.items()]
        record = "\n".join([*lines, f"{self.info}/RECORD,,", ""]).encode()
        return {**self.members, f"{self.info}/RECORD": record}


def core_metadata(name: str, version: str, *, summary: str = "Made by a test", requires: tuple[str, ...] = ()) -> bytes:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", f"Summary: {summary}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return ("\n".join(lines) + "\n\nMade by a test.\n").encode()


def wheel_parts(
    name: str, version: str, files: Mapping[str, bytes] | None = None, *, metadata: bytes | None = None
) -> WheelParts:
    distribution = re.sub(r"[-_.]+", "_", name)
    escaped = version.replace("-", "_")
    info = f"{distribution}-{escaped}.dist-info"
    body = files if files is not None else {f"{distribution.lower()}/__init__.py": f"version = {version!r}\n".encode()}
    generator = b"Wheel-Version: 1.0\nGenerator: cellar-tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members = {
        **body,
        f"{info}/METADATA": metadata if metadata is not None else core_metadata(name, version),
        f"{info}/WHEEL": generator,
    }
    return WheelParts(distribution, escaped, members)


def zip_bytes(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = compression
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def wheel(
    name: str,
    version: str,
    files: Mapping[str, bytes] | None = None,
    *,
    metadata: bytes | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> Distribution:
    parts = wheel_parts(name, version, files, metadata=metadata)
    content = zip_bytes(parts.with_record(), compression)
    return Distribution(parts.filename, content, name, version, "bdist_wheel")


def wheel_of(parts: WheelParts, name: str, content: bytes) -> Distribution:
    """An upload of these bytes under the file name that the parts would have."""
    return Distribution(parts.filename, content, name, parts.version, "bdist_wheel")


def tar_gz(members: Mapping[str, bytes], extra: list[tarfile.TarInfo] | None = None) -> bytes:
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for entry in extra or []:
            archive.addfile(entry)
    return buffer.getvalue()


def sdist(name: str, version: str, *, members: Mapping[str, bytes] | None = None) -> Distribution:
    stem = f"{re.sub(r'[-_.]+', '_', name).lower()}-{version}"
    content = tar_gz({f"{stem}/PKG-INFO": core_metadata(name, version), **(members or {})})
    return Distribution(f"{stem}.tar.gz", content, name, version, "sdist", "source")


def _urlsafe(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


# An epoch and a local version: PyPI itself has no file with either that could be fetched (it refuses local versions).
EPOCH = wheel("cellar-epoch", "1!2.0")
LOCAL = wheel("cellar-local", "1.0+local.1")
