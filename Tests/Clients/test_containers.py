"""What a container asks of the program: its port from the environment, a health check, process 1, a read-only root."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from support.cellar import BINARY, PASSWORD, Cellar, clean_environment
from support.containers import ADMINISTRATOR, Contained
from support.distributions import Distribution, wheel
from support.simple import Index
from support.tls import Certificate, SecureCellar
from support.upload import body_of, publish, read_response, request_head
from support.waiting import eventually

FILE = wheel("kept", "1.0", {"kept.py": b"kept = True\n"})
LARGE = wheel("large", "1.0", {"large/data.bin": os.urandom(3_000_000)}, compression=0)


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


# Process 1


def contained(tmp_path: Path, shutdown_timeout: str = "30s", **options: str) -> Contained:
    """The server as process 1, configured by the environment alone."""
    environment = {
        "CELLAR_SERVER_LISTEN": "127.0.0.1:$PORT", "CELLAR_SERVER_DATA_DIR": str(tmp_path / "data"),
        "CELLAR_SERVER_ADMIN_PASSWORD": PASSWORD, "CELLAR_SERVER_SHUTDOWN_TIMEOUT": shutdown_timeout,
        "CELLAR_INDEX_MAIN_UPSTREAMS": "",
    }  # fmt: skip
    return Contained([BINARY, "serve"], environment, tmp_path / "log", **options)


class SlowUpload:
    """An upload of which the server has the first half."""

    def __init__(self, server: Contained, file: Distribution) -> None:
        self.body = body_of(file)
        self.connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        half = len(self.body) // 2
        head = request_head(server, len(self.body), extra=["Expect: 100-continue"], auth=ADMINISTRATOR)
        self.connection.sendall(head)
        assert self.connection.recv(65536).startswith(b"HTTP/1.1 100 "), "the server reads the body now"
        self.connection.sendall(self.body[:half])
        self.rest = self.body[half:]

    def finish(self) -> int | None:
        self.connection.sendall(self.rest)
        status, _ = read_response(self.connection)
        self.connection.close()
        return status


def test_process_1_finishes_what_it_began(tmp_path: Path) -> None:
    server = contained(tmp_path)
    server.start()
    upload = SlowUpload(server, LARGE)
    server.signal(signal.SIGTERM)
    eventually(lambda: not server.is_ready())
    assert server.exit_code() is None
    assert upload.finish() == 200
    assert server.wait(10) == 0, server.logged()

    server.start()
    assert [link.filename for link in Index(server.url("")).links("large")] == [LARGE.filename]
    server.stop()


def test_process_1_keeps_to_its_grace(tmp_path: Path) -> None:
    server = contained(tmp_path, shutdown_timeout="1s")
    server.start()
    upload = SlowUpload(server, LARGE)
    started = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.wait(10) == 1
    assert 1 <= time.monotonic() - started < 6
    assert "requests under way are cut off" in server.logged()
    upload.connection.close()


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_process_1_at_once(tmp_path: Path, second: signal.Signals) -> None:
    server = contained(tmp_path)
    server.start()
    upload = SlowUpload(server, LARGE)
    server.signal(signal.SIGTERM)
    eventually(lambda: not server.is_ready())
    server.signal(second)
    assert server.wait(10) == 1
    upload.connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_other_commands_as_process_1(tmp_path: Path, number: signal.Signals) -> None:
    environment = {"CELLAR_SERVER_DATA_DIR": str(tmp_path / "data")}
    command = Contained(
        [BINARY, "user", "add", "ada", "--password-stdin"],
        environment,
        tmp_path / "log",
        prepare="mkdir -p $CELLAR_SERVER_DATA_DIR",
    )
    reading, writing = os.pipe()
    try:
        command.launch(stdin=reading)
        threads = Path(f"/proc/{command.pid()}/task")

        def reads() -> bool:
            # A thread sleeps in read(2) of standard input: from there on, only a signal can end the program.
            return any(thread.read_text().startswith("0 0x0 ") for thread in threads.glob("*/syscall"))

        eventually(reads, otherwise=command.logged)
        command.signal(number)
        assert command.wait(10) == 128 + number
    finally:
        command.kill()
        os.close(reading)
        os.close(writing)


# SIGHUP


def test_a_hang_up_without_a_terminal_has_the_configuration_read_again(cellar: Cellar) -> None:
    # Whoever runs the tests may ignore the signal, and children inherit that.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    cellar.start()
    signal.signal(signal.SIGHUP, before)
    assert cellar.process is not None
    for count in (1, 2):
        cellar.process.send_signal(signal.SIGHUP)
        cellar.eventually_logs("the configuration was read again and is in force", count)
    assert cellar.is_alive()
    cellar.stop()


@pytest.mark.parametrize("is_ignored", [False, True], ids=["plain", "nohup"])
def test_the_end_of_its_terminal_ends_a_server(cellar: Cellar, is_ignored: bool) -> None:
    terminal, inner = pty.openpty()
    disposition = signal.SIG_IGN if is_ignored else signal.SIG_DFL
    cellar.process = subprocess.Popen(
        [str(BINARY), "serve", "--config", str(cellar.config)],
        stdin=inner, stdout=inner, stderr=inner, cwd=cellar.root, env=clean_environment(),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, disposition),
    )  # fmt: skip
    os.close(inner)
    try:
        eventually(cellar.is_alive, 30)
        cellar.process.send_signal(signal.SIGHUP)
        if is_ignored:
            os.close(terminal)
            cellar.process.send_signal(signal.SIGHUP)
            assert cellar.is_alive()
            cellar.process.terminate()
        assert cellar.process.wait(30) == 0
    finally:
        if not is_ignored:
            os.close(terminal)


# A read-only root

# Only the data folder, at /srv, and a tmpfs for the spool, at /mnt, can be written, by a user who owns nothing else.
READ_ONLY = """
mount --bind "$DATA" /srv
mount -t tmpfs -o mode=1777,size=64m tmpfs /mnt
mount -o remount,bind,ro /
if touch /var/tmp/written; then exit 99; fi
set -- setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all "$@"
"""


@pytest.mark.parametrize(("owner", "mode"), [(65534, 0o700), (0, 0o2775)], ids=["volume", "fsGroup"])
def test_a_read_only_root(tmp_path: Path, owner: int, mode: int) -> None:
    """Volumes belong to the user of the image, or, by the fsGroup of Kubernetes, to the group."""
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, owner, 65534)
    data.chmod(mode)
    environment = {
        "CELLAR_SERVER_LISTEN": "127.0.0.1:$PORT", "CELLAR_SERVER_DATA_DIR": "/srv", "CELLAR_SERVER_SPOOL_DIR": "/mnt",
        "CELLAR_SERVER_ADMIN_PASSWORD": PASSWORD, "CELLAR_INDEX_MAIN_UPSTREAMS": "",
    }  # fmt: skip
    prepare = f"DATA='{data}'\n{READ_ONLY}"
    server = Contained([BINARY, "serve"], environment, tmp_path / "log", prepare=prepare)
    server.start()
    for file in (FILE, LARGE):
        assert publish(server, file, auth=ADMINISTRATOR).status_code == 200, server.logged()
    server.stop()
    assert not (data / "spool").exists()

    for command in (["check", "--deep"], ["sweep", "--older-than", "0"], ["rebuild"]):
        done = Contained([BINARY, *command], environment, tmp_path / "log", prepare=prepare)
        done.launch()
        assert done.wait(60) == 0, server.logged()
    server.start()
    for file in (FILE, LARGE):
        answer = requests.get(server.url(f"/main/files/{file.sha256}/{file.filename}"), timeout=10)
        assert answer.content == file.content
    server.stop()
