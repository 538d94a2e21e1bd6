"""What a service manager such as systemd learns of the server: that it is ready and when it stops (sd_notify(3)), and
the priorities of its lines in the journal (sd-daemon(3))."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from support.cellar import Cellar, clean_environment

pytestmark = pytest.mark.xdist_group("clients")


class Manager:
    """The socket that a service manager listens at."""

    def __init__(self, name: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(30)
        self._socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.environment = {"NOTIFY_SOCKET": name}

    def message(self) -> list[str]:
        return self._socket.recv(4096).decode().split("\n")

    def has_message(self) -> bool:
        self._socket.setblocking(False)
        try:
            return bool(self._socket.recv(4096))
        except BlockingIOError:
            return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def cellar(tmp_path: Path) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path / "cellar")
    yield cellar
    cellar.kill()


@pytest.fixture(params=["path", "abstract name"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(str(tmp_path / "notify") if request.param == "path" else f"@cellar-{os.getpid()}/notify")
    yield manager
    manager.close()


def journal(log: Path) -> dict[str, str]:
    """The variable with which systemd names a stream of the journal, for a file in its place."""
    log.touch()
    return {"JOURNAL_STREAM": f"{log.stat().st_dev}:{log.stat().st_ino}"}


def test_the_manager_learns_when_the_server_is_ready_and_when_it_stops(cellar: Cellar, manager: Manager) -> None:
    with ThreadPoolExecutor(1) as pool:
        start = pool.submit(cellar.start, manager.environment)
        assert manager.message() == ["STATUS=Opening the database and the storage"]
        assert manager.message() == ["READY=1", f"STATUS=Serving at {cellar.base}/"]
        assert requests.get(cellar.url("/health/ready"), timeout=5).status_code == 200, "it said so too early"
        start.result()
    assert not manager.has_message()
    cellar.stop()
    stopping = ["STOPPING=1", "STATUS=Finishing requests under way", "EXTEND_TIMEOUT_USEC=40000000"]
    assert manager.message() == stopping
    assert not manager.has_message()


def test_a_long_shutdown_is_announced(cellar: Cellar, manager: Manager) -> None:
    cellar.configure({"server": {"shutdown_timeout": "10m"}})
    cellar.start(manager.environment)
    cellar.stop()
    assert [manager.message() for _ in range(3)][-1][-1] == "EXTEND_TIMEOUT_USEC=610000000"


def test_a_server_that_cannot_start_is_never_ready(cellar: Cellar, manager: Manager) -> None:
    cellar.configure({"server": {"spool_dir": "/dev/null/spool"}})
    assert not cellar.start(manager.environment, may_die=True)
    assert manager.message() == ["STATUS=Opening the database and the storage"]
    assert not manager.has_message()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/nonexistent/notify", "No such file or directory"),
        ("@cellar-nobody-listens", "Connection refused"),
        ("vsock:2:1234", "Address family not supported by protocol"),
        ("/" + "x" * 108, "File name too long"),
    ],
)
def test_a_manager_that_cannot_be_reached_is_a_warning(cellar: Cellar, name: str, reason: str) -> None:
    cellar.start({"NOTIFY_SOCKET": name})
    cellar.stop()
    warnings = [line for line in cellar.log.read_text().splitlines() if '"level":"warning"' in line]
    assert len(warnings) == 3 and all(name in line and reason in line for line in warnings)


@pytest.mark.parametrize("format", ["human", "json"])
def test_lines_in_the_journal_begin_with_their_priority(cellar: Cellar, format: str) -> None:
    cellar.configure({"server": {"log_format": format}})
    cellar.start({**journal(cellar.log), "NOTIFY_SOCKET": "/nonexistent/notify"})
    requests.get(cellar.url("/main/simple/"), timeout=5)
    cellar.stop()
    line = r'<(\d)>\{"time":.*?"level":"(\w+)"' if format == "json" else r"<(\d)>\d{4}-\d\d-\d\d [\d:.]+ (\w+) "
    found = [re.match(line, text) for text in cellar.log.read_text().splitlines()]
    assert all(found), cellar.log_tail()
    levels = {match[2]: match[1] for match in found if match}
    assert levels == {"warning": "4", "notice": "5", "info": "6"}


def test_a_failed_start_is_an_error_in_the_journal(cellar: Cellar) -> None:
    cellar.configure({"server": {"lissten": "127.0.0.1:1", "spol_dir": "spool"}})
    assert not cellar.start(journal(cellar.log), may_die=True)
    lines = cellar.log.read_text().splitlines()
    assert len(lines) >= 2 and all(line.startswith("<3>") for line in lines), lines


def test_other_outputs_of_a_service_have_no_priorities(cellar: Cellar, tmp_path: Path) -> None:
    cellar.start(journal(tmp_path / "another"))
    cellar.stop()
    assert not re.search(r"^<\d>", cellar.log.read_text(), re.MULTILINE)
    wrong = ["user", "add", "a b", "--password-stdin"]
    refused = subprocess.run(
        [cellar.binary, *wrong, "--config", cellar.config], input="x\n", capture_output=True, text=True,
        env={**clean_environment(), **journal(tmp_path / "another")}, cwd=cellar.root, check=False,
    )  # fmt: skip
    assert refused.stderr.startswith("cellar: "), refused.stderr
