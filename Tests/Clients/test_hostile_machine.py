"""A machine that fails the server: a full disk, a read-only folder, a database locked or broken, a wrong setting."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.cellar import Cellar
from support.distributions import wheel
from support.hostile import KEPT, assert_kept, assert_refused, publish_kept
from support.mounting import mounted
from support.simple import Index
from support.upload import publish

pytestmark = pytest.mark.xdist_group("machine")

LATE = wheel("late", "1.0", {"late/data.bin": os.urandom(6_000_000)}, compression=0)


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Folders in which nothing can be made for a while; root, whom modes don't bind, needs the immutable flag."""
    folders = [str(folder), *(str(path) for path in folder.glob("**/") if path.is_dir())]
    off, on = (["chattr", "+i"], ["chattr", "-i"]) if os.getuid() == 0 else (["chmod", "a-w"], ["chmod", "u+w"])
    try:
        done = subprocess.run([*off, *folders], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"NOT TESTED, needs the right to make folders immutable: {done.stderr.strip()}")
        yield
    finally:
        subprocess.run([*on, *folders], check=False)


def fill(ballast: Path) -> None:
    """Takes all the room there is, however much of it the server takes at the same time."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC


@pytest.fixture
def cellar(tmp_path: Path) -> Iterator[Cellar]:
    server = Cellar(tmp_path)
    yield server
    server.kill()


@pytest.mark.parametrize("place", ["storage", "spool"])
def test_a_full_disk(tmp_path: Path, place: str) -> None:
    full = tmp_path / place
    full.mkdir()
    with mounted(full, "-t", "tmpfs", "-o", "size=4m", "tmpfs"):
        settings = {"storage": {"storage": {"url": f"file:{full}"}}, "spool": {"server": {"spool_dir": str(full)}}}
        server = Cellar(tmp_path / "cellar", settings[place])
        server.start()
        try:
            publish_kept(server)
            assert_refused(publish(server, LATE), 507, 503, tells="space|full|room|storage")
            index = Index(server.base)
            assert index.projects() == ["kept"]
            assert_kept(index)
            small = wheel("small", "1.0")
            assert publish(server, small).status_code == 200, "what does fit is accepted afterwards"
            server.stop()
        finally:
            server.kill()


def test_a_full_disk_under_the_database(tmp_path: Path) -> None:
    full = tmp_path / "data"
    full.mkdir()
    with mounted(full, "-t", "tmpfs", "-o", "size=16m", "tmpfs"):
        server = Cellar(tmp_path, {"server": {"spool_dir": str(tmp_path / "spool")}})
        server.start()
        try:
            publish_kept(server)
            fill(full / "ballast")
            assert_refused(publish(server, wheel("late", "1.0")), 507, 503)
            assert_kept(Index(server.base))
            (full / "ballast").unlink()
            assert publish(server, wheel("late", "1.0")).status_code == 200, "it recovers without a restart"
            server.stop()
        finally:
            server.kill()


def test_a_read_only_storage(cellar: Cellar) -> None:
    cellar.start()
    publish_kept(cellar)
    with unwritable(cellar.data / "files"):
        assert_refused(publish(cellar, wheel("late", "1.0")), 503, 507, tells="storage|written|write")
        assert_kept(Index(cellar.base))
        assert Index(cellar.base).projects() == ["kept"]
    assert publish(cellar, wheel("late", "1.0")).status_code == 200, "it recovers without a restart"
    cellar.stop()


def test_a_read_only_data_folder_stops_the_start(cellar: Cellar) -> None:
    with mounted(cellar.data, "--bind", str(cellar.data)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(cellar.data)], check=True)
        done = cellar.run("serve", timeout=30)
    assert done.returncode != 0
    assert str(cellar.data) in done.stdout + done.stderr, "the message names the folder"
    assert "Fatal" not in done.stderr


def test_a_locked_database(cellar: Cellar) -> None:
    cellar.start()
    publish_kept(cellar)
    holder = sqlite3.connect(cellar.database(), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        answer = publish(cellar, wheel("late", "1.0"))
        assert_refused(answer, 503)
        assert "Retry-After" in answer.headers
        assert_kept(Index(cellar.base))
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert Index(cellar.base).projects() == ["kept"]
    assert publish(cellar, wheel("late", "1.0")).status_code == 200
    cellar.stop()


@pytest.mark.parametrize("how", ["overwritten", "header", "empty", "text"])
def test_a_corrupted_database_is_not_served(cellar: Cellar, how: str) -> None:
    cellar.start()
    publish_kept(cellar)
    cellar.stop()
    database = cellar.database()
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # so that all of it is in the one file
    connection.close()
    content = bytearray(database.read_bytes())
    match how:
        case "overwritten":
            content[4096:] = os.urandom(len(content) - 4096)
        case "header":
            content[:100] = bytes(100)
        case "empty":
            content.clear()
        case "text":
            content[:] = b"This is not a database.\n" * 1000
    database.write_bytes(content)

    stored = {path: path.read_bytes() for path in cellar.stored_files()}
    assert len(stored) >= len(KEPT)
    if how == "empty":  # an empty database beside a full storage: rebuilt only if configured
        cellar.cli("rebuild")
        cellar.start()
        assert_kept(Index(cellar.base))
        cellar.stop()
    else:
        done = cellar.run("serve", timeout=30)
        told = done.stdout + done.stderr
        assert done.returncode != 0
        assert "database" in told.lower()
        assert database.name in told
        assert "Fatal error" not in told
    assert {path: path.read_bytes() for path in cellar.stored_files()} == stored


MISTAKES = {
    "misspelt key": ('[server]\nlistne = "127.0.0.1:6543"\n', 2, "listne", "listen"),
    "misspelt section": ('[sever]\nlisten = "127.0.0.1:6543"\n', 1, "sever", "server"),
    "misspelt key of an index": ("[index.main]\nreed = []\n", 2, "reed", "read"),
    "wrong type": ("[index.main]\nallow_overwrite = 1\n", 2, "allow_overwrite", ""),
    "impossible value": ('\n[server]\nlisten = "nowhere"\n', 3, "listen", ""),
    "forbidden index": ("[index.simple]\n", 1, "simple", ""),
    "not TOML": ('[server]\nlisten = "127.0.0.1:6543\n', 2, "", ""),
    "misspelt upstream": ('[index.main]\nupstreams = ["pipy"]\n', 2, "pipy", "pypi"),
    "index that is its own upstream": ('[index.main]\nupstreams = ["main"]\n', 2, "main → main", ""),
}


@pytest.mark.parametrize("command", ["serve", "check", "rebuild"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_setting_stops_the_start(tmp_path: Path, mistake: str, command: str) -> None:
    text, line, wrong, meant = MISTAKES[mistake]
    server = Cellar(tmp_path, users=False)
    server.config.write_text(text)
    done = server.run(command, timeout=30)
    told = done.stdout + done.stderr
    assert done.returncode != 0
    assert server.config.name in told
    assert f"line {line}" in told or f":{line}" in told
    assert wrong in told
    assert meant in told
    assert not server.data.exists(), "nothing is made before the configuration is right"
