"""Real distributions from PyPI, named in corpus.txt by file name and SHA-256, fetched once into a cache."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pypi_simple import PyPISimple

from .distributions import Distribution

_LIST = Path(__file__).parents[1] / "corpus.txt"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cellar-tests" / "corpus"


class CorpusUnavailable(Exception):
    """PyPI cannot be reached and the cache does not hold everything."""


@dataclass(frozen=True)
class CorpusFile:
    """A distribution file as PyPI serves it."""

    path: Path
    sha256: str

    @property
    def filename(self) -> str:
        return self.path.name

    @property
    def is_wheel(self) -> bool:
        return self.filename.endswith(".whl")

    @property
    def project(self) -> str:
        if self.is_wheel:
            return normalized(self.filename.split("-")[0])
        return normalized(re.sub(r"\.(tar\.gz|zip)$", "", self.filename).rpartition("-")[0])

    @property
    def version(self) -> str:
        if self.is_wheel:
            return self.filename.split("-")[1]
        return re.sub(r"\.(tar\.gz|zip)$", "", self.filename).rpartition("-")[2]

    def distribution(self) -> Distribution:
        """The file with the form that an uploading client would send."""
        filetype = "bdist_wheel" if self.is_wheel else "sdist"
        return Distribution(self.filename, self.path.read_bytes(), self.project, self.version, filetype)

    @property
    def has_normalized_filename(self) -> bool:
        """Whether the file is called as PEP 427 and PEP 625 want it today."""
        return self.filename.startswith(normalized(self.project).replace("-", "_") + "-")

    def members(self) -> dict[str, bytes]:
        """What an installer copies from this wheel as it stands: all but RECORD, bytecode and what goes elsewhere."""
        with zipfile.ZipFile(self.path) as archive:
            return {
                name: archive.read(name)
                for name in archive.namelist()
                if not name.endswith(("/", ".dist-info/RECORD", ".pyc")) and not name.split("/")[0].endswith(".data")
            }


# What twine sends nowhere: metadata 2.0 was never final, and 1.0 had no classifiers yet. It is on PyPI all the same.
REFUSED_BY_TWINE = {
    "blinker-1.4.tar.gz", "enum34-1.1.6-py3-none-any.whl", "mock-1.0.1.zip", "numpy-1.6.0.zip",
    "six-1.10.0-py2.py3-none-any.whl",
}  # fmt: skip


def normalized(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def listed() -> dict[str, str]:
    """File names and digests, as corpus.txt has them."""
    lines = [line.split() for line in _LIST.read_text().splitlines() if line and not line.startswith("#")]
    return {filename: sha256 for sha256, filename in lines}


def load() -> list[CorpusFile]:
    """The whole corpus, each file's digest checked; what is missing is fetched from PyPI first."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    files = [CorpusFile(_CACHE / filename, sha256) for filename, sha256 in listed().items()]
    missing = [file for file in files if not file.path.exists() or _sha256(file.path) != file.sha256]
    if missing:
        _fetch(missing)
    return files


def installable_here() -> bool:
    """Whether this interpreter can install the binary wheels of the corpus."""
    return platform.machine() == "x86_64" and sys.version_info[:2] == (3, 11) and sys.platform == "linux"


def _fetch(missing: list[CorpusFile]) -> None:
    try:
        with PyPISimple() as pypi:
            for project in sorted({file.project for file in missing}):
                offered = {package.filename: package for package in pypi.get_project_page(project).packages}
                for file in missing:
                    if file.project == project:
                        print(f"fetching {file.filename} from PyPI", file=sys.stderr)
                        pypi.download_package(offered[file.filename], file.path)
    except OSError as error:
        raise CorpusUnavailable(f"PyPI cannot be reached for {len(missing)} files of the corpus: {error}") from error
    for file in missing:
        if _sha256(file.path) != file.sha256:
            raise AssertionError(f"{file.filename} has another SHA-256 than corpus.txt says")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    print(f"{len(load())} files in {_CACHE}")
