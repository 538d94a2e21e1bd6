"""The test servers themselves: what other tests rely on when Cellar talks to them (scripts/servers)."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import ssl
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from support.cellar import REPOSITORY
from support.ldap_tools import ldap, search, whoami
from support.login import Login, digested
from support.proxies import PROXIES
from support.servers import (
    CIIssuer,
    CIIssuers,
    Directory,
    Issuer,
    LoginClient,
    LoginProvider,
    LoginProviders,
    redirected,
    running,
)
from support.tokens import Token, faults, is_signed_by, is_signed_with_secret, parse, pem

# Together, so that one process starts each server once.
pytestmark = [pytest.mark.without_cellar, pytest.mark.xdist_group("servers")]

SERVERS = ("slapd", "ci_issuer", "oidc_provider")
STARTED = (*SERVERS, *PROXIES)


# Starting and stopping


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As without `make test`: no server is shared."""
    monkeypatch.delenv("TEST_SERVERS", raising=False)


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_stopped_by_its_process_id(alone: None, tmp_path: Path, name: str) -> None:
    with running(name, tmp_path / "server") as values:
        process = int(Path(values["PIDFILE"]).read_text())
        assert is_running(process)
    assert not is_running(process)
    assert not Path(values["PIDFILE"]).exists()


@pytest.mark.parametrize("name", STARTED)
def test_a_taken_port_is_named(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = start(name, tmp_path, str(port))
    assert done.returncode == 1 and done.stdout == ""
    assert f"somebody listens on port {port} already" in done.stderr


@pytest.mark.parametrize("name", STARTED)
def test_wrong_arguments_are_explained(tmp_path: Path, name: str) -> None:
    assert "usage: " in start(name).stderr
    assert "'' is no port" in start(name, tmp_path).stderr
    assert "'70000' is no port" in start(name, tmp_path, "70000").stderr


def test_servers_started_together_are_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `make test` starts them, and as its tests find them."""
    scripts = REPOSITORY / "scripts" / "servers"
    subprocess.run([scripts / "install.sh", "ci_issuer"], check=True)
    subprocess.run([scripts / "start.sh", tmp_path, "ci_issuer"], check=True)
    monkeypatch.setenv("TEST_SERVERS", str(tmp_path))
    with CIIssuers.started(tmp_path / "unused") as first, CIIssuers.started(tmp_path / "unused") as second:
        assert first.values["PIDFILE"] == second.values["PIDFILE"]
        assert first.new().url != second.new().url
        assert first.new().keys() != second.new().keys()
    process = int(Path(first.values["PIDFILE"]).read_text())
    assert is_running(process)
    subprocess.run([scripts / "stop.sh", *tmp_path.glob("*/*.pid")], check=True)
    assert not is_running(process)


def test_a_server_that_is_unknown_takes_the_others_down(tmp_path: Path) -> None:
    script = REPOSITORY / "scripts" / "servers" / "start.sh"
    done = subprocess.run([script, tmp_path, "slapd", "unknown"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "unknown did not start" in done.stderr
    assert not list(tmp_path.glob("*.env")) and not list(tmp_path.glob("*/*.pid"))


# The directory

REFERENCE = "# refldap://"
ALICE = f"uid=alice,{Directory.PEOPLE}"
WILD = rf"uid=wild*(card)\5C,{Directory.PEOPLE}"
JUNIOR = rf"uid=\#1\, \"Jr.\" \<x\>\+\;\=,{Directory.PEOPLE}"
INVALID_CREDENTIALS = 49


@pytest.mark.parametrize(
    ("name", "password"),
    [
        (ALICE, "alice-secret"),
        (f"uid=carol,{Directory.PEOPLE}", "carol-secret"),
        (f"uid=jürgen,{Directory.PEOPLE}", "juergen-secret"),
        (WILD, "wild-secret"),
        (JUNIOR, "junior-secret"),
        (Directory.READER, Directory.READER_PASSWORD),
        ("uid=dave,ou=people,dc=partner,dc=example", "dave-secret"),
    ],
)
def test_people_bind_with_their_passwords(directory: Directory, name: str, password: str) -> None:
    assert whoami(directory, name, password).stdout.startswith("dn:")
    assert whoami(directory, name, password + "x").returncode == INVALID_CREDENTIALS


@pytest.mark.parametrize("name", [f"uid=erin,{Directory.PEOPLE}", f"uid=nobody,{Directory.PEOPLE}"])
def test_who_has_no_password_does_not_bind(directory: Directory, name: str) -> None:
    assert whoami(directory, name, "x").returncode == INVALID_CREDENTIALS


def test_an_empty_password_succeeds_as_nobody(directory: Directory) -> None:
    """The trap of RFC 4513 §5.1.2, which a client must not fall into."""
    assert whoami(directory, ALICE, "").stdout.strip() == "anonymous"


def test_only_the_reader_searches_for_people(directory: Directory) -> None:
    found = search(directory, "(uid=alice)", "mail")
    assert found == [{"dn": [ALICE], "mail": ["alice@example.org"]}]
    assert search(directory, "(uid=bob)", bind=(ALICE, "alice-secret")) == []
    assert search(directory, "(uid=alice)", base=ALICE, bind=(ALICE, "alice-secret")) == [{"dn": [ALICE]}]
    assert search(directory, "(uid=alice)", bind=None) == []
    assert search(directory, "(uid=alice)", "userPassword") == [{"dn": [ALICE]}]


def test_groups_are_found_from_both_sides(directory: Directory) -> None:
    names = [rf"cn={name},{Directory.GROUPS}" for name in ("developers", "staff", r"R&D\2C Europe")]
    [alice] = search(directory, "(uid=alice)", "memberOf")
    assert sorted(alice["memberOf"]) == sorted(names)
    groups = search(directory, f"(&(objectClass=groupOfNames)(member={ALICE}))", base=Directory.GROUPS)
    assert sorted(group["dn"][0] for group in groups) == sorted(names)
    assert search(directory, "(uid=bob)", "memberOf") == [{"dn": [f"uid=bob,{Directory.PEOPLE}"]}]


def test_an_administrator_is_known_by_group_and_by_field(directory: Directory) -> None:
    for condition in (f"memberOf=cn=admins,{Directory.GROUPS}", "employeeType=admin"):
        assert search(directory, f"({condition})") == [{"dn": [f"uid=carol,{Directory.PEOPLE}"]}]


def test_a_filter_means_what_is_escaped(directory: Directory) -> None:
    assert search(directory, r"(uid=wild\2a\28card\29\5c)") == [{"dn": [WILD]}]
    assert search(directory, r"(uid=\2a)") == []
    assert len(search(directory, "(uid=*)")) == 9
    # An asterisk that is not escaped finds somebody else's entry.
    assert search(directory, "(uid=ali*)") == [{"dn": [ALICE]}]


def test_a_distinguished_name_is_escaped(directory: Directory) -> None:
    [junior] = search(directory, "(cn=Junior)", "uid", "memberOf")
    assert junior["uid"] == ['#1, "Jr." <x>+;=']
    assert junior["memberOf"] == [f"cn=developers,{Directory.GROUPS}"]
    # In a filter the backslashes of the name are escaped again (RFC 4515 §3).
    member = JUNIOR.replace("\\", r"\5c")
    assert [group["cn"] for group in search(directory, f"(member={member})", "cn", base=Directory.GROUPS)] == [
        ["developers"]
    ]


def test_two_entries_share_a_short_name(directory: Directory) -> None:
    assert len(search(directory, "(uid=twin)")) == 2


def test_a_search_of_everything_meets_a_referral(directory: Directory) -> None:
    everywhere = f"{directory.address}/ou=people,dc=partner,dc=example??sub"
    found = ldap(directory, "ldapsearch", "-LLL", "-b", Directory.BASE, "(uid=dave)", "dn")
    assert f"# ref{everywhere}" in found.stdout and "uid=dave" not in found.stdout
    followed = ldap(directory, "ldapsearch", "-LLL", "-C", "-b", Directory.BASE, "(uid=dave)", "dn")
    assert "dn: uid=dave,ou=people,dc=partner,dc=example" in followed.stdout
    within = ldap(directory, "ldapsearch", "-LLL", "-b", Directory.PEOPLE, "(uid=alice)", "dn")
    assert REFERENCE not in within.stdout


@pytest.mark.parametrize("secured", ["StartTLS", "ldaps"])
def test_the_connection_is_encrypted(directory: Directory, tmp_path: Path, secured: str) -> None:
    address = directory.tls_address if secured == "ldaps" else directory.address
    options = () if secured == "ldaps" else ("-ZZ",)
    bind = (ALICE, "alice-secret")
    assert ldap(directory, "ldapwhoami", *options, bind=bind, address=address).stdout.strip() == f"dn:{ALICE}"
    # To a client that trusts others it is a stranger.
    stranger = ldap(directory, "ldapwhoami", *options, bind=bind, address=address, ca=other_ca(tmp_path))
    assert stranger.returncode != 0 and stranger.stdout == ""


def test_the_log_shows_what_was_asked_and_no_password(directory: Directory) -> None:
    mark = f"mark-{secrets.token_hex(4)}"
    ldap(directory, "ldapsearch", "-ZZ", "-LLL", "-b", Directory.PEOPLE, f"(uid={mark})", "dn")
    log = directory.log.read_text()
    [line] = [line for line in log.splitlines() if mark in line]
    assert f'filter="(uid={mark})"' in line
    connection = next(word for word in line.split() if word.startswith("conn="))
    asked = [line for line in log.splitlines() if f" {connection} " in line]
    places = [next(i for i, line in enumerate(asked) if what in line) for what in ("STARTTLS", " BIND ", " SRCH ")]
    assert places == sorted(places)
    assert Directory.READER_PASSWORD not in log and "alice-secret" not in log


# Issuers of tokens, whoever gets them


@pytest.fixture(params=["ci", "ci over TLS", "login", "login over TLS"])
def issuer(request: pytest.FixtureRequest, ci_issuers: CIIssuers, login_providers: LoginProviders) -> Issuer:
    made = ci_issuers if request.param.startswith("ci") else login_providers
    return made.new(tls="TLS" in request.param)


def test_discovery_names_the_issuer_and_its_keys(issuer: Issuer) -> None:
    metadata = issuer.get("/.well-known/openid-configuration")
    assert metadata.headers["Content-Type"] == "application/json"
    assert metadata.json()["issuer"] == issuer.url
    assert metadata.json()["jwks_uri"].startswith(issuer.url + "/")
    [key] = issuer.keys()
    assert key["kty"] == "RSA" and key["alg"] == "RS256" and key["use"] == "sig"
    assert not {"d", "p", "q"} & key.keys(), "a private key is published"
    assert issuer.asked() == {"discovery": 2, "jwks": 1, "foreign_jwks": 0}


def test_a_stranger_does_not_trust_it(ci_issuers: CIIssuers) -> None:
    issuer = ci_issuers.new(tls=True)
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(issuer.url + "/stats", timeout=10)
    assert issuer.get("/stats").ok


def test_another_server_is_trusted_as_the_issuers_are(ci_issuers: CIIssuers) -> None:
    context = ssl.create_default_context(cafile=ci_issuers.new().ca)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(*ci_issuers.certificate())
    here, there = socket.socketpair()
    with ThreadPoolExecutor() as pool, here, there:
        greeted = pool.submit(served.wrap_socket, there, server_side=True)
        with context.wrap_socket(here, server_hostname="127.0.0.1") as client, greeted.result() as server:
            assert client.version() == server.version() == "TLSv1.3"


def test_a_silent_client_keeps_nobody_waiting(ci_issuers: CIIssuers) -> None:
    issuer = ci_issuers.new(tls=True)
    host, _, port = issuer.url.split("/")[2].partition(":")
    with socket.create_connection((host, int(port))):
        assert issuer.get("/stats").ok


def test_keys_rotate(issuer: Issuer) -> None:
    [first] = issuer.keys()
    issuer.rotate(keep=True)
    second, kept = issuer.keys()
    assert kept == first and second["kid"] != first["kid"] and second["n"] != first["n"]
    issuer.rotate("ES256")
    [third] = issuer.keys()
    assert third["kty"] == "EC" and third["crv"] == "P-256"
    assert issuer.post("/rotate", json={"alg": "HS256"}).status_code == 400


def test_an_outage_spares_those_who_control_it(issuer: Issuer) -> None:
    path = "/.well-known/jwks"
    with issuer.outage():
        assert issuer.get(path).status_code == issuer.get("/token").status_code == 503
        issuer.rotate()
    with issuer.outage("garbage"):
        answer = issuer.get(path)
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.JSONDecodeError):
            answer.json()
    with issuer.outage("silent"), pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(issuer.url + path, verify=str(issuer.ca), timeout=0.3)
    assert len(issuer.keys()) == 1
    assert issuer.post("/outage", json={"mode": "other"}).status_code == 400


def test_issuers_of_one_process_are_strangers(ci_issuers: CIIssuers) -> None:
    one, other = ci_issuers.new(), ci_issuers.new()
    assert one.keys() != other.keys()
    with one.outage():
        assert other.keys()
    assert faults(one.mint(), other.url, "cellar", other.keys()) == {"iss", "key"}


# The issuer of a CI system

# Each is bad in this way, and in no other.
FORGERIES = {
    "alg-none": "algorithm",
    "alg-none-cased": "algorithm",
    "no-signature": "signature",
    "zero-signature": "signature",
    "tampered": "signature",
    "foreign-key": "signature",
    "unknown-kid": "key",
    "unknown-critical": "critical",
    "embedded-jwk": "key",
    "embedded-x5c": "key",
    "jku": "key",
    "hs256-public-pem": "algorithm",
    "hs256-public-jwk": "algorithm",
    "hs256-kid-traversal": "algorithm",
    "hs256-kid-injection": "algorithm",
    "expired": "exp",
    "not-yet-valid": "nbf",
    "text-expiry": "exp",
    "wrong-issuer": "iss",
    "issuer-with-slash": "iss",
    "wrong-audience": "aud",
    "wrong-audiences": "aud",
    "without-iss": "iss",
    "without-sub": "sub",
    "without-aud": "aud",
    "without-exp": "exp",
    "without-iat": "iat",
}


@pytest.fixture
def ci(ci_issuers: CIIssuers) -> CIIssuer:
    return ci_issuers.new()


@pytest.fixture(scope="module")
def forging(ci_issuers: CIIssuers) -> CIIssuer:
    return ci_issuers.new()


@pytest.mark.parametrize("tls", [False, True])
def test_a_job_asks_for_its_token_as_on_github(ci_issuers: CIIssuers, tls: bool) -> None:
    ci = ci_issuers.new(tls=tls)
    job = ci.github_environment()
    url, token = job["ACTIONS_ID_TOKEN_REQUEST_URL"], job["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]

    def ask(authorization: str, audience: str | None = "cellar") -> requests.Response:
        query = {"audience": audience} if audience else {}
        headers = {"Authorization": authorization}
        return requests.get(url, params=query, headers=headers, verify=str(ci.ca), timeout=10)

    text = ask(f"bearer {token}").json()["value"]
    assert faults(text, ci.url, "cellar", ci.keys()) == set()
    claims = parse(text).claims
    assert claims["repository"] == "acme/widget" and claims["repository_owner_id"] == "1001"
    assert 0 < claims["exp"] - claims["iat"] <= 600
    assert parse(ask(f"Bearer {token}").json()["value"]).claims["jti"] != claims["jti"]
    assert parse(ask(f"bearer {token}", None).json()["value"]).claims["aud"] == "https://github.com/acme"
    assert ask("bearer wrong").status_code == ask("").status_code == 401

    ci.run_job(claims={"repository": "acme/gadget"}, remove=["environment"])
    changed = parse(ask(f"bearer {token}").json()["value"]).claims
    assert changed["repository"] == "acme/gadget" and "environment" not in changed
    ci.run_job()
    assert "environment" in parse(ask(f"bearer {token}").json()["value"]).claims


def test_any_claims_are_minted(ci: CIIssuer) -> None:
    text = ci.mint(claims={"aud": ["a", "cellar"], "custom": {"n": 1}}, remove=["jti"], header={"typ": None, "x": "y"})
    assert faults(text, ci.url, "cellar", ci.keys()) == set()
    token = parse(text)
    assert token.claims["custom"] == {"n": 1} and "jti" not in token.claims
    assert token.header == {"alg": "RS256", "kid": ci.keys()[0]["kid"], "x": "y"}
    assert parse(ci.mint(job="gitlab")).claims["project_path"] == "acme/widget"
    assert parse(ci.mint(job="none")).claims.keys() == {"iss", "aud", "iat", "nbf", "exp", "jti"}


def test_what_cannot_be_minted_is_refused(ci: CIIssuer) -> None:
    for wanted in ({"forge": "other"}, {"job": "other"}):
        answer = ci.post("/mint", json=wanted)
        assert answer.status_code == 400 and "is one of" in answer.json()["error"]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_rotated_key_no_longer_signs(ci: CIIssuer, algorithm: str) -> None:
    ci.rotate(algorithm)
    old = ci.mint()
    assert faults(old, ci.url, "cellar", ci.keys()) == set()
    ci.rotate(algorithm, keep=True)
    assert faults(old, ci.url, "cellar", ci.keys()) == set()
    ci.rotate(algorithm)
    assert faults(old, ci.url, "cellar", ci.keys()) == {"key"}
    assert faults(ci.mint(), ci.url, "cellar", ci.keys()) == set()


def test_every_forgery_is_tested(forging: CIIssuer) -> None:
    assert set(forging.forgeries()) == FORGERIES.keys()


@pytest.mark.parametrize("name", FORGERIES)
def test_a_bad_token_is_bad_as_its_name_says(forging: CIIssuer, name: str) -> None:
    assert faults(forging.mint(forge=name), forging.url, "cellar", forging.keys()) == {FORGERIES[name]}


@pytest.mark.parametrize("name", ["zero-signature", "foreign-key", "unknown-kid", "tampered"])
def test_a_bad_token_of_elliptic_curves_is_bad(ci: CIIssuer, name: str) -> None:
    ci.rotate("ES256")
    assert faults(ci.mint(forge=name), ci.url, "cellar", ci.keys()) == {FORGERIES[name]}


# How a careless verifier would find the signature good.
CARELESS: dict[str, Callable[[CIIssuer, Token], bool]] = {
    "alg-none": lambda ci, token: token.header["alg"] == "none" and token.signature == b"",
    "alg-none-cased": lambda ci, token: token.header["alg"].lower() == "none" and token.signature == b"",
    "unknown-critical": lambda ci, token: is_signed_by(token, ci.keys()[0]),
    "embedded-jwk": lambda ci, token: is_signed_by(token, token.header["jwk"]),
    "embedded-x5c": lambda ci, token: is_signed_by(token, certified(token.header["x5c"][0])),
    "jku": lambda ci, token: is_signed_by(token, requests.get(token.header["jku"], timeout=10).json()["keys"][0]),
    "hs256-public-pem": lambda ci, token: is_signed_with_secret(token, pem(ci.keys()[0])),
    "hs256-public-jwk": lambda ci, token: is_signed_with_secret(token, published(ci.keys()[0])),
    "hs256-kid-traversal": lambda ci, token: is_signed_with_secret(token, b""),
    "hs256-kid-injection": lambda ci, token: is_signed_with_secret(token, b"x"),
}


@pytest.mark.parametrize("name", CARELESS)
def test_a_careless_verifier_is_deceived(ci: CIIssuer, name: str) -> None:
    assert CARELESS[name](ci, parse(ci.mint(forge=name)))
    assert ci.asked()["foreign_jwks"] == (1 if name == "jku" else 0)


# The provider for people's login


@pytest.fixture
def provider(login_providers: LoginProviders) -> LoginProvider:
    return login_providers.new()


@pytest.fixture
def client(provider: LoginProvider) -> LoginClient:
    return provider.register("http://127.0.0.1:9/callback")


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("public", [False, True])
def test_a_login_ends_with_an_id_token(login_providers: LoginProviders, tls: bool, public: bool) -> None:
    provider = login_providers.new(tls=tls)
    login = Login(provider, provider.register("https://cellar.example.com/callback", public=public))
    answer = login.sign_in("alice")
    # RFC 9207: the answer says whose it is.
    assert answer["state"] == login.state and answer["iss"] == provider.url
    traded = login.exchange(answer["code"])
    assert traded.headers["Cache-Control"] == "no-store"
    tokens = traded.json()
    assert tokens["token_type"] == "Bearer"
    assert login.faults(tokens["id_token"]) == set()
    claims = parse(tokens["id_token"]).claims
    assert claims["nonce"] == login.nonce and claims["auth_time"] <= claims["iat"]
    assert claims["at_hash"] == digested(tokens["access_token"].encode(), 16)
    person = {
        "sub": "subject-of-alice",
        "name": "Alice",
        "preferred_username": "alice",
        "email": "alice@example.org",
        "email_verified": True,
        "groups": ["developers", "staff"],
    }
    assert person.items() <= claims.items()
    assert login.userinfo(tokens["access_token"]).json() == person
    assert login.userinfo("other").status_code == 401


def test_the_metadata_is_complete(provider: LoginProvider) -> None:
    """What OpenID Connect Discovery 1.0 §3 requires, and what tells a client to use PKCE (RFC 8414 §2)."""
    metadata = provider.get("/.well-known/openid-configuration").json()
    endpoints = {name for name in metadata if name.endswith("_endpoint")}
    assert endpoints == {"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "registration_endpoint"}
    assert all(metadata[name].startswith(provider.url + "/") for name in endpoints)
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["id_token_signing_alg_values_supported"] == ["RS256"]
    assert set(metadata["scopes_supported"]) == {"openid", "profile", "email", "groups"}


def test_a_scope_shows_its_claims_only(provider: LoginProvider, client: LoginClient) -> None:
    tokens = Login(provider, client, scope="openid email").tokens()
    claims = parse(tokens["id_token"]).claims
    assert {"sub", "email", "email_verified"} <= claims.keys()
    assert not {"groups", "name", "preferred_username"} & claims.keys()
    assert "id_token" not in Login(provider, client, scope="email").tokens()
    refused = redirected(provider.sign_in(Login(provider, client, scope="openid other").address, "alice"))
    assert refused["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
    ],
)
@pytest.mark.parametrize("public", [False, True])
def test_nobody_signs_in_without_pkce(provider: LoginProvider, public: bool, changes: dict[str, str | None]) -> None:
    client = provider.register("http://127.0.0.1:9/callback", public=public)
    login = Login(provider, client, **changes)
    refused = login.sign_in()
    assert refused["error"] == "invalid_request" and "code" not in refused
    assert refused["state"] == login.state and refused["iss"] == provider.url


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize(
    ("verifier", "error"),
    [("x" * 54, "invalid_grant"), (None, "invalid_request"), ("short", "invalid_request")],
)
def test_a_wrong_verifier_gets_no_token(
    provider: LoginProvider, public: bool, verifier: str | None, error: str
) -> None:
    login = Login(provider, provider.register("http://127.0.0.1:9/callback", public=public))
    code = login.sign_in()["code"]
    refused = login.exchange(code, code_verifier=verifier)
    assert refused.status_code == 400 and refused.json()["error"] == error
    assert login.exchange(code).json()["error"] == "invalid_grant", "a code lives on after a failed exchange"


def test_a_code_is_good_once_and_for_its_client(provider: LoginProvider, client: LoginClient) -> None:
    login = Login(provider, client)
    code = login.sign_in()["code"]
    assert login.exchange(code).ok
    assert login.exchange(code).json()["error"] == "invalid_grant"
    other = Login(provider, provider.register(client.redirect_uri))
    other.verifier = login.verifier
    assert other.exchange(login.sign_in()["code"]).json()["error"] == "invalid_grant"
    moved = login.exchange(Login(provider, client).sign_in()["code"], redirect_uri="http://127.0.0.1:9/other")
    assert moved.json()["error"] == "invalid_grant"


def test_a_client_proves_who_it_is(provider: LoginProvider, client: LoginClient) -> None:
    for secret in ("wrong", None):
        login = Login(provider, client)
        code = login.sign_in()["code"]
        login.client = LoginClient(client.client_id, secret, client.redirect_uri)
        refused = login.exchange(code)
        assert refused.status_code in (400, 401) and refused.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "changes", [{"redirect_uri": "http://127.0.0.1:9/callback/x"}, {"redirect_uri": None}, {"client_id": "other"}]
)
def test_nobody_is_sent_to_a_stranger(provider: LoginProvider, client: LoginClient, changes: dict[str, str]) -> None:
    answer = provider.sign_in(Login(provider, client, **changes).address, "alice")
    assert answer.status_code in (400, 401) and "Location" not in answer.headers


def test_a_login_may_fail(provider: LoginProvider, client: LoginClient) -> None:
    login = Login(provider, client)
    for name, password in (("alice", "wrong"), ("nobody", "nobody-secret")):
        answer = provider.sign_in(login.address, name, password=password)
        assert answer.status_code == 401 and "Location" not in answer.headers
    denied = login.sign_in(deny=True)
    assert denied["error"] == "access_denied"
    assert denied["state"] == login.state and denied["iss"] == provider.url
    assert Login(provider, client, prompt="none").sign_in()["error"] == "login_required"


def test_people_change_and_leave(provider: LoginProvider, client: LoginClient) -> None:
    login = Login(provider, client)
    before = parse(login.tokens("alice")["id_token"]).claims
    provider.change_people(alice={"groups": ["retired"], "email": "a@example.org"}, dora={"groups": ["staff"]})
    after = parse(Login(provider, client).tokens("alice")["id_token"]).claims
    assert after["sub"] == before["sub"]
    assert after["groups"] == ["retired"] and after["email"] == "a@example.org"
    assert parse(Login(provider, client).tokens("dora")["id_token"]).claims["groups"] == ["staff"]

    access_token = Login(provider, client).tokens("bob")["access_token"]
    leaving = Login(provider, client)
    code = leaving.sign_in("bob")["code"]
    provider.change_people(bob=None)
    assert leaving.exchange(code).json()["error"] == "invalid_grant"
    assert leaving.userinfo(access_token).status_code == 401
    assert provider.sign_in(Login(provider, client).address, "bob").status_code == 401


@pytest.mark.parametrize("name", ["alg-none", "foreign-key", "hs256-public-pem", "expired", "wrong-audience"])
def test_an_id_token_is_spoiled(provider: LoginProvider, client: LoginClient, name: str) -> None:
    provider.spoil(forge=name)
    login = Login(provider, client)
    assert login.faults(login.tokens()["id_token"]) == {FORGERIES[name]}
    provider.spoil(claims={"nonce": "other"}, remove=["groups"])
    claims = parse(Login(provider, client).tokens()["id_token"]).claims
    assert claims["nonce"] == "other" and "groups" not in claims
    provider.spoil()
    sound = Login(provider, client)
    assert sound.faults(sound.tokens()["id_token"]) == set()
    assert provider.post("/spoil", json={"forge": "other"}).status_code == 400


def test_an_id_token_is_signed_with_the_key_of_the_day(provider: LoginProvider, client: LoginClient) -> None:
    login = Login(provider, client)
    old = login.tokens()["id_token"]
    provider.rotate("ES256")
    assert login.faults(old) == {"algorithm"}
    assert login.faults(Login(provider, client).tokens()["id_token"]) == set()


# What the tests above share


def start(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    script = REPOSITORY / "scripts" / "servers" / f"start_{name}.sh"
    return subprocess.run([script, *arguments], capture_output=True, text=True, timeout=60, check=False)


def is_running(process: int) -> bool:
    """One that has ended may wait, as a zombie, for whoever took it over."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def other_ca(folder: Path) -> Path:
    """An authority that issued nothing."""
    files = ("-keyout", folder / "other.key", "-out", folder / "other.pem")
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=other")
    subprocess.run(["openssl", "req", "-x509", *kind, *files], check=True, capture_output=True)
    return folder / "other.pem"


def published(key: dict[str, object]) -> bytes:
    """The key as it stands in the published document."""
    return json.dumps(key, separators=(",", ":")).encode()


def certified(certificate: str) -> dict[str, object]:
    """The RSA key of a certificate, as openssl reads it."""
    der = base64.b64decode(certificate)
    command = ("openssl", "x509", "-inform", "DER", "-noout", "-modulus")
    printed = subprocess.run(command, input=der, capture_output=True, check=True).stdout.decode()
    modulus = bytes.fromhex(printed.strip().removeprefix("Modulus="))
    return {"kty": "RSA", "n": base64.urlsafe_b64encode(modulus).decode(), "e": "AQAB"}
