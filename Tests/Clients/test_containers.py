"""What a container asks of the program: its port from the environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cellar import Cellar


@pytest.fixture
def cellar(tmp_path: Path) -> Iterator[Cellar]:
    server = Cellar(tmp_path / "cellar", users=False)
    yield server
    server.kill()


def test_the_port_of_the_environment(cellar: Cellar) -> None:
    cellar.configure({"server": {"listen": "127.0.0.1:$PORT"}})
    cellar.start({"PORT": str(cellar.port)})
    cellar.stop()
    cellar.start({"PORT": str(cellar.port), "CELLAR_SERVER_LISTEN": "localhost:$PORT"})
    cellar.stop()
    refused = cellar.run("serve", environment={"PORT": "http"})
    assert refused.returncode == 78
    expected = 'server.listen "127.0.0.1:$PORT" takes its port from the variable PORT, which must be a port from 1 to'
    assert expected in refused.stderr
