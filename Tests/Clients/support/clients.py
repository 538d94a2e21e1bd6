"""Runs packaging clients cut off from the user's own settings, and from every network but loopback."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from .cellar import PASSWORD, USER
from .corpus import CorpusFile

_ENVIRONMENT = Path(sys.prefix)


class Workbench:
    """A home folder for one test: every client's configuration, cache and project lie in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.project = home / "project"
        self.project.mkdir(parents=True, exist_ok=True)
        nowhere = "http://127.0.0.1:9"
        self.environment = {
            "PATH": f"{_ENVIRONMENT}/tools/bin:{_ENVIRONMENT}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_STATE_HOME": str(home / "state"),
            "TMPDIR": str(_made(home / "tmp")),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            # Whoever leaves loopback runs into a proxy that isn't there.
            "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "http_proxy": nowhere, "https_proxy": nowhere,
            "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_RETRIES": "0",
            "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "UV_PYTHON": sys.executable,
            "PDM_CHECK_UPDATE": "0", "PDM_NON_INTERACTIVE": "1",
            "POETRY_NO_INTERACTION": "1", "POETRY_VIRTUALENVS_IN_PROJECT": "true",
            "PIPENV_VENV_IN_PROJECT": "1", "PIPENV_NOSPIN": "1", "PIPENV_YES": "1",
            "PIPENV_IGNORE_VIRTUALENVS": "1",
            "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
            "TWINE_USERNAME": USER, "TWINE_PASSWORD": PASSWORD, "TWINE_NON_INTERACTIVE": "1",
            "UV_PUBLISH_USERNAME": USER, "UV_PUBLISH_PASSWORD": PASSWORD,
            "FLIT_USERNAME": USER, "FLIT_PASSWORD": PASSWORD,
        }  # fmt: skip

    def run(
        self, *command: str | Path, check: bool = True, environment: Mapping[str, str] | None = None,
        cwd: Path | None = None, timeout: float = 300,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """Runs a client; its failure fails the test, with all that the client printed."""
        started = time.monotonic()
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True, text=True, cwd=cwd or self.project, timeout=timeout, stdin=subprocess.DEVNULL,
            env={**self.environment, **(environment or {})},
        )  # fmt: skip
        told = f"$ {' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
        print(f"{told}({time.monotonic() - started:.1f} s)")
        assert not check or done.returncode == 0, f"exit code {done.returncode}\n{told[-8000:]}"
        return done

    @staticmethod
    def tool_python(tool: str) -> Path:
        """The interpreter of a client's own environment."""
        return _ENVIRONMENT / "tools" / tool / "bin" / "python"

    def virtual_environment(self) -> Path:
        """A new environment without pip, and its interpreter."""
        folder = self.home / "venv"
        self.run("uv", "venv", "--quiet", folder)
        return folder / "bin" / "python"

    def virtual_environment_with_pip(self) -> Path:
        """A new environment with the pip that comes with Python, and its interpreter."""
        folder = self.home / "venv-pip"
        self.run(sys.executable, "-m", "venv", folder)
        return folder / "bin" / "python"


def site_packages(environment: Path) -> Path:
    return environment / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def assert_installed(environment: Path, wheels: list[CorpusFile]) -> None:
    """Every file that a wheel brought is in the environment, byte for byte."""
    folder = site_packages(environment)
    for wheel in wheels:
        for name, content in wheel.members().items():
            installed = folder / name
            assert installed.is_file(), f"{wheel.filename}: {name} was not installed"
            assert installed.read_bytes() == content, f"{wheel.filename}: {name} has other bytes"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
