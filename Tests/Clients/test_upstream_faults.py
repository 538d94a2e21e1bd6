"""An upstream that fails in every way: clients get what is kept or a clear answer, and nothing wrong is ever kept."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support import faults
from support.clients import Workbench
from support.distributions import wheel
from support.faults import Fault
from support.hostile import assert_refused
from support.simple import JSON
from support.upstream_pages import MODERN, Style
from support.upstreamed import IMPATIENT, House, big, eventually, fetched, house

pytestmark = pytest.mark.xdist_group("faults")

HELD_BACK = 64 * 1024


PAGE_FAULTS: dict[str, Callable[[House, str], Fault]] = {
    "hangs": lambda made, path: faults.hang(),
    "hangs half-way": lambda made, path: faults.hang(after=10),
    "resets half-way": lambda made, path: faults.reset(after=10),
    "ends half-way": lambda made, path: faults.cut(after=10),
    "answers 500": lambda made, path: faults.status(500),
    "answers 503": lambda made, path: faults.status(503, Retry_After="7"),
    "answers 401": lambda made, path: faults.status(401),
    "answers 403": lambda made, path: faults.status(403),
    "answers 429": lambda made, path: faults.status(429, Retry_After="7"),
    "redirects in a loop": lambda made, path: faults.redirect(path),
    "redirects to a private address": lambda made, path: faults.redirect("http://10.255.255.1/simple/"),
    "redirects to another loopback address": lambda made, path: faults.redirect("http://127.0.0.2:9/simple/"),
    "redirects to a file": lambda made, path: faults.redirect("file:///etc/passwd"),
    "sends broken gzip": lambda made, path: faults.altered(lambda body: body[:20], Content_Encoding="gzip"),
    "sends no gzip as gzip": lambda made, path: faults.altered(lambda body: b"plain" * 100, Content_Encoding="gzip"),
    "sends a login form": lambda made, path: faults.altered(
        lambda body: b"<html><body><form>Please log in</form></body></html>", Content_Type="text/plain"
    ),
    "sends half a JSON text": lambda made, path: faults.altered(lambda body: body[:40], Content_Encoding="identity"),
    "sends JSON of another kind": lambda made, path: faults.altered(
        lambda body: b'{"meta": {"api-version": "9.0"}, "files": 7}', Content_Encoding="identity"
    ),
    "sends a page without an end": lambda made, path: faults.endless(b"<a href='x-1.0.tar.gz'>x-1.0.tar.gz</a>\n" * 99),
}


# What an index does for projects that it doesn't have: no failure, unless it had the project before.
LEADING_ELSEWHERE = {"redirects to a private address", "redirects to another loopback address"}


@pytest.mark.parametrize("how", PAGE_FAULTS)
def test_a_page_that_fails(shaky: House, how: str) -> None:
    """503 if nothing is kept; the kept page if there is one; and the right page once it is sound again."""
    name = f"page-{re.sub('[^a-z0-9]+', '-', how)}"
    known, unknown = wheel(f"{name}-known", "1.0"), wheel(f"{name}-unknown", "1.0")
    shaky.upstream.offer_all([known, unknown])
    assert shaky.listed(known.name)
    for file in (known, unknown):
        path = f"/simple/{file.name}/"
        shaky.upstream.fail(path, PAGE_FAULTS[how](shaky, path))
    time.sleep(1.1)  # the page is fresh for a second
    started = time.monotonic()
    refused = shaky.get(f"/main/simple/{unknown.name}/", Accept=JSON)
    if how in LEADING_ELSEWHERE:
        assert_refused(refused, 404)
    else:
        assert_refused(refused, 503)
        assert int(refused.headers["Retry-After"]) >= 1
    assert shaky.listed(known.name).keys() == {known.filename}, "the stale page is served"
    assert time.monotonic() - started < 20
    shaky.upstream.recover()
    shaky.restart()
    assert shaky.listed(unknown.name).keys() == {unknown.filename}


def test_retry_after_is_one_that_clients_sit_out(shaky: House) -> None:
    """Not the upstream's 77 seconds: pip would wait them out five times before it says why."""
    shaky.upstream.fail("/simple/busy/", faults.status(429, Retry_After="77"))
    refused = shaky.get("/main/simple/busy/")
    assert_refused(refused, 503)
    assert 1 <= int(refused.headers["Retry-After"]) <= 2


