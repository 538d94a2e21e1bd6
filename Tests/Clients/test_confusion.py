"""A private name never falls through: whatever was done with it, however it is asked for, no outsider hears of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.clients import Workbench
from support.distributions import Distribution, sdist, wheel
from support.probing import assert_never_asked, assert_nothing_of_outsiders, probe
from support.upload import publish
from support.upstreamed import ADMINISTRATOR, MEMBER, House, eventually, house

pytestmark = pytest.mark.xdist_group("confusion")

# Every mode, indexes side by side, and one behind the other.
INDEXES = {
    "index.main": {"upstreams": ["test"], "fallback": "cache"},
    "index.none": {"upstreams": ["test"], "fallback": "none"},
    "index.redirect": {"upstreams": ["test"], "fallback": "redirect"},
    "index.mirror": {"upstreams": ["test"], "fallback": "mirror", "mirror_projects": ["mirrored"]},
    "index.prod": {"upstreams": ["test"], "private": ["acme-*", "Internal.Tools"]},
    "index.staging": {"upstreams": ["prod", "test"]},
    "index.closed": {"upstreams": [], "read": ["user:root"], "write": ["user:root"]},
    "index.later": {"upstreams": ["test"]},
}
READABLE = ["main", "none", "redirect", "mirror", "prod", "staging", "later"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    sections = {name: keys for name, keys in INDEXES.items() if name != "index.main"}
    with house(tmp_path_factory.mktemp("town"), main=INDEXES["index.main"], sections=sections) as made:
        yield made


def outsiders(town: House, name: str) -> list[Distribution]:
    """What an outsider has put on the upstream under a name of ours."""
    files = [wheel(name, "99.0", {"evil.py": name.encode()}), sdist(name, "99.0", members={"evil": name.encode()})]
    town.upstream.offer_all(files)
    return files


def own(name: str, version: str = "1.0") -> Distribution:
    return wheel(name, version, {"ours.py": f"{name} {version}".encode()})


def published(town: House, file: Distribution, index: str = "main", auth: tuple[str, str] = MEMBER) -> None:
    answer = publish(town.cellar, file, f"/{index}/", auth=auth)
    assert answer.status_code == 200, f"{answer.status_code} {answer.text}"


def deleted(town: House, name: str, version: str, index: str = "main") -> None:
    answer = town.api("DELETE", f"/indexes/{index}/projects/{name}/releases/{version}")
    assert answer.status_code in (200, 204), answer.text


def assert_private(town: House, name: str, files: list[Distribution], have: dict[str, set[str]]) -> None:
    """Asked for in every way at every index, which have so many files of ours, and none of the outsider's files."""
    for index in READABLE:
        probes = probe(town, index, name, files)
        assert_nothing_of_outsiders(probes, town.upstream, files)
        assert town.listed(name, index).keys() == have.get(index, set()), index
    assert_never_asked(town.upstream, name)


def test_the_probes_reach_the_upstream_for_a_public_name(town: House) -> None:
    """Else all that follows would hold of a server that asks for nothing."""
    files = outsiders(town, "public-thing")
    for index in READABLE:
        town.upstream.forget()
        probes = probe(town, index, "public-thing", files)
        pages = {one.status for one in probes if one.path.endswith("/simple/public-thing/")}
        match index:
            case "none":
                assert (pages, town.upstream.asked) == ({404}, [])
            case "redirect":
                assert (pages, town.upstream.asked) == ({302}, [])
                there = town.get("/redirect/simple/public-thing/").headers["Location"]
                assert there == town.upstream.url("/simple/public-thing/")
            case _:
                assert pages == {200}
                assert {one.status for one in probes if "/files/" in one.path} >= {200}
    assert town.upstream.whole_fetches() or town.upstream.projects_asked()


@pytest.mark.parametrize("name", ["acme-tool", "Acme.Other", "internal-tools"])
def test_a_reserved_name_before_anything_is_published(town: House, name: str) -> None:
    """The pattern stands in another index's section, and in another spelling."""
    assert_private(town, name, outsiders(town, name), {})


def test_a_name_beside_the_reserved_ones_is_public(town: House) -> None:
    for name in ("acmetool", "internal-toolset", "acme"):
        files = outsiders(town, name)
        assert town.listed(name).keys() == {file.filename for file in files}


