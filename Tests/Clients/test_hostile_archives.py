"""Archives that lie: other formats, other projects, ways out of the folder, bombs, and ZIPs read two ways."""

from __future__ import annotations

import io
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable

import pytest

from support.cellar import Cellar
from support.distributions import (
    Distribution,
    WheelParts,
    core_metadata,
    sdist,
    tar_gz,
    wheel,
    wheel_of,
    wheel_parts,
    zip_bytes,
)
from support.hostile import assert_refused
from support.upload import publish

pytestmark = [pytest.mark.xdist_group("hostile"), pytest.mark.usefixtures("unharmed_server")]

NAME = "archive-test"
PARTS = wheel_parts(NAME, "1.0")
SOUND = zip_bytes(PARTS.with_record())
INFO = PARTS.info
STEM = "archive_test-1.0"


def of(content: bytes) -> Distribution:
    return wheel_of(PARTS, NAME, content)


def with_members(**changes: bytes | None) -> Distribution:
    """The wheel with members of its .dist-info changed, or gone, and a RECORD that agrees."""
    members = {name: content for name, content in PARTS.members.items()}
    for name, content in changes.items():
        if content is None:
            members.pop(f"{INFO}/{name}", None)
        else:
            members[f"{INFO}/{name}"] = content
    recorded = WheelParts(PARTS.distribution, PARTS.version, members).with_record()
    if "RECORD" in changes:
        recorded = members
    return of(zip_bytes(recorded))


