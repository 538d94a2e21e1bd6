"""pypiron, a package index in Rust, from PyPI, with its own defaults."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import requests
from peers import MissingPeer, Peer

from support.cellar import PASSWORD, USER
from support.distributions import Distribution
from support.simple import JSON
from support.upload import BOUNDARY, body_of

_REQUIREMENTS = Path(__file__).parent / "peers.txt"
UPLOAD_PATH = "/legacy/"


def program(cache: Path) -> Path:
    """Returns where the program is installed: in an environment named after the hash of the pinned versions."""
    digest = hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()[:12]
    return cache / f"peers-{digest}" / "bin" / "pypiron"


def install(cache: Path) -> Path:
    """Installs the program, unless it is there already, and returns where."""
    wanted = program(cache)
    if not wanted.exists():
        print("installing pypiron", flush=True)
        environment = wanted.parents[1]
        pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        try:
            subprocess.run([sys.executable, "-m", "venv", environment], check=True)
            subprocess.run([*pip, "-r", _REQUIREMENTS], check=True)
        except subprocess.CalledProcessError as error:
            raise MissingPeer("pip cannot install it") from error
    return wanted


class Pypiron(Peer):
    """A running pypiron; with `login`, it has a password for reading, and another one for publishing."""

    name = "pypiron"

    def __init__(self, root: Path, program: Path, *, login: bool = False) -> None:
        self._program = program
        self._login = login
        self._publisher = ("publisher", "another long passphrase") if login else (USER, PASSWORD)
        super().__init__(root)

    def command(self) -> Sequence[str]:
        user, password = self._publisher
        # Without a feed of advisories, it asks nobody outside this machine.
        command = [
            str(self._program), "serve", "--data-dir", str(self.root / "data"),
            "--bind-addr", f"127.0.0.1:{self.port}", "--advisory-feed", "",
            "--uploader-user", user, "--uploader-pass", password,
        ]  # fmt: skip
        return [*command, "--read-user", USER, "--read-pass", PASSWORD] if self._login else command

    def publish(self, distribution: Distribution) -> None:
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        answer = requests.post(
            self.url(UPLOAD_PATH), body_of(distribution), headers=headers, auth=self._publisher, timeout=60
        )
        assert answer.status_code == 200, answer.text

    def wait_for_files(self, project: str, count: int) -> None:
        """Waits until the project's page names so many files: an answered publish is on no page yet."""
        deadline, found = time.monotonic() + 30, 0
        while time.monotonic() < deadline:
            answer = requests.get(
                self.url(f"/simple/{project}/"), headers={"Accept": JSON}, auth=(USER, PASSWORD), timeout=60
            )
            found = len(answer.json()["files"]) if answer.status_code == 200 else 0
            if found == count:
                return
            time.sleep(0.1)
        raise AssertionError(f"pypiron names {found} files of {count}")
