"""nginx, Caddy and HAProxy before Cellar, as deploy/proxies has them: what clients and Cellar see through them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.parse import urldefrag, urljoin

import pytest
import requests
from urllib3.util import SKIP_HEADER

from support.cellar import PASSWORD, USER
from support.clients import Workbench
from support.distributions import Distribution, wheel
from support.http2 import Connection
from support.proxies import PREFIX, PROXIES, Front, front
from support.simple import HTML, JSON
from support.upload import BOUNDARY, basic, body_of, read_response, request_head
from support.waiting import eventually

ALPHA, LOCAL = wheel("alpha", "1.0"), wheel("alpha", "1.1+local.1")
NEW = "a long passphrase of somebody new"
LARGE_SIZE = 64 << 20
# An address of this machine that is no proxy's.
CLIENT = "127.0.0.9"
FORGED = {
    "X-Forwarded-For": "127.0.0.1, 198.51.100.66",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "81",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=198.51.100.66;proto=http;host=evil.example",
    "X-Real-IP": "198.51.100.66",
    "X-Request-Id": "forged-id",
}


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(f"proxy-{name}")) for name in PROXIES]
)
def before(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A proxy before a Cellar on which two wheels are published."""
    with front(request.param, tmp_path_factory.mktemp(request.param)) as made:
        for distribution in (ALPHA, LOCAL):
            assert publish(made, distribution).status_code == 200
        yield made


@pytest.fixture(scope="module")
def large() -> Distribution:
    return wheel("large", "1.0", {"large/data.bin": Random(1).randbytes(LARGE_SIZE)}, compression=0)


def publish(before: Front, distribution: Distribution, **options: object) -> requests.Response:
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    with before.session(**options) as session:
        return session.post(
            before.url("/main/"), body_of(distribution), auth=(USER, PASSWORD), headers=headers, timeout=60
        )


def logged(before: Front, start: int, message: str) -> dict[str, object]:
    """The first such line of the access log behind a place in the log; it may lag behind the answer."""

    def found() -> list[dict[str, object]]:
        text = before.cellar.log.read_bytes()[start:].decode()
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]
        return [line for line in lines if line["message"] == message]

    eventually(found, otherwise=before.cellar.log_tail)
    return found()[0]


# Clients


def test_clients_publish_and_install_below_the_path(before: Front, workbench: Workbench, tmp_path: Path) -> None:
    certificate = before.certificate.authority
    simple = before.url("/main/simple/")
    mine, other = wheel("by-twine", "1.0"), wheel("by-uv", "1.0")
    for distribution in (mine, other):
        (tmp_path / distribution.filename).write_bytes(distribution.content)
    workbench.run(
        "twine", "upload", "--cert", certificate, "--repository-url", before.url("/main/"), tmp_path / mine.filename
    )
    uv = {"SSL_CERT_FILE": str(certificate)}
    workbench.run("uv", "publish", "--publish-url", before.url("/main/"), tmp_path / other.filename, environment=uv)
    by_pip, by_uv = tmp_path / "by-pip", tmp_path / "installed-by-uv"
    wanted = ["by-twine", "by-uv", "alpha==1.1+local.1"]
    workbench.run(
        sys.executable, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--target", by_pip, "--cert", certificate,
        "--index-url", simple, *wanted,
    )  # fmt: skip
    workbench.run("uv", "pip", "install", "--target", by_uv, "--index-url", simple, *wanted, environment=uv)
    for folder in (by_pip, by_uv):
        assert {path.name for path in folder.glob("*.dist-info")} == {
            "by_twine-1.0.dist-info", "by_uv-1.0.dist-info", "alpha-1.1+local.1.dist-info",
        }  # fmt: skip


