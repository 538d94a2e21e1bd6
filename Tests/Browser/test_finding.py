"""Finding and judging a project, and pointing a client here."""

from __future__ import annotations

import re

import pytest
import requests

from browsing import SCRIPTED, Mode, Visit
from support.cellar import USER, Cellar


def test_the_front_page_says_what_is_here(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode)
    page = visitor.go("/")
    main = page.get_by_role("main")
    assert "Releases of the platform team" in main.inner_text()
    for tag in (
        mode.say("anyone may upload", "誰でもアップロード可"),
        mode.say("nobody may upload", "アップロード不可"),
    ):
        assert main.get_by_text(tag).is_visible()
    assert "secret-plans" not in page.content() and "/team/" not in page.content()
    assert main.get_by_role("link", name="acme 1.1").is_visible()
    visitor.look("home")
    main.get_by_role("link", name="open", exact=True).last.click()
    assert f"twine upload --repository-url {visitor.cellar.base}/open/" in page.get_by_label("twine").inner_text()


def test_somebody_makes_a_token_for_clients(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, USER)
    page = visitor.go("/?index=team")
    page.get_by_role("button", name=mode.say("Make a token", "トークンを作成")).click()
    page.get_by_role("status").wait_for()
    netrc = page.get_by_label(".netrc", exact=True).inner_text()
    token = re.search(r"cellar_\w+", netrc)
    assert token, netrc
    visitor.look("home-token")
    answer = requests.get(visitor.cellar.url("/team/simple/secret-plans/"), auth=("__token__", token[0]), timeout=30)
    assert answer.status_code == 200
    assert token[0] not in visitor.go("/?index=team").content(), "it is shown once"


def test_the_first_view_of_the_front_page_is_small(visit: Visit) -> None:
    visitor = visit(SCRIPTED)
    sizes: list[int] = []
    visitor.page.on("response", lambda answer: sizes.append(len(answer.body())))
    visitor.go("/").wait_for_load_state("networkidle")
    assert len(sizes) >= 4 and sum(sizes) < 60_000, sizes


def test_a_search_finds_a_project(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode)
    page = visitor.go("/")
    field = page.get_by_label(mode.say("Search for projects", "プロジェクトを検索"))
    field.fill("acme")
    field.press("Enter")
    page.wait_for_url("**/search?q=acme")
    results = page.locator("#results")
    assert results.get_by_role("link").first.inner_text() == "acme"
    assert results.get_by_text(mode.say("private", "プライベート"), exact=True).first.is_visible()
    visitor.look("search")
    page.get_by_label(mode.say("Index", "インデックス")).select_option("open")
    page.get_by_role("button", name=mode.say("Filter", "絞り込む")).click()
    page.wait_for_url("**index=open**")
    assert mode.say("Nothing is found", "見つかりませんでした") in results.inner_text()
    visitor.look("search-nothing")


def test_results_come_while_somebody_types(visit: Visit) -> None:
    visitor = visit(SCRIPTED)
    page = visitor.go("/search?q=nothing-like-this")
    field = page.get_by_label("Search for projects")
    field.press_sequentially("x")
    field.fill("acme")
    page.locator("#results").get_by_role("link", name="acme", exact=True).wait_for()
    assert page.url.endswith("q=acme") and page.title() == "Search for acme"
    page = visitor.go("/login")
    page.get_by_label("Search for projects").press_sequentially("acm")
    page.locator(".suggestions a").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/acme/")


def test_many_results_come_in_pages(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode)
    page = visitor.go("/search?q=crowd")
    seen: list[str] = []
    while True:
        seen += page.locator("#results h2 a").all_inner_texts()
        following = page.get_by_role("link", name=mode.say("Next", "次へ"))
        if following.count() == 0:
            break
        following.click()
        page.wait_for_load_state()
    assert len(seen) == len(set(seen)) == 25
    visitor.look("search-last-page")


