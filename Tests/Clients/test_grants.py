"""Grants: who reads a restricted project, with which client, at which address, and until when."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.simple import Index
from support.upload import publish

pytestmark = pytest.mark.xdist_group("clients")

OTHER, OTHER_PASSWORD = "bob", "a long passphrase of bob's"
ROOT = (ADMIN, ADMIN_PASSWORD)
ALICE = (USER, PASSWORD)
BOB = (OTHER, OTHER_PASSWORD)
PEOPLE = [ALICE, BOB, None]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    """Alice reads `secret`, which root published; everyone reads `open`. Nobody else was granted anything."""
    cellar = Cellar(tmp_path_factory.mktemp("grants"), {"index.main": {}, "index.other": {}})
    cellar.cli("user", "add", OTHER, "--password-stdin", input=OTHER_PASSWORD + "\n")
    cellar.start()
    for name in ("secret", "open"):
        answer = publish(cellar, wheel(name, "1.0"), auth=ROOT)
        assert answer.status_code == 200, answer.text
    cellar.cli("grant", "add", "read", f"user:{USER}", "--project", "Secret")
    yield cellar
    cellar.stop()


def get(cellar: Cellar, path: str, who: tuple[str, str] | None) -> requests.Response:
    return requests.get(cellar.url(path), auth=who, timeout=30, allow_redirects=False)


def status(cellar: Cellar, path: str, who: tuple[str, str] | None) -> int:
    return get(cellar, path, who).status_code


def said(cellar: Cellar, *arguments: str) -> str:
    """What a command that must succeed prints and says."""
    done = cellar.run(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("client", ["uv", "pip"])
@pytest.mark.parametrize("who", [ALICE, BOB])
def test_a_client_installs_a_restricted_project_only_for_whom_it_was_granted(
    town: Cellar, workbench: Workbench, client: str, who: tuple[str, str]
) -> None:
    netrc = workbench.home / ".netrc"
    netrc.write_text(f'machine 127.0.0.1 login {who[0]} password "{who[1]}"\n', encoding="utf-8")
    netrc.chmod(0o600)
    python = workbench.virtual_environment_with_pip()
    address = town.url("/main/simple/")
    for name in ("secret", "open"):
        command = {
            "uv": ("uv", "pip", "install", "--python", python, "--index-url", address, name),
            "pip": (python, "-m", "pip", "install", "--index-url", address, name),
        }[client]
        done = workbench.run(*command, environment={"NETRC": str(netrc)}, check=False)
        assert (done.returncode == 0) == (name == "open" or who == ALICE), done.stdout + done.stderr


def test_who_may_not_read_a_project_finds_nothing_of_it(town: Cellar) -> None:
    file = wheel("secret", "1.0")
    paths = [
        "/main/simple/secret/", "/simple/secret/", "/pypi/secret/", "/pypi/main/simple/secret/", "/pypi/secret/json",
        "/main/pypi/secret/1.0/json", "/main/pypi/SECRET/json", f"/main/files/{file.sha256}/{file.filename}",
        f"/main/files/{file.sha256}/{file.filename}.metadata", "/api/v1/indexes/main/projects/secret",
    ]  # fmt: skip
    # It has none.
    provenance = f"/main/integrity/secret/1.0/{file.filename}/provenance"
    # Twice each: the second answer may come from memory.
    for path in [*paths, provenance] * 2:
        assert [status(town, path, who) for who in PEOPLE] == [404 if path == provenance else 200, 404, 401], path
        for who in (BOB, None):
            missing = path.replace("secret", "absent").replace("SECRET", "ABSENT")
            there, nowhere = get(town, path, who), get(town, missing, who)
            assert there.status_code == nowhere.status_code
            assert there.text.replace("secret", "absent") == nowhere.text, path
    for who, expected in zip(PEOPLE, [{"open", "secret"}, {"open"}, {"open"}], strict=True):
        assert set(Index(town.base, "main", who).projects()) >= {"open"}
        listed = set(Index(town.base, "main", who).projects()) & {"open", "secret"}
        assert listed == expected
        found = get(town, "/api/v1/indexes/main/projects?q=secret", who).json()["projects"]
        assert [project["name"] for project in found] == (["secret"] if "secret" in expected else [])


def test_a_list_says_nothing_of_changes_that_its_reader_may_not_see(town: Cellar) -> None:
    before = get(town, "/main/simple/", BOB)
    assert publish(town, wheel("secret", "1.1"), auth=ROOT).status_code == 200
    after = get(town, "/main/simple/", BOB)
    assert before.content == after.content
    for name in ("ETag", "X-PyPI-Last-Serial"):
        assert before.headers[name] == after.headers[name]


def test_a_command_takes_a_right_back_at_the_next_request(town: Cellar) -> None:
    assert publish(town, wheel("moving", "1.0"), auth=ROOT).status_code == 200
    file = wheel("moving", "1.0")
    paths = ["/main/simple/moving/", f"/main/files/{file.sha256}/{file.filename}"]
    for principal in (f"user:{OTHER}", "group:movers"):
        if principal.startswith("group:"):
            town.cli("group", "add", "movers")
        assert [status(town, path, BOB) for path in paths] == [200, 200]
        town.cli("grant", "add", "write", f"user:{USER}", "--project", "moving")
        assert [status(town, path, BOB) for path in paths] == [404, 404]
        town.cli("grant", "add", "read", principal, "--project", "mov*")
        if principal.startswith("group:"):
            assert [status(town, path, BOB) for path in paths] == [404, 404]
            town.cli("group", "add-member", "movers", OTHER)
        assert [status(town, path, BOB) for path in paths] == [200, 200]
        if principal.startswith("group:"):
            town.cli("group", "remove-member", "movers", OTHER)
            assert [status(town, path, BOB) for path in paths] == [404, 404]
            town.cli("group", "remove", "movers")
            assert "group:#" in town.cli("grant", "list", "--project", "moving")
            removed = next(line for line in town.cli("grant", "list").splitlines() if "group:#" in line)
            principal = removed.split()[1]
        town.cli("grant", "remove", "read", principal, "--project", "mov*")
        assert [status(town, path, BOB) for path in paths] == [404, 404]
        town.cli("grant", "remove", "write", f"user:{USER}", "--project", "moving")
        assert [status(town, path, BOB) for path in paths] == [200, 200]


def test_a_name_that_somebody_else_gets_inherits_nothing(town: Cellar) -> None:
    for password in ("a first passphrase", "a second passphrase"):
        town.cli("user", "add", "carol", "--password-stdin", input=password + "\n")
        if password.startswith("a first"):
            town.cli("grant", "add", "read", "user:carol", "--project", "hers")
            assert publish(town, wheel("hers", "1.0"), auth=ROOT).status_code == 200
            assert status(town, "/main/simple/hers/", ("carol", password)) == 200
        else:
            assert status(town, "/main/simple/hers/", ("carol", password)) == 404
        town.cli("user", "remove", "carol")
    # It is closed to everybody but administrators, not open again.
    assert [status(town, "/main/simple/hers/", who) for who in (ALICE, None, ROOT)] == [404, 401, 200]


def test_the_owner_grants_on_a_new_project(town: Cellar) -> None:
    assert publish(town, wheel("owned", "1.0")).status_code == 200
    grant = {"right": "read", "principal": f"user:{OTHER}", "index": "main", "project": "owned"}

    def post(who: tuple[str, str], **changes: str) -> int:
        address = town.url("/api/v1/grants")
        return requests.post(address, json={**grant, **changes}, auth=who, timeout=30).status_code

    assert post(BOB) == 403
    assert status(town, "/main/simple/owned/", None) == 200
    assert post(ALICE) == 201
    assert [status(town, "/main/simple/owned/", who) for who in PEOPLE] == [404, 200, 401]
    assert post(ALICE, right="delete") == 403
    assert publish(town, wheel("owned", "2.0")).status_code == 200
    assert publish(town, wheel("owned", "3.0"), auth=BOB).status_code == 403
    why = town.cli("why-access", USER, "Owned")
    assert "owners may write" in why
    assert "none gives it" in why


def test_commands_say_what_they_did_and_refuse_what_makes_no_sense(town: Cellar) -> None:
    words = ("read", "authenticated", "--index", "other", "--project", "Acme_*")
    assert "acme-* in the index other" in said(town, "grant", "add", *words)
    assert "already" in said(town, "grant", "add", *words)
    listed = town.cli("grant", "list", "--index", "other")
    assert "acme-*" in listed and "secret" not in listed
    assert "lists" in said(town, "grant", "remove", *words)
    for arguments in (
        ("grant", "remove", *words),
        ("grant", "add", "reads", "everyone"),
        ("grant", "add", "read", "somebody"),
        ("grant", "add", "read", "user:nobody-here"),
        ("grant", "add", "read", "everyone", "--index", "nowhere"),
        ("grant", "add", "read", "everyone", "--project", "*"),
        ("grant", "add", "admin", "everyone"),
        ("group", "add", "a group"),
        ("group", "remove", "no-group"),
        ("why-access", "nobody-here", "secret"),
    ):
        done = town.run(*arguments)
        assert done.returncode != 0, arguments
        assert done.stderr.startswith("cellar: "), done.stderr