def test_links_and_answers_stay_below_the_path(before: Front) -> None:
    with before.session() as session:
        answer = publish(before, wheel("linked", "1.0"))
        assert answer.status_code == 200 and "/main" not in answer.text.replace(f"{before.base}/main", "")
        for path in ("", "/main", "/main/simple", "/main/simple/alpha", "/main/simple/Alpha/", "/simple/alpha"):
            answer = session.get(before.url(path), timeout=30)
            assert answer.status_code == 200 and answer.history, path
            for step in [*answer.history, answer]:
                assert step.url.startswith(before.base), f"{path} leads to {step.url}"
        json_page = session.get(before.url("/main/simple/alpha/"), headers={"Accept": JSON}, timeout=30)
        html_page = session.get(before.url("/main/simple/alpha/"), headers={"Accept": HTML}, timeout=30)
        addresses = [urljoin(json_page.url, file["url"]) for file in json_page.json()["files"]]
        addresses += [urljoin(html_page.url, link) for link in re.findall(r'href="([^"]+)"', html_page.text)]
        addresses += [
            file["url"] for file in session.get(before.url("/pypi/alpha/1.0/json"), timeout=30).json()["urls"]
        ]
        assert len(addresses) == 5
        for address in addresses:
            address = urldefrag(address).url
            assert address.startswith(f"{before.base}/main/files/")
            content = session.get(address, timeout=30).content
            assert hashlib.sha256(content).hexdigest() in (ALPHA.sha256, LOCAL.sha256)
        start = session.get(before.url("/"), timeout=30)
        assert f"{before.base}/main/simple/" in start.text
        for link in re.findall(r'(?:href|src|action)="([^"]+)"', start.text):
            address = urljoin(start.url, link)
            assert address.startswith(before.base), f"{link} leads out of the path"
            assert session.get(address, timeout=30).status_code == 200, link
        assert session.get(before.origin + "/main/simple/", timeout=30).status_code == 404


def test_people_sign_in_below_the_path(before: Front) -> None:
    """With a cookie that other hosts cannot set, a form, and an invitation's link."""
    browser = {"Origin": before.origin, "Sec-Fetch-Site": "same-origin"}
    with before.session() as session:
        page = session.get(before.url("/login"), timeout=30)
        fields = dict(re.findall(r'name="([^"]+)" (?:type="hidden" )?value="([^"]*)"', page.text))
        address = urljoin(page.url, re.search(r'method="post" action="([^"]+)"', page.text)[1])
        assert address == before.url("/login")
        fields |= {"name": USER, "password": PASSWORD}
        page = session.post(address, fields, headers={"Origin": "https://evil.example"}, timeout=30)
        assert page.status_code == 403
        page = session.post(address, fields, headers=browser, timeout=30)
        assert page.status_code == 200 and page.url == before.url("/"), page.text
        cookie = page.history[0].headers["Set-Cookie"]
        assert cookie.startswith("__Host-cellar_session=") and "; Path=/; " in cookie and "; Secure" in cookie
        assert f'Signed in as <a href="account">{USER}</a>' in page.text
        assert session.get(before.url("/account"), timeout=30).status_code == 200
    link = before.cellar.cli("user", "invite", "--expires", "1h").strip()
    assert link.startswith(before.url("/account/invitation/"))
    with before.session() as session:
        page = session.get(link, timeout=30)
        fields = dict(re.findall(r'name="([^"]+)" (?:type="hidden" )?value="([^"]*)"', page.text))
        fields |= {"name": f"by-{before.name}", "password": NEW, "repeated": NEW}
        page = session.post(page.url, fields, headers=browser, timeout=30)
        assert page.status_code == 200 and page.url.startswith(before.url("/account?")), page.text


