"""The servers that Cellar is compared with: how one is started, found and stopped."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from support.ports import free_port

_READY_SECONDS = 30.0


class MissingPeer(Exception):
    """A peer is not installed and cannot be installed."""


class Peer:
    """A process that listens on a free loopback port, with a folder of its own."""

    name: str
    scheme = "http"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        root.mkdir(parents=True)
        command = self.command()
        if shutil.which(command[0]) is None:
            raise MissingPeer(f"there is no {command[0]}")
        self._output = root / "output.log"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=root)
        self._wait()

    def command(self) -> Sequence[str]:
        """Writes what the process reads, and returns how it is started."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def base(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return self.base + path

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def _wait(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        self._process.kill()
        self._process.wait()
        raise RuntimeError(f"{self.name} did not start: {self._output.read_text(errors='replace')[-4000:]}")
