"""The audit: who changed what from where, what was refused, and how it is passed on."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from support.distributions import wheel
from support.upload import publish
from support.waiting import eventually

KEY = b"a key of thirty-two bytes, or so"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Hook:
    """A receiver of webhooks that can be away."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []
        self.wrong: list[str] = []
        self.status = 200
        self.calls = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name that http.server wants
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.calls += 1
                if outer.status == 200:
                    outer.take(body, self.headers)
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook?token=of-the-receiver"

    def take(self, body: bytes, headers) -> None:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        code = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        if headers["webhook-signature"] != f"v1,{code}":
            self.wrong.append(headers["webhook-signature"])
        if abs(time.time() - int(headers["webhook-timestamp"])) > 60:
            self.wrong.append(headers["webhook-timestamp"])
        self.lines += json.loads(body)["lines"]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def hook() -> Iterator[Hook]:
    made = Hook()
    try:
        yield made
    finally:
        made.close()


def audit(server: Cellar, *arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in server.cli("audit", "--json", *arguments).splitlines()]


def test_a_change_says_who_and_where_from(tmp_path: Path) -> None:
    server = Cellar(tmp_path / "cellar", {"server": {"log_format": "json"}})
    server.start()
    answer = publish(server, wheel("alpha", "1.0"))
    assert answer.status_code == 200
    (line,) = audit(server, "--action", "file.publish")
    assert (line["actor"], line["index"], line["project"], line["address"]) == (USER, "main", "alpha", "127.0.0.1")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    server.stop()
    logged = [json.loads(text) for text in server.log.read_text().splitlines()]
    assert [entry["message"] for entry in logged if entry.get("request") == line["request_id"]] == ["POST /main/ 200"]
    # Commands of the server itself come from nowhere else.
    (added,) = audit(server, "--action", "user", "--limit", "1")
    assert (added["actor"], added["address"], added["request_id"]) == ("operator", None, None)


def test_refused_requests_are_counted_and_do_not_fill_the_disk(tmp_path: Path) -> None:
    server = Cellar(tmp_path / "cellar", {"index.main": {"write": [f"user:{ADMIN}"]}})
    server.start()
    assert publish(server, wheel("alpha", "1.0")).status_code == 403
    with requests.Session() as session:
        session.trust_env = False
        for number in range(200):
            answer = session.get(server.url("/api/v1/indexes"), auth=(f"user{number}", "a guess"), timeout=30)
            assert answer.status_code in (401, 429)
    before = len(audit(server, "--limit", "1000"))
    server.stop()
    lines = audit(server, "--limit", "1000")
    assert 0 < len(lines) - before <= 99
    (refused,) = [line for line in lines if line["action"] == "change.refuse"]
    assert (refused["actor"], refused["subject"], refused["detail"]) == (USER, "POST upload", "forbidden")
    logins = [line for line in lines if line["action"] == "login.refuse"]
    assert sum(int(str(line["times"])) for line in logins) == 200
    assert {line["address"] for line in logins} <= {"127.0.0.1", None}


def test_the_audit_is_printed_by_each_condition(tmp_path: Path) -> None:
    server = Cellar(tmp_path / "cellar", {"index.main": {}, "index.other": {}})
    server.start()
    for name in ("alpha", "beta"):
        assert publish(server, wheel(name, "1.0")).status_code == 200
    server.stop()
    assert [line["project"] for line in audit(server, "--action", "file")] == ["beta", "alpha"]
    assert [line["project"] for line in audit(server, "--project", "Alpha")] == ["alpha"]
    assert [line["actor"] for line in audit(server, "--actor", USER, "--limit", "1")] == [USER]
    assert audit(server, "--index", "other") == []
    assert len(audit(server, "--since", "1h")) == len(audit(server)) == 4
    assert audit(server, "--until", "2020-01-01") == []
    assert len(audit(server, "--address", "127.0.0.1")) == 2
    newest = audit(server, "--limit", "1")[0]
    assert audit(server, "--before", str(newest["id"]), "--limit", "1")[0]["id"] == int(str(newest["id"])) - 1
    text = server.cli("audit", "--action", "file.publish", "--limit", "1")
    assert f"{USER}  file.publish  main/beta" in text and "from 127.0.0.1" in text
    done = server.run("audit", "--since", "yesterday")
    assert done.returncode == 64 and "--since" in done.stderr


