"""Attestations of uploads, verified against a Sigstore of the tests' own: served, advertised, or refused as lies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urljoin

import pytest
import requests
import sigstore.verify
from cryptography.hazmat.primitives.asymmetric import ec
from pypi_attestations import Distribution as AttestedFile
from pypi_attestations import Provenance
from sigstore.models import TrustedRoot

from support.cellar import ADMIN, ADMIN_PASSWORD, REPOSITORY, Cellar
from support.clients import Workbench
from support.corpus import CorpusFile
from support.distributions import Distribution, sdist, wheel
from support.hostile import assert_refused
from support.sigstore import Attestation, Forgery, Identity, Sigstore, changed, named
from support.simple import HTML, JSON, Index
from support.upload import body, post, publish, replaced
from support.upstreamed import house

pytestmark = pytest.mark.xdist_group("provenance")

INTEGRITY = "application/vnd.pypi.integrity.v1+json"
SLSA = "https://slsa.dev/provenance/v1"
ACME = Identity.github("acme/app")
STRANGER = Sigstore()
FIXTURES = REPOSITORY / "Tests" / "ProvenanceTests" / "Fixtures"
INDEXES = {
    "index.main": {},
    "index.strict": {"require_provenance": True},
    "index.some": {"require_provenance": ["acme-*", "secret"]},
    "index.acme": {"attested_by": ["github:acme/*", "gitlab:acme/tool//.gitlab-ci.yml"]},
}


@dataclass(frozen=True)
class Attested:
    cellar: Cellar
    sigstore: Sigstore

    def attest(self, file: Distribution, identity: Identity = ACME, **options: object) -> Attestation:
        return self.sigstore.attest(file.filename, file.sha256, identity, **options)  # type: ignore[arg-type]

    def upload(self, file: Distribution, *attestations: Attestation, path: str = "/main/") -> requests.Response:
        form = replaced(file.form(), attestations=json.dumps(attestations))
        return post(self.cellar, body(form, file.filename, file.content), path)

    def integrity(self, file: Distribution, index: str = "main") -> requests.Response:
        path = f"/{index}/integrity/{file.name}/{file.version}/{file.filename}/provenance"
        return requests.get(self.cellar.url(path), timeout=60, allow_redirects=False)

    def entry(self, file: Distribution, index: str = "main") -> dict[str, object]:
        """The file on its project's page in JSON."""
        page = Index(self.cellar.base, index).get(f"{self.cellar.base}/{index}/simple/{file.name}/", JSON)
        return next(entry for entry in page.json()["files"] if entry["filename"] == file.filename)

    def html(self, file: Distribution, index: str = "main") -> str:
        return Index(self.cellar.base, index).get(f"{self.cellar.base}/{index}/simple/{file.name}/", HTML).text

    def assert_absent(self, file: Distribution, index: str = "main") -> None:
        """Nothing of a refused upload is there, and the honest one goes through."""
        assert file.filename not in {link.filename for link in Index(self.cellar.base, index).links(file.name)}
        assert self.integrity(file, index).status_code == 404


@pytest.fixture(scope="module")
def attested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attested]:
    folder = tmp_path_factory.mktemp("provenance")
    made = Sigstore()
    (folder / "trusted_root.json").write_text(made.trusted_root())
    roots = {"provenance": {"trusted_root": str(folder / "trusted_root.json")}}
    cellar = Cellar(folder / "cellar", {**INDEXES, **roots})
    cellar.start()
    yield Attested(cellar, made)
    cellar.stop()


