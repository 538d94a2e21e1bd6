"""What an index's policy hides, hides everywhere: on pages in every form, and from those who know the address."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.clients import Workbench
from support.distributions import Distribution, sdist, wheel
from support.installing import CLIENTS
from support.upload import publish
from support.upstreamed import MEMBER, House, eventually, house

pytestmark = pytest.mark.xdist_group("cache")

INDEXES = {
    "index.main": {"upstreams": ["test"]},
    "index.aged": {"upstreams": ["test"], "min_age": "7d"},
    "index.locked": {"upstreams": ["test"], "min_age": "7d", "locked": "allow"},
    "index.frozen": {"upstreams": ["test"], "before": "2024-01-01"},
    "index.picky": {
        "upstreams": ["test"],
        "allow": ["chosen>=1,<3", "denied", "condemned"],
        "deny": ["denied>=2,<3", "condemned"],
    },
    "index.wheels": {"upstreams": ["test"], "wheels_only": True, "max_upstream_file_size": "100KiB"},
    "index.behind": {"upstreams": ["aged"]},
}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    sections = {name: keys for name, keys in INDEXES.items() if name != "index.main"}
    with house(tmp_path_factory.mktemp("strict"), main=INDEXES["index.main"], sections=sections) as made:
        yield made


def ago(**how_long: float) -> str:
    return (datetime.now(UTC) - timedelta(**how_long)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def shown(made: House, project: str, index: str) -> set[str]:
    """The file names on the page, which are the same in each form."""
    listed = made.listed(project, index).keys()
    html = made.get(f"/{index}/simple/{project}/", Accept="text/html")
    if html.status_code == 200:
        assert made.index(index).html_names(project) == listed
    told = made.get(f"/{index}/pypi/{project}/json")
    if told.status_code == 200:
        releases: dict[str, list[dict[str, Any]]] = told.json().get("releases", {})
        assert {file["filename"] for files in releases.values() for file in files} == listed
    return set(listed)


def assert_blocked(made: House, file: Distribution, index: str, reason: str) -> None:
    """Not on pages, refused by its address and its metadata's, with the reason, and nothing fetched for it."""
    before = made.upstream.whole_fetches()
    assert file.filename not in shown(made, file.name, index)
    for ending in ("", ".metadata"):
        answer = made.get(f"/{index}/files/{file.sha256}/{file.filename}{ending}")
        assert answer.status_code == 403, f"{answer.status_code} {answer.text}"
        assert reason in answer.text.lower(), answer.text
    assert made.upstream.whole_fetches() == before


def assert_served(made: House, file: Distribution, index: str) -> None:
    assert file.filename in shown(made, file.name, index)
    assert made.get(f"/{index}/files/{file.sha256}/{file.filename}").content == file.content


def test_a_release_must_be_old_enough(strict: House) -> None:
    old, new = wheel("aging", "1.0"), wheel("aging", "2.0")
    strict.upstream.offer(old, upload_time=ago(days=8))
    strict.upstream.offer(new, upload_time=ago(days=6))
    assert_served(strict, old, "aged")
    assert_blocked(strict, new, "aged", "too young")
    assert_served(strict, new, "main")


def test_a_policy_holds_through_a_chain(strict: House) -> None:
    new = wheel("chained", "2.0")
    strict.upstream.offer(new, upload_time=ago(days=1))
    strict.upstream.offer(wheel("chained", "1.0"), upload_time=ago(days=30))
    assert shown(strict, "chained", "behind") == {"chained-1.0-py3-none-any.whl"}
    answer = strict.get(f"/behind/files/{new.sha256}/{new.filename}")
    assert answer.status_code in (403, 404)


def test_a_page_changes_at_the_moment_that_its_policy_says(strict: House) -> None:
    file = wheel("ripening", "1.0")
    strict.upstream.offer(wheel("ripening", "0.9"), upload_time=ago(days=30))
    strict.upstream.offer(file, upload_time=ago(days=7, seconds=-4))
    assert_blocked(strict, file, "aged", "too young")
    time.sleep(4.2)
    assert_served(strict, file, "aged")


