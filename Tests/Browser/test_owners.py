"""What owners and administrators do with a project."""

from __future__ import annotations

import requests

from browsing import Mode, Visit, Visitor
from duties import commands, said, send
from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER
from support.distributions import wheel
from support.upload import publish

SIMPLE = {"Accept": "application/vnd.pypi.simple.v1+json"}


def project(visitor: Visitor, kind: str) -> str:
    """Publishes a project of the mode's own, with two releases."""
    name = f"{kind}-{visitor.mode}"
    for version in ("1.0", "2.0"):
        answer = publish(visitor.cellar, wheel(name, version), "/main/", auth=(USER, PASSWORD))
        assert answer.status_code == 200, answer.text
    return name


def requiring(name: str, other: str) -> bytes:
    """Core metadata of a project that requires another one."""
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: {other}>=1\n".encode()


def listed(visitor: Visitor, name: str) -> dict[str, object]:
    page = requests.get(visitor.cellar.url(f"/main/simple/{name}/"), headers=SIMPLE, timeout=30).json()
    return {file["filename"].split("-")[1]: file["yanked"] for file in page["files"]}


def test_an_owner_yanks_and_unyanks(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, USER)
    name = project(visitor, "yanked")
    page = visitor.go(f"/main/projects/{name}/manage")
    visitor.look("manage-owner")
    page.locator("#releases").get_by_role("link", name="1.0").click()
    visitor.look("release")
    assert commands(page)[0] == f"cellar project yank {name} --version 1.0 --reason REASON"
    send(page, "/yank", reason="breaks <b>everything</b>")
    assert said(page) == mode.say("It is yanked.", "ヤンクしました。")
    assert listed(visitor, name) == {"1.0": "breaks <b>everything</b>", "2.0": False}
    visitor.look("release-yanked")
    send(page, "/unyank")
    assert listed(visitor, name) == {"1.0": False, "2.0": False}
    # Of all else, the page says why not.
    page = visitor.go(f"/main/projects/{name}/manage")
    for part in ("#status", "#exceptions", "#name", "#deletion"):
        assert page.locator(f"{part} .why").is_visible(), part


def test_an_administrator_deletes_after_a_preview(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, ADMIN, password=ADMIN_PASSWORD)
    name = project(visitor, "deleted")
    user = wheel(f"uses-{name}", "1.0", metadata=requiring(f"uses-{name}", name))
    assert publish(visitor.cellar, user, "/main/", auth=(USER, PASSWORD)).status_code == 200
    page = visitor.go(f"/main/projects/{name}/manage/release/1.0")
    page.locator("#delete").get_by_role("link").click()
    page.locator("#uses").get_by_role("link", name=f"uses-{name}").wait_for()
    visitor.look("delete-release")
    assert commands(page)[0] == f"cellar project delete {name} --version 1.0"
    send(page, "/delete", typed="2.0")
    assert page.locator("#typed-error").is_visible() and len(listed(visitor, name)) == 2
    send(page, "/delete", typed="1.0")
    assert said(page) == mode.say("The files are deleted.", "ファイルを削除しました。")
    assert list(listed(visitor, name)) == ["2.0"]
    page.locator("#deletion").get_by_role("link").click()
    visitor.look("delete-project")
    send(page, "/delete", typed=name)
    assert listed(visitor, name) == {}


def test_an_administrator_sets_the_status(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, ADMIN, password=ADMIN_PASSWORD)
    name = project(visitor, "old")
    page = visitor.go(f"/main/projects/{name}/manage")
    visitor.look("manage-administrator")
    send(page, "/status", status="archived", reason="replaced")
    assert said(page) == mode.say("The status is set.", "状態を設定しました。")
    answer = requests.get(visitor.cellar.url(f"/main/simple/{name}/"), headers=SIMPLE, timeout=30).json()
    assert answer["project-status"] == {"status": "archived", "reason": "replaced"}
    assert "archived" in page.locator("#status").inner_text()


