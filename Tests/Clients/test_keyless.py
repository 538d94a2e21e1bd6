"""Keyless CI: jobs of a CI system publish and install with their identity, and nobody else does."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from support.clients import Workbench
from support.distributions import Distribution, wheel
from support.servers import CIIssuer, CIIssuers
from support.sigstore import Identity, Sigstore
from support.tls import SecureCellar, Trusted
from support.upload import BOUNDARY, body, body_of, replaced

pytestmark = pytest.mark.xdist_group("keyless")

AUDIENCE = "cellar.test"
ROOT = (ADMIN, ADMIN_PASSWORD)
GITHUB = ("--repository", "acme/widget", "--workflow", "release.yml", "--environment", "release")


class Shop:
    """A server that nobody may publish to or read from, and the issuer that it trusts."""

    def __init__(self, root: Path, issuers: CIIssuers) -> None:
        self.ci: CIIssuer = issuers.new(tls=True)
        self.gitlab: CIIssuer = issuers.new(tls=True)
        file, key = issuers.certificate()
        self.sigstore = Sigstore()
        trusted = root / "trusted_root.json"
        root.mkdir(parents=True, exist_ok=True)
        trusted.write_text(self.sigstore.trusted_root())
        closed = {"read": [f"user:{USER}"], "write": [], "create": []}
        self.cellar = SecureCellar(
            root,
            {
                "server": {"audience": AUDIENCE},
                "provenance": {"trusted_root": str(trusted)},
                "index.main": closed,
                "index.other": closed,
                "issuer.github": {"url": self.ci.url, "authorities_file": str(self.ci.ca)},
                "issuer.gitlab": {"url": self.gitlab.url, "authorities_file": str(self.ci.ca)},
            },
            certificate=Trusted(file, key, self.ci.ca),
        )

    def trust(self, *arguments: str) -> int:
        """Adds a publisher, and returns its number."""
        done = self.cellar.run("publisher", "add", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return int(done.stderr.split("publisher ")[1].split(".")[0])

    def get(self, path: str, **options: object) -> requests.Response:
        return requests.get(self.cellar.url(path), verify=str(self.ci.ca), timeout=30, allow_redirects=False, **options)

    def post(self, path: str, **options: object) -> requests.Response:
        return requests.post(self.cellar.url(path), verify=str(self.ci.ca), timeout=30, **options)

    def mint(self, identity: str) -> requests.Response:
        return self.post("/_/oidc/mint-token", json={"token": identity})

    def identity(self, **wanted: object) -> str:
        """An identity token of the job that the publishers of these tests mean."""
        claims = {"aud": AUDIENCE, **wanted.pop("claims", {})}
        return self.ci.mint(claims=claims, **wanted)

    def token(self, **wanted: object) -> str:
        answer = self.mint(self.identity(**wanted))
        assert answer.status_code == 200, answer.text
        return answer.json()["token"]

    def upload(self, distribution: Distribution, token: str, index: str = "main") -> requests.Response:
        return self.post(
            f"/{index}/", data=body_of(distribution), auth=("__token__", token),
            headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        )  # fmt: skip

    def audit(self) -> list[dict[str, object]]:
        return self.get("/api/v1/audit?limit=100", auth=ROOT).json()["lines"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, ci_issuers: CIIssuers) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("keyless"), ci_issuers)
    made.cellar.start()
    yield made
    made.cellar.stop()


@pytest.fixture
def runner(workbench: Workbench, shop: Shop) -> Workbench:
    """A job of GitHub Actions: it has no password, and finds its issuer by the environment."""
    for name in list(workbench.environment):
        if name.startswith(("TWINE_", "UV_PUBLISH_", "FLIT_")):
            del workbench.environment[name]
    shop.ci.run_job()
    workbench.environment.update(shop.ci.github_environment())
    workbench.environment.update(
        SSL_CERT_FILE=str(shop.ci.ca), REQUESTS_CA_BUNDLE=str(shop.ci.ca), PIP_CERT=str(shop.ci.ca)
    )
    return workbench


def write(folder: Path, distribution: Distribution) -> Path:
    path = folder / distribution.filename
    path.write_bytes(distribution.content)
    return path


# Publishing


def test_uv_publishes_a_new_project_and_burns_its_token(shop: Shop, runner: Workbench) -> None:
    number = shop.trust("github", *GITHUB, "--project", "uv-widget")
    assert "which does not exist yet" in shop.cellar.cli("publisher", "list", "--project", "uv-widget")
    uv = ("uv", "publish", "--trusted-publishing", "always", "--publish-url", shop.cellar.url("/main/"))
    runner.run(*uv, write(runner.project, wheel("uv-widget", "1.0")))
    assert shop.get("/main/simple/uv-widget/", auth=(USER, PASSWORD)).status_code == 200
    runner.run(*uv, write(runner.project, wheel("uv-widget", "2.0")))
    listed = shop.cellar.cli("publisher", "list", "--project", "uv-widget")
    assert f"{number} github" in listed and "owner_id=1001" in listed and "does not exist" not in listed
    lines = [line for line in shop.audit() if line["actor"] == "publisher:acme/widget/release.yml"]
    actions = [line["action"] for line in reversed(lines)]
    assert actions[0] == "publisher.pin" and actions.count("token.session") == 2 and actions.count("token.revoke") == 2
    assert shop.cellar.cli("token", "list").count("publisher:") == 0


def test_uv_shows_why_it_gets_no_token(shop: Shop, runner: Workbench) -> None:
    shop.ci.run_job(claims={"repository": "acme/stranger"})
    uv = ("uv", "publish", "--trusted-publishing", "always", "--publish-url", shop.cellar.url("/main/"))
    refused = runner.run(*uv, write(runner.project, wheel("uv-stranger", "1.0")), check=False)
    assert refused.returncode != 0
    assert "is no publisher of this server" in refused.stderr


def test_pdm_publishes(shop: Shop, runner: Workbench) -> None:
    shop.trust("github", *GITHUB, "--project", "pdm-widget", "--index", "other")
    (runner.project / "pyproject.toml").write_text('[project]\nname = "any"\nversion = "1"\n')
    dist = runner.project / "dist"
    dist.mkdir()
    write(dist, wheel("pdm-widget", "1.0"))
    runner.run(
        "pdm", "publish", "--no-build", "--repository", shop.cellar.url("/other/"), "--ca-certs", shop.ci.ca
    )  # fmt: skip
    assert shop.get("/other/simple/pdm-widget/", auth=ROOT).status_code == 200


def test_twine_publishes_with_a_minted_token(shop: Shop, runner: Workbench) -> None:
    shop.trust("github", *GITHUB, "--project", "twine-widget")
    login = {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": shop.token(), "TWINE_NON_INTERACTIVE": "1"}
    path = write(runner.project, wheel("twine-widget", "1.0"))
    runner.run("twine", "upload", "--repository-url", shop.cellar.url("/main/"), path, environment=login)
    assert shop.get("/main/simple/twine-widget/", auth=ROOT).status_code == 200


def test_a_job_attests_what_it_uploads_itself(shop: Shop) -> None:
    shop.trust("github", *GITHUB, "--project", "attested")
    token = shop.token()

    def upload(version: str, identity: Identity) -> requests.Response:
        file = wheel("attested", version)
        attestation = shop.sigstore.attest(file.filename, file.sha256, identity)
        form = replaced(file.form(), attestations=json.dumps([attestation]))
        return shop.post(
            "/main/", data=body(form, file.filename, file.content), auth=("__token__", token),
            headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        )  # fmt: skip

    assert upload("1.0", Identity.github("acme/widget")).status_code == 200
    for stranger in (Identity.github("acme/other"), Identity.github("acme/widget", "test.yml")):
        refused = upload("2.0", stranger)
        assert refused.status_code == 403 and "sign it in the workflow that uploads it" in refused.text
    assert "attested-2.0" not in shop.get("/main/simple/attested/", auth=(USER, PASSWORD)).text


def test_gitlab_publishes(shop: Shop) -> None:
    gitlab = ("--repository", "acme/widget", "--workflow", ".gitlab-ci.yml")
    shop.trust("gitlab", *gitlab, "--project", "gitlab-widget", "--claim", "ref_protected=true")
    host = shop.gitlab.url.removeprefix("https://")
    claims = {"aud": AUDIENCE, "ci_config_ref_uri": f"{host}/acme/widget//.gitlab-ci.yml@refs/tags/v1"}
    minted = shop.mint(shop.gitlab.mint(job="gitlab", claims=claims))
    assert minted.status_code == 200, minted.text
    assert shop.upload(wheel("gitlab-widget", "1.0"), minted.json()["token"]).status_code == 200
    for change in ({"ref_protected": "false"}, {"ci_config_ref_uri": f"{host}/acme/x//.gitlab-ci.yml@refs/tags/v1"}):
        assert shop.mint(shop.gitlab.mint(job="gitlab", claims={**claims, **change})).status_code == 422


# Reading


def test_a_job_installs_without_a_secret(shop: Shop, runner: Workbench) -> None:
    for name in ("shared", "hidden", "open"):
        shop.trust("github", *GITHUB, "--project", name)
        assert shop.upload(wheel(name, "1.0"), shop.token()).status_code == 200
    shop.cellar.cli("grant", "add", "read", f"user:{ADMIN}", "--project", "hidden")
    shop.cellar.cli("grant", "add", "read", f"user:{ADMIN}", "--project", "shared")
    shop.trust("github", "--right", "read", "--owner", "acme", "--claim", "event_name=pull_request")
    shop.trust(
        "github", "--right", "read", "--repository", "acme/widget", "--project", "share*",
        "--claim", "event_name=pull_request",
    )  # fmt: skip
    token = shop.token(claims={"event_name": "pull_request", "environment": "test"})
    base = shop.cellar.base.replace("https://", f"https://__token__:{token}@")
    for client in (("uv", "pip"), ("pip",)):
        pip = client == ("pip",)
        python = runner.virtual_environment_with_pip() if pip else runner.virtual_environment()
        install = (python, "-m", "pip", "install") if pip else ("uv", "pip", "install", "--python", python)
        runner.run(*install, "--index-url", f"{base}/main/simple/", "open", "shared")
        refused = runner.run(*install, "--index-url", f"{base}/main/simple/", "hidden", check=False)
        assert refused.returncode != 0
    listed = shop.get("/main/simple/", auth=("x", token), headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    names = {project["name"] for project in listed.json()["projects"]}
    assert {"open", "shared"} <= names and "hidden" not in names
    assert shop.upload(wheel("open", "2.0"), token).status_code == 403
    assert shop.get("/other/simple/", auth=("x", token)).status_code == 404


# Refusals


def test_every_forgery_is_refused(shop: Shop) -> None:
    shop.trust("github", *GITHUB, "--project", "forged")
    for name in shop.ci.forgeries():
        claims = {} if "audience" in name else {"aud": AUDIENCE}
        answer = shop.mint(shop.ci.mint(forge=name, claims=claims))
        assert answer.status_code == 422, f"{name}: {answer.status_code} {answer.text}"
        problem = answer.json()
        assert problem["errors"][0]["code"] == "invalid-token", f"{name}: {answer.text}"
        assert problem["message"] == "Token request failed" and problem["status"] == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert shop.ci.asked()["foreign_jwks"] == 0
    assert shop.mint(shop.identity()).status_code == 200


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "cellar_x", "é.é.é", "x" * 20_000])
def test_what_is_no_identity_is_refused(shop: Shop, text: str) -> None:
    assert shop.mint(text).json()["errors"][0]["code"] == "invalid-token"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"token": 7}', b"\xff", b'{"token": null}', b"token=x"])
def test_a_body_that_says_nothing_is_refused(shop: Shop, body: bytes) -> None:
    for path in ("mint-token", "burn-token"):
        answer = shop.post(f"/_/oidc/{path}", data=body)
        assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == "invalid-payload", path
    assert shop.post("/_/oidc/mint-token", data=b"x" * 100_000).status_code == 413
    features = {"token": "x", "features": ["single-use-token"]}
    assert shop.post("/_/oidc/mint-token", json=features).json()["errors"][0]["code"] == "invalid-payload"


def test_an_identity_is_traded_once(shop: Shop) -> None:
    shop.trust("github", *GITHUB, "--project", "replayed")
    identity = shop.identity()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.mint(identity), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, *[422] * 7]
    again = shop.mint(identity)
    assert again.status_code == 422 and again.json()["errors"][0]["code"] == "invalid-reuse-token"
    assert shop.mint(shop.identity(remove=["jti"])).status_code == 200


def test_a_token_is_good_for_its_projects_alone(shop: Shop) -> None:
    gadget = ("--repository", "acme/gadget", "--workflow", "release.yml")
    shop.trust("github", *gadget, "--project", "gadget")
    shop.trust("github", *gadget, "--project", "tools-*", "--index", "other")
    for name in ("widget", "stranger"):
        claims = {"repository": f"acme/{name}"}
        path = f"acme/{name}/.github/workflows/release.yml@refs/tags/v1"
        answer = shop.mint(shop.identity(claims={**claims, "job_workflow_ref": path, "environment": "none"}))
        assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == "invalid-publisher", name
        assert "gadget" not in answer.text
    path = "acme/gadget/.github/workflows/release.yml@refs/tags/v1"
    token = shop.token(claims={"repository": "acme/gadget", "job_workflow_ref": path})
    assert shop.upload(wheel("gadget", "1.0"), token).status_code == 200
    assert shop.upload(wheel("tools-a", "1.0"), token, "other").status_code == 200
    for name, index in (("gadgets", "main"), ("gadget", "other"), ("tools-a", "main"), ("widget", "main")):
        assert shop.upload(wheel(name, "1.0"), token, index).status_code in (403, 404), (name, index)
    assert shop.get("/main/simple/gadget/", auth=("x", token)).status_code == 404
    assert shop.get("/api/v1/publishers", auth=("x", token)).status_code == 403


def test_another_owner_of_the_same_name_is_refused(shop: Shop) -> None:
    shop.trust("github", *GITHUB, "--project", "pinned")
    shop.token()
    taken = shop.mint(shop.identity(claims={"repository_owner_id": "6666"}))
    assert taken.status_code == 422 and taken.json()["errors"][0]["code"] == "invalid-publisher"
    shop.trust("github", "--repository", "new/one", "--workflow", "a.yml", "--project", "given", "--owner-id", "7")
    path = "new/one/.github/workflows/a.yml@refs/tags/v1"
    claims = {"repository": "new/one", "repository_owner": "new", "job_workflow_ref": path}
    assert shop.mint(shop.identity(claims={**claims, "repository_owner_id": "8"})).status_code == 422
    assert shop.mint(shop.identity(claims={**claims, "repository_owner_id": "7"})).status_code == 200


# Ends


def test_a_token_ends_when_it_is_burnt_or_its_publisher_is_removed(shop: Shop) -> None:
    number = shop.trust("github", "--repository", "acme/ends", "--workflow", "release.yml", "--project", "ends")
    path = "acme/ends/.github/workflows/release.yml@refs/tags/v1"
    job = {"claims": {"repository": "acme/ends", "job_workflow_ref": path}}
    first, second = shop.token(**job), shop.token(**job)
    assert shop.upload(wheel("ends", "1.0"), first).status_code == 200
    assert shop.post("/_/oidc/burn-token", json={"token": first}).status_code == 200
    assert shop.upload(wheel("ends", "2.0"), first).status_code == 401
    assert shop.post("/_/oidc/burn-token", json={"token": first}).status_code == 404
    assert shop.upload(wheel("ends", "2.0"), second).status_code == 200
    shop.cellar.cli("publisher", "remove", str(number))
    assert shop.upload(wheel("ends", "3.0"), second).status_code == 401
    assert shop.mint(shop.identity(**job)).status_code == 422


def test_only_minted_tokens_are_burnt(shop: Shop) -> None:
    token = shop.cellar.cli("token", "create", "kept", "--user", ADMIN).strip()
    answer = shop.post("/_/oidc/burn-token", json={"token": token})
    assert answer.status_code == 404 and answer.json()["errors"][0]["code"] == "not-found"
    assert shop.get("/api/v1/grants", auth=("x", token)).status_code == 200


def test_a_minted_token_lives_for_fifteen_minutes(shop: Shop) -> None:
    shop.trust("github", *GITHUB, "--project", "minutes")
    answer = shop.mint(shop.identity())
    assert 890 <= answer.json()["expires"] - time.time() <= 901
    assert answer.json()["success"] is True and answer.headers["Cache-Control"] == "no-store"


# Keys


def accepted(shop: Shop, identity: Callable[[], str], seconds: float = 20) -> bool:
    """Whether an identity is accepted before the time is over: keys are asked for every ten seconds at most."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if shop.mint(identity()).status_code == 200:
            return True
        time.sleep(1)
    return False


