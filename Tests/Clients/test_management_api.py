"""openapi.yaml and the running server are held to each other by schemathesis."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.cellar import ADMIN, ADMIN_PASSWORD, REPOSITORY, Cellar
from support.clients import Workbench
from support.distributions import sdist, wheel
from support.upload import publish

pytestmark = pytest.mark.xdist_group("api")


def test_the_server_keeps_to_its_description(tmp_path: Path, workbench: Workbench) -> None:
    server = Cellar(tmp_path / "cellar")
    # A declared administrator: what is tried with users cannot take their own role or password.
    hash = server.run("hash-password", input=ADMIN_PASSWORD + "\n").stdout.strip()
    server.configure({f"users.{ADMIN}": {"password_hash": hash, "admin": True}})
    server.start()
    try:
        for version in ("1.0", "2.0", "3.0"):
            for distribution in (wheel("my-project", version), sdist("my-project", version), wheel("other", version)):
                assert publish(server, distribution).status_code == 200
        workbench.run(
            Path(sys.prefix) / "bin" / "schemathesis", "run", REPOSITORY / "openapi.yaml", "--url", server.base,
            "--auth", f"{ADMIN}:{ADMIN_PASSWORD}", "--max-examples", "40", "--checks", "all", "--seed", "1",
            timeout=600,
        )  # fmt: skip
        assert server.is_alive()
        server.stop()
    finally:
        server.kill()
