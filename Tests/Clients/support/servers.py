"""The servers that tests need beside Cellar: a directory, a database, issuers and providers of identities.

`scripts/servers` starts and stops them. `make test` does so once for all tests, and says in TEST_SERVERS where it wrote
down what they are reached by; without it each pytest process starts its own when a test first needs one.
"""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import requests

from .cellar import REPOSITORY
from .ports import HeldPort

_SCRIPTS = REPOSITORY / "scripts" / "servers"
_PYTHON_ONES = ("ci_issuer", "oidc_provider", "swift_s3")
_TIMEOUT = 10
_numbers = itertools.count(1)


class ServerUnavailable(Exception):
    """A server did not start; the text says why, and what to do."""


@contextmanager
def running(name: str, folder: Path, port_before: str | None = None) -> Iterator[Mapping[str, str]]:
    """What a server is reached by (KEY=VALUE of its start script): the shared one, or one that ends with the block.

    `port_before` is that of the server which it stands before.
    """
    shared = Path(os.environ.get("TEST_SERVERS", "/nonexistent"), f"{name}.env")
    if shared.exists():
        yield _values(shared.read_text())
        return
    if name in _PYTHON_ONES:
        _run("install.sh", name)
    port, tls_port = HeldPort(), HeldPort()
    second = port_before or str(tls_port.number)
    with started(f"start_{name}.sh", str(folder), str(port.number), second) as values:
        yield values
    del port, tls_port


@contextmanager
def started(script: str, *arguments: str) -> Iterator[Mapping[str, str]]:
    """What a start script prints; its server ends with the block."""
    values = _values(_run(script, *arguments))
    try:
        yield values
    finally:
        _run("stop.sh", values["PIDFILE"])


def _run(script: str, *arguments: str) -> str:
    # What a server writes goes to files, so nothing holds these pipes open once the script has ended.
    done = subprocess.run([_SCRIPTS / script, *arguments], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise ServerUnavailable(done.stderr.strip())
    return done.stdout


def _values(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


@dataclass(frozen=True)
class Directory:
    """slapd with the people and groups of `scripts/servers/directory.ldif`; tests share it and change nothing."""

    address: str
    tls_address: str
    ca: Path
    log: Path

    BASE = "dc=example,dc=org"
    PEOPLE = f"ou=people,{BASE}"
    GROUPS = f"ou=groups,{BASE}"
    READER, READER_PASSWORD = f"cn=reader,ou=services,{BASE}", "reader-secret"

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator[Directory]:
        with running("slapd", folder) as values:
            yield cls(values["ENDPOINT"], values["TLS_ENDPOINT"], Path(values["CA_FILE"]), Path(values["LOG"]))


@dataclass(frozen=True)
class Postgres:
    """PostgreSQL, and PgBouncer before it if there are its values; each test has a database of its own."""

    values: Mapping[str, str]
    pooler: Mapping[str, str]

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator[Postgres]:
        with running("postgres", folder / "postgres") as values:
            port = str(urlsplit(values["ENDPOINT"]).port)
            with running("pgbouncer", folder / "pgbouncer", port) as pooler:
                yield cls(values, pooler)

    @property
    def password(self) -> str:
        return str(urlsplit(self.values["ENDPOINT"]).password)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new database, which is dropped at the end. It sorts by ICU, as many that people have do."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        collation = "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' TEMPLATE template0"
        self.administer(f"CREATE DATABASE {name} {collation}")
        try:
            yield self.values["ENDPOINT"].removesuffix("postgres") + name
        finally:
            self.administer(f"DROP DATABASE {name} WITH (FORCE)")

    def pooled(self, url: str) -> str:
        """The same database through PgBouncer."""
        return self.pooler["ENDPOINT"].removesuffix("postgres") + url.rsplit("/", 1)[1]

    def administer(self, statement: str) -> None:
        subprocess.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self.values["ENDPOINT"], "-c", statement],
            check=True, timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def process(self) -> int:
        """The server's process, or 0 while there is none that accepts connections."""
        try:
            lines = Path(self.values["SERVER_PIDFILE"]).read_text().splitlines()
        except FileNotFoundError:
            return 0
        return int(lines[0]) if len(lines) >= 8 and lines[7].strip() == "ready" else 0


@dataclass(frozen=True)
class Issuer:
    """One of the issuers that a process keeps; nobody else uses it, so a test may rotate its keys or take it down."""

    url: str
    ca: Path

    def get(self, path: str, **options: object) -> requests.Response:
        return requests.get(self.url + path, verify=str(self.ca), timeout=_TIMEOUT, **options)

    def post(self, path: str, **options: object) -> requests.Response:
        return requests.post(self.url + path, verify=str(self.ca), timeout=_TIMEOUT, **options)

    def control(self, path: str, **wanted: object) -> dict[str, object]:
        """Turns one of the addresses that are for tests, and returns its answer."""
        answer = self.post(path, json=wanted)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def keys(self) -> list[dict[str, object]]:
        """Returns the published keys (RFC 7517)."""
        metadata = self.get("/.well-known/openid-configuration").json()
        return requests.get(metadata["jwks_uri"], verify=str(self.ca), timeout=_TIMEOUT).json()["keys"]

    def rotate(self, algorithm: str = "RS256", *, keep: bool = False) -> None:
        """Signs with a new key from now on, RS256 or ES256; the older ones stay published only if they are kept."""
        self.control("/rotate", alg=algorithm, keep=keep)

    @contextmanager
    def outage(self, mode: str = "unavailable") -> Iterator[None]:
        """Answers 503 for a while, or nothing at all (`silent`), or what makes no sense (`garbage`)."""
        self.control("/outage", mode=mode)
        try:
            yield
        finally:
            self.control("/outage", mode="none")

    def asked(self) -> dict[str, int]:
        """How often `discovery`, `jwks` and `foreign_jwks` (that of `jku`) were asked for."""
        return self.get("/stats").json()


@dataclass(frozen=True)
class CIIssuer(Issuer):
    """The issuer of a CI system, whose jobs get tokens as those of GitHub Actions do."""

    runner_token: str

    def mint(self, **wanted: object) -> str:
        """Returns a token: `claims` to set, `remove` to leave out, `job` (github, gitlab, none), `header`, `forge`."""
        return str(self.control("/mint", **wanted)["value"])

    def forgeries(self) -> list[str]:
        """The names that `forge` takes."""
        return self.get("/forgeries").json()

    def run_job(self, **changes: object) -> None:
        """Changes the claims of the tokens that the job under way asks for: `claims`, `remove`, `job` as for `mint`."""
        self.control("/job", **changes)

    def github_environment(self) -> dict[str, str]:
        """The variables by which uv, PDM and others find the issuer in a job of GitHub Actions."""
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.runner_token,
        }


