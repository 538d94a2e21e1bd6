"""Tokens that the configuration declares: with any database, read-only elsewhere, and gone when they are taken out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.upload import publish

pytestmark = pytest.mark.xdist_group("clients")

ROOT = (ADMIN, ADMIN_PASSWORD)
LISTED = ["user:ada", "group:staff", "service:deploy"]


class Town:
    """A server whose people and tokens stand in its configuration alone, and the tokens by their names."""

    def __init__(self, root: Path) -> None:
        self.cellar = Cellar(root, users=False)
        self.people = {
            name: self.cellar.run("hash-password", input=f"a long passphrase of {name}'s\n").stdout.strip()
            for name in ("ada", ADMIN)
        }
        self.tokens: dict[str, str] = {}
        self.hashes: dict[str, str] = {}
        for name in ("hers", "theirs", "deploy", "spare"):
            made = self.cellar.run("token", "hash", "--new")
            assert made.returncode == 0, made.stderr
            self.tokens[name] = made.stdout.removesuffix("\n")
            self.hashes[name] = hashlib.sha256(self.tokens[name].encode()).hexdigest()
            assert f'hash = "{self.hashes[name]}"' in made.stderr and "cellar_" not in made.stderr
            again = self.cellar.run("token", "hash", input=made.stdout)
            assert (again.stdout, again.stderr) == (self.hashes[name] + "\n", "")

    def sections(self, **changes: Mapping[str, object] | None) -> dict[str, Mapping[str, object]]:
        """The configuration; a token is taken out by None."""
        tokens: dict[str, Mapping[str, object] | None] = {
            "hers": {"user": "ada", "rights": ["read"], "expires": "2099-01-01"},
            "theirs": {"group": "staff", "indexes": ["team"], "expires": "never"},
            "deploy": {"service": "deploy", "projects": ["needle"], "indexes": ["team"], "expires": "2099-01-01"},
            **changes,
        }
        return {
            "server": {"rebuild_on_empty": True},
            "index.main": {},
            "index.team": {"read": LISTED, "write": LISTED[1:], "create": ["group:staff"]},
            "groups": {"staff": ["ada"]},
            "grants": {"add": ["write service:deploy --index team"] if tokens["deploy"] else []},
            **{f"users.{name}": {"password_hash": hash, "admin": name == ADMIN} for name, hash in self.people.items()},
            **{
                f"tokens.{name}": {"hash": self.hashes[name], **keys}
                for name, keys in tokens.items()
                if keys is not None
            },
        }

    def reconfigure(self, **changes: Mapping[str, object] | None) -> None:
        self.cellar.stop()
        self.cellar.configure(self.sections(**changes))
        self.cellar.start()

    def status(self, name: str, path: str = "/team/simple/needle/") -> int:
        return requests.get(
            self.cellar.url(path), headers={"Authorization": f"Bearer {self.tokens[name]}"}, timeout=30
        ).status_code

    def statuses(self) -> dict[str, int]:
        return {name: self.status(name) for name in self.tokens}

    def upload(self, name: str, version: str, project: str = "needle") -> int:
        return publish(
            self.cellar, wheel(project, version), "/team/", auth=("__token__", self.tokens[name])
        ).status_code


ALL = {"hers": 200, "theirs": 200, "deploy": 200, "spare": 401}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "town")
    made.cellar.configure(made.sections())
    made.cellar.start()
    assert made.upload("theirs", "1.0") == 200
    yield made
    made.cellar.stop()


def test_declared_tokens_do_what_is_declared(town: Town, workbench: Workbench) -> None:
    assert town.statuses() == ALL
    assert [town.upload(name, "2.0") for name in ("hers", "deploy", "theirs")] == [403, 200, 200]
    assert town.upload("deploy", "1.0", "thread") == 403
    address = f"http://__token__:{town.tokens['hers']}@127.0.0.1:{town.cellar.port}/team/simple/"
    python = workbench.virtual_environment()
    workbench.run("uv", "pip", "install", "--no-cache", "--python", python, "--index-url", address, "needle")
    lines = requests.get(town.cellar.url("/api/v1/audit?action=file.publish"), auth=ROOT, timeout=30).json()["lines"]
    assert {line["actor"] for line in lines} == {"service:deploy", "group:staff"}


def test_they_are_listed_and_changed_only_in_the_file(town: Town) -> None:
    listed = town.cellar.cli("token", "list").splitlines()
    assert len(listed) == 3 and all(line.endswith(", in the configuration") for line in listed)
    assert "expires at 2099-01-01" in listed[0] or "expires at 2099-01-01" in listed[1]
    where = "The configuration declares the token deploy of service:deploy: take it out there, in [tokens.deploy]"
    tokens = requests.get(town.cellar.url("/api/v1/tokens"), auth=ROOT, timeout=30).json()["tokens"]
    assert all(token["declared"] and token["created_by"] == "configuration" for token in tokens)
    number = next(token["id"] for token in tokens if token["name"] == "deploy")
    for arguments in (
        ("token", "revoke", "deploy"),
        ("token", "revoke", f"#{number}"),
        ("service", "remove", "deploy"),
    ):
        done = town.cellar.run(*arguments)
        assert done.returncode == 1 and where in done.stderr, done.stderr
    for way in ({"auth": ROOT}, {"headers": {"Authorization": f"Bearer {town.tokens['deploy']}"}}):
        answer = requests.delete(town.cellar.url(f"/api/v1/tokens/{number}"), timeout=30, **way)
        assert answer.status_code == 409 and where in answer.json()["message"], answer.text
    done = town.cellar.run("token", "create", "deploy", "--service", "deploy")
    assert done.returncode == 1 and "has a token deploy already" in done.stderr
    assert town.statuses() == ALL


def test_a_throw_away_database_makes_no_difference(town: Town) -> None:
    town.cellar.stop()
    for file in town.cellar.data.glob("cellar.db*"):
        file.unlink()
    town.cellar.start()
    assert town.statuses() == ALL
    assert town.upload("deploy", "3.0") == 200


def test_what_is_taken_out_or_changed_ends(town: Town) -> None:
    headers = {"Authorization": f"Bearer {town.tokens['hers']}"}
    traded = requests.post(town.cellar.url("/api/v1/auth/session"), headers=headers, timeout=30).json()["token"]
    town.tokens["traded"] = traded
    assert town.statuses() == {**ALL, "traded": 200}
    # Without a change nothing ends.
    town.reconfigure()
    assert town.statuses() == {**ALL, "traded": 200}
    town.reconfigure(deploy=None, hers={"user": "ada", "rights": ["write"], "expires": "2099-01-01"})
    assert town.statuses() == {"hers": 404, "theirs": 200, "deploy": 401, "spare": 401, "traded": 401}
    assert "deploy" in town.cellar.cli("service", "list")
    town.reconfigure(hers={"user": "ada", "expires": "2020-01-01"})
    assert town.statuses() == {**ALL, "hers": 401, "traded": 401}
    assert "expired at 2020-01-01" in town.cellar.cli("token", "list", "--user", "ada")
    town.reconfigure()
    assert town.statuses() == {**ALL, "traded": 401}


def test_a_command_puts_a_change_of_the_file_into_force(town: Town) -> None:
    """The server hears of it at the next request."""
    town.cellar.configure(town.sections(deploy=None))
    assert town.status("deploy") == 200
    town.cellar.cli("token", "list")
    assert town.statuses() == {**ALL, "deploy": 401}


def test_a_token_of_the_database_moves_into_the_file(town: Town) -> None:
    """Its hash is declared, and it stays good; one of the same name gives way."""
    town.tokens["moving"] = town.cellar.cli("token", "create", "spare", "--user", "ada").strip()
    town.tokens["other"] = town.cellar.cli("token", "create", "moved", "--service", "deploy").strip()
    assert [town.status(name) for name in ("moving", "other")] == [200, 200]
    town.hashes["moved"] = town.cellar.run("token", "hash", input=town.tokens["moving"] + "\n").stdout.strip()
    town.reconfigure(moved={"service": "deploy", "expires": "never"})
    assert [town.status(name) for name in ("moving", "other")] == [200, 401]
    assert len(town.cellar.cli("token", "list", "--user", "ada").splitlines()) == 1


def test_the_hash_may_be_in_a_file_and_what_is_no_token_has_none(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "hash"
    file.write_text(town.hashes["spare"] + "\n")
    town.cellar.stop()
    sections = town.sections()
    sections["tokens.spare"] = {"service": "deploy", "hash_file": str(file), "expires": "never"}
    town.cellar.configure(sections)
    town.cellar.start()
    assert town.status("spare") == 200
    for text, words in (("", "No token was given"), (town.tokens["hers"][:-1], "checksum"), ("x", "checksum")):
        done = town.cellar.run("token", "hash", input=text + "\n" if text else "")
        assert done.returncode == 64 and words in done.stderr and not done.stdout
        assert town.tokens["hers"][:-1] not in done.stderr


@pytest.mark.parametrize(
    ("text", "line", "meant"),
    [
        ("[tokens.ci]\nservice = 'ci'\nexpires = 'never'", 1, "`cellar token hash` prints the hash of a token"),
        ("[tokens.ci]\nservice = 'ci'\nhash_file = '/nowhere'", 3, "no such file"),
        ("[tokens.ci]\nhash = 'cellar_secret'\nservice = 'ci'", 2, "not the token itself"),
    ],
)
def test_a_bad_declaration_stops_the_start(tmp_path: Path, text: str, line: int, meant: str) -> None:
    cellar = Cellar(tmp_path / "bad", users=False)
    cellar.config.write_text(text + "\n")
    done = cellar.run("serve", timeout=30)
    assert done.returncode == 78
    assert f"cellar.toml:{line}: " in done.stderr and meant in done.stderr, done.stderr
    assert "cellar_secret" not in done.stderr