@pytest.fixture
def keyed(tmp_path: Path, ci_issuers: CIIssuers) -> Iterator[Shop]:
    made = Shop(tmp_path / "keyed", ci_issuers)
    made.cellar.start()
    made.trust("github", *GITHUB, "--project", "keyed")
    yield made
    made.cellar.stop()


def test_keys_are_rotated(keyed: Shop) -> None:
    assert keyed.mint(keyed.identity()).status_code == 200
    keyed.ci.rotate("ES256")
    assert accepted(keyed, keyed.identity)
    asked = keyed.ci.asked()["jwks"]
    for _ in range(20):
        assert keyed.mint(keyed.identity(forge="unknown-kid")).status_code == 422
    assert keyed.ci.asked()["jwks"] <= asked + 1, "unknown keys make the server ask again and again"


@pytest.mark.parametrize("mode", ["unavailable", "garbage", "silent"])
def test_keys_that_cannot_be_fetched_are_no_reason_to_trust(keyed: Shop, mode: str) -> None:
    identity = keyed.identity()
    with keyed.ci.outage(mode):
        answer = keyed.mint(identity)
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
        assert answer.json()["errors"][0]["code"] == "unavailable" and "cannot be fetched" in answer.text
    assert accepted(keyed, lambda: identity)
    with keyed.ci.outage(mode):
        # The keys are kept for a while.
        assert keyed.mint(keyed.identity()).status_code == 200


