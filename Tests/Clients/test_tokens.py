"""Tokens: in their scope, in every way of HTTP, and no longer than they live. The clients: test_token_clients.py."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, BINARY, PASSWORD, USER, Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.http2 import Connection
from support.simple import JSON, Index
from support.tls import Certificate, SecureCellar
from support.token_texts import checksum
from support.upload import publish

pytestmark = pytest.mark.xdist_group("clients")

ROOT = (ADMIN, ADMIN_PASSWORD)
ALICE = (USER, PASSWORD)
# Nobody reads `team` without a login.
SECTIONS = {
    "server": {"log_format": "json"},
    "index.main": {},
    "index.team": {"read": ["authenticated"], "write": [f"user:{USER}", "service:ci"], "create": [f"user:{USER}"]},
}
NAMES = ["__token__", "aws", "oauth2accesstoken", "gitlab-ci-token", "_json_key_base64", USER, "", "ci+billing"]
TOKEN = re.compile(r"cellar_[0-9A-Za-z]{38}")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path_factory.mktemp("tokens"), SECTIONS)
    cellar.start()
    for name in ("needle", "thread"):
        assert publish(cellar, wheel(name, "1.0"), "/team/").status_code == 200
    yield cellar
    cellar.stop()


def create(cellar: Cellar, *arguments: str) -> str:
    """A new token: the command prints it alone."""
    printed = cellar.cli("token", "create", *arguments)
    assert TOKEN.fullmatch(printed.removesuffix("\n")), printed
    return printed.strip()


def ways(token: str) -> list[dict[str, object]]:
    """How a token may be sent, as arguments of requests."""
    basic = [{"auth": (user, token)} for user in NAMES]
    return [*basic, {"headers": {"Authorization": f"Bearer {token}"}}, {"headers": {"PRIVATE-TOKEN": token}}]


def status(cellar: Cellar, token: str, path: str = "/team/simple/needle/") -> int:
    return requests.get(cellar.url(path), auth=("__token__", token), timeout=30).status_code


def error_of(cellar: Cellar, token: str) -> str:
    answer = requests.get(cellar.url("/team/simple/"), auth=("__token__", token), timeout=30)
    assert answer.status_code == 401
    return answer.text


def test_the_checksum_is_the_one_that_is_documented(town: Cellar) -> None:
    token = create(town, "documented", "--user", USER)
    assert token == f"cellar_{token[7:39]}{checksum(token[7:39])}"
    with closing(sqlite3.connect(town.data / "cellar.db")) as database:
        dump = "\n".join(database.iterdump())
    assert token not in dump and token[7:39] not in dump


@pytest.mark.parametrize("user", ["__token__", USER, "gitlab-ci-token", "ci+nightly"])
@pytest.mark.parametrize("client", ["twine", "uv"])
def test_twine_and_uv_publish_with_a_token(
    town: Cellar, workbench: Workbench, tmp_path: Path, client: str, user: str
) -> None:
    project = f"{client}-{re.sub('[^a-z]+', '-', user).strip('-')}"
    token = create(town, f"publish-{project}", "--user", USER, "--index", "team", "--project", project)
    for name, works in ((project, True), ("needle", False)):
        distribution = wheel(name, "2.0")
        path = tmp_path / distribution.filename
        path.write_bytes(distribution.content)
        command = {
            "twine": ("twine", "upload", "--repository-url", town.url("/team/"), "-u", user, "-p", token, path),
            "uv": ("uv", "publish", "--publish-url", town.url("/team/"), "-u", user, "-p", token, path),
        }[client]
        done = workbench.run(*command, check=False, environment={"TWINE_USERNAME": "", "TWINE_PASSWORD": ""})
        assert (done.returncode == 0) == works, done.stdout + done.stderr
        if not works:
            assert "403" in done.stdout + done.stderr
    files = Index(town.base, "team", ("__token__", token)).links(project)
    assert [file.filename for file in files] == [wheel(project, "2.0").filename]
    shown = requests.get(town.url("/api/v1/audit?limit=1"), auth=ROOT, timeout=30).json()["lines"][0]
    assert (shown["action"], shown["actor"]) == ("file.publish", USER)


def test_a_token_is_sent_in_every_way(town: Cellar) -> None:
    token = create(town, "ways", "--user", USER)
    file = wheel("needle", "1.0")
    for path in ("/team/simple/needle/", f"/team/files/{file.sha256}/{file.filename}", "/api/v1/indexes"):
        for way in ways(token) * 2:
            answer = requests.get(town.url(path), timeout=30, **way)
            assert answer.status_code == 200, (path, way)
            if not path.startswith("/api/"):
                assert "PRIVATE-TOKEN" in answer.headers["Vary"]
    for scheme in (["-H", f"Authorization: Bearer {token}"], ["-H", f"private-token: {token}"], ["-u", f":{token}"]):
        done = subprocess.run(
            ["curl", "-sf", *scheme, town.url("/team/simple/needle/")], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 and "needle" in done.stdout
    both = {"auth": ALICE, "headers": {"PRIVATE-TOKEN": token}}
    answer = requests.get(town.url("/team/simple/"), timeout=30, **both)
    assert answer.status_code == 401 and "different credentials" in answer.text


def test_a_token_is_sent_over_http2(tmp_path_factory: pytest.TempPathFactory) -> None:
    certificate = Certificate(tmp_path_factory.mktemp("tls") / "certificate")
    server = SecureCellar(tmp_path_factory.mktemp("secure"), SECTIONS, certificate=certificate)
    token = create(server, "t", "--user", USER)
    server.start()
    try:
        with Connection(server) as connection:
            for headers in ([("authorization", f"Bearer {token}")], [("private-token", token)]):
                for path in ("/team/simple/", "/team/simple/", "/api/v1/indexes"):
                    assert connection.request(path, [("accept", JSON), *headers]).status == 200
            assert connection.request("/team/simple/", [("private-token", token + "x")]).status == 401
    finally:
        server.stop()


def test_a_token_of_a_machine_does_what_lists_and_grants_give_it(town: Cellar) -> None:
    done = town.run("token", "create", "ci", "--index", "team", "--expires", "12h")
    assert done.returncode == 0 and TOKEN.fullmatch(done.stdout.strip())
    assert "service:ci" in done.stderr and "cellar_" not in done.stderr
    token = done.stdout.strip()
    # The list write names it, the list create does not.
    assert publish(town, wheel("needle", "3.0"), "/team/", auth=("__token__", token)).status_code == 200
    assert publish(town, wheel("novel", "1.0"), "/team/", auth=("__token__", token)).status_code == 403
    town.cli("grant", "add", "create", "service:ci", "--index", "team")
    assert publish(town, wheel("novel", "1.0"), "/team/", auth=("__token__", token)).status_code == 200
    assert publish(town, wheel("novel", "1.0"), "/main/", auth=("__token__", token)).status_code == 403
    assert "yes" in town.cli("why-access", "service:ci", "needle", "--index", "team", "--token", "ci").splitlines()[1]
    group = [create(town, "g", "--group", name) for name in ["staff"] if town.cli("group", "add", name) == ""]
    assert status(town, group[0]) == 200
    town.cli("group", "remove", "staff")
    assert status(town, group[0]) == 401


def test_a_limited_token_reads_what_everyone_reads(town: Cellar) -> None:
    assert publish(town, wheel("common", "1.0"), "/main/").status_code == 200
    token = create(town, "limited", "--user", USER, "--index", "team", "--project", "needle", "--right", "write")
    assert [status(town, token, f"/{index}/simple/{name}/") for index, name in
            (("main", "common"), ("team", "needle"), ("team", "thread"))] == [200, 404, 404]  # fmt: skip
    reader = create(town, "reader", "--user", USER, "--index", "team", "--project", "needle", "--right", "read")
    assert Index(town.base, "team", ("__token__", reader)).projects() == ["needle"]
    assert set(Index(town.base, "team", ALICE).projects()) >= {"needle", "thread"}
    assert status(town, reader, "/team/simple/thread/") == 404


def test_a_command_ends_a_token_at_the_next_request(town: Cellar) -> None:
    town.cli("user", "add", "carol", "--password-stdin", input="a passphrase of carol's\n")
    for ending in ("revoke", "remove"):
        token = create(town, "short", "--user", "carol", "--expires", "15m")
        assert [status(town, token) for _ in range(3)] == [200] * 3
        if ending == "revoke":
            town.cli("token", "revoke", "short", "--user", "carol")
        else:
            town.cli("user", "remove", "carol")
        assert status(town, token) == 401
        assert "no such token" in error_of(town, token)


def test_an_administrators_token_is_one_no_longer_than_its_owner(town: Cellar) -> None:
    town.cli("user", "add", "chief", "--admin", "--password-stdin", input="a passphrase of the chief's\n")
    token = create(town, "chief", "--user", "chief")
    narrow = create(town, "chief-narrow", "--user", "chief", "--right", "read")
    assert [status(town, each, "/api/v1/audit") for each in (token, narrow)] == [200, 403]
    town.cli("user", "remove", "chief")
    assert status(town, token, "/api/v1/audit") == 401


def test_a_token_expires(town: Cellar) -> None:
    token = create(town, "expiring", "--user", USER)
    with closing(sqlite3.connect(town.data / "cellar.db")) as database, database:
        soon = int((time.time() + 3) * 1_000_000)
        changed = database.execute("UPDATE access_tokens SET expires_at = ? WHERE name = 'expiring'", (soon,))
        assert changed.rowcount == 1
    assert status(town, token) == 200
    while time.time() * 1_000_000 < soon:
        assert status(town, token) == 200 or time.time() * 1_000_000 >= soon
        time.sleep(0.1)
    assert status(town, token) == 401
    assert "expired at" in error_of(town, token)


def test_a_tag_is_in_the_access_log(town: Cellar) -> None:
    token = create(town, "tagged", "--user", USER)
    for user, password in ((f"{USER}+nightly", PASSWORD), ("ci+billing", token)):
        answer = requests.get(town.url("/team/simple/tagged/"), auth=(user, password), timeout=30)
        assert answer.status_code == 404
    town.eventually_logs("/team/simple/tagged/", 2)
    lines = [json.loads(line) for line in town.log.read_text().splitlines() if "/team/simple/tagged/" in line]
    assert {line["user"] for line in lines if "user" in line} == {f"{USER}+nightly", f"{USER}+billing"}


def test_the_commands_say_what_is_wrong(town: Cellar) -> None:
    create(town, "twice", "--user", USER)
    create(town, "twice", "--user", ADMIN)
    for arguments, code, words in (
        (("create", "twice", "--user", USER), 1, "has a token twice already"),
        (("create", "x", "--user", "nobody"), 1, "no user nobody"),
        (("create", "x", "--group", "nobody"), 1, "no group nobody"),
        (("create", "x", "--user", USER, "--group", "g"), 64, "one owner"),
        (("create", "x", "--user", USER, "--expires", "14m"), 64, "15m to 365d"),
        (("create", "x", "--user", USER, "--expires", "366d"), 64, "15m to 365d"),
        (("create", "x", "--user", USER, "--right", "fly"), 64, "fly is no right"),
        (("create", "x", "--user", USER, "--index", "nowhere"), 64, "no index nowhere"),
        (("create", "x", "--user", USER, "--project", "-"), 64, "cannot be a project's name"),
        (("create", "a b", "--user", USER), 64, "ASCII"),
        (("revoke", "twice"), 64, "say whose"),
        (("revoke", "absent"), 1, "no token absent"),
        (("revoke", "absent", "--user", USER), 1, "no token absent"),
    ):
        done = town.run("token", *arguments)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert words in done.stderr and not done.stdout, (arguments, done.stderr)
    listed = town.cli("token", "list", "--user", ADMIN).splitlines()
    assert len(listed) == 1 and "twice" in listed[0] and f"user:{ADMIN}" in listed[0]
    town.cli("token", "revoke", listed[0].split()[0])
    assert "no such tokens" in town.run("token", "list", "--user", ADMIN).stderr
    never = create(town, "never", "--user", USER, "--expires", "never")
    assert status(town, never) == 200
    assert "never expires" in town.cli("token", "list", "--user", USER)


def test_the_last_use_is_kept(town: Cellar) -> None:
    used, unused = (create(town, name, "--user", USER) for name in ("used", "unused"))
    assert unused and status(town, used) == 200
    town.stop()
    town.start()
    lines = {line.split()[1]: line for line in town.cli("token", "list", "--user", USER).splitlines()}
    assert "last used on" in lines["used"] and "not used yet" in lines["unused"]


def test_a_session_is_traded_and_ends_with_the_password(town: Cellar) -> None:
    town.cli("user", "add", "dora", "--password-stdin", input="a passphrase of dora's\n")
    answer = requests.post(town.url("/api/v1/auth/session"), auth=("dora", "a passphrase of dora's"), timeout=30)
    assert answer.status_code == 201, answer.text
    session = answer.json()["token"]
    again = requests.post(
        town.url("/api/v1/auth/session"), headers={"Authorization": f"Bearer {session}"}, json={"expires_in": 43200},
        timeout=30,
    )  # fmt: skip
    assert again.status_code == 201 and again.json()["expires_at"] <= answer.json()["expires_at"]
    kept = create(town, "kept", "--user", "dora")
    assert [status(town, token) for token in (session, again.json()["token"], kept)] == [200] * 3
    town.cli("user", "password", "dora", "--password-stdin", input="another passphrase of dora's\n")
    assert [status(town, token) for token in (session, again.json()["token"], kept)] == [401, 401, 200]


def login(server: str, home: Path, secret: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BINARY, "login", "--server", server, "--password-stdin", *arguments],
        input=secret + "\n", capture_output=True, text=True, timeout=60,
        env={"PATH": "/usr/bin:/bin", "XDG_CONFIG_HOME": str(home)},
    )  # fmt: skip


def test_login_keeps_a_session_that_only_the_user_reads(town: Cellar, tmp_path: Path) -> None:
    file = tmp_path / "cellar" / "credentials.json"
    done = login(town.base + "/", tmp_path, PASSWORD, "--user", USER, "--lifetime", "4h")
    assert done.returncode == 0, done.stderr
    assert str(file) in done.stderr and "cellar_" not in done.stdout + done.stderr
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    first = json.loads(file.read_text())["servers"][town.base]
    assert first["owner"] == f"user:{USER}" and status(town, first["token"]) == 200
    # A longer token is traded, too; the new session takes the place of the old one.
    longer = create(town, "longer", "--user", USER, "--index", "team", "--right", "read")
    assert login(town.base, tmp_path, longer).returncode == 0
    second = json.loads(file.read_text())["servers"][town.base]
    assert second["token"] not in (first["token"], longer) and status(town, second["token"]) == 200
    assert "read in the index team" in town.cli("token", "list", "--user", USER)
    kept = file.read_text()
    for server, secret, arguments, code, words in (
        (town.base, "wrong", ("--user", USER), 1, "password is wrong"),
        (town.base, longer + "x", (), 1, "mistyped"),
        (town.base, "", (), 64, "No password"),
        (town.base, PASSWORD, (), 64, "--user"),
        (town.base, PASSWORD, ("--user", USER, "--lifetime", "13h"), 64, "15m to 12h"),
        ("pypi.example.com", PASSWORD, ("--user", USER), 64, "--server must be"),
        ("http://pypi.example.com", PASSWORD, ("--user", USER), 64, "not encrypted"),
        ("http://127.0.0.1:9", PASSWORD, ("--user", USER), 69, "does not answer"),
        (town.url("/main/simple"), PASSWORD, ("--user", USER), 1, "no server of this kind"),
    ):
        refused = login(server, tmp_path, secret, *arguments)
        assert refused.returncode == code, (server, arguments, refused.stderr)
        assert words in refused.stderr and longer not in refused.stderr, refused.stderr
    assert file.read_text() == kept
    file.write_text("{")
    assert "move it away" in login(town.base, tmp_path, PASSWORD, "--user", USER).stderr