def test_a_changed_digest_restarts_the_age(strict: House) -> None:
    """The upstream swaps a file of a year ago, and does not say so."""
    old = wheel("swapped", "1.0")
    strict.upstream.offer(old, upload_time=ago(days=400))
    assert_served(strict, old, "aged")
    new = wheel("swapped", "1.0", {"evil.py": b"evil"})
    strict.upstream.offer(new, upload_time=ago(days=400))
    eventually(lambda: strict.listed("swapped", "aged") == {})
    assert_blocked(strict, new, "aged", "too young")


def test_a_file_of_unknown_age_counts_as_new(strict: House) -> None:
    file = wheel("ageless", "1.0")
    strict.upstream.offer(file, upload_time=None)
    assert_blocked(strict, file, "aged", "too young")


def test_published_files_are_exempt(strict: House) -> None:
    file = wheel("our-own", "1.0")
    assert publish(strict.cellar, file, "/aged/").status_code == 200
    assert_served(strict, file, "aged")


def test_a_frozen_date(strict: House) -> None:
    before, after = wheel("dated", "1.0"), wheel("dated", "2.0")
    strict.upstream.offer(before, upload_time="2023-12-31T23:59:59.000000Z")
    strict.upstream.offer(after, upload_time="2024-01-01T00:00:00.000000Z")
    assert_served(strict, before, "frozen")
    assert_blocked(strict, after, "frozen", "2024-01-01")


def test_allow_and_deny(strict: House) -> None:
    files = {version: wheel("chosen", version) for version in ("0.9", "1.0", "2.9", "3.0")}
    strict.upstream.offer_all(files.values())
    for version in ("1.0", "2.9"):
        assert_served(strict, files[version], "picky")
    for version in ("0.9", "3.0"):
        assert_blocked(strict, files[version], "picky", "allow list")
    good, bad = wheel("denied", "1.0"), wheel("denied", "2.5")
    strict.upstream.offer_all([good, bad])
    assert_served(strict, good, "picky")
    assert_blocked(strict, bad, "picky", "denied by")
    never = wheel("unlisted", "1.0")
    strict.upstream.offer(never)
    assert_blocked(strict, never, "picky", "allow list")


def test_deny_holds_for_published_files_too(strict: House) -> None:
    strict.reconfigure(index_deny={"upstreams": [], "deny": ["leaked>=2,<3"]})
    good, bad = wheel("leaked", "1.0"), wheel("leaked", "2.5")
    for file in (good, bad):
        assert publish(strict.cellar, file, "/deny/").status_code == 200
    assert_served(strict, good, "deny")
    assert_blocked(strict, bad, "deny", "denied by")


def test_wheels_only_and_a_bound_on_the_size(strict: House) -> None:
    small, large, source = (
        wheel("sized", "1.0"), wheel("sized", "2.0", {"data": b"x" * 200_000}, compression=0), sdist("sized", "1.0"),
    )  # fmt: skip
    strict.upstream.offer_all([small, large, source])
    assert_served(strict, small, "wheels")
    assert shown(strict, "sized", "wheels") == {small.filename}
    assert_blocked(strict, large, "wheels", "larger than 100 kib")
    answer = strict.get(f"/wheels/files/{source.sha256}/{source.filename}")
    assert answer.status_code == 403 and "wheel" in answer.text


def test_a_bound_on_the_size_where_the_upstream_tells_none(strict: House) -> None:
    """Then the file is found out to be too large while it is fetched, at the latest, and is not kept."""
    style = strict.upstream.style
    strict.upstream.style = replace(style, sizes=False)
    try:
        large = wheel("unsized", "2.0", {"data": b"x" * 200_000}, compression=0)
        strict.upstream.offer(large)
        answer = strict.get(f"/wheels/files/{large.sha256}/{large.filename}")
        assert answer.status_code == 403, f"{answer.status_code} {answer.text[:200]}"
        assert not [path for path in strict.cellar.stored_files() if path.name == large.filename]
    finally:
        strict.upstream.style = style


