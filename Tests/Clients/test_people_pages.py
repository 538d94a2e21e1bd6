"""Signing in with a browser, one's own account, invitations, links for new passwords, and requests for accounts."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, REPOSITORY, USER, Cellar
from support.chromium import PROGRAM, Chromium
from support.distributions import wheel
from support.tls import Certificate, SecureCellar
from support.upload import publish

pytestmark = pytest.mark.xdist_group("clients")

ROOT, ALICE = (ADMIN, ADMIN_PASSWORD), (USER, PASSWORD)
NEW = "another long passphrase"


class Form(HTMLParser):
    """The forms of a page: their addresses, and the fields with their values."""

    def __init__(self, page: requests.Response) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.alerts = 0
        self.labels: set[str] = set()
        self.inputs: set[str] = set()
        self._base = page.url
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = {name: value or "" for name, value in attrs}
        self.alerts += fields.get("role") == "alert"
        if tag == "form":
            assert fields["method"] == "post" or fields["role"] == "search"
            self.forms.append((urljoin(self._base, fields.get("action", self._base)), {}))
        elif tag == "label":
            self.labels.add(fields["for"])
        elif tag == "input" and "name" in fields:
            self.forms[-1][1][fields["name"]] = fields.get("value", "")
            if fields.get("type") != "hidden" and "hidden" not in fields:
                self.inputs.add(fields["id"])


class Browser:
    """Follows links and fills in forms as a browser does: with cookies, and with what browsers say of a request."""

    def __init__(self, base: str, verify: str | bool = True) -> None:
        self.base = base
        self.http = requests.Session()
        self.http.verify = verify
        self.http.trust_env = False
        self.page: requests.Response | None = None

    def get(self, path: str) -> requests.Response:
        self.page = self.http.get(urljoin(self.base, path), timeout=30)
        return self.page

    def submit(self, ending: str, **fields: str) -> requests.Response:
        """Sends the form of the page whose address ends so."""
        assert self.page is not None
        form = Form(self.page)
        address, values = next(form for form in form.forms if form[0].endswith(ending))
        assert form.inputs <= form.labels, "each field has a label"
        self.page = self.http.post(
            address, values | fields, headers={"Origin": self.base, "Sec-Fetch-Site": "same-origin"}, timeout=30
        )
        return self.page

    def sign_in(self, name: str, password: str, next: str = "/") -> requests.Response:
        self.get(f"/login?next={next}")
        return self.submit("/login", name=name, password=password)

    @property
    def session(self) -> str | None:
        return next((cookie.value for cookie in self.http.cookies if "cellar_session" in cookie.name), None)

    def status(self, path: str) -> int:
        return self.http.get(urljoin(self.base, path), timeout=30).status_code


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    """A server with an index that only people see, and requests for accounts."""
    cellar = Cellar(
        tmp_path_factory.mktemp("pages"),
        {
            "server": {"registration": True},
            "index.main": {"read": ["everyone"]},
            "index.own": {"read": ["authenticated"]},
        },
    )
    cellar.start()
    assert publish(cellar, wheel("acme", "1.0"), "/own/", auth=ALICE).status_code == 200
    yield cellar
    cellar.stop()


@pytest.fixture
def browser(town: Cellar) -> Browser:
    return Browser(town.base)


def link(output: str) -> str:
    """The link that a command has printed, alone."""
    assert re.fullmatch(r"/account/(invitation|reset)/[A-Za-z0-9_-]{43}\n", output), output
    return output.strip()


def add(town: Cellar, name: str) -> tuple[str, str]:
    town.cli("user", "add", name, "--password-stdin", input=PASSWORD + "\n")
    return name, PASSWORD


def basic(town: Cellar, who: tuple[str, str], path: str = "/own/simple/") -> int:
    return requests.get(town.url(path), auth=who, timeout=30).status_code


def test_somebody_signs_in_reads_and_signs_out(town: Cellar, browser: Browser) -> None:
    assert browser.status("/own/simple/acme/") == 401
    page = browser.get("/login")
    assert page.headers["Cache-Control"] == "no-store" and "WWW-Authenticate" not in page.headers
    page = browser.sign_in(USER, PASSWORD, next="/own/simple/acme/")
    assert page.url == town.url("/own/simple/acme/") and page.status_code == 200
    file = urljoin(page.url, re.search(r'href="([^"#]+)', page.text)[1])
    for path in ("/own/simple/", "/own/pypi/acme/json", file, file + ".metadata"):
        assert browser.status(path) == 200, path
        assert requests.get(urljoin(town.base, path), timeout=30).status_code == 401
    cookie = page.history[0].headers["Set-Cookie"]
    assert re.search(r"cellar_session=cellar_\w{38}; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200$", cookie)
    session = browser.session
    assert f'Signed in as <a href="account">{USER}</a>' in browser.get("/").text
    page = browser.submit("/logout")
    assert page.url == town.url("/") and "Sign in" in page.text and browser.session is None
    # Also for who has kept the cookie.
    old = requests.get(town.url("/own/simple/"), cookies={"cellar_session": session}, timeout=30)
    assert old.status_code == 401
    town.eventually_logs(f'"user":"{USER}"')
    assert session not in town.log.read_text()


def test_the_cookie_writes_nothing(town: Cellar, browser: Browser) -> None:
    browser.sign_in(*ROOT)
    cookies = {"cellar_session": browser.session or ""}
    headers = {"Cookie": f"cellar_session={browser.session}"}
    assert publish(town, wheel("sneaky", "1.0"), auth=None, headers=headers).status_code == 401
    for method, path in [("GET", "/api/v1/users"), ("POST", "/api/v1/tokens"), ("DELETE", f"/api/v1/users/{USER}")]:
        answer = requests.request(method, town.url(path), cookies=cookies, json={"name": "t"}, timeout=30)
        assert answer.status_code == 401, path


def test_wrong_passwords_are_told_nothing_and_delayed_as_everywhere(town: Cellar, browser: Browser) -> None:
    add(town, "eve")
    texts = set()
    for name in ("eve", "nobody-here"):
        page = browser.sign_in(name, "wrong")
        assert page.status_code == 422 and Form(page).alerts == 1
        texts.add(page.text.replace(name, "NAME"))
    assert len(texts) == 1
    for number in range(5):
        page = browser.sign_in("eve", f"wrong {number}")
    page = browser.sign_in("eve", "one more")
    assert page.status_code == 429 and "Try again in" in page.text and int(page.headers["Retry-After"]) >= 1
    # The same for scripts.
    assert basic(town, ("eve", "yet another")) == 429
    assert browser.session is None
    audit = requests.get(town.url("/api/v1/audit?action=login.refuse"), auth=ROOT, timeout=30)
    assert audit.status_code == 200


def test_a_new_session_ends_the_one_that_the_browser_had(town: Cellar, browser: Browser) -> None:
    browser.sign_in(*ROOT)
    victim = Browser(town.base)
    victim.get("/login")
    # Somebody has planted a session of theirs.
    victim.http.cookies.set("cellar_session", browser.session, domain="127.0.0.1", path="/")
    assert victim.status("/own/simple/") == 200
    victim.submit("/login", name=USER, password=PASSWORD)
    assert f">{USER}</a>" in victim.get("/").text and victim.session != browser.session
    assert browser.status("/own/simple/") == 401


def test_somebody_changes_their_password(town: Cellar) -> None:
    name, password = add(town, "carol")
    here, there = Browser(town.base), Browser(town.base)
    for browser in (here, there):
        assert browser.sign_in(name, password, next="/account").url == town.url("/account")
    assert f"<dd>{name}</dd>" in here.page.text and "<dd>user</dd>" in here.page.text
    page = here.submit("/account/password", present="wrong", password=NEW, repeated=NEW)
    assert page.status_code == 422 and Form(page).alerts == 1 and "not your present password" in page.text
    page = here.submit("/account/password", present=password, password=NEW, repeated=NEW)
    assert page.status_code == 200 and "Your password is changed" in page.text
    assert [basic(town, (name, known)) for known in (password, NEW)] == [401, 200]
    assert there.get("/account").url.endswith("/login?next=/account")
    third = Browser(town.base)
    third.sign_in(name, NEW)
    here.get("/account")
    assert here.submit("/account/sign-out").url == town.url("/")
    assert [browser.status("/own/simple/") for browser in (here, third)] == [401, 401]
    # The same for scripts.
    url = town.url("/api/v1/account/password")
    answer = requests.put(url, json={"password": PASSWORD}, auth=(name, "wrong"), timeout=30)
    assert answer.status_code == 401
    answer = requests.put(url, json={"password": "short"}, auth=(name, NEW), timeout=30)
    assert answer.status_code == 400
    answer = requests.put(url, json={"password": PASSWORD}, auth=(name, NEW), timeout=30)
    assert answer.status_code == 200 and answer.json() == {"name": name}
    assert [basic(town, (name, known)) for known in (PASSWORD, NEW)] == [200, 401]
    lines = requests.get(town.url("/api/v1/audit?action=user.password&limit=5"), auth=ROOT, timeout=30).json()
    assert [(line["actor"], line["subject"]) for line in lines["lines"]][:2] == [(name, name)] * 2


def test_an_invitation_makes_one_account(town: Cellar, browser: Browser) -> None:
    town.cli("group", "add", "painters")
    path = link(town.cli("user", "invite", "--group", "painters", "--expires", "1h"))
    assert "for a user in painters, by operator" in town.cli("user", "invitations")
    for _ in range(3):
        page = browser.get(path)
    assert page.headers["Referrer-Policy"] == "strict-origin" and page.headers["Cache-Control"] == "no-store"
    page = browser.submit(path, name=USER.upper(), password=NEW, repeated=NEW)
    assert page.status_code == 422 and "There is a user of this name already." in page.text
    page = browser.submit(path, name="frida", password=NEW, repeated=NEW)
    assert page.url == town.url("/account?done=welcome") and "<dd>painters</dd>" in page.text
    assert basic(town, ("frida", NEW)) == 200
    assert Browser(town.base).get(path).status_code == 410
    secret = path.rsplit("/", 1)[1]
    town.eventually_logs("/account/invitation/(hidden) 410")
    assert secret not in town.log.read_text()


def test_of_many_who_use_an_invitation_at_once_one_succeeds(town: Cellar) -> None:
    path = link(town.cli("user", "invite"))
    browsers = [Browser(town.base) for _ in range(6)]
    for browser in browsers:
        browser.get("/account/invitation/%20" + path.rsplit("/", 1)[1] + "%0A")
    results: list[int] = []
    threads = [
        threading.Thread(
            target=lambda browser, name: results.append(
                browser.submit("%0A", name=name, password=NEW, repeated=NEW).status_code
            ),
            args=(browser, f"quick{number}"),
        )
        for number, browser in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [200] + [410] * 5
    users = requests.get(town.url("/api/v1/users"), auth=ROOT, timeout=30).json()["users"]
    assert len([user for user in users if user["name"].startswith("quick")]) == 1


def test_invitations_are_taken_back_and_end_with_who_made_them(town: Cellar, browser: Browser) -> None:
    path = link(town.cli("user", "invite", "henry", "--admin"))
    assert "the administrator henry" in town.cli("user", "invitations")
    town.cli("user", "uninvite", "Henry")
    assert browser.get(path).status_code == 410
    assert town.run("user", "uninvite", "henry").returncode == 1
    assert town.run("user", "invite", USER).returncode == 1
    assert town.run("user", "invite", "--expires", "1m").returncode == 64
    town.cli("user", "add", "boss", "--admin", "--password-stdin", input=PASSWORD + "\n")
    answer = requests.post(town.url("/api/v1/invitations"), auth=("boss", PASSWORD), timeout=30)
    assert answer.status_code == 201
    assert browser.get(answer.json()["link"]).status_code == 200
    town.cli("user", "admin", "boss", "--revoke")
    assert browser.get(answer.json()["link"]).status_code == 410


def test_a_link_sets_a_new_password(town: Cellar) -> None:
    name, password = add(town, "dora")
    signed_in, browser = Browser(town.base), Browser(town.base)
    signed_in.sign_in(name, password)
    first = link(town.cli("user", "reset", name))
    path = link(town.cli("user", "reset", name, "--expires", "15m"))
    assert browser.get(first).status_code == 410
    for _ in range(2):
        assert name in browser.get(path).text
    assert [basic(town, (name, password)), signed_in.status("/own/simple/")] == [200, 200]
    page = browser.submit(path, password=NEW, repeated=NEW)
    assert page.status_code == 200 and browser.session
    assert [basic(town, (name, known)) for known in (password, NEW)] == [401, 200]
    assert signed_in.status("/own/simple/") == 401
    assert browser.get(path).status_code == 410
    # It ends with another password.
    path = link(town.cli("user", "reset", name))
    town.cli("user", "password", name, "--password-stdin", input=PASSWORD + "\n")
    assert Browser(town.base).get(path).status_code == 410
    assert town.run("user", "reset", "nobody-here").returncode == 1


def test_a_request_for_an_account_waits_for_approval(town: Cellar, browser: Browser) -> None:
    browser.get("/login")
    texts = set()
    for name in ("gala", USER):
        browser.get("/account/register")
        page = browser.submit("/account/register", name=name, password=NEW, repeated=NEW, note="of the lab")
        assert page.status_code == 202
        texts.add(page.text)
    assert len(texts) == 1
    assert basic(town, ("gala", NEW)) == 401
    listed = town.cli("user", "requests")
    assert re.search(r"#\d+ +gala, at .* from 127\.0\.0\.1: 'of the lab'", listed)
    assert f"{USER} (the name is taken)" in listed
    town.cli("user", "approve", "gala")
    assert basic(town, ("gala", NEW)) == 200
    assert town.run("user", "approve", USER).returncode == 1
    town.cli("user", "reject", USER)
    assert town.run("user", "requests").stdout == ""


def test_a_server_without_registration_has_no_such_page(server: Cellar) -> None:
    assert requests.get(server.url("/account/register"), timeout=30).status_code == 404
    assert "register" not in requests.get(server.url("/login"), timeout=30).text


def writes() -> Iterator[tuple[str, str]]:
    """Every address of the server that changes something: uploads, forms, and all of the management API."""
    for path in ("/", "/main/", "/main/legacy/", "/legacy/", "/simple/", "/pypi/", "/pypi/main/", "/pypi/main/legacy/"):
        yield "POST", path
    for path in ("login", "logout", "account/password", "account/sign-out", "account/register"):
        yield "POST", f"/{path}"
    for path in ("account/home-token", "account/publish"):
        yield "POST", f"/{path}"
    for path in ("account/invitation/x", "account/reset/x", "_/oidc/mint-token", "_/oidc/burn-token"):
        yield "POST", f"/{path}"
    values = {"index": "main", "project": "a", "version": "1", "filename": "a-1.tar.gz", "user": USER, "group": "g"}
    filled = ""
    for path, method in re.findall(
        r"^(?:  (/\S+)|    (post|put|patch|delete)):$", (REPOSITORY / "openapi.yaml").read_text(), re.MULTILINE
    ):
        filled = re.sub(r"\{(\w+)\}", lambda name: values.get(name[1], "1"), path) or filled
        if method:
            yield method.upper(), filled


@pytest.mark.parametrize(
    "said",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=lambda said: next(iter(said.values())),
)
def test_no_write_is_taken_from_another_sites_page(town: Cellar, browser: Browser, said: dict[str, str]) -> None:
    browser.sign_in(*ROOT)
    before = requests.get(town.url("/api/v1/audit?limit=1"), auth=ROOT, timeout=30).json()["lines"][0]["id"]
    for method, path in writes():
        answer = browser.http.request(
            method, town.url(path), auth=ROOT, headers=said, data={"name": "x"}, allow_redirects=False, timeout=30
        )
        assert answer.status_code == 403, f"{method} {path}: {answer.status_code}"
        assert "nother site" in answer.text, f"{method} {path}"
    lines = requests.get(town.url("/api/v1/audit"), auth=ROOT, timeout=30).json()["lines"]
    assert [line for line in lines if line["id"] > before and line["action"] != "change.refuse"] == []


def test_under_https_the_cookies_are_bound_to_host_and_scheme(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path / "certificate")
    cellar = SecureCellar(tmp_path / "secure", certificate=certificate)
    cellar.start()
    try:
        browser = Browser(cellar.base, verify=str(certificate.authority))
        page = browser.get("/login")
        assert re.fullmatch(
            r"__Host-cellar_form=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Secure", page.headers["Set-Cookie"]
        )
        page = browser.submit("/login", name=USER, password=PASSWORD)
        cookie = page.history[0].headers["Set-Cookie"]
        assert re.fullmatch(
            r"__Host-cellar_session=cellar_\w{38}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=43200", cookie
        )
        assert f'Signed in as <a href="account">{USER}</a>' in page.text
    finally:
        cellar.stop()


@pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium")
def test_a_real_browser_signs_in_and_out_and_joins_by_a_link(town: Cellar, tmp_path: Path) -> None:
    with Chromium(tmp_path / "profile") as page:
        page.go(town.url("/login?next=/account"))
        page.fill(name=USER, password=PASSWORD)
        page.click("Sign in")
        assert page.address == town.url("/account") and USER in page.text
        assert page.ask("document.cookie") == "", "no script reads the cookies"
        page.go(town.url("/own/simple/acme/"))
        assert "acme-1.0" in page.text
        page.go(town.url("/"))
        page.click("Sign out")
        assert page.address == town.url("/") and "Sign in" in page.text
        path = link(town.cli("user", "invite"))
        page.go(town.url(path))
        page.fill(name="ines", password=NEW, repeated=NEW)
        page.click("Make the account")
        assert page.address == town.url("/account?done=welcome") and "ines" in page.text
        # What the server, and any proxy before it, sees of the link.
        assert {sent["referer"] for sent in page.sent if "referer" in sent} <= {town.url("/"), page.address}
        page.fill(present=NEW, password=PASSWORD, repeated=PASSWORD)
        page.click("Change the password")
        assert "Your password is changed." in page.text
        page.click("Sign out everywhere")
        page.go(town.url("/own/simple/acme/"))
        assert "acme-1.0" not in page.text
