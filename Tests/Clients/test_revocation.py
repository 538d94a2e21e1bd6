"""What one process takes away is gone at the next request to another, whatever that one has in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, Cellar
from support.distributions import wheel
from support.upload import publish

pytestmark = pytest.mark.xdist_group("token-clients")

ROUNDS = 4
PROJECT = wheel("kept", "1.0")
# A page and a file, as the fast lane answers them, and what the router answers.
PATHS = [
    "/team/simple/", "/team/simple/kept/", f"/team/files/{PROJECT.sha256}/{PROJECT.filename}",
    f"/team/files/{PROJECT.sha256}/{PROJECT.filename}.metadata", "/team/pypi/kept/json",
    "/api/v1/indexes/team/projects/kept",
]  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two servers with one database: one is asked, and at the other everything is changed."""

    asked: Cellar
    other: Cellar
    session: requests.Session
    admin: requests.Session

    def statuses(self, **login: object) -> list[int]:
        return [self.session.get(self.asked.url(path), timeout=30, **login).status_code for path in PATHS]

    def warm(self, expected: int, **login: object) -> None:
        for _ in range(3):
            assert self.statuses(**login) == [expected] * len(PATHS)

    def change(self, method: str, path: str, body: object = None, expected: int = 200) -> dict[str, object]:
        answer = self.admin.request(method, self.other.url(f"/api/v1{path}"), json=body, timeout=30)
        assert answer.status_code == expected, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def token(self, owner: str, name: str = "t", **more: object) -> dict[str, object]:
        return self.change("POST", "/tokens", {"name": name, "owner": owner, **more}, expected=201)

    def person(self, name: str, password: str = "a long passphrase", **more: object) -> tuple[str, str]:
        self.change("POST", "/users", {"name": name, "password": password, **more}, expected=201)
        return name, password


@contextmanager
def sessions() -> Iterator[tuple[requests.Session, requests.Session]]:
    with requests.Session() as session, requests.Session() as admin:
        session.trust_env = admin.trust_env = False
        admin.auth = (ADMIN, ADMIN_PASSWORD)
        yield session, admin