def test_pip_soon_says_that_an_upstream_is_down(shaky: House, workbench: Workbench) -> None:
    """With its five retries, each of which waits as long as Retry-After asks it to."""
    python = workbench.virtual_environment()
    shaky.upstream.stop()
    try:
        started = time.monotonic()
        index = ("--index-url", shaky.simple())
        done = workbench.run(
            "pip", "--python", python, "install", "--retries", "5", *index, "patience", check=False, timeout=60
        )
        assert done.returncode != 0
        assert time.monotonic() - started < 15
    finally:
        shaky.upstream.start()
        shaky.restart()


def test_an_upstream_that_refuses_connections(shaky: House) -> None:
    known, unknown = wheel("refused-known", "1.0"), wheel("refused-unknown", "1.0")
    shaky.upstream.offer_all([known, unknown])
    address = shaky.listed("refused-known")[known.filename]["address"]
    assert shaky.get(address).content == known.content
    shaky.upstream.stop()
    try:
        time.sleep(1.1)
        assert shaky.listed("refused-known").keys() == {known.filename}
        assert shaky.get(address).content == known.content
        assert_refused(shaky.get("/main/simple/refused-unknown/"), 503)
        assert_refused(shaky.get(f"/main/files/{unknown.sha256}/{unknown.filename}"), 503)
        assert_refused(shaky.get(f"/main/files/{unknown.sha256}/{unknown.filename}.metadata"), 503)
    finally:
        shaky.upstream.start()


def test_a_page_is_stale_only_for_so_long(tmp_path: Path) -> None:
    with house(tmp_path, upstream={**IMPATIENT, "max_stale": "3s"}) as made:
        file = wheel("thing", "1.0")
        made.upstream.offer(file)
        assert made.listed("thing")
        made.upstream.fail("/simple/thing/", faults.status(500))
        time.sleep(1.2)
        assert made.listed("thing")
        eventually(lambda: made.get("/main/simple/thing/").status_code == 503)
        made.cellar.eventually_logs("stale")
        metrics = made.get("/metrics").text
        assert re.search(r"^cellar_\w*stale\w*(\{.*\})? [1-9]", metrics, re.MULTILINE), metrics


FILE_FAULTS: dict[str, tuple[Fault, int]] = {
    # The fault, and the status of a request that could not even begin; 0 if a head went out before.
    "hangs": (faults.hang(), 503),
    "hangs half-way": (faults.hang(after=1_500_000), 0),
    "resets half-way": (faults.reset(after=1_500_000), 0),
    "ends half-way": (faults.cut(after=1_500_000), 0),
    "ends before the last bytes": (faults.cut(after=2_999_000), 0),
    "is truncated under a right length": (faults.shortened(to=1_500_000), 0),
    "has another digest": (faults.altered(faults.flipped), 0),
    "has another last byte": (faults.altered(lambda body: body[:-1] + bytes([body[-1] ^ 1])), 0),
    "is longer": (faults.altered(lambda body: body + b"more"), 0),
    "answers 500": (faults.status(500), 503),
    "answers 404": (faults.status(404), 404),
    "answers 429": (faults.status(429, Retry_After="7"), 503),
    "redirects in a loop": (faults.redirect("/packages/loop-1.0-py3-none-any.whl"), 503),
    "is answered with a page": (faults.altered(lambda body: b"<html>No</html>", Content_Type="text/html"), 0),
}


# Without a digest whatever is whole is the file, and is learned once.
_DIGEST_TELLS = {
    "has another digest", "has another last byte", "is longer", "is answered with a page",
    "is truncated under a right length",
}  # fmt: skip


@pytest.mark.parametrize("how", FILE_FAULTS)
def test_a_file_that_fails(shaky: House, how: str) -> None:
    check_failing_file(shaky, how, bears_digest=True)


@pytest.mark.parametrize("how", sorted(FILE_FAULTS.keys() - _DIGEST_TELLS))
def test_a_file_without_a_digest_that_fails(shaky: House, how: str) -> None:
    check_failing_file(shaky, how, bears_digest=False)


