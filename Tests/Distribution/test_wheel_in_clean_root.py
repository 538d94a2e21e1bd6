"""The wheel in a clean Debian 12 that has nothing but python3-venv."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Upgrade
from machine import Machine, provide_libraries
from running import PASSWORD, USER, Program
from support.clients import Workbench
from support.ports import HeldPort

PIP, CELLAR = "/opt/cellar/bin/pip", "/opt/cellar/bin/cellar"


@pytest.fixture
def server(machine: Machine, workbench: Workbench, program: Path) -> Iterator[Program]:
    provide_libraries(machine, program / "cellar")
    port = HeldPort()
    made = Program(machine, workbench, port.number)
    yield made
    made.end()


@pytest.mark.parametrize("machine", [("python3-venv",)], indirect=True, ids=["python3-venv"])
def test_the_wheel_from_its_installation_to_its_end(server: Program, wheels: Upgrade) -> None:
    machine = server.machine

    def serving(*command: str) -> tuple[str, ...]:
        return (CELLAR, *command, "--config", "/home/server/cellar.toml")

    def run(*command: str, input: str | None = None) -> None:
        machine.run("runuser", "--user", "server", "--", *serving(*command), input=input)

    for wheel in (wheels.older, wheels.newer):
        shutil.copy(wheel, machine.path("/opt"))
    machine.run("python3", "-m", "venv", "/opt/cellar")
    assert machine.output(PIP, "--version").startswith("pip 23.0.1 ")
    machine.run(PIP, "install", "--no-index", f"/opt/{wheels.older.name}")
    machine.run("useradd", "--system", "--create-home", "server")
    listen = f"127.0.0.1:{server.port}"
    run("init", "--yes", "--listen", listen, "--data-dir", "/home/server/data", "--read", "everyone")
    run("user", "add", USER, "--password-stdin", input=PASSWORD + "\n")
    server.run("server", *serving("serve"))
    server.publish("1.0")
    server.install("1.0")
    machine.run("python3", "-m", "venv", "/opt/client")
    index = ("--index-url", f"{server.address}/main/simple/")
    machine.run("/opt/client/bin/pip", "install", *index, "demo")
    assert machine.output("/opt/client/bin/python", "-c", "import demo; print(demo.version)") == "1.0"

    server.end()
    machine.run(PIP, "install", "--no-index", "--upgrade", f"/opt/{wheels.newer.name}")
    assert "Version: 0.1.0.dev2" in machine.output(PIP, "show", "cellar-index")
    server.run("server", *serving("serve"))
    assert "demo-1.0" in server.get("/main/simple/demo/").stdout, "the data of the older version is served"
    server.publish("2.0")
    machine.run("/opt/client/bin/pip", "install", *index, "--upgrade", "demo")
    assert machine.output("/opt/client/bin/python", "-c", "import demo; print(demo.version)") == "2.0"

    server.end()
    machine.run(PIP, "uninstall", "--yes", "cellar-index")
    assert not machine.path(CELLAR).exists() and machine.path("/home/server/data/cellar.db").exists()
