"""Logins as clients really send them: in several encodings, empty, and stale ones in a netrc."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
import requests

from support.cellar import PASSWORD, USER, Cellar
from support.clients import Workbench
from support.distributions import wheel
from support.simple import Index
from support.upload import publish

pytestmark = pytest.mark.xdist_group("clients")

NAME, ODD_PASSWORD = "zoe", "Gr\u00fc\u00dfe aus K\u00f6ln"
SECTIONS = {"index.main": {}, "index.team": {"read": ["authenticated"]}}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path_factory.mktemp("credentials"), SECTIONS)
    cellar.cli("user", "add", NAME, "--password-stdin", input=ODD_PASSWORD + "\n")
    cellar.start()
    assert publish(cellar, wheel("odd-login", "1.0"), "/team/").status_code == 200
    assert publish(cellar, wheel("odd-login", "1.0"), "/main/").status_code == 200
    yield cellar
    cellar.stop()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("client", ["uv", "pip", "requests"])
def test_a_password_that_is_not_ascii_is_recognised(town: Cellar, workbench: Workbench, client: str, form: str) -> None:
    password = unicodedata.normalize(form, ODD_PASSWORD)
    if client == "requests":
        if form == "NFD":
            pytest.skip("ISO-8859-1 has no combining characters")
        index = Index(town.base, "team", (NAME, password))
        assert index.links("odd-login")
        return
    netrc = workbench.home / ".netrc"
    netrc.write_text(f'machine 127.0.0.1 login {NAME} password "{password}"\n', encoding="utf-8")
    netrc.chmod(0o600)
    if client == "pip" and form == "NFD":
        pytest.skip("requests can't encode it at all")
    python = workbench.virtual_environment_with_pip()
    address = town.url("/team/simple/")
    command = {
        "uv": ("uv", "pip", "install", "--python", python, "--index-url", address, "odd-login"),
        "pip": (python, "-m", "pip", "download", "--index-url", address, "odd-login"),
    }[client]
    workbench.run(*command, environment={"NETRC": str(netrc)})


@pytest.mark.parametrize("client", ["uv", "pip"])
def test_a_stale_login_stops_nobody_where_everyone_may_read(town: Cellar, workbench: Workbench, client: str) -> None:
    netrc = workbench.home / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login {USER} password stale\n")
    netrc.chmod(0o600)
    python = workbench.virtual_environment_with_pip()
    address = town.url("/main/simple/")
    # uv reads a netrc only when it is asked to log in.
    stored = address.replace("//", f"//{USER}:stale@")
    command = {
        "uv": ("uv", "pip", "install", "--python", python, "--index-url", stored, "odd-login"),
        "pip": (python, "-m", "pip", "install", "--index-url", address, "odd-login"),
    }[client]
    before = town.log.read_text().count("taken for none")
    workbench.run(*command, environment={"NETRC": str(netrc)})
    town.eventually_logs("taken for none", before + 1)


def test_a_stale_login_is_wrong_where_one_is_needed(town: Cellar) -> None:
    assert Index(town.base, "team", (USER, "stale")).get(town.url("/team/simple/")).status_code == 401
    assert Index(town.base, "team", (USER, PASSWORD)).get(town.url("/team/simple/")).status_code == 200


def test_a_command_s_change_counts_for_the_very_next_request(town: Cellar) -> None:
    """The server is another process than the command, and looks before each answer whether anything was committed."""
    page = town.url("/main/simple/")
    with requests.Session() as session:
        session.trust_env = False
        for number in range(4):
            name, password = f"fresh-{number}", f"a passphrase of fresh-{number}"
            login = (name, password)
            assert session.post(town.url("/main/"), auth=login, timeout=30).status_code == 401
            town.cli("user", "add", name, "--password-stdin", input=password + "\n")
            assert session.post(town.url("/main/"), auth=login, timeout=30).status_code != 401
            assert session.get(page, timeout=30).status_code == 200
            town.cli("user", "password", name, "--password-stdin", input="another " + password + "\n")
            assert session.post(town.url("/main/"), auth=login, timeout=30).status_code == 401
            town.cli("user", "remove", name)
            assert session.post(town.url("/main/"), auth=(name, "another " + password), timeout=30).status_code == 401
