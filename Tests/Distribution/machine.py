"""A clean Debian 12, as a copy of what scripts/clean-root.sh makes: a folder, or a machine if it is booted."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.cellar import REPOSITORY

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_MOUNT_AND_ENTER = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'


def clean_root(*packages: str) -> Path:
    """The kept root of a clean system with these packages; a test that cannot have one is skipped."""
    if os.geteuid() != 0:
        pytest.skip("NOTHING WAS TRIED IN A CLEAN ROOT: only root can make one")
    if shutil.which("debootstrap") is None:
        pytest.skip("NOTHING WAS TRIED IN A CLEAN ROOT: there is no debootstrap (scripts/install-packages.sh debian)")
    command = [REPOSITORY / "scripts/clean-root.sh", *sorted(packages)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-4000:]
    return Path(made.stdout.strip())


class Machine:
    """A system of its own; it is removed with its test's folder."""

    def __init__(self, folder: Path, *packages: str) -> None:
        self.root = folder / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", clean_root(*packages), self.root], check=True)
        self._container: subprocess.Popen[bytes] | None = None
        self._leader = 0
        self._log = folder / "console.log"

    def command(self, *command: str) -> list[str]:
        """The command that runs another one in the machine; both are one process if it is not booted."""
        if self._leader:
            within = ["--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"]
            inside = ["nsenter", "--target", str(self._leader), *within, "--"]
        else:
            inside = ["unshare", "--mount", "sh", "-c", _MOUNT_AND_ENTER, str(self.root)]
        clean = ["env", "-i", f"PATH={_PATH}", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "HOME=/root"]
        return [*inside, *clean, *command]

    def run(self, *command: str, input: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command in the machine, as root."""
        done = subprocess.run(
            self.command(*command), input=input, capture_output=True, text=True, timeout=600, check=False,
            stdin=subprocess.DEVNULL if input is None else None,
        )  # fmt: skip
        told = f"# {' '.join(command)}\n{done.stdout}{done.stderr}"
        print(told)
        assert not check or done.returncode == 0, f"exit code {done.returncode}\n{told[-8000:]}{self.journal()}"
        return done

    def output(self, *command: str) -> str:
        return self.run(*command).stdout.strip()

    def outside(self, *command: str | Path) -> tuple[str | Path, ...]:
        """The command that runs a program of this machine with the network of the other."""
        return ("nsenter", "--target", str(self._leader), "--net", "--", *command) if self._leader else command

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def boot(self) -> None:
        """Starts systemd, with a loopback network of its own. Skips the test if containers cannot be booted here."""
        if shutil.which("systemd-nspawn") is None:
            pytest.skip("SYSTEMD WAS NOT TRIED: there is no systemd-nspawn (scripts/install-packages.sh debian)")
        with self._log.open("wb") as log:
            self._container = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--console=pipe",
                 "--boot", "--directory", self.root],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._container.poll() is not None:
                pytest.skip(f"SYSTEMD WAS NOT TRIED: it does not boot here: {self._log.read_text()[-1000:]}")
            self._leader = self._first_process()
            if self._leader and self._is_up():
                return
            time.sleep(0.1)
        self.halt()
        raise AssertionError(f"systemd was not up within a minute: {self._log.read_text()[-4000:]}")

    def halt(self) -> None:
        """Ends the machine, as a power switch does."""
        container, self._container, self._leader = self._container, None, 0
        if container is None:
            return
        container.send_signal(signal.SIGTERM)
        try:
            container.wait(90)
        except subprocess.TimeoutExpired:
            container.kill()
            container.wait()
            raise AssertionError(f"the machine did not halt: {self._log.read_text()[-4000:]}") from None

    def journal(self) -> str:
        if not self._leader:
            return ""
        command = self.command("journalctl", "--no-pager", "--unit", "cellar", "--lines", "40")
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def _is_up(self) -> bool:
        command = self.command("systemctl", "is-system-running")
        state = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        return state in ("running", "degraded")

    def _first_process(self) -> int:
        assert self._container is not None
        threads = Path(f"/proc/{self._container.pid}/task").glob("*/children")
        children = [int(number) for thread in threads for number in thread.read_text().split()]
        # The child that has become the first process of its own namespace.
        for child in children:
            status = Path(f"/proc/{child}/status").read_text()
            found = re.search(r"^NSpid:\t\d+\t1$", status, re.MULTILINE)
            if found:
                return child
        return 0


def extra_libraries(program: Path) -> list[Path]:
    """What a program needs beyond what the released one does, such as a debug build."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    own = ("libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6")
    return [Path(path) for path in re.findall(r"=> (/\S+)", said) if Path(path).name not in own]


def provide_libraries(machine: Machine, program: Path) -> None:
    """Gives a machine those libraries. For the released program there is nothing to do."""
    libraries = extra_libraries(program)
    if not libraries:
        return
    folder = machine.path("/opt/libraries")
    folder.mkdir()
    for library in libraries:
        shutil.copy(library, folder)
    machine.path("/etc/ld.so.conf.d/libraries.conf").write_text("/opt/libraries\n")
    machine.run("ldconfig")
