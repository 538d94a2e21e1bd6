"""Clients resolve, lock and install what an upstream has; then the upstream is gone, and they do it again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.clients import Workbench, assert_installed
from support.corpus import CorpusFile, installable_here
from support.distributions import sdist, wheel
from support.installing import CLIENTS, Installed, pip, pip_without_lock, uv
from support.recorder import Recorder
from support.simple import HTML, JSON
from support.upstream_pages import BARE, MODERN, Style
from support.upstreamed import House, eventually, house

pytestmark = [
    pytest.mark.xdist_group("upstream"),
    pytest.mark.skipif(not installable_here(), reason="the binary wheels of the corpus want CPython 3.11 on x86-64"),
]

REQUIREMENTS = ["Flask==3.1.0", "requests", "ruamel.yaml==0.18.6", "backports.tarfile", "python-dateutil", "numpy"]
INSTALLED = {
    "flask-3.1.0", "werkzeug-3.1.3", "jinja2-3.1.5", "itsdangerous-2.2.0", "click-8.1.8", "blinker-1.9.0",
    "MarkupSafe-3.0.2", "requests-2.32.3", "urllib3-2.3.0", "idna-3.10", "certifi-2025.1.31",
    "charset_normalizer-3.4.1", "ruamel.yaml-0.18.6", "ruamel.yaml.clib-0.2.12", "backports.tarfile-1.2.0",
    "python_dateutil-2.9.0.post0", "six-1.17.0", "numpy-1.26.4",
}  # fmt: skip

STYLES = {
    "JSON": MODERN,
    "bare HTML": BARE,
    # Not even a digest: it is learned and pinned, and the addresses have none.
    "HTML without hashes": Style(json=False, hashes=False, sizes=False, times=False, says_metadata=False, ranges=False),
}


@pytest.fixture(scope="module", params=STYLES)
def corpus_house(
    request: pytest.FixtureRequest, corpus: list[CorpusFile], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The corpus upstream, in one style after another."""
    with house(tmp_path_factory.mktemp("house"), STYLES[request.param]) as made:
        made.upstream.offer_all(corpus)
        yield made


def wheels(corpus: list[CorpusFile]) -> list[CorpusFile]:
    chosen = [file for file in corpus if file.is_wheel and "-".join(file.filename.split("-")[:2]) in INSTALLED]
    assert len(chosen) == len(INSTALLED)
    return chosen


# pip and uv stand for all if the upstream states no digests.
WITHOUT_HASHES = {"pip": pip_without_lock, "uv": uv}


@pytest.mark.parametrize("client", CLIENTS)
def test_it_installs_and_then_again_without_the_upstream(
    corpus_house: House, corpus: list[CorpusFile], workbench: Workbench, tmp_path: Path, client: str
) -> None:
    tells_hashes = corpus_house.upstream.style.hashes
    if not tells_hashes and client not in WITHOUT_HASHES:
        pytest.skip("pip and uv stand for all if the upstream states no digests")
    installs = (CLIENTS if tells_hashes else WITHOUT_HASHES)[client]
    first = installs(workbench, corpus_house.simple(), REQUIREMENTS)
    assert_installed(first.environment, wheels(corpus))
    fetches = corpus_house.upstream.whole_fetches()
    assert {file.filename for file in wheels(corpus)} <= fetches.keys()
    assert {name: count for name, count in fetches.items() if count > 1} == {}, "whichever client came before"
    with corpus_house.cut_off():
        again = installs(Workbench(tmp_path / "again"), corpus_house.simple(), REQUIREMENTS)
    assert_installed(again.environment, wheels(corpus))
    assert_same_versions(first, again)
    if tells_hashes:
        assert first.digests() == again.digests()
    elif client == "uv":
        assert again.digests() >= {file.sha256 for file in wheels(corpus)}, "learned by keeping the files"


