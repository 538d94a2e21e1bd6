"""The container image: what is in it, and its root run in namespaces as its user, with only the data writable."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from image import Container, Image

from support.cellar import PASSWORD, REPOSITORY
from support.clients import Workbench
from support.containers import require_namespaces
from support.distributions import wheel
from support.tls import Certificate
from support.upload import body_of, publish, read_response, request_head
from support.waiting import eventually

FILE = wheel("served", "1.0", {"served.py": b"served = True\n"})
LARGE = wheel("large", "1.0", {"large/data.bin": os.urandom(3_000_000)}, compression=0)
ADMINISTRATOR = ("admin", PASSWORD)
# Nobody listens beyond this machine but in a network of its own.
ON_LOOPBACK = {"CELLAR_SERVER_LISTEN": "127.0.0.1:$PORT", "CELLAR_SERVER_ADMIN_PASSWORD": PASSWORD}


@pytest.fixture(scope="session")
def image(program: Path) -> Image:
    require_namespaces()
    return made_image(program)


def made_image(program: Path) -> Image:
    command = [REPOSITORY / "scripts/make-image.sh", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Image.read(REPOSITORY / done.stdout.strip())


@pytest.fixture(scope="session")
def root(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return image.unpack(tmp_path_factory.mktemp("image") / "root")


@pytest.fixture
def container(image: Image, root: Path, tmp_path: Path) -> Iterator[Container]:
    made = Container(image, root, tmp_path / "data", tmp_path / "log", dict(ON_LOOPBACK))
    yield made
    made.server.kill()


# What is in it


def test_it_is_small(image: Image) -> None:
    assert image.archive.stat().st_size <= 30_000_000


def test_the_same_commit_makes_the_same_layers(program: Path, image: Image) -> None:
    assert made_image(program).layers == image.layers


def test_its_files_are_few_and_closed(image: Image) -> None:
    members = image.members()
    programs = {Path(member.name).name for member in members if member.isfile() and "/bin/" in f"/{member.name}"}
    assert programs == {"cellar"}, "no shell, and no other program"
    for member in members:
        assert member.issym() or not member.mode & 0o7022, f"{member.name}: {member.mode:o}"
        is_data = member.name.rstrip("/") == "var/lib/cellar"
        assert (member.uid, member.gid) == (image.ids if is_data else (0, 0)), member.name
    names = {member.name.rstrip("/") for member in members}
    assert names >= {"etc/ssl/certs/ca-certificates.crt", "etc/cellar/cellar.toml", "usr/share/doc/cellar/copyright"}
    packages = {name.rpartition("/")[2] for name in names if name.startswith("var/lib/dpkg/status.d/")}
    assert packages >= {"libc6", "libldap-2.5-0", "libpq5", "ca-certificates"}
    assert {f"usr/share/doc/{package}/copyright" for package in packages} <= names
    assert len([name for name in names if name.startswith("usr/share/doc/cellar/licenses/")]) > 20


def test_its_settings(image: Image) -> None:
    settings = image.settings
    assert image.ids == (10001, 10001)
    assert settings["Entrypoint"] == ["/usr/bin/cellar"] and settings["Cmd"] == ["serve"]
    assert image.environment["CELLAR_SERVER_LISTEN"] == "0.0.0.0:$PORT" and image.environment["PORT"] == "6543"
    assert settings["Volumes"] == {"/var/lib/cellar": {}}
    assert settings["Healthcheck"]["Test"] == ["CMD", "/usr/bin/cellar", "health"]
    labels = settings["Labels"]
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert labels["org.opencontainers.image.revision"] == head.stdout.strip()
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert image.tags == [f"localhost/cellar:{labels['org.opencontainers.image.version']}"]


# What it does


def test_published_to_and_installed_from(container: Container, workbench: Workbench, tmp_path: Path) -> None:
    server = container.server
    server.start()
    file = tmp_path / FILE.filename
    file.write_bytes(FILE.content)
    login = {"TWINE_USERNAME": "admin"}
    workbench.run("twine", "upload", "--repository-url", server.url("/main/"), file, environment=login)
    assert requests.get(server.url("/main/simple/"), timeout=10).status_code == 401, "read is for accounts"
    index = server.url("/main/simple/").replace("://", f"://admin:{quote(PASSWORD, safe='')}@")
    python = workbench.virtual_environment()
    workbench.run("pip", "--python", python, "install", "--index-url", index, "served")
    workbench.run(python, "-c", "import served; assert served.served")
    server.stop()


def test_nothing_but_the_data_is_written(container: Container) -> None:
    server = container.server
    server.start()
    status = Path(f"/proc/{server.pid()}/status").read_text()
    assert re.search(r"^Uid:\t10001\t10001\t10001\t10001$", status, re.MULTILINE)
    assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE) and "NoNewPrivs:\t1" in status
    mounts = Path(f"/proc/{server.pid()}/mountinfo").read_text().splitlines()
    root = [line.split() for line in mounts if line.split()[4] == "/"]
    assert root and root[-1][5].startswith("ro,")
    for file in (FILE, LARGE):
        assert publish(server, file, auth=ADMINISTRATOR).status_code == 200, server.logged()
    server.stop()
    for command in (["check", "--deep"], ["sweep", "--older-than", "0"], ["rebuild"]):
        container.settings["CELLAR_INDEX_MAIN_UPSTREAMS"] = ""
        done = container.process(*command)
        done.launch()
        assert done.wait(60) == 0, server.logged()


def test_it_listens_everywhere_at_port(image: Image, root: Path, tmp_path: Path) -> None:
    """With the image's own environment, in a network of its own."""
    container = Container(image, root, tmp_path / "data", tmp_path / "log", has_own_network=True)
    server = container.server
    try:
        server.launch()
        eventually(lambda: '"message":"ready"' in server.logged(), 30, server.logged)
        asked = container.execute("/usr/bin/cellar", "health")
        assert (asked.returncode, asked.stdout) == (0, f"http://127.0.0.1:{server.port} is ready.\n"), asked.stderr
        listening = Path(f"/proc/{server.pid()}/net/tcp").read_text()
        assert f"00000000:{server.port:04X}" in listening
        assert "Open this link, which works once" in server.logged()
        server.stop()
    finally:
        server.kill()


