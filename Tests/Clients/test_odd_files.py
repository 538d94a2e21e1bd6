"""Files and pages that exist and are not as new tools write them: clients must get from us what they get elsewhere."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator

import pytest

from support.clients import Workbench, site_packages
from support.distributions import Distribution, core_metadata, tar_gz, wheel, wheel_parts, zip_bytes
from support.faults import altered
from support.installing import Installed, pip_without_lock, uv
from support.simple import JSON
from support.upload import publish
from support.upstream_pages import BARE, MODERN, Style
from support.upstreamed import QUICK, House, eventually, fetched, house

pytestmark = pytest.mark.xdist_group("odd")

CLIENTS = {"pip": pip_without_lock, "uv": uv}

# Builds a wheel that depends on another project, which PKG-INFO does not say.
BACKEND = """
import zipfile
def build_wheel(folder, settings=None, metadata=None):
    name = "{name}-{version}-py3-none-any.whl"
    info = "{name}-{version}.dist-info/"
    with zipfile.ZipFile(folder + "/" + name, "w") as archive:
        archive.writestr("{name}.py", "")
        archive.writestr(info + "METADATA", {metadata!r})
        lines = ["Wheel-Version: 1.0", "Generator: x", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
        archive.writestr(info + "WHEEL", "\\n".join(lines))
        archive.writestr(info + "RECORD", "")
    return name
"""


def source(name: str, version: str, requires: str = "", metadata_version: str = "1.1") -> dict[str, bytes]:
    stem = f"{name}-{version}"
    told = core_metadata(name, version).replace(
        b"Metadata-Version: 2.1", f"Metadata-Version: {metadata_version}".encode()
    )
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}\n"
    backend = BACKEND.format(name=name, version=version, metadata=metadata)
    return {
        f"{stem}/PKG-INFO": told,
        f"{stem}/pyproject.toml": project.encode(),
        f"{stem}/backend.py": backend.encode(),
    }


def source_distribution(name: str, version: str, requires: str) -> Distribution:
    return Distribution(
        f"{name}-{version}.tar.gz", tar_gz(source(name, version, requires)), name, version, "sdist", "source"
    )


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("odd"), Style(gzip=False), upstream={**QUICK, "retries": 0}) as made:
        yield made


def has(done: Installed, name: str) -> bool:
    return any(site_packages(done.environment).glob(f"{name}-*.dist-info"))


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("where", ["here", "upstream"])
def test_an_old_sdist_is_built_to_know_its_dependencies(
    town: House, workbench: Workbench, client: str, where: str
) -> None:
    name = f"oldish_{client}_{where}"
    files = [source_distribution(name, "1.0", f"Requires-Dist: {name}_needed\n"), wheel(f"{name}_needed", "2.0")]
    for file in files:
        if where == "here":
            publish(town.cellar, file).raise_for_status()
        else:
            town.upstream.offer(file)
    if where == "upstream":
        # As an upstream does that never looked whether what it advertises holds.
        told = core_metadata(name, "1.0")
        town.upstream.offer(files[0], metadata=told)
    done = CLIENTS[client](workbench, town.simple(), [name.replace("_", "-")])
    assert has(done, name)
    assert has(done, f"{name}_needed"), "resolved by PKG-INFO, which says nothing of it"


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("style", [MODERN, BARE], ids=["JSON", "HTML"])
def test_a_wheel_with_a_link_installs_at_the_first_try(
    tmp_path_factory: pytest.TempPathFactory, workbench: Workbench, client: str, style: Style
) -> None:
    parts = wheel_parts("linked", "1.0", {"linked/__init__.py": b"", "linked/link": b"__init__.py"})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.with_record().items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o120777 if name.endswith("/link") else 0o100644) << 16
            archive.writestr(entry, content)
    file = Distribution(parts.filename, buffer.getvalue(), "linked", "1.0", "bdist_wheel")
    with house(tmp_path_factory.mktemp("linked"), style) as made:
        made.upstream.offer(file)
        done = CLIENTS[client](workbench, made.simple(), ["linked"])
        assert has(done, "linked")


def test_metadata_of_a_wheel_with_other_folders_is_served_the_first_time(town: House) -> None:
    parts = wheel_parts("doubled", "1.0")
    members = {"other-2.0.dist-info/METADATA": core_metadata("other", "2.0"), **parts.with_record()}
    file = Distribution(parts.filename, zip_bytes(members), "doubled", "1.0", "bdist_wheel")
    town.upstream.offer(file, metadata=None)
    listed = town.listed("doubled")[file.filename]
    for _ in range(2):
        answer = town.get(listed["address"] + ".metadata")
        assert (answer.status_code, answer.content) == (200, core_metadata("doubled", "1.0"))


@pytest.mark.parametrize("client", CLIENTS)
def test_an_old_archive_format_installs(town: House, workbench: Workbench, client: str) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:bz2") as archive:
        for name, content in source("ancient", "18.9.0").items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    town.upstream.offer(
        Distribution("ancient-18.9.0.tar.bz2", buffer.getvalue(), "ancient", "18.9.0", "sdist", "source")
    )
    assert not town.listed("ancient")["ancient-18.9.0.tar.bz2"]["core-metadata"]
    if client == "uv":
        # Newer versions take .tar.gz alone; that it is listed must not disturb them.
        workbench.run("uv", "pip", "compile", "--index-url", town.simple(), "-", check=False)
        return
    assert has(CLIENTS[client](workbench, town.simple(), ["ancient==18.9.0"]), "ancient")


OLD_FILES = [
    "relic-1.0.tgz", "relic-1.1.tar.xz", "relic-1.2.zip", "relic-1.3-py2.7.egg", "relic-1.4.win32-py2.7.exe",
    "relic-1.5.win-amd64-py3.4.msi", "relic-1.6-1.noarch.rpm", "relic-1.7.linux-x86_64.tar.gz",
]  # fmt: skip


def test_old_files_are_listed_fetched_and_kept(town: House) -> None:
    for filename in OLD_FILES:
        town.upstream.offer(Distribution(filename, filename.encode() * 9, "relic", "1.0", "sdist", "source"))
    listed = town.listed("relic")
    assert listed.keys() == set(OLD_FILES)
    for filename, file in listed.items():
        assert not file["core-metadata"]
        for _ in range(2):
            assert town.get(file["address"]).content == filename.encode() * 9
        assert town.get(file["address"] + ".metadata").status_code == 404
    # A file is kept a moment after it was handed on.
    eventually(lambda: all(town.upstream.whole_fetches()[name] == 1 for name in OLD_FILES))
    for filename in OLD_FILES:
        answer = publish(town.cellar, Distribution(filename, b"x", "relic", "1.0", "sdist", "source"))
        assert 400 <= answer.status_code < 500, "published they cannot be"


BAD_ENTRIES = {
    "an empty digest": {"hashes": {"sha256": ""}},
    "a short digest": {"hashes": {"sha256": "abc"}},
    "a foreign digest": {"hashes": {"sha256": "sha512=" + "0" * 128}},
    "a broken URL": {"url": "https://[::1/x"},
    "a numeric requires-python": {"requires-python": 3},
    "a string size": {"size": "many"},
    "a null name": {"filename": None},
    "a null URL": {"url": None},
    "a yank that is a number": {"yanked": 1},
    "core-metadata of a list": {"core-metadata": ["sha256"]},
    "a numeric time": {"upload-time": 1_700_000_000},
}


@pytest.mark.parametrize("case", BAD_ENTRIES)
def test_one_bad_entry_does_not_cost_the_page(town: House, case: str) -> None:
    name = "bad-entry-" + case.replace(" ", "-").lower()
    good = town.upstream.offer(wheel(name, "1.0"))
    town.upstream.offer(wheel(name, "2.0"))

    def spoil(body: bytes) -> bytes:
        page = json.loads(body)
        next(file for file in page["files"] if "-2.0-" in file["filename"]).update(BAD_ENTRIES[case])
        return json.dumps(page).encode()

    town.upstream.fail(f"/simple/{name}/", altered(spoil, Content_Type=JSON))
    try:
        listed = town.listed(name)
    finally:
        town.upstream.recover()
    assert good.filename in listed
    assert town.get(listed[good.filename]["address"]).content == good.content

    def told() -> list[str]:
        lines = town.cellar.log.read_text().splitlines()
        return [line for line in lines if '"event":"page-faults"' in line and f'"project":"{name}"' in line]

    eventually(lambda: len(told()) == 1, otherwise=town.cellar.log_tail)


@pytest.mark.parametrize("equals", ["%3D", "%3d"])
def test_an_encoded_digest_is_one(tmp_path_factory: pytest.TempPathFactory, equals: str) -> None:
    with house(tmp_path_factory.mktemp("encoded"), BARE) as made:
        right = made.upstream.offer(wheel("right", "1.0"))
        wrong = made.upstream.offer(wheel("wrong", "1.0"), said_sha256=hashlib.sha256(b"others").hexdigest())
        for name in ["right", "wrong"]:
            made.upstream.fail(
                f"/simple/{name}/", altered(lambda body: body.replace(b"sha256=", b"sha256" + equals.encode()))
            )
        address = made.listed("right")[right.filename]["address"]
        assert right.sha256 in address
        assert made.get(address).content == right.content
        status, content, is_whole = fetched(made.listed("wrong")[wrong.filename]["address"])
        assert status != 200 or not is_whole or content != wrong.content, "changed bytes pass"
        made.cellar.eventually_logs("digest-mismatch")


def test_a_link_with_a_query(town: House) -> None:
    file = wheel("queried", "1.0")
    offer = town.upstream.offer(file)
    town.upstream.offer(file, url=town.upstream.url(f"/packages/{file.filename}?sig=a%2Fb&x=1"))
    listed = town.listed("queried")[file.filename]
    town.upstream.forget()
    assert town.get(listed["address"] + ".metadata").content == offer.metadata
    assert town.get(listed["address"]).content == file.content
    asked = {one.path for one in town.upstream.asked}
    assert f"/packages/{file.filename}.metadata?sig=a%2Fb&x=1" in asked
    assert f"/packages/{file.filename}?sig=a%2Fb&x=1" in asked


def test_a_wheel_with_hexadecimal_digests_is_published(town: House) -> None:
    parts = wheel_parts("hexadecimal", "1.0")
    lines = [
        f"{name},sha256={hashlib.sha256(content).hexdigest()},{len(content)}" for name, content in parts.members.items()
    ]
    record = "\n".join([*lines, f"{parts.info}/RECORD,,", ""]).encode()
    content = zip_bytes({**parts.members, f"{parts.info}/RECORD": record})
    file = Distribution(parts.filename, content, "hexadecimal", "1.0", "bdist_wheel")
    assert publish(town.cellar, file).status_code == 200


@pytest.mark.parametrize("field", ["Summary", "Requires-Python"])
def test_a_huge_field_is_refused_by_its_name(town: House, field: str) -> None:
    metadata = core_metadata("huge", "1.0").replace(b"Summary: Made by a test\n", b"")
    metadata = metadata.replace(b"\n\n", b"\n" + field.encode() + b": " + b'"' * 10_000_000 + b"\n\n", 1)
    answer = publish(town.cellar, wheel("huge", "1.0", metadata=metadata))
    assert answer.status_code == 400
    assert field in answer.text
    assert town.listed("huge") == {}


def test_links_inside_an_sdist_are_published_and_installed(town: House, workbench: Workbench) -> None:
    members = source("withlinks", "1.0", metadata_version="2.2")
    link = tarfile.TarInfo("withlinks-1.0/README")
    link.type, link.linkname = tarfile.SYMTYPE, "docs/../PKG-INFO"
    hard = tarfile.TarInfo("withlinks-1.0/again")
    hard.type, hard.linkname = tarfile.LNKTYPE, "withlinks-1.0/backend.py"
    file = Distribution("withlinks-1.0.tar.gz", tar_gz(members, [link, hard]), "withlinks", "1.0", "sdist", "source")
    publish(town.cellar, file).raise_for_status()
    assert town.listed("withlinks")[file.filename]["core-metadata"], "2.2, and nothing is dynamic"
    assert has(pip_without_lock(workbench, town.simple(), ["withlinks"]), "withlinks")
