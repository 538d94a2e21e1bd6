#!/usr/bin/env python3
"""Collects the licences of everything that is linked into the released program.

Usage: collect-licenses.py CHECKOUTS FOLDER

CHECKOUTS is where SwiftPM keeps the sources of the packages that Package.resolved names. FOLDER gets one folder for
each component, and README.md, which lists them. Fails if a component's licence is missing.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# What is linked in statically, and the Debian package that has its licence: each is one that
# scripts/install-packages.sh names or brings with it. ICU is part of Foundation, in a version of Swift's.
DEBIAN_PACKAGES = {
    "cmark-gfm": "libcmark-gfm-dev",
    "icu": "libicu72",
    "libarchive": "libarchive-dev",
    "libb2": "libb2-dev",
    "libstdc++": "gcc-12-base",
    "libxcrypt": "libcrypt-dev",
    "sqlite": "libsqlite3-dev",
    "zlib": "zlib1g-dev",
    "zstd": "libzstd-dev",
}
TEXTS = re.compile(r"(?i)(licen[cs]es?|notices?|copying|contributors)(\.(txt|md))?")
# A licence of its own inside a source file, beside that of the package: a block of comment lines.
GRANT = re.compile(r"Permission is hereby granted|Redistribution and use in source")
COMMENT_LINE = re.compile(r"[ \t]*(//|/?\*+/?|#)")


def main() -> None:
    checkouts, folder = Path(sys.argv[1]), Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = [*swift(folder), *packages(checkouts, folder), *debian(folder)]
    lines = [
        "# Licences of what is linked into cellar",
        "",
        "Cellar itself is licensed under the Apache License 2.0. These parts have licences of their own:",
        "",
        "| part | version | texts |",
        "|---|---|---|",
        *(f"| {name} | {version} | [{name}]({name}/) |" for name, version in rows),
        "",
    ]
    (folder / "README.md").write_text("\n".join(lines))


def swift(folder: Path) -> list[tuple[str, str]]:
    """The runtime and the standard library, with Foundation and libdispatch."""
    program = shutil.which("swift") or sys.exit("collect-licenses: there is no swift on PATH.")
    licence = Path(program).resolve().parents[1] / "share/swift/LICENSE.txt"
    answer = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"Swift version (\S+)", answer)
    copy(licence, folder / "swift")
    return [("swift", version.group(1) if version else "")]


def packages(checkouts: Path, folder: Path) -> list[tuple[str, str]]:
    rows = []
    for pin in sorted(json.loads(Path("Package.resolved").read_text())["pins"], key=lambda pin: pin["identity"]):
        name = pin["identity"]
        checkout = checkouts / Path(pin["location"]).name.removesuffix(".git")
        if not checkout.is_dir():
            sys.exit(f"collect-licenses: {checkout} is missing: run `swift package resolve` first.")
        # A vendored library lies beside its licence, for example swift-nio's Sources/CNIOLLHTTP.
        sources = [source for source in (checkout / "Sources").glob("*/*") if TEXTS.fullmatch(source.name)]
        texts = [text for text in sorted(checkout.iterdir()) if TEXTS.fullmatch(text.name)]
        if not texts:
            sys.exit(f"collect-licenses: {checkout} has no licence.")
        for text in texts:
            copy(text, folder / name)
        for text in sources:
            copy(text, folder / name / text.parent.name)
        inside = licences_in_sources(checkout / "Sources")
        if inside:
            (folder / name / "in-source-files.txt").write_text(inside)
        rows.append((name, pin["state"].get("version", pin["state"]["revision"])))
    return rows


def licences_in_sources(sources: Path) -> str:
    """The comments that grant a licence, each once, with the files that have it."""
    found: dict[str, list[str]] = {}
    for file in sorted(path for path in sources.rglob("*") if path.is_file()):
        text = file.read_text(errors="replace")
        if not GRANT.search(text):
            continue
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if not GRANT.search(line):
                continue
            first, last = number, number
            while first > 0 and (inside_comment(lines, first - 1)):
                first -= 1
            while last + 1 < len(lines) and inside_comment(lines, last + 1):
                last += 1
            block = "\n".join(lines[first : last + 1])
            found.setdefault(block, []).append(str(file.relative_to(sources)))
    return "\n\n".join("\n".join([*files, "", block]) for block, files in found.items())


def inside_comment(lines: list[str], number: int) -> bool:
    return COMMENT_LINE.match(lines[number]) is not None


def debian(folder: Path) -> list[tuple[str, str]]:
    rows = []
    for name, package in DEBIAN_PACKAGES.items():
        copy(Path("/usr/share/doc") / package / "copyright", folder / name)
        query = ["dpkg-query", "--show", "--showformat=${Version}", package]
        rows.append((name, f"Debian {subprocess.run(query, capture_output=True, text=True, check=True).stdout}"))
    return rows


def copy(file: Path, folder: Path) -> None:
    if not file.is_file():
        sys.exit(f"collect-licenses: the licence {file} is missing.")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / file.name)
    os.chmod(folder / file.name, 0o644)


main()