def test_a_reserved_name_that_is_published(town: House) -> None:
    files = outsiders(town, "acme-published")
    published(town, own("acme_published"))
    assert_private(town, "acme-published", files, {"main": {"acme_published-1.0-py3-none-any.whl"}})


@pytest.mark.parametrize("index", ["main", "prod", "none"])
def test_a_published_name(town: House, index: str) -> None:
    name = f"ours-{index}"
    file = own(name)
    published(town, file, index)
    have = {index: {file.filename}}
    if index == "prod":
        have["staging"] = {file.filename}
    assert_private(town, name, outsiders(town, name), have)


def test_a_name_that_is_published_where_the_caller_may_not_read(town: House) -> None:
    published(town, own("ours-closed"), "closed", ADMINISTRATOR)
    assert_private(town, "ours-closed", outsiders(town, "ours-closed"), {})


def test_a_deleted_name_and_one_that_is_published_again(town: House) -> None:
    files = outsiders(town, "ours-deleted")
    published(town, own("ours-deleted"))
    deleted(town, "ours-deleted", "1.0")
    assert_private(town, "ours-deleted", files, {})
    again = own("ours-deleted", "2.0")
    published(town, again)
    assert_private(town, "ours-deleted", files, {"main": {again.filename}})


def test_a_name_of_an_index_that_is_hidden_now(town: House) -> None:
    published(town, own("ours-hidden"), "later")
    files = outsiders(town, "ours-hidden")
    READABLE.remove("later")
    town.hide("later")
    try:
        assert town.get("/later/simple/").status_code == 401, "as an index that is not there"
        assert town.get("/later/simple/", ADMINISTRATOR).status_code == 404
        assert_private(town, "ours-hidden", files, {})
    finally:
        town.reconfigure(index_later=INDEXES["index.later"])
        READABLE.append("later")
    assert town.listed("ours-hidden", "later")
    assert_never_asked(town.upstream, "ours-hidden")


def test_a_restart_forgets_nothing(town: House) -> None:
    file = own("ours-restarted")
    published(town, file)
    files = outsiders(town, "ours-restarted")
    town.restart()
    assert_private(town, "ours-restarted", files, {"main": {file.filename}})


def kept(town: House, name: str, index: str) -> set[str]:
    """The upstream's files that an index keeps of a project."""
    told = town.api("GET", f"/indexes/{index}/projects/{name}/why").json()
    files = [file for release in told["releases"] for file in release["files"]]
    return {file["filename"] for file in files if file["place"] == "kept"}


@dataclass
class Model:
    """What must hold of one name, whatever is done with it in whatever order."""

    town: House
    name: str
    foreign: set[str]
    is_adopted: bool = False
    is_published: bool = False
    versions: int = 0
    listed: dict[str, set[str]] = field(default_factory=dict)

    def install(self, index: str) -> None:
        names = set(self.town.listed(self.name, index))
        if self.is_published:
            assert names == self.listed.get(index, set())
            return
        assert names == self.foreign
        self.is_adopted = True
        for file in self.town.listed(self.name, index).values():
            assert self.town.get(file["address"]).status_code == 200
        # A fetched file is kept a moment after its last byte was sent.
        eventually(lambda: self.foreign == kept(self.town, self.name, index))

    def publish(self, index: str) -> None:
        self.versions += 1
        file = own(self.name, f"{self.versions}.0")
        answer = publish(self.town.cellar, file, f"/{index}/")
        if self.is_adopted and not self.is_published:
            assert answer.status_code == 409, answer.text
            return
        assert answer.status_code == 200, answer.text
        if not self.is_published:
            self.town.upstream.forget()
        self.is_published = True
        self.listed.setdefault(index, set()).add(file.filename)

    def delete(self) -> None:
        for index, names in self.listed.items():
            for filename in sorted(names):
                deleted(self.town, self.name, filename.split("-")[1], index)
        self.listed = {}

    def claim(self) -> None:
        self.town.cellar.cli("project", "claim", self.name, "--index", "main")
        self.town.upstream.forget()
        self.is_published = True

    def check(self) -> None:
        if self.is_published:
            assert_never_asked(self.town.upstream, self.name)
            for index in ("main", "mirror"):
                assert self.town.listed(self.name, index).keys() == self.listed.get(index, set())


