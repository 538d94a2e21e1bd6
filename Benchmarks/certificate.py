"""A certificate of the bench's own for 127.0.0.1, and Cellar under it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import requests
from fetching import session

from support.cellar import Cellar


class Certificate:
    """A self-signed certificate on the curve P-256 and its key, in a folder."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True)
        self.file, self.key = root / "certificate.pem", root / "key.pem"
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                "-keyout", self.key, "-out", self.file,
            ],
            check=True, capture_output=True,
        )  # fmt: skip

    @property
    def settings(self) -> dict[str, str]:
        """The keys of Cellar's section `[server]`."""
        return {"tls_certificate": str(self.file), "tls_key": str(self.key)}


class SecureCellar(Cellar):
    """An installation that is served under a certificate."""

    @property
    def base(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def _answers(self, path: str) -> bool:
        try:
            with session() as client:
                return client.get(self.url(path), timeout=5).status_code == 200
        except requests.RequestException:
            return False