def test_health(container: Container) -> None:
    server = container.server
    server.start()
    check = container.image.settings["Healthcheck"]["Test"][1:]
    asked = container.execute(*check)
    assert (asked.returncode, asked.stdout) == (0, f"http://127.0.0.1:{server.port} is ready.\n"), asked.stderr
    nobody = container.execute(*check, "--url", "http://127.0.0.1:9")
    assert nobody.returncode == 1 and "Connection refused" in nobody.stderr
    server.stop()


def test_it_stops_within_its_grace(container: Container) -> None:
    container.server.start()
    started = time.monotonic()
    container.server.stop()
    assert time.monotonic() - started < 5, "without requests, it waits for nothing"

    server = container.server
    server.start()
    body = body_of(LARGE)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(request_head(server, len(body), extra=["Expect: 100-continue"], auth=ADMINISTRATOR))
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body[:1_000_000])
        server.signal(signal.SIGTERM)
        eventually(lambda: not server.is_ready())
        connection.sendall(body[1_000_000:])
        status, _ = read_response(connection)
    assert status == 200 and server.wait(10) == 0, server.logged()


def test_upgraded_over_the_data_of_another_image(container: Container, tmp_path: Path) -> None:
    container.server.start()
    assert publish(container.server, FILE, auth=ADMINISTRATOR).status_code == 200
    container.server.stop()
    other = container.image.unpack(container.root.parent / "other-root")
    (other / "etc/cellar/cellar.toml").write_text('[index.main]\nread = ["everyone"]\n')
    newer = Container(container.image, other, container.data, tmp_path / "newer-log", dict(ON_LOOPBACK))
    newer.server.start()
    try:
        address = newer.server.url(f"/main/files/{FILE.sha256}/{FILE.filename}")
        assert requests.get(address, timeout=10).content == FILE.content
        newer.server.stop()
    finally:
        newer.server.kill()


