"""A real keyring for clients: the `keyring` of PyPI, with a backend that keeps its passwords in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .clients import Workbench

_BACKEND = """
import json
import os

from keyring.backend import KeyringBackend


class Keyring(KeyringBackend):
    priority = 5

    def _entries(self):
        with open(os.environ["TEST_KEYRING"]) as file:
            return json.load(file)

    def get_password(self, service, username):
        return self._entries().get(service, {}).get(username)

    def set_password(self, service, username, password):
        entries = self._entries()
        entries.setdefault(service, {})[username] = password
        with open(os.environ["TEST_KEYRING"], "w") as file:
            json.dump(entries, file)

    def delete_password(self, service, username):
        entries = self._entries()
        entries.get(service, {}).pop(username, None)
        with open(os.environ["TEST_KEYRING"], "w") as file:
            json.dump(entries, file)
"""


def install(workbench: Workbench, entries: Mapping[str, Mapping[str, str]]) -> None:
    """Gives all clients of a workbench a keyring with these passwords, by service and user name.

    Clients with `keyring` in their own environment import it, the others find the command on their path.
    """
    folder = workbench.home / "keyring"
    (folder / "bin").mkdir(parents=True)
    (folder / "filekeyring.py").write_text(_BACKEND)
    (folder / "entries.json").write_text(json.dumps(entries))
    (folder / "bin" / "keyring").symlink_to(Workbench.tool_python("twine").with_name("keyring"))
    workbench.environment |= {
        "PATH": f"{folder / 'bin'}:{workbench.environment['PATH']}",
        "PYTHONPATH": str(folder),
        "PYTHON_KEYRING_BACKEND": "filekeyring.Keyring",
        "TEST_KEYRING": str(folder / "entries.json"),
    }


def entries(workbench: Workbench) -> dict[str, dict[str, str]]:
    """What the keyring holds now."""
    return json.loads((workbench.home / "keyring" / "entries.json").read_text())