def test_what_was_served_before_a_policy_goes_on_downloading(strict: House) -> None:
    file = wheel("lockfile", "1.0")
    other = wheel("lockfile", "2.0")
    strict.reconfigure(index_locked={"upstreams": ["test"]})
    strict.upstream.offer(file, upload_time=ago(days=1))
    strict.upstream.offer(other, upload_time=ago(days=1))
    assert_served(strict, file, "locked")
    eventually(lambda: file.filename in {path.name for path in strict.cellar.stored_files()})
    strict.reconfigure(index_locked=INDEXES["index.locked"])
    assert shown(strict, "lockfile", "locked") == set()
    assert strict.get(f"/locked/files/{file.sha256}/{file.filename}").content == file.content
    assert strict.get(f"/locked/files/{file.sha256}/{file.filename}.metadata").status_code == 200
    assert_blocked(strict, other, "locked", "too young")


def test_an_exception_lets_a_release_through_until_it_ends(strict: House) -> None:
    first, second = wheel("excepted", "1.0"), wheel("excepted", "2.0")
    for file in (first, second):
        strict.upstream.offer(file, upload_time=ago(days=1))
    assert_blocked(strict, first, "aged", "too young")
    ends = (datetime.now(UTC) + timedelta(seconds=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"project": "Excepted", "version": "1.0", "reason": "a security fix", "expires_at": ends}
    assert strict.api("POST", "/indexes/aged/exceptions", body, MEMBER).status_code == 403
    answer = strict.api("POST", "/indexes/aged/exceptions", body)
    assert answer.status_code == 201, answer.text
    assert_served(strict, first, "aged")
    assert_blocked(strict, second, "aged", "too young")
    listed = strict.api("GET", "/indexes/aged/exceptions").text
    assert "a security fix" in listed and "root" in listed
    time.sleep(6.5)
    assert_blocked(strict, first, "aged", "too young")


def test_exceptions_by_command(strict: House) -> None:
    file = wheel("commanded", "1.0")
    strict.upstream.offer(file, upload_time=ago(days=1))
    command = ("policy", "exception")
    there = ("--index", "aged")
    strict.cellar.cli(*command, "add", "--project", "commanded", "--reason", "needed today", *there)
    assert strict.listed("commanded", "aged").keys() == {file.filename}, "the command has ended: all see what it did"
    listed = strict.cellar.cli(*command, "list", *there)
    line = next(line for line in listed.splitlines() if "commanded" in line)
    assert "needed today" in line
    number = re.search(r"\d+", line)
    assert number is not None
    strict.cellar.cli(*command, "remove", number[0], *there)
    assert strict.listed("commanded", "aged") == {}


def test_no_exception_lifts_a_denial(strict: House) -> None:
    bad = wheel("condemned", "2.7")
    strict.upstream.offer(bad)
    body = {"project": "condemned", "version": "2.7", "reason": "please"}
    strict.api("POST", "/indexes/picky/exceptions", body)
    assert_blocked(strict, bad, "picky", "denied by")


@pytest.mark.parametrize(
    "index, wanted, tells",
    [
        ("aged", "asked==2.0", ["too young", "2.0"]),
        ("aged", "asked==1.0", ["test"]),
        ("frozen", "asked==2.0", ["2024-01-01"]),
        ("picky", "asked", ["allow list"]),
        ("main", "asked==9.0", ["no"]),
    ],
)
def test_why_says_what_hides_a_version_and_where_it_would_come_from(
    strict: House, index: str, wanted: str, tells: list[str]
) -> None:
    strict.upstream.offer(wheel("asked", "1.0"), upload_time="2023-05-05T00:00:00.000000Z")
    strict.upstream.offer(wheel("asked", "2.0"), upload_time=ago(days=1))
    strict.get(f"/{index}/simple/asked/")
    told = strict.cellar.cli("why", wanted, "--index", index)
    for text in tells:
        assert text in told.lower(), told
    name, _, version = wanted.partition("==")
    query = f"?version={version}" if version else ""
    answer = strict.api("GET", f"/indexes/{index}/projects/{name}/why{query}")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("client", CLIENTS)
def test_clients_resolve_around_what_is_hidden(strict: House, workbench: Workbench, client: str) -> None:
    strict.upstream.offer(wheel("resolved", "1.0"), upload_time=ago(days=30))
    strict.upstream.offer(wheel("resolved", "2.0"), upload_time=ago(days=1))
    installed = CLIENTS[client](workbench, strict.simple("aged"), ["resolved"])
    assert list(installed.environment.glob("lib/*/site-packages/resolved-1.0.dist-info"))
