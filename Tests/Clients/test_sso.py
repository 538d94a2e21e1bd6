"""Single sign-on: people sign in with a provider of OpenID Connect, and are nobody else there or here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, USER, Cellar
from support.servers import LoginProvider, LoginProviders, redirected
from support.tls import SecureCellar, Trusted

pytestmark = pytest.mark.xdist_group("sso")

ROOT = (ADMIN, ADMIN_PASSWORD)


class Office:
    """A server whose people sign in with one provider."""

    def __init__(self, root: Path, providers: LoginProviders, *, tls: bool = False, **settings: object) -> None:
        self.provider: LoginProvider = providers.new(tls=tls)
        self.ca = str(self.provider.ca)
        sections = {
            "index.main": {"read": ["authenticated"], "write": ["group:developers"]},
            "groups": {"developers": []},
        }
        if tls:
            certificate = Trusted(
                Path(providers.values["CERTIFICATE"]), Path(providers.values["KEY"]), self.provider.ca
            )
            self.cellar: Cellar = SecureCellar(root, sections, certificate=certificate)
        else:
            self.cellar = Cellar(root, sections)
        self.client = self.provider.register(self.back, public=bool(settings.pop("public", False)))
        sso = {
            "url": self.provider.url,
            "client_id": self.client.client_id,
            "groups_claim": "groups",
            "scopes": ["openid", "profile", "groups"],
            "label": "Example Corp",
            **settings,
        }
        if tls:
            sso["authorities_file"] = self.ca
        if self.client.secret:
            sso["client_secret"] = self.client.secret
        server = {"base_url": self.cellar.base}
        if tls:
            server.update(self.cellar.certificate.settings)
        self.cellar.configure({**sections, "server": server, "sso.corp": sso})

    @property
    def back(self) -> str:
        return self.cellar.url("/login/sso/corp/callback")

    def browser(self) -> requests.Session:
        session = requests.Session()
        # Else an authority of the environment would come before it.
        session.trust_env = False
        session.verify = self.ca
        return session

    def begin(self, browser: requests.Session, path: str = "/login/sso/corp") -> str:
        """Returns the address at the provider to which the server sends a browser."""
        answer = browser.get(self.cellar.url(path), allow_redirects=False, timeout=30)
        assert answer.status_code == 303, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.headers["Location"]

    def sign_in(self, name: str, path: str = "/login/sso/corp", browser: requests.Session | None = None):
        """Signs somebody in as a browser does. Returns the browser, and the server's answer to what it brought back."""
        browser = browser or self.browser()
        returned = self.provider.sign_in(self.begin(browser, path), name)
        return browser, browser.get(returned.headers["Location"], allow_redirects=False, timeout=30)

    def page(self, browser: requests.Session, path: str = "/main/simple/") -> requests.Response:
        return browser.get(self.cellar.url(path), allow_redirects=False, timeout=30)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, login_providers: LoginProviders) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("sso"), login_providers)
    made.cellar.start()
    yield made
    made.cellar.stop()


@pytest.fixture
def open_office(tmp_path: Path, login_providers: LoginProviders) -> Iterator[Callable[..., Office]]:
    """Starts an office of a test's own, which is stopped whatever comes of the test."""
    opened: list[Office] = []

    def start(**settings: object) -> Office:
        opened.append(Office(tmp_path, login_providers, **settings))  # type: ignore[arg-type]
        opened[-1].cellar.start()
        return opened[-1]

    yield start
    for office in opened:
        office.cellar.stop()


@pytest.fixture(autouse=True)
def good_again(office: Office) -> None:
    office.provider.spoil()


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("public", [False, True])
def test_people_sign_in(open_office: Callable[..., Office], tls: bool, public: bool) -> None:
    office = open_office(tls=tls, public=public)
    login = office.page(office.browser(), "/login?next=/main/simple/")
    assert "Example Corp" in login.text and 'href="login/sso/corp?next=/main/simple/"' in login.text
    browser, answer = office.sign_in("carol", "/login/sso/corp?next=/main/simple/")
    assert answer.status_code == 303, answer.text
    assert requests.compat.urljoin(answer.url, answer.headers["Location"]) == office.cellar.url("/main/simple/")
    cookies = answer.raw.headers.getlist("Set-Cookie")
    session = next(cookie for cookie in cookies if "cellar_session=" in cookie)
    assert "HttpOnly" in session and "SameSite=Lax" in session and ("Secure" in session) == tls
    assert any("cellar_sso=;" in cookie and "Max-Age=0" in cookie for cookie in cookies)
    assert office.page(browser).status_code == 200
    assert "carol" in office.page(browser, "/").text
    assert "carol" in office.cellar.cli("user", "list")
    office.cellar.stop()
    assert "code=" not in office.cellar.log.read_text()