# SQLite shows at once whether anything was committed; PostgreSQL only by a read, which may take its time.
@pytest.fixture(scope="module", params=["", "20"], ids=["mark", "reads"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    root: Path = tmp_path_factory.mktemp("revocation")
    environment = {"CELLAR_FRESHNESS_DELAY": request.param}
    # Whom lists name reads `team`; `main` is there for grants on the server.
    indexes = {"index.main": {"read": ["authenticated"]}, "index.team": {"read": [], "write": [], "create": []}}
    asked = Cellar(root / "asked", indexes)
    other = Cellar(root / "other", {**indexes, "server": {"data_dir": str(asked.data)}}, users=False)
    try:
        asked.start(environment)
        other.start(environment)
        assert publish(asked, PROJECT, "/team/", auth=(ADMIN, ADMIN_PASSWORD)).status_code == 200
        with sessions() as (session, admin):
            yield Pair(asked, other, session, admin)
        asked.stop()
        other.stop()
    finally:
        asked.kill()
        other.kill()


def bearer(token: object) -> dict[str, object]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


def reader(pair: Pair, name: str, **more: object) -> tuple[str, str]:
    """A person who may read the index."""
    login = pair.person(name, **more)
    pair.change("POST", "/grants", {"right": "read", "principal": f"user:{name}", "index": "team"}, expected=201)
    return login


@pytest.mark.parametrize("round", range(ROUNDS))
def test_a_token_and_those_that_it_made(pair: Pair, round: int) -> None:
    reader(pair, f"owner-{round}")
    token = pair.token(f"user:owner-{round}")
    made = requests.post(
        pair.asked.url("/api/v1/tokens"), json={"name": "child"}, timeout=30, **bearer(token["token"])
    ).json()  # fmt: skip
    session = requests.post(pair.asked.url("/api/v1/auth/session"), timeout=30, **bearer(made["token"])).json()
    texts = [one["token"] for one in (token, made, session)]
    for text in texts:
        pair.warm(200, **bearer(text))
    pair.change("DELETE", f"/tokens/{token['id']}")
    assert [pair.statuses(**bearer(text)) for text in texts] == [[401] * len(PATHS)] * 3
    assert publish(pair.asked, wheel("kept", "2.0"), "/team/", auth=("__token__", texts[0])).status_code == 401


@pytest.mark.parametrize("round", range(ROUNDS))
def test_a_session_by_itself_and_by_its_password(pair: Pair, round: int) -> None:
    login = reader(pair, f"visitor-{round}")
    sessions = [requests.post(pair.asked.url("/api/v1/auth/session"), auth=login, timeout=30).json() for _ in range(2)]
    for session in sessions:
        pair.warm(200, **bearer(session["token"]))
    pair.change("DELETE", f"/tokens/{sessions[0]['id']}")
    assert [set(pair.statuses(**bearer(session["token"]))) for session in sessions] == [{401}, {200}]
    pair.change("PUT", f"/users/{login[0]}/password", {"password": "another long passphrase"})
    assert set(pair.statuses(**bearer(sessions[1]["token"]))) == {401}
    assert set(pair.statuses(auth=login)) == {401}


@pytest.mark.parametrize("round", range(ROUNDS))
def test_a_grant_is_given_and_taken_back(pair: Pair, round: int) -> None:
    login = pair.person(f"guest-{round}")
    token = pair.token(f"user:guest-{round}")["token"]
    for scope in ({}, {"index": "team"}, {"index": "team", "project": "kept"}):
        grant = {"right": "read", "principal": f"user:guest-{round}", **scope}
        pair.warm(404, auth=login)
        given = pair.change("POST", "/grants", grant, expected=201)
        # A project's own grant opens the project alone, and its index for its sake.
        assert set(pair.statuses(auth=login)[1:]) == set(pair.statuses(**bearer(token))[1:]) == {200}
        pair.statuses(auth=login)
        pair.change("DELETE", f"/grants/{given['id']}")
        assert set(pair.statuses(auth=login)) == set(pair.statuses(**bearer(token))) == {404}


@pytest.mark.parametrize("round", range(ROUNDS))
def test_a_group_loses_a_member_and_goes(pair: Pair, round: int) -> None:
    login, group = pair.person(f"member-{round}"), f"crew-{round}"
    pair.change("POST", "/groups", {"name": group}, expected=201)
    pair.change("POST", "/grants", {"right": "read", "principal": f"group:{group}", "index": "team"}, expected=201)
    token = pair.token(f"group:{group}")["token"]
    pair.warm(404, auth=login)
    pair.change("PUT", f"/groups/{group}/members/{login[0]}")
    pair.warm(200, auth=login)
    pair.warm(200, **bearer(token))
    pair.change("DELETE", f"/groups/{group}/members/{login[0]}")
    assert set(pair.statuses(auth=login)) == {404}
    assert set(pair.statuses(**bearer(token))) == {200}
    pair.change("PUT", f"/groups/{group}/members/{login[0]}")
    pair.warm(200, auth=login)
    pair.change("DELETE", f"/groups/{group}")
    assert set(pair.statuses(auth=login)) == {404}
    assert set(pair.statuses(**bearer(token))) == {401}


@pytest.mark.parametrize("round", range(ROUNDS))
def test_a_removed_person_and_a_removed_service_account(pair: Pair, round: int) -> None:
    login = reader(pair, f"leaver-{round}")
    token = pair.token(f"user:{login[0]}")["token"]
    session = requests.post(pair.asked.url("/api/v1/auth/session"), auth=login, timeout=30).json()["token"]
    account = f"machine-{round}"
    pair.change("POST", "/service-accounts", {"name": account}, expected=201)
    pair.change("POST", "/grants", {"right": "read", "principal": f"service:{account}", "index": "team"}, expected=201)
    machine = pair.token(f"service:{account}")["token"]
    ways = [{"auth": login}, bearer(token), bearer(session), bearer(machine)]
    for way in ways:
        pair.warm(200, **way)
    pair.change("DELETE", f"/users/{login[0]}")
    assert [set(pair.statuses(**way)) for way in ways] == [{401}, {401}, {401}, {200}]
    pair.change("DELETE", f"/service-accounts/{account}")
    assert set(pair.statuses(**ways[3])) == {401}
    # Whoever gets the name later is somebody else.
    pair.person(*login)
    assert [set(pair.statuses(**way)) for way in ways[:3]] == [{404}, {401}, {401}]
    pair.change("DELETE", f"/users/{login[0]}")


@pytest.mark.parametrize("round", range(ROUNDS))
def test_an_administrator_is_one_no_more(pair: Pair, round: int) -> None:
    login = pair.person(f"chief-{round}", administrator=True)
    token = pair.token(f"user:{login[0]}")["token"]
    for way in ({"auth": login}, bearer(token)):
        pair.warm(200, **way)
    pair.change("PATCH", f"/users/{login[0]}", {"administrator": False})
    for way in ({"auth": login}, bearer(token)):
        assert set(pair.statuses(**way)) == {404}
        answer = requests.get(pair.asked.url("/api/v1/audit"), timeout=30, **way)
        assert answer.status_code == 403


def test_commands_do_the_same(pair: Pair) -> None:
    """A command is one more process."""
    login = reader(pair, "ordered")
    token = pair.asked.cli("token", "create", "t", "--user", "ordered").strip()
    steps: list[tuple[Callable[[], object], list[set[int]]]] = [
        (lambda: pair.other.cli("token", "revoke", "t", "--user", "ordered"), [{200}, {401}]),
        (lambda: pair.other.cli("grant", "remove", "read", "user:ordered", "--index", "team"), [{404}, {401}]),
        (lambda: pair.other.cli("user", "remove", "ordered"), [{401}, {401}]),
    ]
    pair.warm(200, auth=login)
    pair.warm(200, **bearer(token))
    for step, expected in steps:
        step()
        assert [set(pair.statuses(auth=login)), set(pair.statuses(**bearer(token)))] == expected