def test_every_line_reaches_the_file_and_the_webhook(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    with hook() as receiver:
        receiver.status = 503
        sections = {"audit": {"file": str(path), "webhook": receiver.url, "webhook_secret": SECRET}}
        server = Cellar(tmp_path / "cellar", sections)
        server.start()
        assert publish(server, wheel("alpha", "1.0")).status_code == 200
        eventually(lambda: path.exists() and "file.publish" in path.read_text())
        eventually(lambda: receiver.calls > 0)
        assert receiver.lines == []
        # What a receiver could not take waits, also over a kill.
        server.kill()
        receiver.status = 200
        server.start()
        assert publish(server, wheel("beta", "1.0")).status_code == 200
        # The killed process may have claimed lines a moment before.
        eventually(lambda: [line["project"] for line in receiver.lines if line["project"]] == ["alpha", "beta"], 60)
        assert receiver.wrong == []
        path.rename(tmp_path / "audit.jsonl.1")
        assert publish(server, wheel("gamma", "1.0")).status_code == 200
        eventually(lambda: path.exists() and "gamma" in path.read_text())
        eventually(lambda: any(line["project"] == "gamma" for line in receiver.lines))
        server.stop()
        log = server.log.read_text()
        whole = [
            json.loads(line)
            for name in ("audit.jsonl.1", "audit.jsonl")
            for line in (tmp_path / name).read_text().splitlines()
        ]
        expected = audit(server, "--limit", "1000")[::-1]
        assert [line["id"] for line in whole] == [line["id"] for line in expected]
        assert receiver.lines == expected == whole
        assert "of-the-receiver" not in log and SECRET not in log, "the webhook's address is a secret"


def test_two_processes_pass_each_line_on_once(tmp_path: Path) -> None:
    with hook() as receiver:
        sections = {"audit": {"webhook": receiver.url, "webhook_secret": SECRET}}
        first = Cellar(tmp_path / "first", sections)
        second = Cellar(tmp_path / "second", {**sections, "server": {"data_dir": str(first.data)}}, users=False)
        first.start()
        second.start()
        for number in range(20):
            assert publish((first, second)[number % 2], wheel(f"p{number}", "1.0")).status_code == 200
        eventually(lambda: sum(1 for line in receiver.lines if line["action"] == "file.publish") >= 20)
        first.stop()
        second.stop()
        assert [line["id"] for line in receiver.lines] == [line["id"] for line in audit(first, "--limit", "100")[::-1]]


def test_the_configuration_of_the_audit_is_checked(tmp_path: Path) -> None:
    server = Cellar(tmp_path / "cellar", users=False)
    for keys, reason in [
        ({"webhook": "https://hooks.example/x"}, "needs audit.webhook_secret"),
        ({"webhook_secret": SECRET}, "needs audit.webhook"),
        ({"webhook": "hooks.example", "webhook_secret": SECRET}, "http or https"),
        ({"webhook": "https://hooks.example/x", "webhook_secret": "short"}, "whsec_"),
        (
            {"webhook": "https://hooks.example/x", "webhook_secret": "whsec_ZXhhbXBsZTsgZHJhdyBvbmUgb2Ygb3du"},
            "can't be the example",
        ),
    ]:
        server.configure({"audit": keys})
        done = server.run("check")
        assert done.returncode == 78 and reason in done.stderr, done.stderr
        assert SECRET not in done.stderr


def test_the_audit_is_for_administrators(tmp_path: Path) -> None:
    server = Cellar(tmp_path / "cellar")
    server.start()
    for login, status in [(None, 401), ((USER, PASSWORD), 403), ((ADMIN, ADMIN_PASSWORD), 200)]:
        assert requests.get(server.url("/api/v1/audit?action=user"), auth=login, timeout=30).status_code == status
    server.stop()
