"""A server as a container runs it: process 1 of its namespace, with its own mounts, as another user if need be."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import requests

from .ports import HeldPort
from .upload import PASSWORD
from .waiting import eventually

# The first administrator, whom the first start makes of a password in the environment.
ADMINISTRATOR = ("admin", PASSWORD)


def require_namespaces() -> None:
    """Skips a test loudly without the right to make namespaces."""
    done = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "mount", "--bind", "/mnt", "/mnt"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.skip(f"NOT TESTED, needs the right to make namespaces: {done.stderr.strip()}")


class Contained:
    """A server that is process 1 of a PID namespace; it shares the network, and listens at a port of its own."""

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        log: Path,
        *,
        prepare: str = "true",
        before: Sequence[str] = (),
    ) -> None:
        """Nothing is started yet.

        `before` is a command that runs another, for more namespaces. `prepare` are lines of shell that make the mounts;
        `$@`, which they may change, becomes the server.
        """
        require_namespaces()
        self.log = log
        self._held_port = HeldPort()
        self.port = self._held_port.number
        self.environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PORT": str(self.port), **environment}
        self._command = [
            *before, "unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc",
            "sh", "-euc", f'{prepare}\nexec "$@"', "sh", *map(str, command),
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        self.launch()
        eventually(lambda: self.exit_code() is not None or self.is_ready(), 30, self.logged)
        assert self.exit_code() is None, f"it ended with {self.exit_code()}:\n{self.logged()}"

    def launch(self, stdin: int = subprocess.DEVNULL) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=stdin, stdout=log, stderr=log, cwd="/", env=self.environment
            )

    def is_ready(self) -> bool:
        try:
            return requests.get(self.url("/health/ready"), timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to process 1."""
        os.kill(self.pid(), number)

    def pid(self) -> int:
        """Process 1, as this namespace knows it."""
        assert self._process is not None
        unshare = self._process.pid
        children = Path(f"/proc/{unshare}/task/{unshare}/children")
        eventually(lambda: children.read_text().split(), otherwise=self.logged)
        return int(children.read_text().split()[0])

    def exit_code(self) -> int | None:
        assert self._process is not None
        return self._process.poll()

    def wait(self, seconds: float) -> int:
        """Returns the exit code; fails if it doesn't end in time."""
        assert self._process is not None
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not end within {seconds} s:\n{self.logged()}") from None

    def stop(self, seconds: float = 10) -> None:
        """Stops it as an engine does, with a grace; the exit code must be 0."""
        self.signal(signal.SIGTERM)
        code = self.wait(seconds)
        assert code == 0, f"it ended with {code}:\n{self.logged()}"

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self.pid(), signal.SIGKILL)
            self._process.wait()

    def logged(self) -> str:
        return self.log.read_text(errors="replace")
