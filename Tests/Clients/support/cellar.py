"""The real server binary, run in a folder of its own on a free loopback port."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from support.ports import HeldPort
from support.waiting import eventually

REPOSITORY = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("CELLAR_BINARY", REPOSITORY / ".build/debug/cellar"))
USER, PASSWORD = "alice", "a long passphrase of alice's"
ADMIN, ADMIN_PASSWORD = "root", "a long passphrase of root's"

Sections = Mapping[str, Mapping[str, object]]

_CRASH_MARKS = re.compile(r"Fatal error|Stack dump|Crash:|Backtrace took|Precondition failed|Thread \d+ crashed")
_READY_SECONDS = 30.0
# Longer than the server takes at most (`shutdown_timeout`), so that its own exit code says what went wrong.
_STOP_SECONDS = 45.0


class Cellar:
    """One installation: its folder, its configuration, and the process while it runs."""

    def __init__(
        self, root: Path, sections: Sections | None = None, *, users: bool = True, binary: Path = BINARY
    ) -> None:
        self.root = root
        self.binary = binary
        self.data = root / "data"
        self.config = root / "cellar.toml"
        self.log = root / "server.log"
        self._held_port = HeldPort()
        self.port = self._held_port.number
        self.process: subprocess.Popen[bytes] | None = None
        root.mkdir(parents=True, exist_ok=True)
        self.configure(sections or {})
        if users:
            self.cli("user", "add", USER, "--password-stdin", input=PASSWORD + "\n")
            self.cli("user", "add", ADMIN, "--admin", "--password-stdin", input=ADMIN_PASSWORD + "\n")

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return self.base + path

    def url_with_login(self, path: str = "/") -> str:
        password = PASSWORD.replace(" ", "%20").replace("'", "%27")
        return f"http://{USER}:{password}@127.0.0.1:{self.port}{path}"

    def configure(self, sections: Sections) -> None:
        """Writes the configuration; an index has no upstreams if none are written, so that no test reaches them."""
        server = {"listen": f"127.0.0.1:{self.port}", "data_dir": str(self.data), **sections.get("server", {})}
        if not any(name.startswith("index.") for name in sections):
            sections = {**sections, "index.main": {}}
        lines: list[str] = []
        for name, keys in {**sections, "server": server}.items():
            lines.append(f"[{name}]")
            if name.startswith("index.") and "upstreams" not in keys:
                lines.append("upstreams = []")
            lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        self.config.write_text("\n".join(lines) + "\n")

    def run(
        self,
        *arguments: str,
        input: str | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command of the binary on this installation, whatever its exit code."""
        return subprocess.run(
            [str(self.binary), *arguments, "--config", str(self.config)],
            input=input, capture_output=True, text=True, cwd=self.root, timeout=timeout,
            env={**clean_environment(), **(environment or {})},
        )  # fmt: skip

    def cli(self, *arguments: str, input: str | None = None) -> str:
        """Runs a command that must succeed, and returns what it printed."""
        done = self.run(*arguments, input=input)
        assert done.returncode == 0, f"cellar {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self, environment: Mapping[str, str] | None = None, *, may_die: bool = False) -> bool:
        """Starts the server and waits until it is ready; false when it died first and that was allowed."""
        assert self.process is None, "the server is already running"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.binary), "serve", "--config", str(self.config)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.root,
                env={**clean_environment(), **(environment or {})},
            )  # fmt: skip
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                code, self.process = self.process.returncode, None
                assert may_die, f"the server stopped with {code} before it was ready:\n{self.log_tail()}"
                return False
            if self._answers("/health/ready"):
                return True
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"the server was not ready within {_READY_SECONDS} s:\n{self.log_tail()}")

    def stop(self) -> None:
        """Ends the server as an operator does, and holds it to a clean exit and a clean log."""
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the server did not stop within {_STOP_SECONDS} s:\n{self.log_tail()}") from None
        assert code == 0, f"the server stopped with {code}:\n{self.log_tail()}"
        self.assert_log_is_clean()

    def kill(self) -> None:
        """kill -9."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()

    def wait_for_crash(self, seconds: float = 10) -> None:
        """Waits until the server has ended by itself, which a failpoint makes it do."""
        process, self.process = self.process, None
        assert process is not None
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process = process
            raise AssertionError("the server outlived the failpoint") from None

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None and self._answers("/health/live")

    def assert_log_is_clean(self) -> None:
        log = self.log.read_text(errors="replace")
        assert not _CRASH_MARKS.search(log), self.log_tail()
        assert PASSWORD not in log and ADMIN_PASSWORD not in log, "a password stands in the log"

    def eventually_logs(self, text: str, count: int = 1) -> None:
        """Waits for a line of the log, which is written after the answer."""
        eventually(lambda: self.log.read_text(errors="replace").count(text) >= count, otherwise=self.log_tail)

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else "(no log)"

    def stored_files(self) -> set[Path]:
        """The published bytes in storage: distribution files and core metadata, under their digests."""
        return {path for path in (self.data / "files" / "files").glob("**/*") if path.is_file()}

    def spooled_files(self) -> list[Path]:
        """Uploads under way, or what is left of them; a running server's lock is none."""
        return [path for path in (self.data / "spool").glob("**/*") if path.is_file() and path.suffix != ".lock"]

    def database(self) -> Path:
        return next(iter(sorted(self.root.glob("**/*.db"))))

    def _answers(self, path: str) -> bool:
        try:
            return requests.get(self.url(path), timeout=5).status_code == 200
        except requests.RequestException:
            return False


def clean_environment() -> dict[str, str]:
    """The environment without anything that would override the configuration under test."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CELLAR_")}
