"""People of a directory: real slapd, the real server, and real clients."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.ldap_tools import ldap, search
from support.servers import Directory
from support.upload import publish
from support.waiting import eventually

# With the tests of the test servers, so that one process starts slapd once.
pytestmark = pytest.mark.xdist_group("servers")

ROOT = (ADMIN, ADMIN_PASSWORD)
ALICE, BOB, CAROL = [(name, f"{name}-secret") for name in ("alice", "bob", "carol")]
WILD = ("wild*(card)\\", "wild-secret")
JUNIOR = ('#1, "Jr." <x>+;=', "junior-secret")
JUERGEN = ("jürgen", "juergen-secret")
MANAGER = ("cn=root,dc=example,dc=org", "root-secret")
GROUPS = {"developers": [], "staff": []}

Login = tuple[str, str]


def ldap_section(directory: Directory, **changes: object) -> dict[str, object]:
    """[ldap] for the test directory; None takes a key out."""
    section = {
        "urls": [directory.address],
        "bind_dn": Directory.READER,
        "bind_password": Directory.READER_PASSWORD,
        "user_search_base": Directory.PEOPLE,
        "admin_group": f"cn=admins,{Directory.GROUPS}",
        "connect_timeout": "1s",
        "timeout": "2s",
        "cache_time": "1s",
        "recheck": "1s",
        **changes,
    }
    return {key: value for key, value in section.items() if value is not None}


def configured(cellar: Cellar, directory: Directory, **changes: object) -> Cellar:
    cellar.configure(
        {
            "index.main": {"read": ["group:developers"], "write": ["group:staff"]},
            "index.open": {},
            "groups": GROUPS,
            "ldap": ldap_section(directory, **changes),
        }
    )
    return cellar


def town_of(folder: Path, directory: Directory, **changes: object) -> Cellar:
    cellar = configured(Cellar(folder / "town", users=False), directory, **changes)
    cellar.cli("user", "add", ADMIN, "--admin", "--password-stdin", input=ADMIN_PASSWORD + "\n")
    cellar.start()
    return cellar


@pytest.fixture(scope="module")
def town(directory: Directory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    cellar = town_of(tmp_path_factory.mktemp("directory"), directory)
    assert publish(cellar, wheel("needle", "1.0"), auth=ROOT).status_code == 200
    yield cellar
    cellar.stop()
    log = cellar.log.read_text()
    assert "-secret" not in log, "a password stands in the log"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Directory]:
    """A directory that one test may change."""
    monkeypatch.delenv("TEST_SERVERS", raising=False)
    with Directory.started(tmp_path / "slapd") as started:
        yield started


def get(cellar: Cellar, login: Login | None, path: str = "/simple/needle/", **options: object) -> requests.Response:
    auth = (login[0].encode(), login[1].encode()) if login else None
    return requests.get(cellar.url(path), auth=auth, timeout=30, **options)  # type: ignore[arg-type]


def status(cellar: Cellar, login: Login | None, path: str = "/simple/needle/") -> int:
    return get(cellar, login, path).status_code


def bearer(cellar: Cellar, token: str, path: str = "/simple/needle/") -> int:
    return requests.get(cellar.url(path), headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code


def users(cellar: Cellar) -> dict[str, Mapping[str, object]]:
    listed = requests.get(cellar.url("/api/v1/users"), auth=ROOT, timeout=30).json()["users"]
    return {user["name"]: user for user in listed}


def subject(directory: Directory, condition: str) -> str:
    (entry,) = search(directory, condition, "entryUUID")
    return entry["entryUUID"][0]


def changed(directory: Directory, ldif: str, tmp_path: Path) -> None:
    file = tmp_path / "change.ldif"
    file.write_text(ldif)
    done = ldap(directory, "ldapmodify", "-f", str(file), bind=MANAGER)
    assert done.returncode == 0, done.stderr


# Signing in


def test_groups_and_role_decide_what_people_may_do(town: Cellar, directory: Directory) -> None:
    table = {name: status(town, login) for name, login in {"alice": ALICE, "bob": BOB, "carol": CAROL}.items()}
    # carol is an administrator.
    assert table == {"alice": 200, "bob": 404, "carol": 200}
    assert status(town, CAROL, "/api/v1/users") == 200 and status(town, ALICE, "/api/v1/users") == 403
    alice = users(town)["alice"]
    assert alice["groups"] == ["developers", "staff"] and alice["administrator"] is False and alice["password"] is False
    (link,) = alice["links"]  # type: ignore[misc]
    assert link["provider"] == "ldap" and link["subject"] == subject(directory, "(uid=alice)")
    assert users(town)["carol"]["administrator"] is True
    why = town.cli("why-access", "alice", "needle")
    assert re.search(r"read +yes", why) and "developers" in why, why
    listed = town.cli("user", "list")
    assert f"linked: ldap {link['subject']}  groups: developers, staff" in listed


def test_clients_sign_in(town: Cellar, workbench: Workbench, tmp_path: Path) -> None:
    made = wheel("thread", "1.0")
    file = tmp_path / made.filename
    file.write_bytes(made.content)
    workbench.run("twine", "upload", "--repository-url", town.url("/main/"), "-u", ALICE[0], "-p", ALICE[1], file)
    python = workbench.virtual_environment_with_pip()
    index = town.url("/main/simple/").replace("http://", f"http://{ALICE[0]}:{ALICE[1]}@")
    workbench.run(python, "-m", "pip", "install", "--index-url", index, "thread")
    workbench.run("uv", "pip", "install", "--python", python, "--reinstall", "--index-url", index, "thread", "needle")
    refused = workbench.run(
        python, "-m", "pip", "download", "--no-deps", "--index-url", index.replace("alice-secret", "no"), "needle",
        check=False,
    )  # fmt: skip
    assert refused.returncode != 0
    uploaded = requests.get(town.url("/api/v1/indexes/main/projects/thread"), auth=ROOT, timeout=30).json()
    assert "alice" in str(uploaded)


def test_what_proves_nothing_is_refused_alike(town: Cellar) -> None:
    wrong = [
        ("alice", "wrong"), ("nobody", "alice-secret"), ("twin", "twin-secret"), ("erin", "erin-secret"),
        ("*", "alice-secret"), ("al*", "alice-secret"), ("alice)(uid=*", "alice-secret"), ("dave", "dave-secret"),
        ("uid=alice,ou=people,dc=example,dc=org", "alice-secret"), (Directory.READER, Directory.READER_PASSWORD),
    ]  # fmt: skip
    answers = [get(town, login) for login in wrong]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    # An empty password binds as nobody, and "succeeds": here it counts as no credentials.
    for user in ("alice", "carol", ""):
        assert status(town, (user, "")) == 401
        assert status(town, (user, ""), "/api/v1/users") == 401


def test_names_that_no_user_can_have_are_linked_by_an_administrator(town: Cellar, directory: Directory) -> None:
    for login, condition, name in [
        (WILD, "(cn=Wildcard)", "wild"), (JUNIOR, "(cn=Junior)", "junior"), (JUERGEN, "(cn=Juergen)", "juergen"),
    ]:  # fmt: skip
        identity = subject(directory, condition)
        answer = get(town, login)
        assert answer.status_code == 403 and f"--subject '{identity}'" in answer.text, answer.text
        assert status(town, (login[0], "wrong")) == 401
        town.cli("user", "add", name, "--password-stdin", input="a long passphrase\n")
        town.cli("user", "link", name, "--provider", "ldap", "--subject", identity)
        # wild is in staff, junior in developers.
        assert status(town, login) == (200 if name == "junior" else 404)
        assert status(town, (name, "a long passphrase")) == 401
    assert users(town)["wild"]["groups"] == ["staff"]


def test_nobody_is_taken_over_by_name(directory: Directory, tmp_path: Path) -> None:
    cellar = Cellar(tmp_path / "town", users=False)
    for name in (ADMIN, "alice", "bob"):
        cellar.cli("user", "add", name, "--admin", "--password-stdin", input=ADMIN_PASSWORD + "\n")
    configured(cellar, directory)
    cellar.start()
    assert publish(cellar, wheel("needle", "1.0"), auth=ROOT).status_code == 200
    # Who has a password here has no other.
    assert status(cellar, ALICE) == 401 and status(cellar, ("alice", ADMIN_PASSWORD)) == 200
    cellar.cli("user", "link", "bob", "--provider", "ldap", "--subject", subject(directory, "(uid=alice)"))
    # alice of the directory is bob here, and bob of the directory is somebody who has no name left.
    assert users(cellar)["bob"]["groups"] == []
    assert status(cellar, ("bob", ADMIN_PASSWORD)) == 401
    answer = get(cellar, BOB)
    assert answer.status_code == 403 and "There is a user bob here already" in answer.text
    again = cellar.run("user", "link", "alice", "--provider", "ldap", "--subject", subject(directory, "(uid=alice)"))
    assert again.returncode != 0 and "is bob here" in again.stderr
    cellar.stop()


def test_wrong_passwords_are_slowed_down_as_local_ones(directory: Directory, tmp_path: Path) -> None:
    cellar = town_of(tmp_path, directory)
    answers = [status(cellar, ("carol", f"guess {number}"), "/api/v1/users") for number in range(8)]
    assert answers[:5] == [401] * 5 and answers[-1] == 429
    assert status(cellar, ALICE, "/api/v1/indexes") == 200
    cellar.stop()


# The connection


@pytest.mark.parametrize("kind", ["StartTLS", "ldaps"])
def test_connections_are_encrypted_and_certificates_checked(kind: str, directory: Directory, tmp_path: Path) -> None:
    address = directory.tls_address if kind == "ldaps" else directory.address
    tls = {"urls": [address], "start_tls": True, "ca_file": str(directory.ca)}
    cellar = town_of(tmp_path, directory, **tls)
    before = directory.log.stat().st_size
    assert status(cellar, ALICE, "/api/v1/indexes") == 200
    assert "TLS established" in directory.log.read_bytes()[before:].decode()
    assert re.search(r"Directory: +ok", cellar.cli("check"))
    cellar.stop()
    # The system's authorities do not know this one, and no certificate is for this name.
    for wrong in ({**tls, "ca_file": None}, {**tls, "urls": [address.replace("127.0.0.1", "127.0.0.2")]}):
        configured(cellar, directory, **wrong)
        cellar.start()
        answer = get(cellar, ALICE)
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1
        cellar.stop()
        checked = cellar.run("check")
        assert checked.returncode != 0 and re.search(r"Directory: +WRONG", checked.stdout)


def test_check_says_whether_the_service_user_binds(directory: Directory, tmp_path: Path) -> None:
    cellar = configured(Cellar(tmp_path / "town"), directory)
    assert re.search(r"Directory: +ok", cellar.cli("check"))
    for change, reason in [
        ({"bind_password": "wrong"}, "Invalid credentials"),
        ({"urls": ["ldap://127.0.0.1:1"]}, "Can't contact LDAP server"),
    ]:
        configured(cellar, directory, **change)
        done = cellar.run("check")
        assert done.returncode != 0 and re.search(r"Directory: +WRONG", done.stdout) and reason in done.stdout
        assert "reader-secret" not in done.stdout + done.stderr


def test_the_library_is_opened_only_for_a_directory(town: Cellar, tmp_path: Path) -> None:
    def maps(cellar: Cellar) -> str:
        assert cellar.process is not None
        return Path(f"/proc/{cellar.process.pid}/maps").read_text()

    assert "libldap" in maps(town)
    alone = Cellar(tmp_path / "alone", users=False)
    alone.start()
    try:
        assert "libldap" not in maps(alone)
    finally:
        alone.stop()


def test_referrals_are_followed_only_if_wanted(directory: Directory, tmp_path: Path) -> None:
    cellar = town_of(tmp_path, directory, user_search_base=Directory.BASE)
    dave = ("dave", "dave-secret")
    assert status(cellar, dave, "/api/v1/indexes") == 401 and status(cellar, ALICE, "/api/v1/indexes") == 200
    cellar.stop()
    configured(cellar, directory, user_search_base=Directory.BASE, referrals="follow").start()
    assert status(cellar, dave, "/api/v1/indexes") == 200
    assert status(cellar, ("dave", "wrong"), "/api/v1/indexes") == 401
    cellar.stop()


def test_people_are_found_by_a_format_of_names(directory: Directory, tmp_path: Path) -> None:
    changes = {
        "user_dn_format": f"uid={{username}},{Directory.PEOPLE}", "user_search_base": None, "bind_dn": None,
        "bind_password": None,
    }  # fmt: skip
    cellar = town_of(tmp_path, directory, **changes)
    assert publish(cellar, wheel("needle", "1.0"), auth=ROOT).status_code == 200
    assert status(cellar, ALICE) == 200 and status(cellar, BOB) == 404
    assert status(cellar, ("alice", "wrong")) == 401 and status(cellar, ("alice", "")) == 401
    assert users(cellar)["alice"]["groups"] == ["developers", "staff"]
    cellar.stop()


def test_a_silent_directory_holds_up_only_its_people(own: Directory, tmp_path: Path) -> None:
    cellar = town_of(tmp_path, own)
    assert publish(cellar, wheel("needle", "1.0"), auth=ROOT).status_code == 200
    assert status(cellar, ALICE) == 200
    token = cellar.cli("token", "create", "ci", "--user", "alice").strip()
    process = int((tmp_path / "slapd" / "slapd.pid").read_text())
    os.kill(process, signal.SIGSTOP)
    try:
        time.sleep(1.1)
        answer = get(cellar, ALICE)
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1
        assert "directory" in answer.text and "127.0.0.1" not in answer.text
        started = time.monotonic()
        assert status(cellar, BOB) == 503, "it is left alone for a while"
        assert status(cellar, ROOT) == 200 and bearer(cellar, token) == 200
        assert time.monotonic() - started < 1
    finally:
        os.kill(process, signal.SIGCONT)
    eventually(lambda: status(cellar, ALICE) == 200)
    cellar.eventually_logs("the directory answers again")
    assert cellar.log.read_text().count("the directory does not answer") == 1
    cellar.stop()


# People who change


def test_tokens_end_with_their_owners(own: Directory, tmp_path: Path) -> None:
    cellar = town_of(tmp_path, own)
    assert publish(cellar, wheel("needle", "1.0"), auth=ROOT).status_code == 200
    assert status(cellar, ALICE) == 200 and status(cellar, BOB) == 404
    tokens = {name: cellar.cli("token", "create", "ci", "--user", name).strip() for name in ("alice", "bob")}
    session = requests.post(cellar.url("/api/v1/auth/session"), auth=ALICE, timeout=30)
    session_token = next(value for value in session.json().values() if str(value).startswith("cellar_"))
    assert [bearer(cellar, tokens[name]) for name in ("alice", "bob")] == [200, 404]
    assert bearer(cellar, session_token) == 200

    # Groups of owners are those of the directory, at most a second later here.
    member = f"dn: cn=developers,{Directory.GROUPS}\nchangetype: modify\n"
    changed(own, member + f"add: member\nmember: uid=bob,{Directory.PEOPLE}\n", tmp_path)
    eventually(lambda: bearer(cellar, tokens["bob"]) == 200)
    changed(own, member + f"delete: member\nmember: uid=bob,{Directory.PEOPLE}\n", tmp_path)
    eventually(lambda: bearer(cellar, tokens["bob"]) == 404)

    # Whom the filter finds no more is gone.
    done = ldap(own, "ldapdelete", f"uid=alice,{Directory.PEOPLE}", bind=MANAGER)
    assert done.returncode == 0, done.stderr
    eventually(lambda: bearer(cellar, tokens["alice"]) == 401)
    assert bearer(cellar, session_token) == 401
    eventually(lambda: status(cellar, ALICE) == 401)
    assert "(gone)" in cellar.cli("user", "list")
    assert bearer(cellar, tokens["bob"]) == 404

    # Somebody of the same name is somebody else.
    changed(
        own,
        f"dn: uid=alice,{Directory.PEOPLE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: alice\ncn: New\nsn: New\n"
        f"userPassword: {ALICE[1]}\n",
        tmp_path,
    )
    # That there was nobody is remembered for some seconds.
    eventually(lambda: status(cellar, ALICE) == 403)
    assert "There is a user alice here already" in get(cellar, ALICE).text
    assert bearer(cellar, tokens["alice"]) == 401
    actions = cellar.cli("audit")
    for action in ("user.link", "user.groups", "user.gone"):
        assert action in actions
    cellar.stop()


def test_new_passwords_count_at_once_and_old_ones_end(own: Directory, tmp_path: Path) -> None:
    cellar = town_of(tmp_path, own)
    assert status(cellar, ALICE, "/api/v1/indexes") == 200
    done = ldap(own, "ldappasswd", "-s", "another-secret", f"uid=alice,{Directory.PEOPLE}", bind=MANAGER)
    assert done.returncode == 0, done.stderr
    assert status(cellar, ("alice", "another-secret"), "/api/v1/indexes") == 200
    eventually(lambda: status(cellar, ALICE, "/api/v1/users") == 401, seconds=5)
    cellar.stop()


def test_blocked_people_stay_out_and_removed_ones_are_new(town: Cellar, directory: Directory) -> None:
    assert status(town, CAROL, "/api/v1/users") == 200
    token = town.cli("token", "create", "ci", "--user", "carol").strip()
    assert bearer(town, token) == 200
    town.cli("user", "block", "carol")
    answer = get(town, CAROL)
    assert answer.status_code == 403 and "carol is blocked here" in answer.text
    assert bearer(town, token) == 401
    town.cli("user", "unblock", "carol")
    assert status(town, CAROL) == 200 and bearer(town, token) == 200
    town.cli("user", "remove", "carol")
    assert bearer(town, token) == 401
    assert status(town, CAROL) == 200
    assert bearer(town, token) == 401


def test_settings_that_contradict_each_other_stop_the_start(directory: Directory, tmp_path: Path) -> None:
    cellar = Cellar(tmp_path / "town")
    for changes, problem in [
        ({"urls": ["ldap://ldap.example.com"], "start_tls": False}, "would be sent passwords without encryption"),
        ({"bind_password": None}, "ldap.bind_dn needs ldap.bind_password"),
        ({"user_search_base": None}, "ldap.urls needs ldap.user_search_base or ldap.user_dn_format"),
        ({"user_filter": "(uid=alice)"}, "ldap.user_filter must be a filter in brackets"),
        ({"urls": ["http://ldap.example.com"]}, "must be an address such as"),
        ({"urls": []}, "needs ldap.urls beside it"),
        ({"groups": "search"}, "needs ldap.group_search_base"),
        ({"ca_file": "/nonexistent"}, "can't be read"),
    ]:
        configured(cellar, directory, **changes)
        done = cellar.run("check")
        assert done.returncode != 0 and problem in done.stdout + done.stderr, done.stdout + done.stderr
