"""What stands around every page: switches, the account's menu, the keyboard's way through it, and pages of errors."""

from __future__ import annotations

import pytest

from browsing import SCRIPTED, Mode, Visit
from support.cellar import PASSWORD, USER


def test_somebody_signs_in_and_out(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode)
    page = visitor.go("/")
    page.get_by_role("navigation").get_by_role("link", name=mode.say("Sign in", "サインイン")).click()
    visitor.look("login")
    name = page.get_by_label(mode.say("User name", "ユーザー名"))
    password = page.get_by_label(mode.say("Password", "パスワード"))
    name.fill(USER)
    password.fill("wrong")
    button = page.get_by_role("main").get_by_role("button", name=mode.say("Sign in", "サインイン"))
    button.click()
    assert page.get_by_role("alert").inner_text() == mode.say(
        "The user name or the password is wrong.", "ユーザー名またはパスワードが正しくありません。"
    )
    visitor.look("login-wrong")
    password.fill(PASSWORD)
    button.click()
    menu = page.locator("summary", has_text=USER)
    menu.click()
    assert page.get_by_role("link", name=USER).is_visible()
    visitor.look("account-menu")
    page.get_by_role("button", name=mode.say("Sign out", "サインアウト")).click()
    page.get_by_role("navigation").get_by_role("link", name=mode.say("Sign in", "サインイン")).wait_for()


def test_a_page_that_needs_a_sign_in_leads_there_and_back(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode)
    page = visitor.go("/team/simple/secret-plans/")
    assert page.url == visitor.cellar.url("/login?next=/team/simple/secret-plans/")
    page.get_by_label(mode.say("User name", "ユーザー名")).fill(USER)
    page.get_by_label(mode.say("Password", "パスワード")).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name=mode.say("Sign in", "サインイン")).click()
    page.wait_for_url("**/team/simple/secret-plans/")
    assert "secret_plans-1.0" in page.content()


def test_language_and_colours_are_chosen(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode)
    page = visitor.go("/login?next=/team/")
    html = page.locator("html")
    other, name = mode.say("ja", "en"), mode.say("日本語", "English")
    page.locator("summary", has_text=mode.say("Display", "表示")).click()
    visitor.look("display-menu")
    page.get_by_role("link", name=name).click()
    assert html.get_attribute("lang") == other and page.url.endswith("/login?next=/team/")
    display = mode.say("表示", "Display")
    background = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(background)
    page.locator("summary", has_text=display).click()
    opposite = {"light": mode.say("ダーク", "Dark"), "dark": mode.say("ライト", "Light")}[mode.theme]
    page.get_by_role("link", name=opposite, exact=True).click()
    assert page.evaluate(background) != before
    page.locator("summary", has_text=display).click()
    page.get_by_role("link", name=mode.say("システムに合わせる", "As the system")).click()
    assert page.evaluate(background) == before
    # The choice stays for other pages.
    assert visitor.go("/").locator("html").get_attribute("lang") == other


@pytest.mark.parametrize("path", ["/nothing-here/at/all", "/open/simple/nothing-here/", "/?language=xx&theme=pink"])
def test_errors_are_pages_that_help(visit: Visit, mode: Mode, path: str) -> None:
    visitor = visit(mode)
    page = visitor.go(path)
    if "xx" in path:
        assert page.url == visitor.cellar.url("/")
        return
    page.get_by_role("heading", name=mode.say("There is nothing here", "ページが見つかりません")).wait_for()
    visitor.look("not-found")
    page.locator("summary", has_text=mode.say("Display", "表示")).click()
    page.get_by_role("link", name=mode.say("日本語", "English")).click()
    page.get_by_role("heading", name=mode.say("ページが見つかりません", "There is nothing here")).wait_for()


def test_the_keyboard_alone_reaches_everything_in_order(visit: Visit) -> None:
    visitor = visit(SCRIPTED)
    page = visitor.go("/login")

    def focused() -> str:
        page.keyboard.press("Tab")
        return str(
            page.evaluate(
                "(one => one.id || one.getAttribute('aria-label') || one.innerText.trim())(document.activeElement)"
            )
        )

    assert focused() == "Skip to the content"
    assert page.locator(".skip").bounding_box()["x"] >= 0, "it shows once it has the focus"
    assert [focused() for _ in range(6)] == ["Cellar", "q", "Search", "Publish", "Display", "Sign in"]
    assert [focused() for _ in range(3)] == ["name", "password", "Sign in"]
    page.goto("/login")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert [focused() for _ in range(2)] == ["name", "password"], "the content is next"
    page.goto("/login")
    for _ in range(6):
        focused()
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="日本語").is_visible()
    assert focused() == "English"
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="日本語").is_visible()
    assert page.evaluate("document.activeElement.innerText") == "Display"
