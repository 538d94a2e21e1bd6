"""Cellar as a service of a clean machine: run by systemd, or by hand as the package's unit says."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from pathlib import Path

from machine import Machine
from support.clients import Workbench
from support.distributions import wheel
from support.ports import HeldPort
from support.waiting import eventually

USER, PASSWORD = "ada", "correct-horse-battery-staple"


class Program:
    """A command of a machine that serves, and its clients."""

    def __init__(self, machine: Machine, workbench: Workbench, port: int) -> None:
        self.machine = machine
        self.port = port
        self._workbench = workbench
        self._process: subprocess.Popen[bytes] | None = None
        self._log = workbench.home / "server.log"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, user: str, *command: str) -> None:
        """Starts the command as a user, and waits until it serves."""
        # Unlike runuser, setpriv becomes the command: it gets the signals.
        command = ("setpriv", "--reuid", user, "--regid", user, "--init-groups", "--", *command)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.machine.command(*command), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        eventually(self.is_ready, 60, self._log.read_text)

    def end(self) -> None:
        """Ends the command as an operator does."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            assert process.wait(45) == 0, self._log.read_text()[-4000:]

    def is_ready(self) -> bool:
        assert self._process is None or self._process.poll() is None, self._log.read_text()[-4000:]
        return self.get("/health/ready").returncode == 0

    def get(self, path: str) -> subprocess.CompletedProcess[str]:
        """The page, or a failure, as curl says it."""
        command = ("curl", "--silent", "--fail", "--max-time", "10", "--user", f"{USER}:{PASSWORD}")
        return self._outside(*command, f"{self.address}{path}", check=False)

    def publish(self, version: str) -> None:
        """Publishes a version of the project `demo` with twine."""
        made = wheel("demo", version)
        path = self._workbench.project / made.filename
        path.write_bytes(made.content)
        login = ("--username", USER, "--password", PASSWORD)
        self._outside("twine", "upload", *login, "--repository-url", f"{self.address}/main/", path)

    def install(self, version: str) -> None:
        """Installs a version of `demo` with pip."""
        python = self._workbench.home / "venv/bin/python"
        if not python.exists():
            self._workbench.virtual_environment()
        index = f"http://{USER}:{PASSWORD}@127.0.0.1:{self.port}/main/simple/"
        self._outside("pip", "--python", python, "install", "--no-deps", "--index-url", index, f"demo=={version}")
        said = self._outside(python, "-c", "import demo; print(demo.version)").stdout.strip()
        assert said == version

    def _outside(self, *command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._workbench.run(*self.machine.outside(*command), check=check)


class ByHand(Program):
    """The package's service on a machine without systemd."""

    packages: tuple[str, ...] = ()

    def __init__(self, machine: Machine, workbench: Workbench) -> None:
        # The machine shares the network of all others.
        self._held_port = HeldPort()
        super().__init__(machine, workbench, self._held_port.number)

    def prepare(self, package: Path) -> None:
        self.machine.run("apt-get", "update")

    def start(self) -> None:
        """Starts the server as its unit says."""
        configuration = self.machine.path("/etc/cellar/cellar.toml")
        text = re.sub(r"^(# )?listen = .*", f'listen = "127.0.0.1:{self.port}"', configuration.read_text(), flags=re.M)
        configuration.write_text(text)
        unit = self.machine.path("/lib/systemd/system/cellar.service").read_text()
        found = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)
        assert found and "\nUser=cellar\n" in unit
        self.run("cellar", *shlex.split(found[1]))

    stop = Program.end

    def installed(self) -> None:
        self.start()

    def upgraded(self) -> None:
        """Without systemd nothing restarts it."""
        self.stop()
        self.start()

    def before_removal(self) -> None:
        self.stop()

    def removed(self) -> None:
        """Nobody looks: it was stopped before."""


class BySystemd(Program):
    """The package's service on a machine with systemd."""

    packages = ("dbus", "systemd", "systemd-sysv")

    def __init__(self, machine: Machine, workbench: Workbench) -> None:
        super().__init__(machine, workbench, 6543)
        self._pid = ""

    def prepare(self, package: Path) -> None:
        """Boots the machine, which has no network then: what the package depends on is downloaded before."""
        self.machine.run("apt-get", "update")
        self.machine.run("apt-get", "install", "--yes", "--no-install-recommends", "--download-only", str(package))
        self.machine.boot()

    def installed(self) -> None:
        """The package has started the server, and systemd has waited until it was ready."""
        assert self.state() == "active"
        assert self.machine.output("systemctl", "is-enabled", "cellar") == "enabled"
        assert self.is_ready()
        self._pid = self.pid()

    def upgraded(self) -> None:
        """The package has restarted the server."""
        assert self.state() == "active" and self.pid() != self._pid and self.is_ready()
        self._pid = self.pid()

    def before_removal(self) -> None:
        """The package stops the server."""

    def removed(self) -> None:
        assert self.state() == "inactive"
        assert self.show("LoadState") == "masked"

    def state(self) -> str:
        return self.machine.run("systemctl", "is-active", "cellar", check=False).stdout.strip()

    def pid(self) -> str:
        return self.show("MainPID")

    def show(self, property: str) -> str:
        return self.machine.output("systemctl", "show", "--value", "--property", property, "cellar")