# Discovery


def test_discovery_says_where_tokens_are_minted(shop: Shop) -> None:
    media = "application/vnd.pypi.pytp.v1+json"
    for path in ("/main/", "/other/legacy/", "/", "", "/nowhere/", "/legacy"):
        answer = shop.get("/.well-known/pytp", params={"discover": path}, headers={"Accept": media})
        assert answer.status_code == 200 and answer.headers["Content-Type"] == media, path
        found = answer.json()
        assert found["features"] == found["default-features"] == ["multi-use-token"]
        assert found["audience-endpoint"] == shop.cellar.url("/_/oidc/audience")
        assert found["token-mint-endpoint"] == shop.cellar.url("/_/oidc/mint-token")
    assert shop.get("/_/oidc/audience").json() == {"audience": AUDIENCE}
    for path, status in (("/main/simple/x/", 404), ("/api/v1/grants", 404), ("main", 404), ("/%zz/", 400)):
        answer = shop.get("/.well-known/pytp", params={"discover": path})
        assert answer.status_code == status, path
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status and answer.json()["detail"]
    assert shop.get("/.well-known/pytp").status_code == 400
    refused = shop.get("/.well-known/pytp", params={"discover": "/main/"}, headers={"Accept": "text/html"})
    assert refused.status_code == 406 and refused.json()["title"] == "Not Acceptable"
    assert shop.post("/_/oidc/audience").status_code == 405 and shop.get("/_/oidc/mint-token").status_code == 405


