#!/usr/bin/env python3
"""Writes the data of ICU that Foundation brings without languages and character sets: 2 of 34 MB.

Usage: reduce-icu-data.py libFoundationICU.a FILE

Foundation then speaks English only. Cellar itself formats nothing with it. The format is ICU's common data file
(`unicode/udata.h`, "CmnD"): a header, the number of items, a table of the places of names and items, names, items.
"""

import re
import struct
import sys
from pathlib import Path

ALIGNMENT = 16
# Names of languages, regions and units, numbers in words, other scripts, and where words and lines end.
FOLDERS = ("brkitr/", "lang/", "rbnf/", "region/", "translit/", "unit/")
# Names of currencies and zones: without the roots Foundation crashes or writes no zone.
ROOTS = ("curr/", "zone/")
# Conversions of character sets, profiles of StringPrep, names of characters, and which of them look alike.
ENDINGS = (".cnv", "cnvalias.icu", ".spp", "unames.icu", ".cfu")
LOCALE = re.compile(r"[a-z]{2,3}(_[A-Za-z0-9_]+)?\.res")
ENGLISH = {"en.res", "en_001.res", "en_US.res", "en_US_POSIX.res"}


def is_kept(name: str) -> bool:
    """Whether an item stays; its name is like `icudt76l/coll/de.res`."""
    path = name.split("/", 1)[1]
    if path.startswith(FOLDERS) or path.endswith(ENDINGS):
        return False
    file = path.rsplit("/", 1)[-1]
    if path.startswith(ROOTS):
        return file in {"root.res", "res_index.res", "pool.res"}
    return LOCALE.fullmatch(file) is None or file in ENGLISH


def main() -> None:
    archive, output = Path(sys.argv[1]), Path(sys.argv[2])
    content = archive.read_bytes()
    magic = content.find(b"\xda\x27")
    while magic >= 0 and content[magic + 10 : magic + 14] != b"CmnD":
        magic = content.find(b"\xda\x27", magic + 1)
    if magic < 0:
        sys.exit(f"reduce-icu-data: {archive} holds no data of ICU.")
    start = magic - 2
    (header_size,) = struct.unpack_from("<H", content, start)
    toc = start + header_size
    (count,) = struct.unpack_from("<I", content, toc)
    places = [struct.unpack_from("<II", content, toc + 4 + 8 * number) for number in range(count)]
    items: list[tuple[bytes, bytes]] = []
    for number, (name_place, place) in enumerate(places):
        name = content[toc + name_place : content.index(b"\0", toc + name_place)]
        if is_kept(name.decode()):
            if number + 1 == count:
                sys.exit("reduce-icu-data: the end of the last item is unknown, and it would be kept.")
            items.append((name, content[toc + place : toc + places[number + 1][1]]))

    names, name_places = bytearray(), []
    for name, _ in items:
        name_places.append(4 + 8 * len(items) + len(names))
        names += name + b"\0"
    table, body = bytearray(struct.pack("<I", len(items))), bytearray()
    first = -(-(4 + 8 * len(items) + len(names)) // ALIGNMENT) * ALIGNMENT
    for (_, item), name_place in zip(items, name_places, strict=True):
        table += struct.pack("<II", name_place, first + len(body))
        body += item + bytes(-len(item) % ALIGNMENT)
    head = bytes(table) + bytes(names)
    output.write_bytes(content[start : start + header_size] + head.ljust(first, b"\0") + bytes(body))


main()