def verify_as_clients_do(answer: requests.Response, file: Distribution, made: Sigstore, folder: Path) -> Provenance:
    """The answer is a provenance object, and PyPI's own judge accepts all of it."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == INTEGRITY
    provenance = Provenance.model_validate_json(answer.content)
    (folder / file.filename).write_bytes(file.content)
    (folder / "root.json").write_text(made.trusted_root())
    verifier = sigstore.verify.Verifier(trusted_root=TrustedRoot.from_file(str(folder / "root.json")))
    with patch.object(sigstore.verify.Verifier, "production", return_value=verifier):
        for bundle in provenance.attestation_bundles:
            for attestation in bundle.attestations:
                attestation.verify(bundle.publisher, AttestedFile.from_file(folder / file.filename), offline=True)
    return provenance


def test_an_attested_upload_is_verified_served_and_advertised(attested: Attested, tmp_path: Path) -> None:
    file = wheel("attested", "1.0")
    answer = attested.upload(file, attested.attest(file), attested.attest(file, predicate=SLSA))
    assert answer.status_code == 200, answer.text
    served = attested.integrity(file)
    provenance = verify_as_clients_do(served, file, attested.sigstore, tmp_path)
    assert len(provenance.attestation_bundles) == 1
    bundle = provenance.attestation_bundles[0]
    assert (bundle.publisher.kind, bundle.publisher.repository) == ("GitHub", "acme/app")
    assert len(bundle.attestations) == 2

    page = f"{attested.cellar.base}/main/simple/attested/"
    address = urljoin(page, str(attested.entry(file)["provenance"]))
    assert address == served.url
    assert re.findall(r'data-provenance="([^"]*)"', attested.html(file)) == [attested.entry(file)["provenance"]]

    again = requests.get(address, headers={"If-None-Match": served.headers["ETag"]}, timeout=60)
    assert again.status_code == 304
    head = requests.head(address, headers={"Accept-Encoding": "identity"}, timeout=60)
    assert head.headers["Content-Length"] == str(len(served.content))


def test_several_publishers_have_bundles_of_their_own(attested: Attested, tmp_path: Path) -> None:
    file = wheel("many-publishers", "1.0")
    builder = Identity.gitlab("acme/builder")
    answer = attested.upload(file, attested.attest(file), attested.attest(file, builder, predicate=SLSA))
    assert answer.status_code == 200, answer.text
    provenance = verify_as_clients_do(attested.integrity(file), file, attested.sigstore, tmp_path)
    assert [bundle.publisher.kind for bundle in provenance.attestation_bundles] == ["GitHub", "GitLab"]


def test_a_file_of_pypi_stands_by_sigstores_public_root(corpus: list[CorpusFile], tmp_path: Path) -> None:
    file = next(file for file in corpus if file.project == "pypi-attestations").distribution()
    told = json.loads((FIXTURES / f"{file.filename}.provenance").read_text())
    attestations = [one for bundle in told["attestation_bundles"] for one in bundle["attestations"]]
    root = FIXTURES / "sigstore-public-trusted-root.json"
    rule = {"require_provenance": True, "attested_by": ["github:trailofbits/pypi-attestations/release.yml"]}
    cellar = Cellar(tmp_path / "cellar", {"provenance": {"trusted_root": str(root)}, "index.main": rule})
    it = Attested(cellar, STRANGER)
    cellar.start()
    assert_refused(it.upload(file, it.attest(file)), 400, tells="not configured")
    assert it.upload(file, *attestations).status_code == 200
    served = Provenance.model_validate_json(it.integrity(file).content)
    assert served == Provenance.model_validate(told)
    cellar.stop()


FILE = wheel("forged", "1.0")
OTHER = wheel("other", "1.0")
FORGERIES = {
    "another digest": (Forgery(sha256="0" * 64), "SHA-256 digest"),
    "another name": (Forgery(filename=OTHER.filename), "is about 'other-1.0-py3-none-any.whl'"),
    "a name that no head can have": (Forgery(filename="f\u00f6rged\n-1.0-py3-none-any.whl"), "is about 'f"),
    "a signature over other bytes": (Forgery(statement=b"{}"), "signature of the attestation"),
    "a signature by another key": (Forgery(signer=ec.generate_private_key(ec.SECP256R1())), "signature"),
    "an entry of the log about something else": (Forgery(body_of_another=True), "entry is about another statement"),
    "an entry of another log": (Forgery(log=ec.generate_private_key(ec.SECP256R1())), "not configured"),
}


@pytest.mark.parametrize("case", FORGERIES)
def test_a_lie_is_refused(attested: Attested, case: str) -> None:
    forgery, tells = FORGERIES[case]
    lie = attested.attest(FILE, forgery=forgery)
    assert_refused(attested.upload(FILE, lie), 400, tells=tells)
    attested.assert_absent(FILE)
    honest = attested.attest(FILE)
    answer = attested.upload(FILE, honest, lie)
    assert_refused(answer, 400, tells="Of 2 attestations, number 2: ")
    attested.assert_absent(FILE)


def test_a_foreign_certificate_is_refused(attested: Attested) -> None:
    foreign = STRANGER.attest(FILE.filename, FILE.sha256, ACME)
    assert_refused(attested.upload(FILE, foreign), 400, tells="not configured")
    recorded = Sigstore(log=attested.sigstore.log, certificate_log=attested.sigstore.certificate_log)
    foreign = recorded.attest(FILE.filename, FILE.sha256, ACME)
    assert_refused(attested.upload(FILE, foreign), 400, tells="not issued by a configured authority")
    attested.assert_absent(FILE)


def test_parts_of_two_attestations_are_refused(attested: Attested) -> None:
    one, two = attested.attest(FILE), attested.attest(FILE, Identity.github("acme/other"))
    mixed = changed(one, signature=two["envelope"]["signature"])  # type: ignore[index]
    assert_refused(attested.upload(FILE, mixed), 400, tells="altered|put together")
    extra = {**one, "more": 1}
    assert_refused(attested.upload(FILE, extra), 400, tells="'more'")
    attested.assert_absent(FILE)


def test_a_lie_is_refused_for_a_file_that_is_there(attested: Attested) -> None:
    file = wheel("there-already", "1.0")
    assert attested.upload(file, attested.attest(file)).status_code == 200
    before = attested.integrity(file).content
    assert_refused(attested.upload(file, attested.attest(file, forgery=Forgery(sha256="0" * 64))), 400)
    assert attested.upload(file, attested.attest(file)).status_code == 200
    assert publish(attested.cellar, file).status_code == 200
    assert attested.integrity(file).content == before


def test_a_file_without_attestations_has_no_provenance(attested: Attested) -> None:
    file = sdist("plain", "1.0")
    assert publish(attested.cellar, file).status_code == 200
    assert "provenance" not in attested.entry(file)
    assert "data-provenance" not in attested.html(file)
    assert_refused(attested.integrity(file), 404, tells="no provenance")


def test_the_integrity_address_is_exact(attested: Attested) -> None:
    file = wheel("exact", "1.0")
    assert attested.upload(file, attested.attest(file)).status_code == 200
    base = attested.cellar.url
    for path, status in {
        f"/main/integrity/exact/1.0/{file.filename}/provenance": 200,
        f"/integrity/exact/1.0.0/{file.filename}/provenance": 200,
        f"/main/integrity/EXACT/1.0/{file.filename}/provenance": 200,
        f"/main/integrity/exact/2.0/{file.filename}/provenance": 404,
        f"/main/integrity/other/1.0/{file.filename}/provenance": 404,
        f"/main/integrity/exact/1.0/{file.filename}": 404,
        "/main/integrity/exact/1.0/exact-1.0.tar.gz/provenance": 404,
        f"/strict/integrity/exact/1.0/{file.filename}/provenance": 404,
        f"/main/integrity/exact/x/{file.filename}/provenance": 404,
        "/main/integrity/exact/1.0/..%2F..%2Fx/provenance": 400,
    }.items():
        assert requests.get(base(path), timeout=60).status_code == status, path


def test_an_index_can_require_provenance(attested: Attested) -> None:
    file = wheel("required", "1.0")
    refused = publish(attested.cellar, file, "/strict/")
    assert_refused(refused, 403, tells="only with attestations.*pypi-attestations sign.*uv publish")
    attested.assert_absent(file, "strict")
    assert attested.upload(file, attested.attest(file), path="/strict/").status_code == 200
    assert attested.integrity(file, "strict").status_code == 200
    # Nothing is published by the same bytes once more.
    assert publish(attested.cellar, file, "/strict/").status_code == 200


def test_an_index_can_require_provenance_of_some_projects(attested: Attested) -> None:
    for name, status in {"acme-lib": 403, "Secret": 403, "acmelib": 200, "free": 200}.items():
        assert publish(attested.cellar, wheel(name, "1.0"), "/some/").status_code == status, name


def test_an_index_can_name_the_publishers(attested: Attested) -> None:
    file = wheel("restricted", "1.0")
    tool = Identity.gitlab("acme/tool")
    strangers = [
        Identity.github("acme-evil/app"), Identity.github("evil/acme"), Identity.gitlab("acme/app"),
        Identity.gitlab("acme/tool/sub"),
        # A job that says to be of a repository that its workflow isn't in.
        named(Identity.github("evil/app"), 12, "https://github.com/acme/app"),
    ]  # fmt: skip
    for stranger in strangers:
        answer = attested.upload(file, attested.attest(file, stranger), path="/acme/")
        assert_refused(answer, 403, tells="attested_by")
        mixed = attested.upload(file, attested.attest(file), attested.attest(file, stranger), path="/acme/")
        assert_refused(mixed, 403, tells="attested_by")
    attested.assert_absent(file, "acme")
    assert attested.upload(file, attested.attest(file, tool), path="/acme/").status_code == 200
    assert publish(attested.cellar, wheel("unattested", "1.0"), "/acme/").status_code == 200


def test_twine_and_uv_publish_attestations(attested: Attested, workbench: Workbench, tmp_path: Path) -> None:
    for client in ("twine", "uv"):
        file = wheel(f"by-{client}", "1.0")
        path = tmp_path / file.filename
        path.write_bytes(file.content)
        Path(f"{path}.publish.attestation").write_text(json.dumps(attested.attest(file)))
        target = attested.cellar.url("/strict/")
        if client == "twine":
            workbench.run(
                "twine", "upload", "--attestations", "--repository-url", target, path, f"{path}.publish.attestation"
            )
        else:
            workbench.run("uv", "publish", "--publish-url", target, path, f"{path}.publish.attestation")
        verify_as_clients_do(attested.integrity(file, "strict"), file, attested.sigstore, tmp_path)
        Path(f"{path}.publish.attestation").unlink()


def test_overwriting_and_deleting_take_the_provenance_along(tmp_path: Path) -> None:
    made = Sigstore()
    (tmp_path / "root.json").write_text(made.trusted_root())
    sections = {
        "server": {"base_url": "https://pypi.example.com/sub"},
        "provenance": {"trusted_root": [str(tmp_path / "root.json")]},
        "index.main": {"allow_overwrite": True, "overwrite": ["authenticated"], "delete": ["authenticated"]},
        "index.outer": {"upstreams": ["main"]},
    }
    cellar = Cellar(tmp_path / "cellar", sections)
    it = Attested(cellar, made)
    cellar.start()
    first, second = wheel("changing", "1!1.0+local"), wheel("changing", "1!1.0+local", {"changing/a.py": b"new"})
    kept, gone = wheel("keeping", "1.0"), wheel("keeping", "2.0")
    for file in (first, kept, gone):
        assert it.upload(file, it.attest(file)).status_code == 200
    # With an address of its own, the server writes whole addresses, as PEP 740 wants them.
    address = f"https://pypi.example.com/sub/main/integrity/changing/1!1.0+local/{first.filename}/provenance"
    assert it.entry(first)["provenance"] == address
    assert f'data-provenance="{address}"' in it.html(first)
    # What an index lists of another one has its provenance there, too.
    assert it.entry(first, "outer")["provenance"] == address.replace("/main/", "/outer/")
    assert it.integrity(first, "outer").content == it.integrity(first).content
    assert list(provenance_digests(it, first)) == [first.sha256]

    assert it.upload(second, it.attest(second)).status_code == 200
    assert list(provenance_digests(it, second)) == [second.sha256]
    assert publish(cellar, first).status_code == 200
    assert it.integrity(first).status_code == 404
    assert "provenance" not in it.entry(first)

    path = f"/api/v1/indexes/main/projects/keeping/files/{gone.filename}"
    answer = requests.delete(cellar.url(path), auth=(ADMIN, ADMIN_PASSWORD), timeout=60)
    assert answer.status_code in (200, 204), answer.text
    assert it.integrity(gone).status_code == 404
    before, page = it.integrity(kept).content, it.html(kept)
    cellar.stop()

    cellar.cli("rebuild")
    cellar.start()
    assert it.integrity(kept).content == before
    assert it.html(kept) == page
    assert it.integrity(gone).status_code == 404
    assert it.integrity(first).status_code == 404
    cellar.stop()


def provenance_digests(it: Attested, file: Distribution) -> Iterator[str]:
    """The digests that the served attestations of a file are about."""
    for bundle in Provenance.model_validate_json(it.integrity(file).content).attestation_bundles:
        for attestation in bundle.attestations:
            yield attestation.statement["subject"][0]["digest"]["sha256"]


def test_without_a_trust_root_nothing_is_called_verified(tmp_path: Path) -> None:
    cellar = Cellar(tmp_path / "cellar")
    it = Attested(cellar, Sigstore())
    cellar.start()
    file = wheel("unverified", "1.0")
    assert_refused(it.upload(file, it.attest(file, forgery=Forgery(sha256="0" * 64))), 400, tells="digest")
    assert_refused(it.upload(file, it.attest(file, forgery=Forgery(filename=OTHER.filename))), 400, tells="about")
    assert it.upload(file, it.attest(file)).status_code == 200
    assert "provenance" not in it.entry(file)
    assert it.integrity(file).status_code == 404
    cellar.stop()


def test_a_trust_root_of_pem_files_and_several_roots(tmp_path: Path) -> None:
    made, other = Sigstore(), Sigstore()
    (tmp_path / "other.json").write_text(other.trusted_root())
    keys: dict[str, object] = {"trusted_root": [str(tmp_path / "other.json")]}
    for name, text in made.pems().items():
        (tmp_path / name).write_text(text)
        keys[name] = str(tmp_path / name)
    cellar = Cellar(tmp_path / "cellar", {"provenance": keys})
    cellar.start()
    for signer in (made, other):
        it = Attested(cellar, signer)
        file = wheel("by-both", "1.0" if signer is made else "2.0")
        assert it.upload(file, it.attest(file)).status_code == 200
        assert it.integrity(file).status_code == 200
    # No attestation stands by the authority of one and the log of the other.
    mixed = Attested(cellar, Sigstore(log=other.log, ca_key=made.ca_key, root_key=made.root_key))
    assert_refused(mixed.upload(FILE, mixed.attest(FILE)), 400, tells="not issued by a configured authority")
    cellar.stop()


BROKEN = {
    "missing": (None, "no such file"),
    "not JSON": ("{", "not valid JSON"),
    "something else": ("{}", "has no mediaType"),
    "no log": (json.dumps({**json.loads(STRANGER.trusted_root()), "tlogs": []}), "no transparency log"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_trust_root_stops_the_start(tmp_path: Path, case: str) -> None:
    text, tells = BROKEN[case]
    if text is not None:
        (tmp_path / "root.json").write_text(text)
    cellar = Cellar(tmp_path / "cellar", users=False)
    cellar.configure({"provenance": {"trusted_root": str(tmp_path / "root.json")}})
    done = cellar.run("serve")
    assert done.returncode != 0
    assert re.search(rf"cellar\.toml:\d+: provenance\.trusted_root: .*root\.json.*{tells}", done.stderr), done.stderr


def test_an_upstreams_provenance_passes_through(tmp_path: Path) -> None:
    file = wheel("from-afar", "1.0")
    address = "https://example.com/provenance/1.0"
    with house(tmp_path) as made:
        made.upstream.offer(file, provenance=address)
        it = Attested(made.cellar, Sigstore())
        for _ in range(2):
            assert it.entry(file)["provenance"] == address
            answer = it.integrity(file)
            assert (answer.status_code, answer.headers["Location"]) == (302, address)
            # The same once it is cached.
            assert made.get(made.listed("from-afar")[file.filename]["address"]).content == file.content
            made.wait_until_kept(file.filename)