@pytest.mark.parametrize(
    ("settings", "code", "text"),
    [
        ({"PORT": "http"}, 78, "takes its port from the variable PORT, which must be a port from 1 to 65535"),
        (
            {"CELLAR_SERVER_ADMIN_PASSWORD": "", "CELLAR_SERVER_ADMIN_PASSWORD_FILE": "/run/secrets/none"},
            78,
            "/run/secrets/none",
        ),
        ({"CELLAR_SERVER_DATA_DIR": "/elsewhere"}, 69, "The folder /elsewhere (server.data_dir) cannot be used"),
    ],
    ids=["port", "secret", "folder"],
)
def test_what_is_missing_is_said(container: Container, settings: dict[str, str], code: int, text: str) -> None:
    container.server.environment.update(settings)
    if "CELLAR_SERVER_ADMIN_PASSWORD_FILE" in settings:
        del container.server.environment["CELLAR_SERVER_ADMIN_PASSWORD"]
    container.server.launch()
    assert container.server.wait(30) == code, container.server.logged()
    assert text in container.server.logged()


# What it finds outside


class NameServer:
    """Answers every question for an IPv4 address with 127.0.0.1 (RFC 1035), and others with no answer."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.asked: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                question, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            end = question.index(b"\0", 12) + 5
            self.asked.append(question[12:end])
            is_address = question[end - 4 : end - 2] == b"\0\1"
            head = question[:2] + b"\x81\x80" + struct.pack(">HHHH", 1, int(is_address), 0, 0)
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if is_address else b""
            try:
                self.socket.sendto(head + question[12:end] + answer, sender)
            except OSError:
                return


def test_names_are_resolved(container: Container) -> None:
    try:
        names = NameServer()
    except OSError as error:
        pytest.skip(f"NOT TESTED, needs port 53 of 127.0.0.1: {error}")
    server = container.server
    server.start()
    for name in ("named-by-a-file.test", "named-by-a-server.test"):
        asked = container.execute("/usr/bin/cellar", "health", "--url", f"http://{name}:{server.port}")
        assert asked.returncode == 0, asked.stderr
    assert any(b"named-by-a-server" in question for question in names.asked)
    assert not any(b"named-by-a-file" in question for question in names.asked)
    names.socket.close()
    server.stop()


def test_the_authorities_of_the_image_are_trusted(image: Image, root: Path, tmp_path: Path) -> None:
    """With an authority of the test's among them, in an unpacked image of its own."""
    own = image.unpack(root.parent / "trusting-root")
    certificate = Certificate(tmp_path / "certificate")
    for file in (certificate.file, certificate.key):
        (own / "etc/cellar" / file.name).write_bytes(file.read_bytes())
    tls = {"CELLAR_SERVER_TLS_CERTIFICATE": certificate.file.name, "CELLAR_SERVER_TLS_KEY": certificate.key.name}
    container = Container(image, own, tmp_path / "data", tmp_path / "log", {**ON_LOOPBACK, **tls})
    server = container.server
    url = f"https://127.0.0.1:{server.port}"
    try:
        server.launch()
        eventually(lambda: '"message":"ready"' in server.logged(), 30, server.logged)
        assert container.execute("/usr/bin/cellar", "health").returncode == 0
        assert "CERTIFICATE_VERIFY_FAILED" in container.execute("/usr/bin/cellar", "health", "--url", url).stderr
        with (own / "etc/ssl/certs/ca-certificates.crt").open("ab") as authorities:
            authorities.write(certificate.authority.read_bytes())
        asked = container.execute("/usr/bin/cellar", "health", "--url", url)
        assert asked.returncode == 0, asked.stderr
        server.stop()
    finally:
        server.kill()


def test_a_directory_can_be_asked(container: Container) -> None:
    """libldap is there with all that it needs: what is missing is a directory."""
    container.settings |= {
        "CELLAR_LDAP_URLS": "ldap://127.0.0.1:9", "CELLAR_LDAP_START_TLS": "true",
        "CELLAR_LDAP_USER_DN_FORMAT": "uid={username},dc=test", "CELLAR_INDEX_MAIN_UPSTREAMS": "",
    }  # fmt: skip
    check = container.process("check")
    check.launch()
    assert check.wait(30) == 1
    assert "libldap" not in check.logged() and "127.0.0.1:9" in check.logged()


def test_postgresql_can_be_asked(container: Container) -> None:
    """libpq is there with all that it needs: what is missing is a server."""
    container.settings |= {
        "CELLAR_DATABASE_URL": "postgresql://127.0.0.1:9/cellar?sslmode=require", "CELLAR_INDEX_MAIN_UPSTREAMS": "",
    }  # fmt: skip
    check = container.process("check")
    check.launch()
    assert check.wait(30) != 0
    assert "libpq" not in check.logged() and "127.0.0.1" in check.logged()
