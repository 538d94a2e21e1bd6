"""The tools of ldap-utils, asking the test directory."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

from .servers import Directory


def ldap(
    directory: Directory,
    tool: str,
    *arguments: str,
    bind: tuple[str, str] | None = (Directory.READER, Directory.READER_PASSWORD),
    address: str | None = None,
    ca: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a tool of ldap-utils, without the settings of whoever runs the tests."""
    login = ("-D", bind[0], "-w", bind[1]) if bind else ()
    environment = {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "LDAPCONF": "/dev/null",
        "LDAPTLS_CACERT": str(ca or directory.ca),
    }  # fmt: skip
    command = [tool, "-x", "-H", address or directory.address, *login, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=environment)


def whoami(directory: Directory, name: str, password: str) -> subprocess.CompletedProcess[str]:
    return ldap(directory, "ldapwhoami", bind=(name, password))


def search(
    directory: Directory,
    condition: str,
    *attributes: str,
    base: str = Directory.PEOPLE,
    bind: tuple[str, str] | None = (Directory.READER, Directory.READER_PASSWORD),
) -> list[dict[str, list[str]]]:
    """Returns the entries found; names stand there as the tool prints them."""
    wanted = attributes or ("1.1",)
    done = ldap(directory, "ldapsearch", "-LLL", "-o", "ldif_wrap=no", "-b", base, condition, *wanted, bind=bind)
    entries = []
    for paragraph in done.stdout.strip().split("\n\n"):
        entry: dict[str, list[str]] = {}
        for line in paragraph.splitlines():
            name, _, value = line.partition(":")
            value = base64.b64decode(value[1:]).decode() if value.startswith(":") else value.strip()
            entry.setdefault(name, []).append(value)
        if entry:
            entries.append(entry)
    return entries
