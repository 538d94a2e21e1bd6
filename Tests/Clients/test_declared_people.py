"""People, groups and grants that the configuration declares: with any database, and changed nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests

from support.cellar import Cellar
from support.distributions import wheel
from support.upload import publish

pytestmark = pytest.mark.xdist_group("clients")

ADA, BOB, ROOT = [(name, f"a long passphrase of {name}'s") for name in ("ada", "bob", "root")]
GRANTS = ["read user:ada --project secret", "write user:ada --project secret", "create user:ada --project secret"]


def hash_of(cellar: Cellar, password: str) -> str:
    """What `cellar hash-password` prints: the hash alone."""
    done = cellar.run("hash-password", input=password + "\n")
    assert done.returncode == 0 and not done.stderr, done.stderr
    line, rest = done.stdout.split("\n", 1)
    assert line.startswith("$y$") and not rest
    return line


def sections(
    cellar: Cellar, people: Mapping[str, str], **more: Mapping[str, object]
) -> dict[str, Mapping[str, object]]:
    """A configuration that declares these people with their hashes, and root as administrator."""
    declared: dict[str, Mapping[str, object]] = {
        "server": {"rebuild_on_empty": True},
        "index.main": {"read": ["authenticated"], "write": ["group:writers"]},
        **{f"users.{name}": {"password_hash": hash, "admin": name == "root"} for name, hash in people.items()},
        "groups": {"writers": ["bob"]},
    }
    if "ada" in people:
        declared["grants"] = {"add": GRANTS}
    return {**declared, **more}


@pytest.fixture(scope="module")
def hashes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    cellar = Cellar(tmp_path_factory.mktemp("hashes"), users=False)
    return {name: hash_of(cellar, password) for name, password in (ADA, BOB, ROOT)}


@pytest.fixture
def town(tmp_path: Path, hashes: dict[str, str]) -> Iterator[Cellar]:
    """A server with declared people only, and a project that ada may read."""
    cellar = Cellar(tmp_path / "town", users=False)
    cellar.configure(sections(cellar, hashes))
    cellar.start()
    assert publish(cellar, wheel("secret", "1.0"), auth=ADA).status_code == 200
    assert publish(cellar, wheel("open", "1.0"), auth=BOB).status_code == 200
    yield cellar
    cellar.stop()


def status(cellar: Cellar, path: str, who: tuple[str, str] | None, method: str = "GET") -> int:
    return requests.request(method, cellar.url(path), auth=who, timeout=30).status_code


def reconfigure(cellar: Cellar, people: Mapping[str, str], **more: Mapping[str, object]) -> None:
    cellar.stop()
    cellar.configure(sections(cellar, people, **more))
    cellar.start()


def table(cellar: Cellar) -> dict[str, list[int]]:
    return {
        name: [status(cellar, f"/simple/{project}/", who) for project in ("secret", "open")]
        for name, who in {"ada": ADA, "bob": BOB, "root": ROOT}.items()
    }


# Of the password "secret horse", made by crypt(3).
OLD_HASH = "$6$cellartest$4BMdQ7qV2rd9SXOBvj.9tzUBPtovzTjJsDrFEWNbwXyShH.d7oSMgUp9CTD0sCEIOk5u/TnZYu/3nmejGe5mi1"
DECLARED = {"ada": [200, 200], "bob": [404, 200], "root": [200, 200]}


def test_declared_people_have_what_is_declared_and_no_setup_link_is_printed(town: Cellar) -> None:
    assert table(town) == DECLARED
    assert "/-/setup/" not in town.log.read_text()
    users = requests.get(town.url("/api/v1/users"), auth=ROOT, timeout=30).json()["users"]
    assert [(user["name"], user["administrator"], user["declared"]) for user in users] == [
        ("ada", False, True), ("bob", False, True), ("root", True, True),
    ]  # fmt: skip
    listed = town.cli("user", "list").splitlines()
    assert len(listed) == 3 and all("in the configuration" in line for line in listed)
    assert "in the configuration" in town.cli("grant", "list", "--project", "secret")


def test_what_is_declared_is_changed_nowhere_else(town: Cellar) -> None:
    where = "The configuration declares the user ada: change them there, in [users.ada]"
    for arguments, words in [
        (("user", "remove", "ada"), None), (("user", "admin", "ada"), None),
        (("user", "password", "ada", "--password-stdin"), "another passphrase\n"),
        (("user", "add", "Ada", "--password-stdin"), "another passphrase\n"),
    ]:  # fmt: skip
        done = town.run(*arguments, input=words)
        assert done.returncode == 1 and where in done.stderr, done.stderr
    done = town.run("grant", "remove", "read", "user:ada", "--project", "secret")
    assert done.returncode == 1 and "take it out there, from add in [grants]" in done.stderr, done.stderr
    api = town.url("/api/v1")
    for method, path, body in [
        ("DELETE", "/users/ada", None), ("PATCH", "/users/ada", {"administrator": True}),
        ("PUT", "/users/ada/password", {"password": "another passphrase"}),
        ("POST", "/users", {"name": "ADA", "password": "another passphrase"}),
    ]:  # fmt: skip
        answer = requests.request(method, api + path, json=body, auth=ROOT, timeout=30)
        assert answer.status_code == 409 and where in answer.json()["message"], answer.text
    grants = requests.get(f"{api}/grants", auth=ROOT, timeout=30).json()["grants"]
    assert len(grants) == 3 and all(grant["declared"] for grant in grants)
    answer = requests.delete(f"{api}/grants/{grants[0]['id']}", auth=ROOT, timeout=30)
    assert answer.status_code == 409 and "[grants]" in answer.json()["message"]
    assert table(town) == DECLARED


def test_a_throw_away_database_makes_no_difference(town: Cellar) -> None:
    town.stop()
    for file in town.data.glob("cellar.db*"):
        file.unlink()
    town.start()
    assert table(town) == DECLARED
    assert publish(town, wheel("secret", "2.0"), auth=ADA).status_code == 200


def test_who_is_taken_out_cannot_sign_in_and_nobody_inherits(town: Cellar, hashes: dict[str, str]) -> None:
    town.cli("grant", "add", "read", "user:ada", "--project", "open")
    assert status(town, "/simple/open/", BOB) == 404
    others = {name: hash for name, hash in hashes.items() if name != "ada"}
    reconfigure(town, others)
    assert status(town, "/simple/open/", ADA) == 401
    town.cli("user", "add", "ada", "--password-stdin", input=ADA[1] + "\n")
    assert status(town, "/simple/open/", ADA) == 404
    town.cli("user", "remove", "ada")
    # Another hash is another person, the same one is the same person.
    reconfigure(town, {**others, "ada": hash_of(town, ADA[1])})
    assert [status(town, path, ADA) for path in ("/simple/open/", "/simple/secret/")] == [404, 200]
    reconfigure(town, others)
    reconfigure(town, hashes)
    assert [status(town, path, ADA) for path in ("/simple/open/", "/simple/secret/")] == [200, 200]


def test_a_person_of_the_database_becomes_a_declared_one(tmp_path: Path, hashes: dict[str, str]) -> None:
    cellar = Cellar(tmp_path / "taken", users=False)
    old = ("Ada", "the passphrase of before")
    cellar.configure({"index.main": {"read": ["authenticated"]}})
    cellar.cli("user", "add", old[0], "--password-stdin", input=old[1] + "\n")
    cellar.start()
    assert publish(cellar, wheel("mine", "1.0"), auth=old).status_code == 200
    cellar.stop()
    cellar.configure(sections(cellar, hashes))
    cellar.start()
    assert status(cellar, "/simple/mine/", old) == 401
    assert status(cellar, "/simple/mine/", ADA) == 200
    # What she created is still hers.
    assert publish(cellar, wheel("mine", "2.0"), auth=ADA).status_code == 200
    cellar.stop()


def test_a_hash_may_be_of_older_kinds_and_in_a_file(tmp_path: Path, hashes: dict[str, str]) -> None:
    cellar = Cellar(tmp_path / "kinds", users=False)
    file = tmp_path / "hash"
    file.write_text(hashes["bob"] + "\n")
    cellar.configure(
        {
            "index.main": {"read": ["authenticated"]},
            "users.bob": {"password_hash_file": str(file)},
            "users.old": {"password_hash": OLD_HASH},
        }
    )
    for _ in range(2):
        cellar.start()
        assert status(cellar, "/simple/", BOB) == 200
        assert status(cellar, "/simple/", ("old", "secret horse")) == 200
        assert status(cellar, "/simple/", ("old", "secret house")) == 401
        cellar.stop()


def test_two_servers_with_the_same_file_change_nothing(town: Cellar) -> None:
    def lines() -> list[object]:
        return requests.get(town.url("/api/v1/audit?limit=500"), auth=ROOT, timeout=30).json()["lines"]

    before = lines()
    other = Cellar(town.root / "other", users=False)
    other.config.write_text(town.config.read_text().replace(f":{town.port}", f":{other.port}"))
    other.start()
    assert table(other) == DECLARED
    assert lines() == before
    other.stop()


@pytest.mark.parametrize(
    ("text", "line", "meant"),
    [
        ("[users.ada]\npassword_hash = 'secret horse'", 2, "`cellar hash-password` makes one"),
        ("[users.ada]\nadmin = true", 1, "needs password_hash or password_hash_file"),
        ("[users.ada]\npassword_hash_file = '/nowhere'", 2, "no such file"),
        ("[grants]\nadd = [\n'read user:ada',\n]", 3, "whom [users] does not have"),
        ("[grants]\nadd = ['raed everyone']", 2, "did you mean read?"),
    ],
)
def test_a_bad_declaration_stops_the_start(tmp_path: Path, text: str, line: int, meant: str) -> None:
    cellar = Cellar(tmp_path / "bad", users=False)
    cellar.config.write_text(text + "\n")
    done = cellar.run("serve", timeout=30)
    assert done.returncode == 78
    assert f"cellar.toml:{line}: " in done.stderr and meant in done.stderr, done.stderr
    assert "secret horse" not in done.stderr
