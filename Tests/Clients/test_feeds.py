"""RSS feeds, as feed readers take them."""

from __future__ import annotations

from collections.abc import Iterator

import feedparser
import pytest
import requests

from support.cellar import PASSWORD, USER, Cellar
from support.distributions import wheel
from support.upload import publish

HOSTILE = "<script>marker()</script> & ]]> \"quotes\" 'x' \u202e&lt; &#x3c;"
METADATA = f"Metadata-Version: 2.1\nName: first\nVersion: 1.0\nSummary: {HOSTILE}\n"
INDEXES = {
    "index.main": {"read": ["everyone"]},
    "index.team": {"read": [f"user:{USER}"], "write": [f"user:{USER}"]},
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path_factory.mktemp("feeds"), INDEXES)
    cellar.start()
    for file, index in (
        (wheel("first", "1.0", metadata=METADATA.encode()), "main"),
        (wheel("first", "2.0rc1"), "main"),
        (wheel("hidden", "1.0"), "team"),
    ):
        assert publish(cellar, file, f"/{index}/").status_code == 200
    yield cellar
    cellar.stop()


def read(town: Cellar, path: str, **options: object) -> feedparser.FeedParserDict:
    answer = requests.get(town.url(path), timeout=30, **options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    feed = feedparser.parse(answer.content, response_headers={"content-type": answer.headers["Content-Type"]})
    assert not feed.bozo, feed.bozo_exception
    assert feed.version == "rss20"
    return feed


def test_feeds_are_valid(town: Cellar) -> None:
    updates = read(town, "/rss/updates.xml")
    assert [entry.title for entry in updates.entries] == ["first 2.0rc1", "first 1.0"]
    assert updates.entries[0].link == town.url("/main/projects/first/2.0rc1/")
    assert updates.entries[0].id == updates.entries[0].link and updates.entries[0].author == USER
    assert updates.entries[0].published_parsed >= updates.entries[1].published_parsed
    packages = read(town, "/main/rss/packages.xml")
    assert [entry.title for entry in packages.entries] == ["first added to main"]
    assert packages.feed.link == town.url("/main/")
    releases = read(town, "/rss/project/First/releases.xml")
    assert [entry.title for entry in releases.entries] == ["2.0rc1", "1.0"]


def test_hostile_text_is_text(town: Cellar) -> None:
    entry = next(entry for entry in read(town, "/rss/updates.xml").entries if entry.title == "first 1.0")
    # A reader takes the description for HTML: nothing in it may be a tag.
    assert "<script" not in entry.summary and "&lt;script&gt;" in entry.summary
    for path in ("/rss/updates.xml", "/rss/packages.xml", "/rss/project/first/releases.xml"):
        assert "<script" not in requests.get(town.url(path), timeout=30).text


def test_feeds_go_by_the_readers_rights(town: Cellar) -> None:
    def titles(path: str, **options: object) -> list[str]:
        return [entry.title for entry in read(town, path, **options).entries]

    token = town.cli("token", "create", "reader", "--user", USER).strip()
    for way in (
        {"auth": (USER, PASSWORD)}, {"auth": ("__token__", token)}, {"headers": {"Authorization": f"Bearer {token}"}},
    ):  # fmt: skip
        assert "hidden 1.0" in titles("/rss/updates.xml", **way)
        assert titles("/team/rss/updates.xml", **way) == ["hidden 1.0"]
        assert titles("/team/rss/project/hidden/releases.xml", **way) == ["1.0"]
    assert "hidden 1.0" not in titles("/rss/updates.xml")
    assert requests.get(town.url("/team/rss/updates.xml"), timeout=30).status_code == 401
    with requests.Session() as browser:
        page = browser.get(town.url("/login"), timeout=30).text
        form = page.split('name="form" value="')[1].split('"')[0]
        browser.post(town.url("/login"), data={"form": form, "name": USER, "password": PASSWORD}, timeout=30)
        answer = browser.get(town.url("/rss/updates.xml"), timeout=30)
        assert "hidden 1.0" in answer.text and "Cookie" in answer.headers["Vary"]


def test_a_reader_that_has_a_feed_gets_no_other(town: Cellar) -> None:
    first = requests.get(town.url("/rss/updates.xml"), timeout=30)
    again = requests.get(town.url("/rss/updates.xml"), headers={"If-None-Match": first.headers["ETag"]}, timeout=30)
    assert (again.status_code, again.content) == (304, b"")
    assert publish(town, wheel("second", "1.0")).status_code == 200
    later = requests.get(town.url("/rss/updates.xml"), headers={"If-None-Match": first.headers["ETag"]}, timeout=30)
    assert later.status_code == 200 and "second 1.0" in later.text