def with_extra(name: str, content: bytes = b"x", mode: int = 0o100644, *, listed: bool = True) -> Distribution:
    """The wheel with one more entry, which RECORD lists as it does the others."""
    members = {**PARTS.members, name: content} if listed else PARTS.members
    record = WheelParts(PARTS.distribution, PARTS.version, members).with_record()[f"{INFO}/RECORD"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of duplicate names
        for path, data in [*PARTS.members.items(), (name, content), (f"{INFO}/RECORD", record)]:
            entry = zipfile.ZipInfo(path)
            entry.filename = path  # which the initialiser would have cut at NUL
            entry.external_attr = (mode if path == name else 0o100644) << 16
            archive.writestr(entry, data)
    return of(buffer.getvalue())


def patched(offset_of: bytes, at: int, value: bytes) -> Distribution:
    """The wheel with bytes changed in the first record that begins with a signature."""
    content = bytearray(SOUND)
    start = content.index(offset_of) + at
    content[start : start + len(value)] = value
    return of(bytes(content))


def overlapping() -> Distribution:
    """A second directory entry that points at the first entry's bytes."""
    content = bytearray(SOUND)
    directory = content.index(b"PK\x01\x02")
    length = 46 + struct.unpack_from("<H", content, directory + 28)[0]
    end = content.rindex(b"PK\x05\x06")
    entry = bytearray(content[directory : directory + length])
    entry[46:48] = b"zz"
    content[end:end] = entry
    end += length
    count = struct.unpack_from("<H", content, end + 10)[0] + 1
    size = struct.unpack_from("<I", content, end + 12)[0] + length
    struct.pack_into("<HHI", content, end + 8, count, count, size)
    return of(bytes(content))


def hidden_entry() -> Distribution:
    """A local entry that the directory doesn't name."""
    extra = zip_bytes({"hidden.py": b"import os"})
    local = extra[: extra.index(b"PK\x01\x02")]
    content = bytearray(SOUND)
    directory = content.index(b"PK\x01\x02")
    content[directory:directory] = local
    end = content.rindex(b"PK\x05\x06")
    struct.pack_into("<I", content, end + 16, directory + len(local))
    return of(bytes(content))


def unicode_path() -> Distribution:
    """An extra field (0x7075) that gives an entry another name."""
    members = list(PARTS.with_record().items())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(members):
            entry = zipfile.ZipInfo(name)
            if number == 0:
                other = b"archive_test/other.py"
                data = struct.pack("<BI", 1, zlib.crc32(name.encode())) + other
                entry.extra = struct.pack("<HH", 0x7075, len(data)) + data
            archive.writestr(entry, content)
    return of(buffer.getvalue())


def bomb() -> Distribution:
    return wheel(NAME, "1.0", {"archive_test/zeros.bin": bytes(200_000_000)})


def many_entries() -> Distribution:
    return wheel(NAME, "1.0", {f"a/{number}": b"" for number in range(110_000)})


def tar_member(name: str, kind: bytes, target: str = "") -> Distribution:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.linkname = target
    metadata = {f"{STEM}/PKG-INFO": core_metadata(NAME, "1.0")}
    return Distribution(f"{STEM}.tar.gz", tar_gz(metadata, [entry]), NAME, "1.0", "sdist", "source")


def raw_sdist(content: bytes, ending: str = ".tar.gz") -> Distribution:
    return Distribution(STEM + ending, content, NAME, "1.0", "sdist", "source")


METADATA = core_metadata(NAME, "1.0")
CASES: dict[str, Callable[[], Distribution]] = {
    "text called .whl": lambda: of(b"This is a text.\n" * 100),
    "empty .whl": lambda: of(b""),
    "gzip called .whl": lambda: of(sdist(NAME, "1.0").content),
    "text called .tar.gz": lambda: raw_sdist(b"This is a text.\n" * 100),
    "wheel called .tar.gz": lambda: raw_sdist(SOUND),
    "text called .zip": lambda: raw_sdist(b"This is a text.\n" * 100, ".zip"),
    "cut .tar.gz": lambda: raw_sdist(sdist(NAME, "1.0").content[:-40]),
    "cut .whl": lambda: of(SOUND[:-40]),
    "METADATA of another project": lambda: with_members(METADATA=core_metadata("kept", "1.0")),
    "METADATA of another version": lambda: with_members(METADATA=core_metadata(NAME, "2.0")),
    "METADATA without a name": lambda: with_members(METADATA=METADATA.replace(b"Name: ", b"Nome: ")),
    "METADATA with two names": lambda: with_members(METADATA=METADATA.replace(b"Name:", b"Name: kept\nName:")),
    "no METADATA": lambda: with_members(METADATA=None),
    "no WHEEL": lambda: with_members(WHEEL=None),
    "no RECORD": lambda: with_members(RECORD=None),
    "RECORD with a wrong hash": lambda: of(
        zip_bytes({**PARTS.with_record(), f"{INFO}/WHEEL": PARTS.members[f"{INFO}/WHEEL"] + b"Build: 1\n"})
    ),
    "RECORD without a file": lambda: with_extra("archive_test/unlisted.py", listed=False),
    "RECORD with a missing file": lambda: of(
        zip_bytes({name: content for name, content in PARTS.with_record().items() if not name.endswith("/__init__.py")})
    ),
    "PKG-INFO of another project": lambda: raw_sdist(tar_gz({f"{STEM}/PKG-INFO": core_metadata("kept", "1.0")})),
    "sdist without PKG-INFO": lambda: raw_sdist(tar_gz({f"{STEM}/setup.py": b""})),
    "entry above the folder": lambda: with_extra("../../outside.py"),
    "absolute entry": lambda: with_extra("/etc/cron.d/x"),
    "backslash entry": lambda: with_extra("..\\outside.py"),
    "drive entry": lambda: with_extra("C:/outside.py"),
    "NUL in an entry": lambda: with_extra("a\0b.py"),
    "symbolic link": lambda: with_extra("archive_test/link", b"/etc/passwd", 0o120777),
    "device": lambda: with_extra("archive_test/null", b"", 0o020666),
    "duplicate entry": lambda: with_extra(f"{INFO}/METADATA", METADATA),
    "two .dist-info": lambda: with_extra("kept-1.0.dist-info/METADATA", core_metadata("kept", "1.0")),
    "overlapping entries": overlapping,
    "hidden entry": hidden_entry,
    "other name in the local header": lambda: patched(b"PK\x03\x04", 30, b"ARCHIVE"),
    "other size in the local header": lambda: patched(b"PK\x03\x04", 22, struct.pack("<I", 9_999)),
    "other method in the local header": lambda: patched(b"PK\x03\x04", 8, struct.pack("<H", 0)),
    "wrong CRC": lambda: patched(b"PK\x01\x02", 16, b"\0\0\0\0"),
    "encrypted": lambda: patched(b"PK\x01\x02", 8, struct.pack("<H", 1)),
    "unknown method": lambda: patched(b"PK\x01\x02", 10, struct.pack("<H", 97)),
    "another disk": lambda: patched(b"PK\x05\x06", 4, struct.pack("<H", 1)),
    "Unicode path": unicode_path,
    "bytes before the archive": lambda: of(b"#!/bin/sh\n" + SOUND),
    "bytes after the archive": lambda: of(SOUND + b"more"),
    "archive after the archive": lambda: of(SOUND + SOUND),
    "bomb": bomb,
    "many entries": many_entries,
    "gzip bomb": lambda: raw_sdist(tar_gz({f"{STEM}/PKG-INFO": METADATA, f"{STEM}/zeros": bytes(200_000_000)})),
    "tar entry above the folder": lambda: raw_sdist(tar_gz({f"{STEM}/PKG-INFO": METADATA, "../x": b""})),
    "absolute tar entry": lambda: raw_sdist(tar_gz({f"{STEM}/PKG-INFO": METADATA, "/etc/x": b""})),
    "tar link outside": lambda: tar_member(f"{STEM}/link", tarfile.SYMTYPE, "/etc/passwd"),
    "tar hard link outside": lambda: tar_member(f"{STEM}/link", tarfile.LNKTYPE, "../../etc/passwd"),
    "tar device": lambda: tar_member(f"{STEM}/null", tarfile.CHRTYPE),
    "tar pipe": lambda: tar_member(f"{STEM}/pipe", tarfile.FIFOTYPE),
    "bytes after the gzip": lambda: raw_sdist(sdist(NAME, "1.0").content + b"more"),
    "METADATA too large": lambda: with_members(METADATA=METADATA + b"x" * 40_000_000),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_lying_archive_is_refused(hostile: Cellar, case: str) -> None:
    assert_refused(publish(hostile, CASES[case]()), 400, 413)


SOUND_CASES: dict[str, Callable[[], Distribution]] = {
    "as built": lambda: of(SOUND),
    "one more file": lambda: with_extra("archive_test/more.py"),
    "stored": lambda: of(zip_bytes(PARTS.with_record(), zipfile.ZIP_STORED)),
    "sdist": lambda: raw_sdist(tar_gz({f"{STEM}/PKG-INFO": METADATA, f"{STEM}/setup.py": b""})),
    "zip": lambda: raw_sdist(zip_bytes({f"{STEM}/PKG-INFO": METADATA}), ".zip"),
    "tar link inside": lambda: tar_member(f"{STEM}/link", tarfile.SYMTYPE, "PKG-INFO"),
    "tar hard link inside": lambda: tar_member(f"{STEM}/link", tarfile.LNKTYPE, f"{STEM}/PKG-INFO"),
}


@pytest.mark.parametrize("number, case", list(enumerate(SOUND_CASES)))
def test_a_sound_archive_is_published(hostile_twin: Cellar, number: int, case: str) -> None:
    """So that the refusals above are for the fault, and not for what is common to all."""
    answer = publish(hostile_twin, SOUND_CASES[case](), f"/sound{number}/")
    assert answer.status_code == 200, answer.text