def test_a_name_that_is_taken_is_no_way_in(office: Office) -> None:
    # There is a user alice here, who has nothing to do with the provider's.
    browser, answer = office.sign_in("alice")
    assert answer.status_code == 403 and "alice" in answer.text
    assert office.page(browser).status_code == 401
    subject = f"{office.provider.url}#subject-of-alice"
    office.cellar.cli("user", "link", USER, "--provider", "sso:corp", "--subject", subject)
    browser, answer = office.sign_in("alice")
    assert answer.status_code == 303
    assert USER in office.page(browser, "/").text
    office.cellar.cli("user", "unlink", USER, "--provider", "sso:corp")


def test_groups_are_those_of_the_last_login(office: Office) -> None:
    office.provider.change_people(grace={"groups": ["developers"]})
    browser, _ = office.sign_in("grace")
    assert "write" in office.cellar.cli("why-access", "grace", "some-project")
    account = office.page(browser, "/account").text
    assert "developers" in account
    office.provider.change_people(grace={"groups": []})
    office.sign_in("grace")
    assert "developers" not in office.page(browser, "/account").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"forge": "alg-none"},
        {"forge": "no-signature"},
        {"forge": "foreign-key"},
        {"forge": "unknown-kid"},
        {"forge": "embedded-jwk"},
        {"forge": "hs256-public-pem"},
        {"forge": "tampered"},
        {"claims": {"nonce": "another"}},
        {"remove": ["nonce"]},
        {"claims": {"aud": "somebody-else"}},
        {"claims": {"aud": ["somebody-else", "CLIENT"]}},
        {"claims": {"azp": "somebody-else", "aud": ["CLIENT"]}},
        {"claims": {"iss": "https://login.example.com"}},
        {"claims": {"exp": 1}},
        {"claims": {"iat": 4102444800, "exp": 4102444900}},
        {"remove": ["sub"]},
    ],
    ids=str,
)
def test_bad_identity_tokens_sign_nobody_in(office: Office, wrong: dict[str, object]) -> None:
    claims = dict(wrong.get("claims", {}))
    if isinstance(claims.get("aud"), list):
        claims["aud"] = [office.client.client_id if name == "CLIENT" else name for name in claims["aud"]]
        wrong = {**wrong, "claims": claims}
    office.provider.spoil(**wrong)
    browser, answer = office.sign_in("bob")
    assert answer.status_code in (422, 503), answer.text
    assert "cellar_session" not in browser.cookies
    assert office.page(browser).status_code == 401


def test_what_comes_back_must_fit_what_was_begun(office: Office) -> None:
    browser = office.browser()
    returned = office.provider.sign_in(office.begin(browser), "bob").headers["Location"]
    # Another browser, which has begun nothing, or something else.
    other = office.browser()
    assert other.get(returned, timeout=30).status_code == 422
    office.begin(other)
    assert other.get(returned, timeout=30).status_code == 422
    # Another provider has answered.
    mixed = returned.replace("iss=", "iss=https%3A%2F%2Fevil.example%2F")
    assert browser.get(mixed, timeout=30).status_code == 422
    returned = office.provider.sign_in(office.begin(browser), "bob").headers["Location"]
    unnamed = returned.split("&iss=")[0]
    assert browser.get(unnamed, timeout=30).status_code == 422
    # A code is good once.
    returned = office.provider.sign_in(office.begin(browser), "bob").headers["Location"]
    begun = dict(browser.cookies)
    assert browser.get(returned, allow_redirects=False, timeout=30).status_code == 303
    again = office.browser()
    again.cookies.update({name: value for name, value in begun.items() if name == "cellar_sso"})
    assert again.get(returned, allow_redirects=False, timeout=30).status_code == 422


