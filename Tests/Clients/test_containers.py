"""What a container asks of the program: its port from the environment, and a health check."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.cellar import BINARY, Cellar, clean_environment
from support.tls import Certificate, SecureCellar
from support.waiting import eventually


def run(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BINARY), *arguments],
        capture_output=True, text=True, cwd=folder, timeout=60, env={**clean_environment(), **(environment or {})},
        check=False,
    )  # fmt: skip


@pytest.fixture
def cellar(tmp_path: Path) -> Iterator[Cellar]:
    server = Cellar(tmp_path / "cellar", users=False)
    yield server
    server.kill()


def test_the_port_of_the_environment(cellar: Cellar) -> None:
    cellar.configure({"server": {"listen": "127.0.0.1:$PORT"}})
    cellar.start({"PORT": str(cellar.port)})
    cellar.stop()
    cellar.start({"PORT": str(cellar.port), "CELLAR_SERVER_LISTEN": "localhost:$PORT"})
    cellar.stop()
    refused = cellar.run("serve", environment={"PORT": "http"})
    assert refused.returncode == 78
    expected = 'server.listen "127.0.0.1:$PORT" takes its port from the variable PORT, which must be a port from 1 to'
    assert expected in refused.stderr


# Health


def test_health_of_a_server(cellar: Cellar) -> None:
    away = cellar.run("health")
    assert (away.returncode, away.stdout) == (1, "")
    assert away.stderr == f"cellar: {cellar.base} is not healthy: Connection refused.\n"
    cellar.start()
    for address in ("127.0.0.1", "0.0.0.0", "localhost"):
        listen = {"CELLAR_SERVER_LISTEN": f"{address}:{cellar.port}", "CELLAR_INDEX_MAIN_READ": "everyone"}
        asked = cellar.run("health", environment=listen)
        shown = "127.0.0.1" if address == "0.0.0.0" else address
        assert (asked.returncode, asked.stdout) == (0, f"http://{shown}:{cellar.port} is ready.\n"), asked.stderr
    assert cellar.run("health", "--url", cellar.base + "/").returncode == 0
    cellar.stop()


def test_health_by_ipv6(cellar: Cellar) -> None:
    cellar.configure({"server": {"listen": f"[::1]:{cellar.port}"}})
    process = subprocess.Popen(
        [str(BINARY), "serve", "--config", str(cellar.config)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cellar.root, env=clean_environment(),
    )  # fmt: skip
    try:
        every = {"CELLAR_SERVER_LISTEN": f"[::]:{cellar.port}", "CELLAR_INDEX_MAIN_READ": "everyone"}
        eventually(lambda: cellar.run("health").returncode == 0, 30)
        assert cellar.run("health", environment=every).stdout == f"http://[::1]:{cellar.port} is ready.\n"
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_health_under_tls(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path / "certificate")
    cellar = SecureCellar(tmp_path / "cellar", certificate=certificate, users=False)
    cellar.start()
    try:
        asked = cellar.run("health")
        assert (asked.returncode, asked.stdout) == (0, f"{cellar.base} is ready.\n"), asked.stderr
        untrusted = cellar.run("health", "--url", cellar.base)
        assert untrusted.returncode == 1
        assert "CERTIFICATE_VERIFY_FAILED" in untrusted.stderr, "an address that was named must be the right one"
        cellar.stop()
    finally:
        cellar.kill()


@contextmanager
def answering(answer: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives one answer to everybody, or none if it is None; and what it was sent."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        received: list[bytes] = []
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                held.append(connection)
                received.append(connection.recv(65536))
                if answer is not None:
                    connection.sendall(answer)
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", received
        listening.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


def http(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (http("503 Service Unavailable", "not ready: starting\n"), "not ready: starting."),
        (http("503 Service Unavailable", "busy\n"), "it answers 503, as no Cellar does."),
        (http("200 OK", "hello\n"), "it answers 200, as no Cellar does."),
        (http("404 Not Found", ""), "it answers 404, as no Cellar does."),
        (http("302 Found", ""), "it answers 302, as no Cellar does."),
        (http("200 OK", "x" * 100_000), "it answers with more than Cellar does."),
        (None, "it does not answer within 4 s."),
    ],
    ids=["starting", "busy", "another", "missing", "redirect", "endless", "silent"],
)
def test_health_of_something_else(tmp_path: Path, answer: bytes | None, problem: str) -> None:
    with answering(answer) as (url, received):
        started = time.monotonic()
        asked = run(tmp_path, "health", "--url", f"{url}/behind/a/proxy/")
        assert time.monotonic() - started < 15
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr == f"cellar: {url}/behind/a/proxy is not healthy: {problem}\n"
    assert received[0].startswith(b"GET /behind/a/proxy/health/ready HTTP/1.1\r\n")


def test_health_is_asked_of_somebody(tmp_path: Path) -> None:
    wrong = run(tmp_path, "health", "--url", "pypi.example.com")
    assert wrong.returncode == 64 and "--url must be the address of a server" in wrong.stderr
    nowhere = run(tmp_path, "health", environment={"CELLAR_SERVER_LISTEN": "127.0.0.1:0"})
    assert nowhere.returncode == 64 and "name the server with --url" in nowhere.stderr
    unknown = run(tmp_path, "health", "--url", "http://nobody.invalid")
    assert unknown.returncode == 1 and "cannot be resolved" in unknown.stderr, unknown.stderr
    assert list(tmp_path.iterdir()) == []