def assert_same_versions(first: Installed, again: Installed) -> None:
    assert re.findall(r'^(?:name|version) = ".*"$', first.lock, re.MULTILINE) == re.findall(
        r'^(?:name|version) = ".*"$', again.lock, re.MULTILINE
    )


def test_everything_that_is_advertised_can_be_had(corpus_house: House, corpus: list[CorpusFile]) -> None:
    """Every file of the corpus by its address, and the core metadata of every wheel, before and after it is kept."""
    index, upstream = corpus_house.index(), corpus_house.upstream
    offered = {offer.filename: offer for offer in upstream.offers}
    for project in sorted({file.project for file in corpus}):
        # Of old file names some are no wheel's and no sdist's.
        listed = corpus_house.listed(project)
        assert listed, project
        assert index.html_names(project) == listed.keys()
        for filename, file in listed.items():
            offer, address = offered[filename], file["address"]
            if filename.endswith(".whl"):
                assert file["core-metadata"], "offered for every wheel"
                before = index.get(address + ".metadata")
                assert (before.status_code, before.content) == (200, offer.metadata), address
            answer = index.get(address)
            assert answer.status_code == 200, f"{address}: {answer.text}"
            assert hashlib.sha256(answer.content).hexdigest() == offer.sha256
            if filename.endswith(".whl"):
                assert index.get(address + ".metadata").content == offer.metadata


@pytest.mark.parametrize("style", [MODERN, BARE], ids=["JSON", "bare HTML"])
@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_a_resolver_fetches_no_wheel(
    corpus: list[CorpusFile], workbench: Workbench, tmp_path: Path, style: Style, tool: str
) -> None:
    """Neither from here nor, by way of us, from the upstream: of each wheel its metadata and at most 64 KiB."""
    with house(tmp_path / "house", style) as made, Recorder(made.cellar.port) as recorder:
        made.upstream.offer_all(corpus)
        (workbench.project / "wanted.in").write_text("\n".join(REQUIREMENTS) + "\n")
        if tool == "uv":
            done = workbench.run("uv", "pip", "compile", "--index-url", recorder.url("/main/simple/"), "wanted.in")
            assert "numpy==1.26.4" in done.stdout
        else:
            python = workbench.virtual_environment()
            workbench.run(
                "pip", "--python", python, "install", "--dry-run", "--index-url", recorder.url("/main/simple/"),
                "-r", "wanted.in",
            )  # fmt: skip
        assert recorder.paths(".whl.metadata")
        assert recorder.paths(".whl") == []
        assert made.upstream.whole_fetches() == {}
        of_wheels: dict[str, int] = {}
        for asked in made.upstream.requests(".whl", "GET"):
            filename = asked.path.rpartition("/")[2]
            of_wheels[filename] = of_wheels.get(filename, 0) + asked.sent
        bounds = {offer.filename: len(offer.metadata or b"") + 64 * 1024 for offer in made.upstream.offers}
        assert {name: sent for name, sent in of_wheels.items() if sent > bounds[name]} == {}
        assert not (made.cellar.stored_files() and [f for f in made.cellar.stored_files() if f.suffix == ".whl"])