ACTS = {
    "install from main": lambda model: model.install("main"),
    "install from mirror": lambda model: model.install("mirror"),
    "publish to main": lambda model: model.publish("main"),
    "publish to mirror": lambda model: model.publish("mirror"),
    "delete": lambda model: model.delete(),
}


def test_every_order_of_publish_install_delete_and_publish_again(town: House) -> None:
    for number, order in enumerate(itertools.permutations(ACTS)):
        name = f"order-{number}"
        model = Model(town, name, {file.filename for file in outsiders(town, name)})
        try:
            for act in [*order, "install from main", "publish to main", "install from mirror"]:
                ACTS[act](model)
                model.check()
        except AssertionError as error:
            raise AssertionError(f"{name}: {', '.join(order)}: {error}") from error
        town.upstream.withdraw(name)


def test_a_claimed_name_is_ours_everywhere(town: House) -> None:
    """What was cached under it is gone, and publishing goes through."""
    model = Model(town, "claimed", {file.filename for file in outsiders(town, "claimed")})
    files = [offer for offer in town.upstream.offers if offer.project == "claimed"]
    model.install("main")
    model.install("mirror")
    addresses = [file["address"] for index in ("main", "mirror") for file in town.listed("claimed", index).values()]
    model.publish("main")
    model.claim()
    assert town.listed("claimed") == {} and town.listed("claimed", "mirror") == {}
    town.upstream.forget()
    model.check()
    assert {town.get(address).status_code for address in addresses} == {404}
    model.publish("main")
    model.check()
    ours = [Distribution(o.filename, o.read(), "claimed", "99.0", "bdist_wheel") for o in files]
    assert_private(town, "claimed", ours, {"main": {"claimed-2.0-py3-none-any.whl"}})
    refused = town.cellar.run("project", "claim", "claimed", "--index", "nowhere")
    assert refused.returncode != 0 and "nowhere" in refused.stderr + refused.stdout


def test_publishing_a_foreign_name_is_refused_in_words(town: House, workbench: Workbench) -> None:
    foreign = outsiders(town, "foreign")
    for file in town.listed("foreign", "mirror").values():
        assert town.get(file["address"]).status_code == 200
    eventually(lambda: len(kept(town, "foreign", "mirror")) == len(foreign))
    file = own("foreign")
    (workbench.project / file.filename).write_bytes(file.content)
    done = workbench.run(
        "twine", "upload", "--verbose", "--repository-url", town.cellar.url("/main/"), file.filename, check=False
    )
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert "409" in told
    assert "claim" in told, "it says what to do"
    assert town.listed("foreign").keys() == {
        offer.filename for offer in town.upstream.offers if offer.project == "foreign"
    }


def test_a_publish_races_with_looks(town: House) -> None:
    """A look owns nothing: whoever comes first, the name is ours, and nothing of the outsider is there."""
    with ThreadPoolExecutor(4) as pool:
        for number in range(20):
            name = f"race-{number}"
            outsiders(town, name)
            file = own(name)
            installs = [
                pool.submit(town.index(index).get, f"{town.simple(index)}{name}/") for index in ("main", "prod")
            ]
            answer = publish(town.cellar, file)
            for install in installs:
                assert install.result().status_code in (200, 404)
            assert answer.status_code == 200, answer.text
            town.upstream.forget()
            assert town.listed(name).keys() == {file.filename}
            assert town.listed(name, "prod") == {}
            assert_never_asked(town.upstream, name)


def test_a_name_is_claimed_and_given_back_over_http(town: House) -> None:
    foreign = {file.filename for file in outsiders(town, "returned")}
    for file in town.listed("returned").values():
        assert town.get(file["address"]).status_code == 200
    eventually(lambda: kept(town, "returned", "main") == foreign)
    path = "/indexes/main/projects/returned/claim"
    for method in ("PUT", "DELETE"):
        assert town.api(method, path, auth=MEMBER).status_code == 403
    claimed = town.api("PUT", path)
    assert claimed.status_code == 200, claimed.text
    assert {file["filename"] for file in claimed.json()["pruned"]} == foreign
    assert town.listed("returned") == {}
    published(town, own("returned"))
    assert town.api("DELETE", path).status_code == 409, "it has a published file"
    deleted(town, "returned", "1.0")
    assert town.listed("returned") == {}
    given = town.api("DELETE", path)
    assert given.status_code == 200, given.text
    assert given.json() == {"project": "returned", "private": False, "owners": []}
    assert town.listed("returned").keys() == foreign
    actions = [line["action"] for line in town.api("GET", "/audit?limit=4").json()["lines"]]
    assert actions == ["project.release", "release.delete", "file.publish", "project.claim"]


