"""The commands on a machine: where they look, what they make, and what they refuse."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from support.cellar import BINARY, Cellar, clean_environment
from support.distributions import wheel
from support.upload import publish

COMMANDS = [
    ["user", "add", "ada", "--admin", "--password-stdin"],
    ["user", "list"],
    ["rebuild"],
    ["sweep"],
    ["why", "six"],
    ["cache", "list"],
    ["project", "claim", "six"],
    ["project", "release", "six"],
]


def run(folder: Path, *arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BINARY), *arguments],
        input=input, capture_output=True, text=True, cwd=folder, timeout=60, env=clean_environment(), check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_in_the_wrong_folder_makes_nothing(tmp_path: Path, command: list[str]) -> None:
    done = run(tmp_path, *command, input="correct horse battery\n")
    assert done.returncode != 0
    assert str(tmp_path) in done.stderr
    assert "--config" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_command_makes_what_a_configuration_names(tmp_path: Path) -> None:
    (tmp_path / "cellar.toml").write_text("")
    done = run(tmp_path, "user", "add", "ada", "--admin", "--password-stdin", input="correct horse battery\n")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "cellar-data" / "cellar.db").is_file()
    (tmp_path / "cellar.toml").unlink()
    assert "ada" in run(tmp_path, "user", "list").stdout, "a data folder here is a name, too"


def test_a_rebuild_refuses_beside_a_running_server(tmp_path: Path) -> None:
    cellar = Cellar(tmp_path)
    cellar.start()
    file = wheel("kept", "1.0", {"kept.py": b""})
    assert publish(cellar, file).status_code == 200
    try:
        refused = cellar.run("rebuild")
        assert refused.returncode != 0
        assert "Stop the server" in refused.stderr
        cellar.cli("user", "list")
    finally:
        cellar.kill()
    cellar.cli("rebuild")


def test_init_writes_a_server_that_starts(tmp_path: Path) -> None:
    done = run(
        tmp_path, "init", "--yes", "--purpose", "organisation", "--listen", "0.0.0.0:6543", "--admin", "ada",
        "--password-stdin", input="correct horse battery\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 'read = ["authenticated"]' in (tmp_path / "cellar.toml").read_text()
    assert "ada" in run(tmp_path, "user", "list").stdout


def test_a_busy_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "cellar.toml").write_text(f'[server]\nlisten = "127.0.0.1:{port}"\n')
        # A library's complaint about what was left undone stood above it once in some ten times.
        for _ in range(20):
            done = run(tmp_path, "serve")
            assert done.returncode != 0
            assert f"Cannot listen at 127.0.0.1:{port}" in done.stderr
            assert "EventLoop" not in done.stdout + done.stderr


def test_why_takes_a_specifier(tmp_path: Path) -> None:
    cellar = Cellar(tmp_path)
    cellar.start()
    try:
        for version in ("1.0", "2.0", "2.1"):
            assert publish(cellar, wheel("sample", version)).status_code == 200
        assert "2.1 to 2.0: 2 releases, listed" in cellar.run("why", "sample>=2").stdout
        assert "2.1 to 1.0: 3 releases, listed" in cellar.run("why", "sample").stdout
        one = cellar.run("why", "Sample ~= 2.1").stdout
        assert "2.1" in one and "2.0" not in one and "1.0" not in one
    finally:
        cellar.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can meet the files of another user")
@pytest.mark.parametrize("has_database", [True, False])
def test_root_makes_nothing_in_an_installation_of_another_user(tmp_path: Path, has_database: bool) -> None:
    cellar = Cellar(tmp_path / "cellar", users=has_database)
    cellar.data.mkdir(exist_ok=True)
    for path in [cellar.data, *cellar.data.rglob("*")]:
        os.chown(path, 65534, 65534)
    before = {path: path.stat().st_uid for path in cellar.data.rglob("*")}
    place = f"{cellar.data}/cellar.db (database.url)" if has_database else f"{cellar.data} (server.data_dir)"
    for command in (["user", "list"], ["sweep"], ["serve"]):
        refused = cellar.run(*command)
        assert refused.returncode == 69, command
        assert f"{place} belongs to the user nobody" in refused.stderr
        assert "runuser -u nobody -- cellar …" in refused.stderr
    assert {path: path.stat().st_uid for path in cellar.data.rglob("*")} == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_root_may_go_on_with_a_database_of_its_own(tmp_path: Path) -> None:
    """Such as in a container that runs as root, with a folder of somebody outside."""
    cellar = Cellar(tmp_path / "cellar")
    os.chown(cellar.data, 65534, 65534)
    assert "alice" in cellar.cli("user", "list")


def test_the_files_of_a_project_are_managed_beside_a_running_server(tmp_path: Path) -> None:
    cellar = Cellar(tmp_path)
    cellar.start()
    try:
        for version in ("1.0", "2.0", "3.0"):
            assert publish(cellar, wheel("acme", version)).status_code == 200
        names = [f"acme-{version}-py3-none-any.whl" for version in ("1.0", "2.0", "3.0")]

        def yanked() -> dict[str, object]:
            accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
            page = requests.get(cellar.url("/main/simple/acme/"), headers=accept, timeout=30).json()
            return {file["filename"]: file["yanked"] for file in page["files"]}

        assert cellar.cli("project", "yank", "Acme", "--version", "1.0", "--reason", "it breaks") == names[0] + "\n"
        cellar.cli("project", "yank", "acme", "--file", names[1])
        assert yanked() == {names[0]: "it breaks", names[1]: True, names[2]: False}
        cellar.cli("project", "unyank", "acme", "--file", names[1])
        assert yanked()[names[1]] is False
        for wrong in ([], ["--version", "1.0", "--file", names[0]]):
            assert cellar.run("project", "delete", "acme", *wrong).returncode == 64
        assert "no release 9" in cellar.run("project", "yank", "acme", "--version", "9").stderr
        cellar.cli("project", "delete", "acme", "--version", "1.0")
        assert list(yanked()) == names[1:]
        cellar.cli("project", "status", "acme", "archived", "--reason", "replaced")
        assert publish(cellar, wheel("acme", "4.0")).status_code == 409
        assert cellar.run("project", "status", "acme", "sleeping").returncode == 64
        assert cellar.cli("project", "delete", "acme", "--all").split() == names[1:]
        assert yanked() == {}
        assert cellar.run("project", "delete", "acme", "--all").returncode == 1
    finally:
        cellar.stop()
