"""Tokens with the clients: of each kind, under each conventional user name, by URL, netrc, environment and keyring.

Every kind under every name in each way of HTTP is asked by hand, which costs little; each client then meets each kind,
each name and each of its ways to be given credentials at least once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from support import keyrings, old_clients
from support.cellar import ADMIN, PASSWORD, USER, Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.simple import Index
from support.upload import publish

pytestmark = pytest.mark.xdist_group("token-clients")

KINDS = ["personal", "group", "service", "session"]
# Who holds a token of each kind, as the audit and the access log name them.
HOLDERS = {"personal": USER, "group": "group:staff", "service": "service:robot", "session": USER}
NAMES = ["__token__", "aws", "oauth2accesstoken", "gitlab-ci-token", "_json_key_base64", USER, "", "ci+billing"]
NEEDLE = wheel("needle", "1.0")


@dataclass(frozen=True)
class Town:
    """A server whose index `team` nobody reads without being named in a list, and a token of each kind."""

    cellar: Cellar
    tokens: dict[str, str]

    def address(self, login: str = "", path: str = "/team/simple/") -> str:
        return f"http://{login}127.0.0.1:{self.cellar.port}{path}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.cellar.port}"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    named = [f"user:{USER}", "group:staff", "service:robot"]
    cellar = Cellar(
        tmp_path_factory.mktemp("token-clients"),
        {
            "server": {"log_format": "json"},
            "groups": {"staff": [ADMIN]},
            "index.team": {"read": named, "write": named, "create": named},
        },
    )
    cellar.start()
    assert publish(cellar, NEEDLE, "/team/").status_code == 200
    session = requests.post(cellar.url("/api/v1/auth/session"), auth=(USER, PASSWORD), timeout=30)
    tokens = {
        "personal": cellar.cli("token", "create", "mine", "--user", USER).strip(),
        "group": cellar.cli("token", "create", "ours", "--group", "staff").strip(),
        "service": cellar.cli("token", "create", "robot").strip(),
        "session": session.json()["token"],
    }
    yield Town(cellar, tokens)
    cellar.stop()
    log = cellar.log.read_text()
    assert not any(token in log for token in tokens.values()), "a token stands in the log"


# MARK: By hand


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_good_under_each_name_and_in_each_way(town: Town, kind: str) -> None:
    token = town.tokens[kind]
    ways: list[dict[str, object]] = [
        *({"auth": (name, token)} for name in NAMES),
        {"headers": {"Authorization": f"Bearer {token}"}},
        {"headers": {"Authorization": f"bearer {token}"}},
        {"headers": {"PRIVATE-TOKEN": token}},
    ]
    file = f"/team/files/{NEEDLE.sha256}/{NEEDLE.filename}"
    paths = ["/team/simple/", "/team/simple/needle/", file, f"{file}.metadata", "/team/pypi/needle/json",
             "/api/v1/indexes/team/projects/needle"]  # fmt: skip
    with requests.Session() as session:
        session.trust_env = False
        for path in paths:
            assert session.get(town.cellar.url(path), timeout=30).status_code == 401, path
            for way in ways:
                for method in ("GET", "HEAD"):
                    answer = session.request(method, town.cellar.url(path), timeout=30, **way)
                    assert answer.status_code == 200, (method, path, way)
        for number, way in enumerate(ways):
            project = f"by-hand-{kind}-{number}"
            sent = publish(
                town.cellar, wheel(project, "1.0"), "/team/",
                auth=way.get("auth"), headers=way.get("headers"),
            )  # fmt: skip
            assert sent.status_code == 200, (way, sent.text)
            answer = session.get(town.cellar.url(f"/team/simple/{project}/"), timeout=30, **way)
            assert answer.status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_curl_sends_each_kind(town: Town, workbench: Workbench, kind: str) -> None:
    token = town.tokens[kind]
    for arguments in (
        ["-H", f"Authorization: Bearer {token}"], ["--oauth2-bearer", token], ["-H", f"PRIVATE-TOKEN: {token}"],
        ["-u", f"__token__:{token}"], ["-u", f":{token}"],
    ):  # fmt: skip
        done = workbench.run("curl", "-sSf", *arguments, town.address())
        assert "needle" in done.stdout


def test_the_tag_is_logged_with_the_holder(town: Town) -> None:
    with requests.Session() as session:
        session.trust_env = False
        for kind, token in town.tokens.items():
            answer = session.get(town.address(path=f"/team/simple/tag-{kind}/"), auth=("ci+billing", token), timeout=30)
            assert answer.status_code == 404
    for kind in KINDS:
        town.cellar.eventually_logs(f"/team/simple/tag-{kind}/")
    lines = [json.loads(line) for line in town.cellar.log.read_text().splitlines() if "/team/simple/tag-" in line]
    logged = {re.search("tag-([a-z]+)", line["message"])[1]: line["user"] for line in lines}
    assert logged == {kind: f"{holder}+billing" for kind, holder in HOLDERS.items()}


# MARK: Who installs


def by_pip(workbench: Workbench, town: Town, way: str, name: str, token: str, pip: tuple[str | Path, ...]) -> None:
    files = workbench.home / "files"
    address, options = town.address(f"{name}:{token}@"), []
    if way in ("netrc", "env"):
        address = town.address()
    if way == "env":
        workbench.environment["PIP_INDEX_URL"] = town.address(f"{name}:{token}@")
    else:
        options = ["--index-url", address]
    if way == "keyring":
        keyrings.install(workbench, {town.host: {name: token}})
        options = ["--index-url", town.address(f"{name}@"), "--keyring-provider", "subprocess"]
    workbench.run(*pip, "download", "--no-deps", "--no-cache-dir", "--dest", files, *options, "needle")
    assert (files / NEEDLE.filename).read_bytes() == NEEDLE.content


def by_new_pip(workbench: Workbench, town: Town, way: str, name: str, token: str) -> None:
    by_pip(workbench, town, way, name, token, ("python", "-m", "pip"))


def by_old_pip(workbench: Workbench, town: Town, way: str, name: str, token: str) -> None:
    """The oldest that there is; the oldest that has `--keyring-provider` for that."""
    client = "pip-24.0" if way == "keyring" else "pip-9.0.3"
    workbench.environment |= old_clients.needs(workbench, client)
    by_pip(workbench, town, way, name, token, (old_clients.environment(client) / "bin" / "python", "-m", "pip"))


def by_uv(workbench: Workbench, town: Town, way: str, name: str, token: str) -> None:
    target = workbench.home / "target"
    address, options = town.address(f"{name}:{token}@"), []
    if way == "netrc":
        address = town.address()
    elif way == "env":
        address = town.address()
        workbench.environment |= {"UV_INDEX_CELLAR_USERNAME": name, "UV_INDEX_CELLAR_PASSWORD": token}
    elif way == "keyring":
        keyrings.install(workbench, {town.host: {name: token}})
        address, options = town.address(f"{name}@"), ["--keyring-provider", "subprocess"]
    workbench.run(
        "uv", "pip", "install", "--no-cache", "--target", target, "--default-index", f"cellar={address}", *options,
        "needle",
    )  # fmt: skip
    assert (target / "needle" / "__init__.py").is_file()


def by_poetry(workbench: Workbench, town: Town, way: str, name: str, token: str) -> None:
    address = town.address(f"{name}:{token}@") if way == "url" else town.address()
    (workbench.project / "pyproject.toml").write_text(
        '[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.11,<3.12"\ndependencies = ["needle"]\n\n'
        "[tool.poetry]\npackage-mode = false\n\n"
        f'[[tool.poetry.source]]\nname = "cellar"\nurl = "{address}"\npriority = "primary"\n'
    )
    if way == "env":
        workbench.environment |= {
            "POETRY_HTTP_BASIC_CELLAR_USERNAME": name,
            "POETRY_HTTP_BASIC_CELLAR_PASSWORD": token,
        }
    elif way == "keyring":
        keyrings.install(workbench, {})
        workbench.run("poetry", "config", "http-basic.cellar", name, token)
        assert keyrings.entries(workbench) == {"poetry-repository-cellar": {name: token}}
    workbench.run("uv", "venv", "--quiet", ".venv")
    workbench.run("poetry", "lock")
    workbench.run("poetry", "install", "--no-root")
    assert list(workbench.project.glob(".venv/lib/*/site-packages/needle/__init__.py"))


def by_pdm(workbench: Workbench, town: Town, way: str, name: str, token: str) -> None:
    address = {
        "url": town.address(f"{name}:{token}@"),
        "netrc": town.address(),
        "env": town.address("${CELLAR_LOGIN}:${CELLAR_TOKEN}@"),
        "keyring": town.address(f"{name}@"),
    }[way]
    workbench.environment |= {"CELLAR_LOGIN": name, "CELLAR_TOKEN": token}
    if way == "keyring":
        keyrings.install(workbench, {town.host: {name: token}})
    (workbench.project / "pyproject.toml").write_text(
        '[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.11,<3.12"\ndependencies = ["needle"]\n\n'
        f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{address}"\n\n[tool.pdm]\ndistribution = false\n'
    )
    workbench.run("uv", "venv", "--quiet", ".venv")
    workbench.run("pdm", "lock")
    workbench.run("pdm", "sync")
    assert list(workbench.project.glob(".venv/lib/*/site-packages/needle/__init__.py"))


Client = Callable[[Workbench, Town, str, str, str], None]
INSTALLERS: dict[str, Client] = {
    "pip": by_new_pip,
    "old-pip": by_old_pip,
    "uv": by_uv,
    "poetry": by_poetry,
    "pdm": by_pdm,
}
# Each name with one kind and one way: every kind and every way twice.
MEETINGS = [
    ("__token__", "personal", "url"), ("aws", "group", "netrc"), ("oauth2accesstoken", "service", "env"),
    ("gitlab-ci-token", "session", "keyring"), ("_json_key_base64", "personal", "netrc"), (USER, "group", "keyring"),
    ("", "service", "url"), ("ci+billing", "session", "env"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "way"), [pytest.param(*each, id="-".join([each[0] or "nobody", *each[1:]])) for each in MEETINGS]
)
@pytest.mark.parametrize("client", INSTALLERS)
def test_it_installs(town: Town, workbench: Workbench, client: str, name: str, kind: str, way: str) -> None:
    token = town.tokens[kind]
    if way == "netrc":
        netrc = workbench.home / ".netrc"
        netrc.write_text(f"machine 127.0.0.1 login {name} password {token}\n")
        netrc.chmod(0o600)
    INSTALLERS[client](workbench, town, way, name, token)


# MARK: Who publishes


def twine(workbench: Workbench, town: Town, way: str, name: str, token: str) -> list[str]:
    address = town.address(path="/team/")
    if way == "file":
        text = f"[distutils]\nindex-servers = cellar\n\n[cellar]\nrepository = {address}\nusername = {name}\n"
        (workbench.home / ".pypirc").write_text(f"{text}password = {token}\n")
        return ["twine", "upload", "--repository", "cellar", "dist/*"]
    if way == "env":
        workbench.environment |= {"TWINE_USERNAME": name, "TWINE_PASSWORD": token}
        return ["twine", "upload", "--repository-url", address, "dist/*"]
    if way == "keyring":
        keyrings.install(workbench, {address: {name: token}})
        return ["twine", "upload", "--repository-url", address, "-u", name, "dist/*"]
    return ["twine", "upload", "--repository-url", address, "-u", name, "-p", token, "dist/*"]


def uv(workbench: Workbench, town: Town, way: str, name: str, token: str) -> list[str]:
    address = town.address(path="/team/")
    if way == "file":
        (workbench.project / "pyproject.toml").write_text(
            f'[[tool.uv.index]]\nname = "cellar"\nurl = "{town.address()}"\npublish-url = "{address}"\n'
        )
        return ["uv", "publish", "--index", "cellar", "-u", name, "-p", token]
    if way == "env":
        workbench.environment |= {"UV_PUBLISH_USERNAME": name, "UV_PUBLISH_PASSWORD": token}
        return ["uv", "publish", "--publish-url", address]
    if way == "keyring":
        keyrings.install(workbench, {address: {name: token}})
        return ["uv", "publish", "--publish-url", address, "-u", name, "--keyring-provider", "subprocess"]
    return ["uv", "publish", "--publish-url", address, "--token", token]


def poetry(workbench: Workbench, town: Town, way: str, name: str, token: str) -> list[str]:
    workbench.run("poetry", "config", "repositories.cellar", town.address(path="/team/"))
    if way == "env":
        workbench.environment |= {
            "POETRY_HTTP_BASIC_CELLAR_USERNAME": name,
            "POETRY_HTTP_BASIC_CELLAR_PASSWORD": token,
        }
    elif way == "keyring":
        keyrings.install(workbench, {"poetry-repository-cellar": {name: token}})
        config = workbench.home / "config" / "pypoetry"
        config.mkdir(parents=True, exist_ok=True)
        (config / "auth.toml").write_text(f'[http-basic.cellar]\nusername = "{name}"\n')
    elif way == "file":
        workbench.run("poetry", "config", "pypi-token.cellar", token)
    else:
        return ["poetry", "publish", "--repository", "cellar", "--username", name, "--password", token]
    return ["poetry", "publish", "--repository", "cellar"]


def pdm(workbench: Workbench, town: Town, way: str, name: str, token: str) -> list[str]:
    address = town.address(path="/team/")
    command = ["pdm", "publish", "--no-build", "--repository"]
    if way == "file":
        for key, value in (("url", address), ("username", name), ("password", token)):
            workbench.run("pdm", "config", f"repository.cellar.{key}", value)
        return [*command, "cellar"]
    if way == "env":
        workbench.environment |= {"PDM_PUBLISH_USERNAME": name, "PDM_PUBLISH_PASSWORD": token}
        return [*command, address]
    if way == "keyring":
        keyrings.install(workbench, {address: {name: token}})
        return [*command, address, "--username", name]
    return [*command, address, "--username", name, "--password", token]


Publisher = Callable[[Workbench, Town, str, str, str], list[str]]
PUBLISHERS: dict[str, Publisher] = {"twine": twine, "uv": uv, "poetry": poetry, "pdm": pdm}
# What `file` is differs: .pypirc, pyproject.toml, the client's own configuration.
UPLOADS = [
    ("__token__", "personal", "options"), ("gitlab-ci-token", "service", "env"), ("aws", "group", "file"),
    (USER, "session", "keyring"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "way"), [pytest.param(*each, id="-".join(each)) for each in UPLOADS])
@pytest.mark.parametrize("client", PUBLISHERS)
def test_it_publishes(town: Town, workbench: Workbench, client: str, name: str, kind: str, way: str) -> None:
    for variable in [key for key in workbench.environment if re.match("(TWINE|UV_PUBLISH|FLIT)_(USER|PASS)", key)]:
        del workbench.environment[variable]
    token = town.tokens[kind]
    file = wheel(f"{client}-{way}", "1.0")
    (workbench.project / "dist").mkdir()
    (workbench.project / "dist" / file.filename).write_bytes(file.content)
    (workbench.project / "pyproject.toml").write_text(
        f'[project]\nname = "{file.name}"\nversion = "1.0"\nrequires-python = ">=3.11"\n\n'
        '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
    )
    workbench.run(*PUBLISHERS[client](workbench, town, way, name, token))
    links = Index(town.cellar.base, "team", ("__token__", token)).links(file.name)
    assert [link.sha256 for link in links] == [file.sha256]
    line = next(
        entry
        for entry in town.cellar.cli("audit", "--json", "--action", "file.publish").splitlines()
        if file.filename in entry
    )
    assert json.loads(line)["actor"] == HOLDERS[kind]