def test_a_refusal_of_the_provider_is_shown(office: Office) -> None:
    browser = office.browser()
    denied = office.provider.sign_in(office.begin(browser), "bob", deny=True)
    assert redirected(denied)["error"] == "access_denied"
    answer = browser.get(denied.headers["Location"], timeout=30)
    assert answer.status_code == 403 and "access_denied" in answer.text
    assert "<script>" not in browser.get(
        office.back + "?state=x&error=%3Cscript%3E&iss=x", timeout=30
    ).text.lower()  # fmt: skip


def test_the_request_says_what_the_standards_ask(office: Office) -> None:
    query = dict(parse_qsl(urlsplit(office.begin(office.browser())).query))
    assert query["response_type"] == "code" and query["code_challenge_method"] == "S256"
    assert query["redirect_uri"] == office.back and query["scope"] == "openid profile groups"
    assert all(len(query[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    other = dict(parse_qsl(urlsplit(office.begin(office.browser())).query))
    assert all(query[name] != other[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize(
    "place", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/x//evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_elsewhere(office: Office, place: str) -> None:
    _, answer = office.sign_in("bob", "/login/sso/corp?next=" + requests.utils.quote(place, safe=""))
    assert answer.status_code == 303
    assert requests.compat.urljoin(answer.url, answer.headers["Location"]) == office.cellar.url("/")


def test_an_unknown_provider_is_not_there(office: Office) -> None:
    for path in ("/login/sso/nobody", "/login/sso/nobody/callback?code=x&state=y"):
        assert office.page(office.browser(), path).status_code == 404


def test_a_provider_that_does_not_answer_is_no_reason_to_let_anybody_in(open_office: Callable[..., Office]) -> None:
    office = open_office()
    with office.provider.outage("unavailable"):
        answer = office.page(office.browser(), "/login/sso/corp")
        assert answer.status_code == 503 and "corp" in answer.text


def test_who_may_sign_in_can_be_limited(open_office: Callable[..., Office]) -> None:
    office = open_office(require=["groups=adm*"], admin_group="admins")
    _, answer = office.sign_in("bob")
    assert answer.status_code == 403 and "groups" in answer.text
    assert "bob" not in office.cellar.cli("user", "list")
    browser, answer = office.sign_in("carol")
    assert answer.status_code == 303
    assert "admin" in next(line for line in office.cellar.cli("user", "list").splitlines() if "carol" in line)
    # Whoever is shut out stays out, also with a session that was opened before.
    office.cellar.cli("user", "block", "carol")
    assert office.page(browser).status_code == 401
    assert office.sign_in("carol")[1].status_code == 403


def test_an_identity_token_is_traded_for_a_session_once(office: Office) -> None:
    """As a command-line client does that has signed its user in by itself."""
    browser = office.browser()
    address = office.begin(browser)
    returned = redirected(office.provider.sign_in(address, "bob"))
    taken = browser.cookies["cellar_sso"]
    tokens = requests.post(
        office.provider.url + "/token",
        data={
            "grant_type": "authorization_code",
            "code": returned["code"],
            "redirect_uri": office.back,
            "code_verifier": verifier_in(taken),
        },
        auth=(office.client.client_id, office.client.secret or ""),
        verify=office.ca,
        timeout=30,
    ).json()
    session = office.cellar.url("/api/v1/auth/session")
    answer = requests.post(session, json={"identity_token": tokens["id_token"], "expires_in": 900}, timeout=30)
    assert answer.status_code == 201, answer.text
    reader = requests.get(office.cellar.url("/main/simple/"), auth=("__token__", answer.json()["token"]), timeout=30)
    assert reader.status_code == 200
    again = requests.post(session, json={"identity_token": tokens["id_token"]}, timeout=30)
    assert again.status_code == 401 and "used before" in again.text
    both = requests.post(session, json={"identity_token": tokens["id_token"]}, auth=ROOT, timeout=30)
    assert both.status_code == 401 and "not both" in both.text
    for text in ("", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."):
        assert requests.post(session, json={"identity_token": text}, timeout=30).status_code == 401


def verifier_in(cookie: str) -> str:
    """The PKCE verifier that a browser takes along."""
    return cookie.split(".")[3]
