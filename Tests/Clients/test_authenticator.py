"""People whom a service of an organisation recognises: a small real one, the real server, and real clients."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.upload import publish
from support.waiting import eventually

pytestmark = pytest.mark.xdist_group("clients")

ROOT = (ADMIN, ADMIN_PASSWORD)
ALICE, CAROL = [(name, f"{name}-secret") for name in ("alice", "carol")]
SECRET = "the service's own secret"
TOKEN = SECRET.replace(" ", "-")


class Service:
    """Answers one POST about a user name and a password, in the way that a test wants."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, object]] = {
            "alice": {"subject": "17", "groups": ["developers", "staff"]},
            "carol": {"groups": [], "admin": True},
        }
        self.mode = "right"
        self.asked: list[dict[str, str]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.asked.append({**sent, "authorization": self.headers.get("Authorization", "")})
                status, answer, headers = service.answer(sent)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(BrokenPipeError):
                    self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/authenticate"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, sent: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        if self.mode == "silent":
            time.sleep(3)
        if self.mode == "broken":
            return 500, b"oops", {}
        if self.mode == "page":
            return 200, b"<html>Welcome!</html>", {}
        if self.mode == "redirect":
            return 307, b"", {"Location": self.url}
        person = self.people.get(sent["user"])
        if person is None or sent["password"] != f"{sent['user']}-secret":
            return 401, b"{}", {}
        return 200, json.dumps(person).encode(), {"Content-Type": "application/json"}


@pytest.fixture
def service() -> Iterator[Service]:
    started = Service()
    yield started
    started.server.shutdown()
    started.server.server_close()


@pytest.fixture
def town(service: Service, tmp_path: Path) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path / "town", users=False)
    cellar.configure(
        {
            "index.main": {"read": ["group:developers"], "write": ["group:staff"]},
            "groups": {"developers": [], "staff": []},
            "authenticator": {"url": service.url, "secret": TOKEN, "timeout": "1s", "cache_time": "1s"},
        }
    )
    cellar.cli("user", "add", ADMIN, "--admin", "--password-stdin", input=ADMIN_PASSWORD + "\n")
    cellar.start()
    assert publish(cellar, wheel("needle", "1.0"), auth=ROOT).status_code == 200
    yield cellar
    cellar.stop()
    assert "-secret" not in cellar.log.read_text(), "a password stands in the log"


def get(cellar: Cellar, login: tuple[str, str], path: str = "/simple/needle/") -> requests.Response:
    return requests.get(cellar.url(path), auth=login, timeout=30)


def status(cellar: Cellar, login: tuple[str, str], path: str = "/simple/needle/") -> int:
    return get(cellar, login, path).status_code


def test_people_sign_in_with_groups_and_role(
    town: Cellar, service: Service, workbench: Workbench, tmp_path: Path
) -> None:
    assert status(town, ALICE) == 200 and status(town, CAROL, "/api/v1/users") == 200
    assert status(town, ("alice", "wrong")) == 401 and status(town, ("nobody", "alice-secret")) == 401
    assert {asked["authorization"] for asked in service.asked} == {f"Bearer {TOKEN}"}
    count = len(service.asked)
    # An empty password, and whoever has a password here, is nothing for the service.
    assert status(town, ("alice", "")) == 401 and status(town, ROOT) == 200
    assert status(town, (ADMIN, "carol-secret")) == 401
    assert len(service.asked) == count
    made = wheel("thread", "1.0")
    file = tmp_path / made.filename
    file.write_bytes(made.content)
    workbench.run("twine", "upload", "--repository-url", town.url("/main/"), "-u", ALICE[0], "-p", ALICE[1], file)
    python = workbench.virtual_environment()
    index = town.url("/main/simple/").replace("http://", f"http://{ALICE[0]}:{ALICE[1]}@")
    workbench.run("uv", "pip", "install", "--python", python, "--index-url", index, "thread", "needle")
    listed = town.cli("user", "list")
    assert "linked: authenticator 17  groups: developers, staff" in listed
    assert "linked: authenticator carol" in listed


def test_other_groups_count_at_the_next_login_and_names_may_change(town: Cellar, service: Service) -> None:
    assert status(town, ALICE) == 200
    service.people["alice"] = {"subject": "17", "groups": []}
    eventually(lambda: status(town, ALICE) == 404)
    # Another name, the same subject: the same person. Another subject: nobody who may have the name.
    service.people["alice"] = {"subject": "17", "groups": ["developers"], "user": "alicia"}
    eventually(lambda: status(town, ALICE) == 200)
    assert "alicia" not in town.cli("user", "list")
    service.people["alice"] = {"subject": "18", "groups": ["developers"]}
    # Each loop remembers answers for itself: the first that has forgotten need not be the last.
    eventually(lambda: "There is a user alice here already" in get(town, ALICE).text)


@pytest.mark.parametrize("mode", ["broken", "page", "redirect", "silent"])
def test_anything_else_lets_nobody_in(mode: str, town: Cellar, service: Service) -> None:
    assert status(town, ALICE) == 200
    service.mode = mode
    time.sleep(1.1)
    answer = get(town, ALICE)
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1
    assert status(town, ("nobody", "x")) == 503
    assert status(town, ROOT) == 200
    assert re.search(r"Authenticator: +WRONG", town.run("check").stdout)
    service.mode = "right"
    eventually(lambda: status(town, ALICE) == 200)
    town.eventually_logs("the authenticator answers again")
    assert town.log.read_text().count("the authenticator does not answer") == 1
    assert re.search(r"Authenticator: +ok", town.cli("check"))


def test_settings_that_contradict_each_other_stop_the_start(tmp_path: Path) -> None:
    cellar = Cellar(tmp_path / "town")
    ldap = {"urls": ["ldaps://ldap.example.com"], "user_search_base": "dc=example"}
    for sections, problem in [
        ({"authenticator": {"url": "http://users.example.com/"}}, "must be an https address"),
        ({"authenticator": {"url": "https://u:p@users.example.com/"}}, "must be an https address"),
        ({"authenticator": {"secret": "x"}}, "needs authenticator.url beside it"),
        ({"authenticator": {"url": "https://users.example.com/"}, "ldap": ldap}, "not both"),
    ]:
        cellar.configure(sections)
        done = cellar.run("check")
        assert done.returncode != 0 and problem in done.stdout + done.stderr, done.stdout + done.stderr
        assert "u:p@" not in done.stdout + done.stderr