def test_a_project_is_judged(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode)
    page = visitor.go("/projects/acme/")
    assert page.get_by_role("heading", level=1).inner_text().startswith("acme 1.1")
    assert "pip install --index-url" in page.locator(".client:visible pre").inner_text()
    page.get_by_label("uv", exact=True).check(force=True)
    assert (
        f"uv add --index cellar={visitor.cellar.base}/main/simple/ acme"
        in page.locator(".client:visible pre").inner_text()
    )
    assert page.locator(".choose button:visible").count() == (1 if mode.script else 0), "one is there to be copied"
    assert page.get_by_text("MIT", exact=True).is_visible()
    users = page.locator("#description")
    assert (
        users.get_by_role("heading", name="acme").is_visible() and users.get_by_role("cell", name="1 kg").is_visible()
    )
    assert users.get_by_role("link", name="wheelhouse 1.0").is_visible(), "who uses it"
    visitor.look("project")
    tabs = page.get_by_role("navigation", name=mode.say("Sections", "セクション"))

    tabs.get_by_role("link", name=mode.say("Release history", "リリース履歴")).click()
    history = page.locator("#history")
    assert history.is_visible() and not page.locator("#description").is_visible()
    text = history.inner_text()
    assert "2.0rc1" in text and mode.say("pre-release", "プレリリース") in text
    assert mode.say("yanked", "取り下げ") in text and "wrong colour" in text
    visitor.look("project-history")

    tabs.get_by_role("link", name=mode.say("Download files", "ファイル")).click()
    files = page.locator("#files")
    assert files.get_by_role("link", name="acme-1.1-py3-none-any.whl").is_visible()
    assert mode.say("uploaded by alice", "alice がアップロード") in files.inner_text()
    files.locator("summary").first.click()
    assert "sha256" in files.inner_text()
    visitor.look("project-files")

    tabs.get_by_role("link", name=mode.say("Security", "セキュリティ")).click()
    assert mode.say("published in the index main", "main で公開") in page.locator("#security").inner_text()
    visitor.look("project-security")


def test_an_old_release_leads_to_the_one_that_stands_for_the_project(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode)
    page = visitor.go("/projects/acme/1.0/")
    visitor.look("project-old")
    page.get_by_role("link", name=mode.say("See that one.", "既定のリリースを見る")).click()
    assert page.url == visitor.cellar.url("/projects/acme/")
    assert page.get_by_role("heading", level=1).inner_text().startswith("acme 1.1")


def test_files_are_filtered(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode)
    page = visitor.go("/projects/tools/#files")
    files = page.locator("#files")
    assert files.locator("li h3").count() == 4
    page.get_by_label(mode.say("Platform", "プラットフォーム")).select_option("win_amd64")
    page.get_by_role("button", name=mode.say("Filter", "絞り込む")).click()
    page.wait_for_url("**platform=win_amd64**")
    assert files.locator("li h3").all_inner_texts() == ["tools-1.0-cp311-cp311-win_amd64.whl"]
    assert "Windows amd64" in files.inner_text()
    visitor.look("files-filtered")


@pytest.mark.parametrize("path", ["/projects/Acme", "/projects/ACME/", "/main/projects/acme"])
def test_other_spellings_lead_to_the_page(town: Cellar, path: str) -> None:
    answer = requests.get(town.url(path), timeout=30)
    assert answer.status_code == 200 and answer.url in (town.url("/projects/acme/"), town.url("/main/projects/acme/"))


def test_what_somebody_may_not_read_is_nowhere(visit: Visit, town: Cellar) -> None:
    for path in ("/", "/search?q=secret", "/search?q=", "/projects/acme/"):
        assert "secret-plans" not in requests.get(town.url(path), timeout=30).text, path
    page = visit(SCRIPTED, USER).go("/projects/acme/")
    assert page.get_by_role("link", name="secret-plans 1.0").is_visible()
    page.goto("/search?q=secret")
    assert page.get_by_role("link", name="secret-plans").is_visible()