@dataclass(frozen=True)
class LoginClient:
    """What a provider registered; a public client has no secret."""

    client_id: str
    secret: str | None
    redirect_uri: str


@dataclass(frozen=True)
class LoginProvider(Issuer):
    """An OpenID Connect provider. Everybody's password is their name and `-secret`."""

    def register(self, redirect_uri: str, *, public: bool = False) -> LoginClient:
        method = "none" if public else "client_secret_basic"
        answer = self.control("/register", redirect_uris=[redirect_uri], token_endpoint_auth_method=method)
        return LoginClient(answer["client_id"], answer.get("client_secret"), redirect_uri)

    def change_people(self, **changes: Mapping[str, object] | None) -> None:
        """Changes claims of people by name; None takes a person away."""
        self.control("/people", **changes)

    def spoil(self, **wrong: object) -> None:
        """Makes the ID tokens from now on bad (`claims`, `remove`, `forge` as for a CI issuer); nothing: good again."""
        self.control("/spoil", **wrong)

    def sign_in(self, address: str, name: str, *, password: str | None = None, deny: bool = False) -> requests.Response:
        """Fills in the form at an authorization address as a browser does, and returns the redirect to the client."""
        shown = requests.get(address, verify=str(self.ca), timeout=_TIMEOUT, allow_redirects=False)
        if shown.status_code != 200:
            return shown
        answers = {
            "username": name,
            "password": password or f"{name}-secret",
            "answer": "deny" if deny else "allow",
        }
        return requests.post(address, data=answers, verify=str(self.ca), timeout=_TIMEOUT, allow_redirects=False)


def redirected(answer: requests.Response) -> dict[str, str]:
    """The parameters that a redirect hands to the client."""
    assert answer.is_redirect, f"{answer.status_code} {answer.text[:500]}"
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


@dataclass(frozen=True)
class CIIssuers:
    """The process that keeps issuers of CI systems."""

    values: Mapping[str, str]

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator[CIIssuers]:
        with running("ci_issuer", folder) as values:
            yield cls(values)

    def new(self, *, tls: bool = False) -> CIIssuer:
        """Returns an issuer of its own."""
        return CIIssuer(_address(self.values, tls), Path(self.values["CA_FILE"]), self.values["RUNNER_TOKEN"])

    def certificate(self) -> tuple[Path, Path]:
        """Returns a certificate for 127.0.0.1 and its key: who trusts the issuers trusts a Cellar that uses them."""
        return Path(self.values["CERTIFICATE"]), Path(self.values["KEY"])


@dataclass(frozen=True)
class LoginProviders:
    """The process that keeps OpenID Connect providers."""

    values: Mapping[str, str]

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator[LoginProviders]:
        with running("oidc_provider", folder) as values:
            yield cls(values)

    def new(self, *, tls: bool = False) -> LoginProvider:
        """Returns a provider of its own, with nobody registered yet and alice, bob and carol."""
        return LoginProvider(_address(self.values, tls), Path(self.values["CA_FILE"]))


def _address(values: Mapping[str, str], tls: bool) -> str:
    """An address that no other test of any process has: the first request there makes the issuer."""
    return f"{values['TLS_ENDPOINT' if tls else 'ENDPOINT']}/test-{os.getpid()}-{next(_numbers)}"