def test_the_metrics_are_blocked_and_trusted_publishing_is_at_the_root(before: Front) -> None:
    paths = ["metrics", "metrics/", "%6detrics", "/metrics", "./metrics", "x/../metrics", "%2fmetrics", "metrics?x=y"]
    paths += ["../metrics", "../_/oidc/../metrics"]
    asked = [f"{before.base}/{path}" for path in paths]
    done = subprocess.run(
        ["curl", "-s", "--path-as-is", "--cacert", before.certificate.authority, "-w", "\n%{http_code}\n", *asked],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "cellar_requests_total" not in done.stdout
    assert done.stdout.splitlines().count("404") >= len(paths)
    with before.session() as session:
        root = session.get(f"{before.origin}/_/oidc/audience", timeout=30)
        below = session.get(before.url("/_/oidc/audience"), timeout=30)
        # No issuer is configured: Cellar says so itself.
        assert (root.status_code, root.text) == (below.status_code, below.text) and "message" in root.json()
        discovery = f"{before.origin}/.well-known/pytp?discover={PREFIX}/main/"
        assert session.get(discovery, headers={"Accept": "application/json"}, timeout=30).json()["message"]


# Large bodies


def spooled(before: Front) -> int:
    total = 0
    for path in before.cellar.spooled_files():
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def test_a_large_file_comes_and_goes_as_a_stream(before: Front, large: Distribution) -> None:
    """Cellar has what is sent so far while the client pauses, and sends no faster than the client reads."""
    body = body_of(large)
    half = len(body) // 2
    with before.connect() as connection:
        connection.sendall(request_head(before, len(body), f"{PREFIX}/main/") + body[:half])
        # What the sockets on the way hold is little.
        eventually(lambda: spooled(before) > half - (8 << 20), otherwise=lambda: str(spooled(before)))
        connection.sendall(body[half:])
        status, answer = read_response(connection)
        assert status == 200, answer
    process = before.cellar.process
    assert process is not None
    with before.connect(receive_buffer=64 << 10) as connection:
        path = f"{PREFIX}/main/files/{large.sha256}/{large.filename}"
        begin = written(process.pid)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{before.port}\r\n\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(64 << 10)
        head, _, content = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        eventually(lambda: stalls(process.pid))
        assert written(process.pid) - begin < LARGE_SIZE // 2
        digest, left = hashlib.sha256(content), len(large.content) - len(content)
        while left:
            content = connection.recv(1 << 20)
            assert content, f"{left} bytes are missing"
            digest.update(content)
            left -= len(content)
        assert digest.hexdigest() == large.sha256


def written(pid: int) -> int:
    """How many bytes a process has written to files and sockets."""
    return int(re.search(r"wchar: (\d+)", Path(f"/proc/{pid}/io").read_text())[1])


def stalls(pid: int) -> bool:
    """Whether a process writes next to nothing for a while."""
    begin = written(pid)
    time.sleep(0.3)
    return written(pid) - begin < 32 << 10


def test_an_upload_by_http_2_reaches_cellar_while_it_comes_in(before: Front) -> None:
    headers = [("content-type", f"multipart/form-data; boundary={BOUNDARY}"), ("authorization", basic())]
    body = body_of(wheel("broken-off", "1.0", {"data.bin": Random(2).randbytes(12 << 20)}, compression=0))
    with Connection(before) as connection:
        stream = connection.begin(f"{PREFIX}/main/", headers, method="POST", has_body=True)
        connection.send(stream, body[: 8 << 20], is_last=False)
        eventually(lambda: spooled(before) > 2 << 20, otherwise=lambda: str(spooled(before)))
        assert not connection.answers[stream].headers
    # The client has gone: nothing is left of its upload.
    eventually(lambda: spooled(before) == 0)


def test_a_refused_upload_is_answered_before_all_of_it_is_sent(before: Front) -> None:
    with before.connect() as connection:
        connection.sendall(wrong_login(before, []))
        sent, received = 0, b""
        # Caddy passes an answer on when the next part of the body comes in.
        connection.settimeout(0.01)
        while not received and sent < LARGE_SIZE:
            connection.sendall(bytes(64 << 10))
            sent += 64 << 10
            with contextlib.suppress(TimeoutError):
                received = connection.recv(4096)
        connection.settimeout(30)
        assert received.startswith(b"HTTP/1.1 401 ") and sent < LARGE_SIZE // 2


def test_a_refused_upload_of_a_client_that_waits_is_not_sent(before: Front) -> None:
    """nginx sends `100 Continue` itself; the others leave it to Cellar."""
    with before.connect() as connection:
        connection.sendall(wrong_login(before, ["Expect: 100-continue"]))
        received = b""
        while b" 401 " not in received:
            chunk = connection.recv(4096)
            assert chunk, received
            received += chunk
        assert received.startswith(b"HTTP/1.1 401 ") or before.name == "nginx"


def wrong_login(before: Front, extra: list[str]) -> bytes:
    head = request_head(before, LARGE_SIZE, f"{PREFIX}/main/", extra)
    return head.replace(basic().encode(), basic(password="wrong").encode())


def test_a_client_that_waits_is_told_to_continue(before: Front) -> None:
    distribution = wheel("patient", "1.0")
    body = body_of(distribution)
    with before.connect() as connection:
        connection.sendall(request_head(before, len(body), f"{PREFIX}/main/", ["Expect: 100-continue"]))
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(4096)
        assert received.startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        status, answer = read_response(connection)
        assert status == 200, answer


# What is forwarded


def test_what_a_client_forges_has_no_effect(before: Front) -> None:
    """Neither on links, with or without base_url, nor on the log, the audit and cookies."""
    for settings in ({"trusted_proxies": ["127.0.0.1"]}, before.settings):
        before.reconfigure(**settings)
        start = before.cellar.log.stat().st_size
        distribution = wheel("forged", f"1.{len(settings)}")
        assert publish(before, distribution, source=CLIENT, headers=FORGED).status_code == 200
        line = logged(before, start, "POST /main/ 200")
        assert line["peer"] == CLIENT
        assert len(line["request"]) >= 16 and line["request"] != FORGED["X-Request-Id"]
        audit = json.loads(before.cellar.cli("audit", "--json", "--project", "forged", "--limit", "1").splitlines()[0])
        assert (audit["address"], audit["request_id"]) == (CLIENT, line["request"])
        with before.session(source=CLIENT, headers=FORGED) as session:
            front_page = session.get(before.url("/"), timeout=30).text
            expected = settings.get("base_url", before.origin)
            assert f"<code>{expected}/main/simple/</code>" in front_page and "evil" not in front_page
            page = session.get(before.url("/main/simple/forged"), timeout=30)
            assert page.url == before.url("/main/simple/forged/")
            for _ in range(3):
                assert session.get(page.url, timeout=30).status_code == 200
            sign_in = session.get(before.url("/login"), timeout=30)
            assert sign_in.headers["Set-Cookie"].startswith("__Host-cellar_form="), "the browser speaks https"
        logged(before, start, "GET /login 200")
        lines = [json.loads(line) for line in before.cellar.log.read_bytes()[start:].splitlines()]
        # HAProxy asks for itself whether Cellar is ready.
        peers = {line["peer"] for line in lines if "peer" in line and "/health/ready" not in line["message"]}
        assert peers == {CLIENT}, lines


def test_a_proxy_that_is_not_trusted_is_not_believed(before: Front) -> None:
    before.reconfigure(trusted_proxies=["192.0.2.1"])
    try:
        start = before.cellar.log.stat().st_size
        with before.session(source=CLIENT) as session:
            front_page = session.get(before.url("/"), timeout=30).text
            assert f"<code>http://127.0.0.1:{before.port}/main/simple/</code>" in front_page
            assert session.get(before.url("/main/simple/alpha/"), timeout=30).status_code == 200
        assert logged(before, start, "GET /main/simple/alpha/ 200")["peer"] == "127.0.0.1"
        assert logged(before, start, "GET / 200")["peer"] == "127.0.0.1"
    finally:
        before.reconfigure(**before.settings)


# What goes through


def test_answers_are_those_of_cellar_itself(before: Front) -> None:
    """Byte for byte: compressed or not, whole or in part, changed or not."""
    with before.session() as through, requests.Session() as direct:
        direct.trust_env = False
        page = "/main/simple/alpha/"
        file = f"/main/files/{ALPHA.sha256}/{ALPHA.filename}"
        asked: list[tuple[str, dict[str, str]]] = []
        for accept in (JSON, HTML):
            for coding in ("identity", "gzip", "zstd", "gzip, deflate, br, zstd"):
                headers = {"Accept": accept, "Accept-Encoding": coding}
                asked.append((page, headers))
                # The first answers are not compressed yet.
                while (
                    coding != "identity" and "Content-Encoding" not in ask(direct, before.cellar.url(page), headers)[1]
                ):
                    time.sleep(0.02)
        asked += [(file, {}), (file, {"Range": "bytes=10-99"}), (file, {"Range": "bytes=-7"})]
        asked += [(file, {"Range": "bytes=99999999-"}), (file + ".metadata", {"Accept-Encoding": "gzip"})]
        asked += [("/main/simple/absent/", {}), ("/main/simple/alpha", {}), ("/-/pages/style.css", {})]
        # What is not compressed stays so, whether the client says what it takes or not.
        asked += [("/", {"Accept-Encoding": "gzip"}), (page, {"Accept": JSON, "Accept-Encoding": SKIP_HEADER})]
        for path, headers in asked:
            answer = ask(through, before.url(path), headers)
            assert answer == ask(direct, before.cellar.url(path), headers), (path, headers)
            tag = answer[1].get("ETag")
            if tag is None:
                continue
            again = ask(through, before.url(path), headers | {"If-None-Match": tag})
            assert again == ask(direct, before.cellar.url(path), headers | {"If-None-Match": tag})
            assert (again[0], again[2]) == (304, b"") or "Range" in headers
        assert ask(through, before.url(file), {"Range": "bytes=10-99"})[2] == ALPHA.content[10:100]


def ask(session: requests.Session, url: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """An answer: its status, what its head says of the body, and the body as it was sent."""
    with session.get(
        url, headers={"Accept-Encoding": "identity", **headers}, stream=True, allow_redirects=False, timeout=30
    ) as answer:
        names = ("Content-Type", "Content-Encoding", "Content-Length", "Content-Range", "ETag", "Vary", "Location")
        names += ("Cache-Control", "Accept-Ranges", "X-PyPI-Last-Serial", "WWW-Authenticate")
        fields = {name: answer.headers[name] for name in names if name in answer.headers}
        return answer.status_code, fields, answer.raw.read(decode_content=False)


def test_a_long_token_goes_through(before: Front) -> None:
    """As long as identity tokens of CI systems become."""
    with before.session() as session:
        headers = {"Authorization": "Bearer " + "x" * 16_000}
        answer = session.post(before.url("/main/"), data=b"", headers=headers, timeout=30)
        assert answer.status_code == 401 and "none of this server" in answer.text


def test_clients_try_again_while_cellar_restarts(before: Front, workbench: Workbench, tmp_path: Path) -> None:
    with before.session() as session:
        assert session.get(before.url("/main/simple/alpha/"), timeout=30).status_code == 200
        before.cellar.stop()
        assert session.get(before.url("/health/ready"), timeout=30).status_code in (502, 503)
        start = before.log.stat().st_size
        pip = subprocess.Popen(
            [sys.executable, "-m", "pip", "download", "--no-cache-dir", "--retries", "8", "--dest", str(tmp_path),
             "--cert", str(before.certificate.authority), "--index-url", before.url("/main/simple/"), "alpha==1.0"],
            env=workbench.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            # The proxy has refused the first try.
            eventually(lambda: b"simple/alpha" in before.log.read_bytes()[start:])
            before.cellar.start()
            output, _ = pip.communicate(timeout=60)
        finally:
            pip.kill()
        assert pip.returncode == 0, output
        assert (tmp_path / ALPHA.filename).read_bytes() == ALPHA.content
        before.wait()
        # No connection to the server before is left that an upload, which is not tried again, could meet.
        assert publish(before, wheel("after", "1.0")).status_code == 200
