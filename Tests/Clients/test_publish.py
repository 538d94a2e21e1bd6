"""The corpus is published with each client that uploads files it didn't build, and comes back byte for byte."""

from __future__ import annotations

import shutil
import zipfile

import pytest

from support.cellar import PASSWORD, USER, Cellar
from support.clients import Workbench
from support.corpus import CorpusFile, normalized
from support.distributions import WheelParts, zip_bytes
from support.simple import Index

pytestmark = pytest.mark.xdist_group("clients")


def assert_served(index: Index, files: list[CorpusFile]) -> None:
    """The index has these files, and only these, with the bytes that PyPI served."""
    found = index.crawl()
    assert found == {file.filename: file.sha256 for file in files}
    assert set(index.projects()) == {file.project for file in files}


def test_twine_publishes_everything(published: list[CorpusFile], main: Index) -> None:
    assert len(published) >= 40
    assert any(file.path.stat().st_size > 15_000_000 for file in published)
    served = main.crawl()
    assert {file.filename: file.sha256 for file in published}.items() <= served.items()


def test_uv_publishes_everything(server: Cellar, corpus: list[CorpusFile], workbench: Workbench) -> None:
    # uv passes over names that aren't normalized, and refuses .zip.
    files = [file for file in corpus if file.has_normalized_filename and not file.filename.endswith(".zip")]
    assert len(files) >= 40
    workbench.run("uv", "publish", "--publish-url", server.url("/uv/"), *[file.path for file in files])
    assert_served(Index(server.base, "uv"), files)


def test_hatch_publishes_everything(server: Cellar, corpus: list[CorpusFile], workbench: Workbench) -> None:
    files = [file for file in corpus if not file.filename.endswith(".zip")]  # hatch sees no .zip
    workbench.run(
        "hatch", "--no-interactive", "publish", "--repo", server.url("/hatch/"), "--user", USER, "--auth", PASSWORD,
        *[file.path for file in files],
    )  # fmt: skip
    assert_served(Index(server.base, "hatch"), files)


def test_pdm_publishes_everything(server: Cellar, corpus: list[CorpusFile], workbench: Workbench) -> None:
    (workbench.project / "pyproject.toml").write_text('[project]\nname = "any"\nversion = "1"\n')
    dist = workbench.project / "dist"
    dist.mkdir()
    for file in corpus:
        shutil.copy(file.path, dist)
    workbench.run(
        "pdm", "publish", "--no-build", "--repository", server.url("/pdm/"), "--username", USER, "--password", PASSWORD
    )
    assert_served(Index(server.base, "pdm"), corpus)


# twine allows --skip-existing for pypi.org only, before it sends anything; what it makes of an answer is general.
TWINE_ANYWHERE = """
import sys
from twine.__main__ import main
from twine.settings import Settings
Settings.verify_feature_capability = lambda self: None
sys.exit(main())
"""


def test_twine_skips_existing_files(server: Cellar, published: list[CorpusFile], workbench: Workbench) -> None:
    same = next(file for file in published if file.filename.startswith("six-1.17.0"))
    workbench.run("twine", "upload", "--repository-url", server.url("/main/"), same.path)

    changed = workbench.project / same.filename
    changed.write_bytes(_with_other_bytes(same))
    refused = workbench.run("twine", "upload", "--repository-url", server.url("/main/"), changed, check=False)
    assert refused.returncode != 0 and "409" in refused.stdout + refused.stderr
    twine = (Workbench.tool_python("twine"), "-c", TWINE_ANYWHERE)
    skipped = workbench.run(*twine, "upload", "--skip-existing", "--repository-url", server.url("/main/"), changed)
    assert "skipping" in (skipped.stdout + skipped.stderr).lower()


def test_uv_checks_what_is_there(server: Cellar, published: list[CorpusFile], workbench: Workbench) -> None:
    wheels = [file for file in published if file.project in ("click", "numpy") and file.is_wheel]
    done = workbench.run(
        "uv", "publish", "--publish-url", server.url("/main/legacy/"), "--check-url", server.url("/main/simple/"),
        *[file.path for file in wheels],
    )  # fmt: skip
    assert (done.stdout + done.stderr).count("already exists, skipping") == len(wheels)


def test_names_are_listed_normalized(published: list[CorpusFile], main: Index) -> None:
    names = main.projects()
    assert names == [normalized(name) for name in names] and len(names) == len(set(names))
    assert {"zope-interface", "ruamel-yaml", "backports-tarfile", "pyyaml", "cellar-epoch"} <= set(names)


def _with_other_bytes(file: CorpusFile) -> bytes:
    """The same wheel with one module changed and its RECORD made right."""
    distribution, version = file.filename.split("-")[:2]
    with zipfile.ZipFile(file.path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}
    members["six.py"] += b"\n# changed\n"
    return zip_bytes(WheelParts(distribution, version, members).with_record())