def check_failing_file(shaky: House, how: str, *, bears_digest: bool) -> None:
    """No client takes it for the file, nothing of it is kept, and the next request succeeds."""
    fault, expected = FILE_FAULTS[how]
    shaky.upstream.style = MODERN if bears_digest else Style(json=False, hashes=False, sizes=False)
    try:
        file = big(re.sub("[^a-z0-9]+", "-", f"file {how} {bears_digest}"))
        shaky.upstream.offer(file)
        address = shaky.listed(file.name)[file.filename]["address"]
        before = shaky.cellar.stored_files()
        if how == "redirects in a loop":
            fault = faults.redirect(f"/packages/{file.filename}")
        shaky.upstream.fail(file.filename, fault)
        code, received, complete = fetched(address)
        if expected:
            assert code == expected
            if expected == 503:
                assert int(shaky.get(address).headers["Retry-After"]) >= 1
        elif complete and code < 500:
            # It was ended early, and the rest was had by a range.
            assert received == file.content, "the client must see that this is not the file"
            return
        elif bears_digest and code == 200:
            assert len(received) <= max(0, len(file.content) - HELD_BACK) + 4
        assert shaky.cellar.stored_files() == before
        shaky.upstream.recover()
        shaky.restart()
        assert shaky.get(shaky.listed(file.name)[file.filename]["address"]).content == file.content
        assert shaky.get(address).content == file.content
    finally:
        shaky.upstream.style = MODERN


def test_a_wrong_digest_is_a_security_event(shaky: House) -> None:
    file = big("poisoned")
    shaky.upstream.offer(file)
    shaky.upstream.fail(file.filename, faults.altered(faults.flipped))
    address = shaky.listed("poisoned")[file.filename]["address"]
    before = len(shaky.cellar.log.read_text())
    fetched(address)
    eventually(lambda: "digest-mismatch" in shaky.cellar.log.read_text()[before:])
    lines = [line for line in shaky.cellar.log.read_text()[before:].splitlines() if "digest-mismatch" in line]
    assert len(lines) == 1
    assert "warning" in lines[0].lower()
    assert file.filename in lines[0] and "test" in lines[0]
    assert re.search(r"^cellar_\w*mismatch\w*(\{.*\})? [1-9]", shaky.get("/metrics").text, re.MULTILINE)


def test_a_file_without_a_digest_is_pinned_for_good(tmp_path: Path) -> None:
    """What was learned once holds also after the file was pruned, against an upstream that sends other bytes then."""
    style = Style(json=False, hashes=False, sizes=False, times=False)
    with house(tmp_path, style) as made:
        file = big("learned", 200_000)
        made.upstream.offer(file)
        address = made.listed("learned")[file.filename]["address"]
        assert "/files/u/learned/" in address
        assert made.get(address).content == file.content
        made.wait_until_kept(file.filename)
        made.cellar.cli("cache", "prune", "--index", "main", "--older-than", "0")
        made.upstream.offer(big("learned", 200_000))
        made.restart()
        code, received, complete = fetched(address)
        assert code >= 500 or not complete
        assert received[-1000:] != file.content[-1000:]
        made.upstream.offer(file)
        made.restart()
        assert made.get(address).content == file.content


def test_a_page_changes_between_page_and_file(shaky: House) -> None:
    """The client holds the address of a file that the upstream has replaced since, or taken away."""
    old, new = big("changing"), big("changing")
    shaky.upstream.offer(old)
    address = shaky.listed("changing")[old.filename]["address"]
    shaky.upstream.offer(new)
    code, received, complete = fetched(address)
    assert code in (404, 503) or not complete, "never the new file's bytes under the old one's digest"
    assert hashlib.sha256(received).hexdigest() != new.sha256
    eventually(lambda: shaky.listed("changing")[new.filename]["hashes"]["sha256"] == new.sha256)
    now = shaky.listed("changing")[new.filename]["address"]
    assert now != address
    shaky.restart()
    assert shaky.get(now).content == new.content
    shaky.upstream.withdraw("changing")
    assert shaky.get(now).content == new.content, "what is kept stays"