def test_an_administrator_s_publish_claims(town: House) -> None:
    foreign = {file.filename for file in outsiders(town, "taken-over")}
    for file in town.listed("taken-over").values():
        assert town.get(file["address"]).status_code == 200
    eventually(lambda: kept(town, "taken-over", "main") == foreign)
    refused = publish(town.cellar, own("taken-over"), "/main/", auth=MEMBER)
    assert refused.status_code == 409
    assert '"claim"' in refused.text
    assert "the right claim" in town.cellar.cli("why", "taken-over")
    file = own("taken-over")
    published(town, file, auth=ADMINISTRATOR)
    assert town.listed("taken-over").keys() == {file.filename}


def test_only_projects_that_are_listed_by_name_are_mixed(town: House) -> None:
    foreign = outsiders(town, "mirrored")
    same = wheel("mirrored", "99.0", {"ours.py": b"ours"})
    assert same.filename == foreign[0].filename
    published(town, own("Mirrored"), "mirror")
    published(town, same, "mirror")
    listed = town.listed("mirrored", "mirror")
    assert listed.keys() == {own("Mirrored").filename, foreign[0].filename, foreign[1].filename}
    assert listed[same.filename]["hashes"]["sha256"] == same.sha256, "the published file wins"
    assert town.get(listed[same.filename]["address"]).content == same.content
    assert town.get(listed[foreign[1].filename]["address"]).content == foreign[1].content
    hers = town.get(f"/mirror/files/{foreign[0].sha256}/{foreign[0].filename}")
    assert hers.status_code == 404, "the outsider's file of the same name does not exist here"


def test_a_page_cannot_bring_in_files_of_another_project(town: House) -> None:
    """A public project's page lists a wheel that bears a private name."""
    evil = wheel("acme-lib", "99.0", {"evil.py": b"evil"})
    town.upstream.offer(own("innocent"))
    town.upstream.offer(evil, project="innocent")
    assert town.listed("innocent").keys() == {own("innocent").filename}
    for path in (f"files/{evil.sha256}/", "files/u/innocent/", "files/u/acme-lib/"):
        assert town.get(f"/main/{path}{evil.filename}").status_code == 404
        assert town.get(f"/main/{path}{evil.filename}.metadata").status_code == 404
    assert_never_asked(town.upstream, "acme-lib")


def test_prefetch_says_that_an_own_release_was_deleted(town: House, tmp_path: Path) -> None:
    file = own("given-up")
    published(town, file)
    deleted(town, "given-up", "1.0")
    requirements, lock = tmp_path / "requirements.txt", tmp_path / "poetry.lock"
    requirements.write_text("given-up==1.0\n")
    lock.write_text(
        '[[package]]\nname = "given-up"\nversion = "1.0"\n'
        f'files = [{{file = "{file.filename}", hash = "sha256:{file.sha256}"}}]\n'
        '[metadata]\nlock-version = "2.1"\n'
    )
    for path, wanted in ((requirements, "given-up==1.0"), (lock, file.filename)):
        done = town.cellar.run("prefetch", "-r", str(path))
        assert done.returncode == 1
        assert f"{wanted}: it was published in the index main, and deleted" in done.stdout + done.stderr


def test_commands_don_t_ask_for_private_names(town: House, tmp_path: Path) -> None:
    outsiders(town, "acme-prefetched")
    (tmp_path / "requirements.txt").write_text("acme-prefetched==99.0\n")
    done = town.cellar.run("prefetch", "-r", str(tmp_path / "requirements.txt"))
    assert done.returncode != 0
    assert "acme-prefetched" in done.stdout + done.stderr
    why = town.cellar.run("why", "Acme_Prefetched==99.0")
    assert "private" in (why.stdout + why.stderr).lower()
    town.cellar.cli("check")
    assert_never_asked(town.upstream, "acme-prefetched")
