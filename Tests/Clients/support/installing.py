"""How each client resolves, locks and installs from one index: the same few lines of configuration as a user's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .clients import Workbench

_PROJECT = '[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.11,<3.12"\n'


@dataclass(frozen=True)
class Installed:
    """What a client left: the environment, and what it locked."""

    environment: Path
    lock: str

    def digests(self) -> set[str]:
        return set(re.findall(r"\b[0-9a-f]{64}\b", self.lock))


def pip(workbench: Workbench, index: str, requirements: Sequence[str]) -> Installed:
    python = workbench.virtual_environment()
    workbench.run("pip", "--python", python, "lock", "--index-url", index, "--output", "pylock.toml", *requirements)
    workbench.run("pip", "--python", python, "install", "--index-url", index, *requirements)
    return Installed(python.parents[1], (workbench.project / "pylock.toml").read_text())


def pip_without_lock(workbench: Workbench, index: str, requirements: Sequence[str]) -> Installed:
    """For pages without digests, which `pip lock` cannot put into a lock file."""
    python = workbench.virtual_environment()
    workbench.run("pip", "--python", python, "install", "--index-url", index, *requirements)
    return Installed(python.parents[1], "")


def uv(workbench: Workbench, index: str, requirements: Sequence[str]) -> Installed:
    (workbench.project / "pyproject.toml").write_text(
        f"{_PROJECT}dependencies = {json.dumps(list(requirements))}\n\n"
        f'[[tool.uv.index]]\nname = "cellar"\nurl = "{index}"\ndefault = true\n'
    )
    workbench.run("uv", "lock")
    workbench.run("uv", "sync", "--locked")
    return Installed(workbench.project / ".venv", (workbench.project / "uv.lock").read_text())


def poetry(workbench: Workbench, index: str, requirements: Sequence[str]) -> Installed:
    (workbench.project / "pyproject.toml").write_text(
        f"{_PROJECT}dependencies = []\n\n[tool.poetry]\npackage-mode = false\n"
    )
    workbench.run("poetry", "source", "add", "--priority", "primary", "cellar", index)
    workbench.run("poetry", "add", "--lock", "--source", "cellar", *[r.replace("==", "@") for r in requirements])
    workbench.run("poetry", "lock")
    workbench.run("poetry", "install", "--no-root")
    return Installed(workbench.project / ".venv", (workbench.project / "poetry.lock").read_text())


def pdm(workbench: Workbench, index: str, requirements: Sequence[str]) -> Installed:
    (workbench.project / "pyproject.toml").write_text(
        f"{_PROJECT}dependencies = {json.dumps(list(requirements))}\n\n"
        f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{index}"\nverify_ssl = true\n\n[tool.pdm]\ndistribution = false\n'
    )
    workbench.run("pdm", "lock")
    workbench.run("pdm", "sync")
    return Installed(workbench.project / ".venv", (workbench.project / "pdm.lock").read_text())


Client = Callable[[Workbench, str, Sequence[str]], Installed]
CLIENTS: dict[str, Client] = {"pip": pip, "uv": uv, "poetry": poetry, "pdm": pdm}
