"""What every client of the matrix installs: a wheel, its dependency, and an sdist."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from .corpus import normalized
from .distributions import Distribution, core_metadata, sdist, tar_gz, wheel

# What is installed: a wheel that depends on an older release of another, beside a release for another Python,
# and an sdist which depends on that too.
LIBRARY = wheel("matrix-lib", "1.0")
APP = wheel("Matrix.App", "1.0", metadata=core_metadata("Matrix.App", "1.0", requires=("matrix-lib (>=1,<2)",)))
_OTHER_PYTHON = core_metadata("matrix-lib", "1.5").replace(b"\n\n", b"\nRequires-Python: >=3.99\n\n", 1)

# A backend inside the sdist (PEP 517), so that no build tool has to be fetched.
_BACKEND = """
import zipfile

def _wheel(folder):
    stem = "matrix_source-1.0"
    name = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w", strict_timestamps=False) as archive:
        archive.write("matrix_source.py")
        archive.write("PKG-INFO", f"{stem}.dist-info/METADATA")
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: backend\\nRoot-Is-Purelib: true\\n"
            "Tag: py3-none-any\\n")
        record = f"{stem}.dist-info/RECORD"
        archive.writestr(record, "".join(f"{member},,\\n" for member in [*archive.namelist(), record]))
    return name

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return _wheel(wheel_directory)

def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError
"""
_PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
_SOURCE = {
    "matrix_source-1.0/matrix_source.py": b"version = '1.0'\n",
    "matrix_source-1.0/PKG-INFO": core_metadata("matrix-source", "1.0", requires=("matrix-lib (>=1,<2)",)),
    "matrix_source-1.0/backend.py": _BACKEND.encode(),
    "matrix_source-1.0/pyproject.toml": _PYPROJECT.encode(),
}
SOURCE = Distribution("matrix_source-1.0.tar.gz", tar_gz(_SOURCE), "matrix-source", "1.0", "sdist", "source")
# For clients that know no other build than running this.
_SETUP = """
from setuptools import setup
setup(name="matrix-classic", version="1.0", py_modules=["matrix_classic"], install_requires=["matrix-lib>=1,<2"])
"""
CLASSIC = sdist(
    "matrix-classic", "1.0",
    members={
        "matrix_classic-1.0/matrix_classic.py": b"version = '1.0'\n",
        "matrix_classic-1.0/setup.py": _SETUP.encode(),
    },
)  # fmt: skip
PUBLISHED = [
    LIBRARY, wheel("matrix-lib", "1.5", metadata=_OTHER_PYTHON), wheel("matrix-lib", "2.0"), APP, SOURCE, CLASSIC,
]  # fmt: skip


def assert_installed(folder: Path, files: Sequence[Distribution]) -> None:
    """These releases are in `folder`, and no other of the matrix."""
    info = re.compile(r"(matrix[._-][a-z]+)-([0-9.]+?)(-py3\.\d+(-\w+)*)?\.(dist-info|egg-info|egg)", re.IGNORECASE)
    found = {(normalized(match[1]), match[2]) for path in folder.iterdir() if (match := info.fullmatch(path.name))}
    assert found == {(normalized(file.name), file.version) for file in files}
    assert list(folder.glob("**/matrix_lib/__init__.py")), "the module is there"
