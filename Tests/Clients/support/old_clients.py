"""Clients of other years: each in an environment of its own, and how each installs and publishes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .cellar import PASSWORD, REPOSITORY, USER
from .clients import Workbench, site_packages
from .distributions import Distribution

_PINS = REPOSITORY / "Tests" / "Clients" / "old-clients"
# pip 9 and 18 import names from `collections` that Python 3.10 dropped: this gives them back, and changes nothing else.
_RESTORED = """
import collections
import collections.abc

for name in ("Callable", "Iterable", "Mapping", "MutableMapping", "MutableSet", "Sequence", "Set"):
    setattr(collections, name, getattr(collections.abc, name))
"""


def environment(client: str) -> Path:
    """The environment of a client, made now if nobody has needed it before."""
    return _made(_PINS / f"{client}.txt")


def rare_python(client: str) -> Path:
    """The interpreter beside a client of `make soak`."""
    return _made(_PINS / "soak" / f"{client}.txt") / "bin" / "python"


def rare(client: str, command: str | None = None) -> Path:
    """The command of a client of `make soak` such as `pex-2.105.2`; the client's name, if no other is given."""
    return rare_python(client).with_name(command or client.rpartition("-")[0])


def _made(pins: Path) -> Path:
    script = REPOSITORY / "scripts" / "old-client-environment.sh"
    made = subprocess.run([script, pins], stdout=subprocess.PIPE, text=True, check=True)
    return Path(made.stdout.strip())


def tool(client: str) -> tuple[str | Path, ...]:
    """The command of a client such as `uv-0.1.45`; `uv` is the newest, of the other tests' environment."""
    name, _, version = client.partition("-")
    return (environment(client) / "bin" / name,) if version else (name,)


def needs(workbench: Workbench, client: str) -> dict[str, str]:
    """The variables without which a pip does not run on today's Python."""
    if client not in ("pip-9.0.3", "pip-18.1"):
        return {}
    return {"PYTHONPATH": str(_with_lost_names(workbench.home / "restored"))}


def pip(workbench: Workbench, client: str, index: str, projects: Sequence[str]) -> Path:
    """Installs into a folder, as pips before 22.3 can into no other environment than their own."""
    target = workbench.home / "target"
    interpreter, settings = Path(sys.executable), needs(workbench, client)
    if client != "pip":
        interpreter = environment(client) / "bin" / "python"
    workbench.run(
        interpreter, "-m", "pip", "install", "--no-cache-dir", "--target", target, "--index-url", index, *projects,
        environment=settings,
    )  # fmt: skip
    return target


def uv(workbench: Workbench, client: str, index: str, projects: Sequence[str]) -> Path:
    python = workbench.virtual_environment()
    workbench.run(*tool(client), "pip", "install", "--python", python, "--index-url", index, *projects)
    return site_packages(python.parents[1])


def poetry(workbench: Workbench, client: str, index: str, projects: Sequence[str]) -> Path:
    kind = "default = true" if client == "poetry-1.1.15" else 'priority = "primary"'
    wanted = "".join(f'"{project}" = "*"\n' for project in projects)
    (workbench.project / "pyproject.toml").write_text(
        _poetry_project("consumer", "1")
        + f'{wanted}\n[[tool.poetry.source]]\nname = "cellar"\nurl = "{index}"\n{kind}\n'
    )
    (workbench.project / "consumer.py").write_text("")
    workbench.run(*tool(client), "lock")
    workbench.run(*tool(client), "install", "--no-root")
    return site_packages(workbench.project / ".venv")


def twine_publish(workbench: Workbench, client: str, index: str, file: Distribution) -> None:
    workbench.run(*tool(client), "upload", "--repository-url", index, _written(workbench, file))


def uv_publish(workbench: Workbench, client: str, index: str, file: Distribution) -> None:
    workbench.run(*tool(client), "publish", "--publish-url", index, _written(workbench, file))


def poetry_publish(workbench: Workbench, client: str, index: str, file: Distribution) -> None:
    """Poetry publishes what lies in `dist` under its own project's name."""
    _written(workbench, file)
    (workbench.project / "pyproject.toml").write_text(_poetry_project(file.name, file.version))
    workbench.run(*tool(client), "config", "repositories.cellar", index)
    workbench.run(*tool(client), "publish", "--repository", "cellar", "--username", USER, "--password", PASSWORD)


Installs = Callable[[Workbench, str, str, Sequence[str]], Path]
Publishes = Callable[[Workbench, str, str, Distribution], None]


def _poetry_project(name: str, version: str) -> str:
    return (
        f'[tool.poetry]\nname = "{name}"\nversion = "{version}"\ndescription = ""\nauthors = []\n\n'
        '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n\n'
        '[tool.poetry.dependencies]\npython = "^3.11"\n'
    )


def _written(workbench: Workbench, file: Distribution) -> Path:
    path = workbench.project / "dist" / file.filename
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(file.content)
    return path


def _with_lost_names(folder: Path) -> Path:
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_RESTORED)
    return folder
