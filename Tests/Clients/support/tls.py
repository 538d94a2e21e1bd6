"""A certificate authority of the tests' own, and Cellar under a certificate of it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import requests

from support.cellar import Cellar, Sections


class Certificate:
    """A certificate for 127.0.0.1 on the curve P-256, its key, and the authority that issued it, in a folder."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True)
        self.file, self.key, self.authority = root / "certificate.pem", root / "key.pem", root / "authority.pem"
        new = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-noenc",
            "-days",
            "2",
        ]
        own_key = root / "authority-key.pem"
        for command in (
            [*new, "-subj", "/CN=authority", "-keyout", own_key, "-out", self.authority],
            [
                *new, "-subj", "/CN=127.0.0.1", "-keyout", self.key, "-out", self.file, "-CA", self.authority,
                "-CAkey", own_key, "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE",
            ],
        ):  # fmt: skip
            subprocess.run(command, check=True, capture_output=True)

    @property
    def settings(self) -> dict[str, str]:
        """The keys of Cellar's section `[server]`."""
        return {"tls_certificate": str(self.file), "tls_key": str(self.key)}


@dataclass(frozen=True)
class Trusted:
    """A certificate that the issuers have, too: whoever trusts them trusts the server."""

    file: Path
    key: Path
    authority: Path

    @property
    def settings(self) -> dict[str, str]:
        return {"tls_certificate": str(self.file), "tls_key": str(self.key)}


class SecureCellar(Cellar):
    """An installation that is served under a certificate."""

    def __init__(
        self, root: Path, sections: Sections | None = None, *, certificate: Certificate | Trusted, users: bool = True
    ) -> None:
        self.certificate = certificate
        sections = dict(sections or {})
        sections["server"] = {**sections.get("server", {}), **certificate.settings}
        super().__init__(root, sections, users=users)

    @property
    def base(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def _answers(self, path: str) -> bool:
        try:
            return self.session().get(self.url(path), timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def session(self) -> requests.Session:
        """A client that trusts the authority, and speaks HTTP/1.1."""
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.certificate.authority)
        return session