def test_what_the_upstream_says_of_its_files_passes_through(tmp_path: Path) -> None:
    with house(tmp_path) as made:
        made.upstream.offer(wheel("thing", "1.0"), requires_python=">=3.8", upload_time="2020-01-02T03:04:05.000000Z")
        made.upstream.offer(wheel("thing", "2.0"), yanked='breaks <everything> & "more"')
        made.upstream.offer(wheel("thing", "3.0"), yanked=True, provenance="https://example.com/provenance/3.0")
        made.upstream.offer(sdist("thing", "1.0"), requires_python=">=3.99")
        made.upstream.statuses["thing"] = "archived"
        answer = made.get("/main/simple/thing/", Accept=JSON)
        page = answer.json()
        assert page["meta"]["api-version"] == "1.4"
        assert page["versions"] == ["1.0", "2.0", "3.0"]
        assert page["project-status"]["status"] == "archived"
        files = {file["filename"]: file for file in page["files"]}
        assert len(files) == 4
        for offer in made.upstream.offers:
            file = files[offer.filename]
            assert file["hashes"]["sha256"] == offer.sha256
            assert file["size"] == offer.size
            assert file["upload-time"] == offer.upload_time
            assert file.get("requires-python") == offer.requires_python
            assert file.get("yanked", False) == offer.yanked
            assert file.get("provenance") == offer.provenance
            if offer.metadata is not None:
                # Its digest is stated once it is here: what the upstream says of it may be wrong.
                assert file["core-metadata"] is True
                assert made.get(made.listed("thing")[offer.filename]["address"] + ".metadata").content == offer.metadata
                again = {
                    file["filename"]: file for file in made.get("/main/simple/thing/", Accept=JSON).json()["files"]
                }
                digest = hashlib.sha256(offer.metadata).hexdigest()
                assert again[offer.filename]["core-metadata"] in (True, {"sha256": digest})
        text = made.get("/main/simple/thing/", Accept=HTML).text
        assert 'name="pypi:project-status" content="archived"' in text
        assert 'data-yanked="breaks &lt;everything&gt; &amp; &quot;more&quot;"' in text
        assert 'data-requires-python="&gt;=3.8"' in text


def test_clients_heed_what_passed_through(tmp_path: Path, workbench: Workbench) -> None:
    """A yanked release, and one for another Python, are not chosen, by way of JSON and of bare HTML."""
    for style in (MODERN, BARE):
        with house(tmp_path / f"house-{style.json}", style) as made:
            made.upstream.offer(wheel("thing", "1.0"), requires_python=">=3.8")
            made.upstream.offer(wheel("thing", "2.0"), requires_python=">=3.99")
            made.upstream.offer(wheel("thing", "3.0"), yanked="broken")
            for number, installs in enumerate((pip, uv)):
                bench = Workbench(tmp_path / f"bench-{style.json}-{number}")
                installed = installs(bench, made.simple(), ["thing"])
                assert list(installed.environment.glob("lib/*/site-packages/thing-1.0.dist-info"))


def test_no_version_is_claimed_whose_keys_are_missing(tmp_path: Path) -> None:
    """PEP 700 demands sizes from 1.1 on."""
    with house(tmp_path, BARE) as made:
        file = wheel("thing", "1.0")
        made.upstream.offer(file)
        page = made.get("/main/simple/thing/", Accept=JSON).json()
        assert page["meta"]["api-version"] == "1.0"
        assert "size" not in page["files"][0]
        assert 'content="1.0"' in made.get("/main/simple/thing/", Accept=HTML).text
        address = page["files"][0]["url"]
        assert made.get(made.listed("thing")[file.filename]["address"]).content == file.content
        page = made.get("/main/simple/thing/", Accept=JSON).json()
        assert page["files"][0]["url"] == address, "an address stays the same once the file is kept"
        if page["meta"]["api-version"] != "1.0":
            assert page["files"][0]["size"] == len(file.content)


def test_a_cached_project_keeps_following_its_upstream(tmp_path: Path) -> None:
    """pypicloud's did not: after the first download, new releases were never seen."""
    with house(tmp_path) as made:
        made.upstream.offer(wheel("thing", "1.0"))
        index = made.index()
        index.download(index.links("thing")[0])
        made.upstream.offer(wheel("thing", "2.0"))
        made.upstream.offer(wheel("thing", "1.0"), yanked="too old")
        both = {"thing-1.0-py3-none-any.whl", "thing-2.0-py3-none-any.whl"}
        eventually(lambda: made.listed("thing").keys() == both)
        yanked = made.listed("thing")["thing-1.0-py3-none-any.whl"]["yanked"]
        assert yanked == "too old", "also of the file that is kept"