def test_a_server_without_issuers_has_no_trusted_publishing(tmp_path: Path) -> None:
    cellar = Cellar(tmp_path / "plain", users=False)
    cellar.start()
    for path in ("/_/oidc/audience", "/.well-known/pytp?discover=%2Fmain%2F"):
        assert requests.get(cellar.url(path), timeout=30).status_code == 404
    answer = requests.post(cellar.url("/_/oidc/mint-token"), json={"token": "x"}, timeout=30)
    assert answer.status_code == 404 and answer.json()["message"] == "Token request failed"
    cellar.stop()


def test_discovery_needs_https_or_this_machine(tmp_path: Path) -> None:
    issuer = {"issuer.ci": {"url": "https://ci.example.com"}}
    cellar = Cellar(tmp_path / "plain", {"server": {"base_url": "http://pypi.example.com"}, **issuer}, users=False)
    cellar.start()
    answer = requests.get(cellar.url("/.well-known/pytp"), params={"discover": "/main/"}, timeout=30)
    assert answer.status_code == 404 and "https" in answer.json()["detail"]
    assert requests.get(cellar.url("/_/oidc/audience"), timeout=30).json() == {"audience": "pypi.example.com"}
    cellar.stop()


# Who may add publishers


def test_owners_and_administrators_add_publishers(shop: Shop) -> None:
    def add(who: tuple[str, str] | None, **order: object) -> requests.Response:
        sent = {"issuer": "github", "repository": "acme/widget", "workflow": "release.yml", **order}
        return shop.post("/api/v1/publishers", json=sent, auth=who)

    alice = (USER, PASSWORD)
    shop.cellar.cli("grant", "add", "create", f"user:{USER}", "--index", "main")
    shop.cellar.cli("grant", "add", "write", f"user:{USER}", "--index", "main")
    assert shop.post(
        "/main/", data=body_of(wheel("owned", "1.0")), auth=alice,
        headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
    ).status_code == 200  # fmt: skip
    added = add(alice, project="owned")
    assert added.status_code == 201, added.text
    record = added.json()
    assert record["name"] == "acme/widget/release.yml" and record["pending"] is False
    assert record["added_by"] == USER and record["issuer"] == "github" and record["index"] == "main"
    assert add(alice, project="Owned").json()["id"] == record["id"]
    assert add(alice, project="owned", right="read").status_code == 201
    for order in (
        {"project": "foreign"},
        {"project": "own*"},
        {"right": "read"},
        {"project": "owned", "index": "other"},
    ):
        assert add(alice, **order).status_code in (403, 404), order
    assert add(None, project="owned").status_code == 401
    assert add(ROOT, project="x", issuer="none").status_code == 404
    assert add(ROOT).status_code == 400 and add(ROOT, project="x", workflow="x").status_code == 400
    listed = shop.get("/api/v1/publishers?project=owned", auth=alice).json()["publishers"]
    assert [one["right"] for one in listed] == ["write", "read"]
    assert shop.get("/api/v1/publishers", auth=alice).status_code == 403
    foreign = shop.trust("github", *GITHUB, "--project", "foreign")
    assert shop.post(f"/api/v1/publishers/{foreign}", auth=alice).status_code == 405
    for number, who, status in ((foreign, alice, 404), (record["id"], None, 401), (record["id"], alice, 200)):
        address = shop.cellar.url(f"/api/v1/publishers/{number}")
        assert requests.delete(address, auth=who, verify=str(shop.ci.ca), timeout=30).status_code == status


def test_a_wrong_configuration_is_told(tmp_path: Path) -> None:
    cases: dict[str, Mapping[str, Mapping[str, object]]] = {
        "needs url": {"server": {"audience": "x"}, "issuer.forgejo": {"kind": "forgejo"}},
        "for whom are its tokens": {"issuer.github": {}},
        "the https address": {"server": {"audience": "x"}, "issuer.ci": {"url": "http://ci.example.com"}},
        "did you mean": {"server": {"audience": "x"}, "issuer.ci": {"url": "https://ci.example.com", "kind": "gitlb"}},
        "has the url of": {"server": {"audience": "x"}, "issuer.github": {}, "issuer.other": {"kind": "github"}},
        "can't be read": {"server": {"audience": "x"}, "issuer.github": {"authorities_file": "/nonexistent.pem"}},
    }
    for text, sections in cases.items():
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        done = Cellar(folder, sections, users=False).run("check")
        assert done.returncode != 0 and text in done.stdout + done.stderr, f"{text}: {done.stdout}{done.stderr}"
    shutil.rmtree(tmp_path)