def test_an_owner_gives_and_takes_rights(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, USER)
    name = project(visitor, "shared")
    page = visitor.go(f"/main/projects/{name}/manage")
    send(page, "/grants", right="read", principal="user:nobody-here")
    assert page.locator("#principal-error").is_visible()
    assert page.locator("#principal").input_value() == "user:nobody-here"
    visitor.look("grants-wrong")
    send(page, "/grants", right="delete", principal="everyone")
    assert page.locator("#principal-error").is_visible(), "not an owner's to give"
    send(page, "/grants", right="read", principal="user:root")
    assert said(page) == mode.say("The right is given.", "権限を付与しました。")
    assert requests.get(visitor.cellar.url(f"/main/simple/{name}/"), timeout=30).status_code in (401, 404)
    page.locator("#grants tbody").get_by_role("link").click()
    visitor.look("grant-take")
    assert commands(page)[0] == f"cellar grant remove read user:root --project {name} --index main"
    assert page.locator(".caution").is_visible(), "the last grant opens the project"
    send(page, "/remove")
    assert requests.get(visitor.cellar.url(f"/main/simple/{name}/"), timeout=30).status_code == 200


def test_an_owner_trusts_jobs(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, USER)
    name = project(visitor, "built")
    page = visitor.go(f"/main/projects/{name}/manage")
    send(page, "/publishers", repository="acme", workflow="release.yml")
    assert page.locator("#github-claims-error").is_visible()
    send(page, "/publishers", repository="acme/widget", workflow="release.yml", environment="release")
    assert said(page) == mode.say("The job is trusted.", "ジョブを信頼しました。")
    assert "repository=acme/widget" in page.locator("#publishers").inner_text()
    visitor.look("publishers")
    page.locator("#publishers tbody").get_by_role("link").click()
    visitor.look("publisher-remove")
    send(page, "/remove")
    assert page.locator("#publishers tbody").count() == 0


def test_an_administrator_makes_exceptions_and_claims_names(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, ADMIN, password=ADMIN_PASSWORD)
    name = f"claimed-{mode}"
    page = visitor.go("/admin/names")
    visitor.look("names")
    send(page, "/names/find", project=name, index="main")
    page.locator("#name").get_by_role("link", name=mode.say("Claim the name", "名前を確保する")).click()
    visitor.look("claim")
    assert commands(page)[0] == f"cellar project claim {name}"
    send(page, "/claim")
    assert said(page) == mode.say("The name is this server\u2019s own now.", "名前を確保しました。")
    send(page, "/exceptions", reason="", version="")
    assert page.locator("#exception-reason").is_visible()
    send(page, "/exceptions", reason="we read it", version="x y")
    assert page.locator("#exception-reason-error").is_visible()
    send(page, "/exceptions", reason="we read it", version="1.0", until="2099-12-31")
    assert "2100-01-01" in page.locator("#exceptions").inner_text()
    page.locator("#exceptions tbody").get_by_role("link").click()
    visitor.look("exception-remove")
    send(page, "/remove")
    assert page.locator("#exceptions tbody").count() == 0
    page.locator("#name").get_by_role("link", name=mode.say("Give the name back", "名前を返却する")).click()
    visitor.look("give-back")
    send(page, "/give-back")
    assert said(page) == mode.say("The name is given back.", "名前を返却しました。")


def test_a_stranger_is_led_to_sign_in_and_others_learn_nothing(visit: Visit, mode: Mode) -> None:
    stranger = visit(mode)
    page = stranger.go("/main/projects/acme/manage")
    assert "/login?next=/main/projects/acme/manage" in page.url
    cellar, name = stranger.cellar, f"locked-{mode}"
    assert publish(cellar, wheel(name, "1.0"), "/main/", auth=(ADMIN, ADMIN_PASSWORD)).status_code == 200
    cellar.cli("grant", "add", "read", "user:root", "--project", name)
    visitor = visit(mode, USER)
    texts = {
        visitor.go(f"/main/projects/{one}/manage").locator("main").inner_text().replace(one, "NAME")
        for one in (name, f"absent-{mode}")
    }
    assert len(texts) == 1, "what is hidden is like what is not there"
