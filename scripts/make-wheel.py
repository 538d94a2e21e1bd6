#!/usr/bin/env python3
"""Makes a wheel of a folder that scripts/release-binary.sh left, and prints its path.

Usage: make-wheel.py FOLDER OUTPUT_FOLDER [--manylinux] [--version VERSION]

The wheel is `manylinux_2_36` if the program needs nothing but what that tag promises, otherwise `linux`; with
`--manylinux` the latter is an error. The version is the program's, if HEAD has its tag `v…`; between tags it is a
development release of it, numbered by the commits. The same commit gives the same bytes: the time of every entry is
SOURCE_DATE_EPOCH, or that of the commit.
"""

import argparse
import base64
import hashlib
import os
import platform
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

DISTRIBUTION = "cellar_index"
GLIBC = (2, 36)
# What the tag lets a program expect (PEP 600), as far as Cellar may use it.
EXPECTED = re.compile(r"(libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+)\.so\.\d+|ld-linux-[\w-]+\.so\.\d+")
FIRST_ZIP_TIME = 315532800  # 1980-01-01, the earliest that a ZIP archive can say.

METADATA = """\
Metadata-Version: 2.4
Name: cellar-index
Version: {version}
Summary: A private Python package index in one binary
License-Expression: {expression}
{files}
Keywords: index,pypi,packages,simple,registry
Classifier: Development Status :: 4 - Beta
Classifier: Environment :: Console
Classifier: Operating System :: POSIX :: Linux
Classifier: Topic :: System :: Archiving :: Packaging
Classifier: Topic :: System :: Software Distribution
Requires-Python: >=3.8
Description-Content-Type: text/markdown

{readme}"""
# Of Cellar and of all that is linked in (licenses/README.md).
EXPRESSION = (
    "Apache-2.0 AND BSD-2-Clause AND BSD-3-Clause AND CC0-1.0 AND GPL-3.0-or-later WITH GCC-exception-3.1"
    " AND LGPL-2.1-or-later AND MIT AND Unicode-3.0 AND Zlib AND blessing"
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes a wheel of the released program.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--manylinux", action="store_true")
    parser.add_argument("--version")
    options = parser.parse_args()
    program = options.folder / "cellar"
    version = options.version or version_of(program)
    tag = f"py3-none-{platform_of(program, options.manylinux)}"

    information = f"{DISTRIBUTION}-{version}.dist-info"
    files = [path for path in options.folder.rglob("*") if path.is_file() and path != program]
    names = sorted(path.relative_to(options.folder).as_posix() for path in files)
    metadata = METADATA.format(
        version=version,
        expression=EXPRESSION,
        files="\n".join(f"License-File: {name}" for name in names),
        readme=(Path(__file__).resolve().parents[1] / "README.md").read_text(),
    )
    entries = [
        (f"{DISTRIBUTION}-{version}.data/scripts/cellar", program.read_bytes(), 0o755),
        *((f"{information}/licenses/{name}", (options.folder / name).read_bytes(), 0o644) for name in names),
        (f"{information}/METADATA", metadata.encode(), 0o644),
        (
            f"{information}/WHEEL",
            f"Wheel-Version: 1.0\nGenerator: cellar\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
            0o644,
        ),
    ]
    record = f"{information}/RECORD"
    lines = [f"{name},sha256={digest(content)},{len(content)}\n" for name, content, _ in entries]
    entries.append((record, ("".join(lines) + f"{record},,\n").encode(), 0o644))

    options.output.mkdir(parents=True, exist_ok=True)
    wheel = options.output / f"{DISTRIBUTION}-{version}-{tag}.whl"
    moment = time.gmtime(max(epoch(), FIRST_ZIP_TIME))[:6]
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name, moment)
            entry.external_attr = (0o100000 | mode) << 16
            entry.create_system = 3  # Unix: the mode counts.
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 6)
    print(wheel)


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def version_of(program: Path) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+\.\d+\.\d+", said) or sys.exit(f"make-wheel: {program} --version says no version: {said}")
    version = found.group()
    if git("tag", "--points-at", "HEAD", "--list", f"v{version}"):
        return version
    # No local version with the commit: other indexes, such as PyPI, refuse those.
    return f"{version}.dev{git('rev-list', '--count', 'HEAD') or '0'}"


def epoch() -> int:
    return int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct") or FIRST_ZIP_TIME)


def git(*arguments: str) -> str:
    """What git says of the repository of this script; empty without git or repository."""
    try:
        answer = subprocess.run(
            ["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def platform_of(program: Path, must_be_manylinux: bool) -> str:
    def readelf(option: str) -> str:
        command = ["readelf", "--wide", option, program]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", readelf("--dynamic"))
    symbols = re.findall(r"GLIBC_(\d+)\.(\d+)", readelf("--version-info"))
    newest = max((int(major), int(minor)) for major, minor in symbols)
    wrong = [f"it needs {library}" for library in needed if not EXPECTED.fullmatch(library)]
    if newest > GLIBC:
        wrong.append(f"it needs glibc {newest[0]}.{newest[1]}")
    if not wrong:
        return f"manylinux_{GLIBC[0]}_{GLIBC[1]}_{platform.machine()}"
    message = f"make-wheel: {program} is no program for manylinux_{GLIBC[0]}_{GLIBC[1]}: {', '.join(wrong)}."
    if must_be_manylinux:
        sys.exit(message)
    print(message, file=sys.stderr)
    return f"linux_{platform.machine()}"


main()
